//go:build linux && amd64

package mcjit_test

import (
	"context"
	"testing"

	"github.com/gomcjit/gomcjit/executor/inprocess"
	"github.com/gomcjit/gomcjit/internal/toygen"
	"github.com/gomcjit/gomcjit/mcjit"
	"github.com/gomcjit/gomcjit/memmgr"
)

func TestMCJITCAPI_simple_function(t *testing.T) {
	e := newEngine(t)
	toy(t, e, new(toygen.Generator), "m", "func simple_function = 42")
	a, err := e.GlobalValueAddress("simple_function") // LLVMGetPointerToGlobal
	if err != nil {
		t.Fatal(err)
	}
	f, err := inprocess.Bind[intFunc](a)
	if err != nil || f() != 42 {
		t.Errorf("%v", err)
	}
}

func TestMCJITCAPI_gva(t *testing.T) {
	e := newEngine(t)
	toy(t, e, new(toygen.Generator), "m", "var simple_value = 42")
	if got := read(t, e, "simple_value"); got != 42 {
		t.Error(got)
	}
}

func TestMCJITCAPI_gfa(t *testing.T) {
	e := newEngine(t)
	toy(t, e, new(toygen.Generator), "m", "func simple_function = 42")
	if _, err := e.FunctionAddress("simple_function"); err != nil {
		t.Error(err)
	}
	wantCall(t, e, "simple_function", 42)
}

// A watchingManager is a client's memory manager that notes what is allocated.
type watchingManager struct {
	memmgr.JITMemoryManager
	kinds    map[memmgr.Kind]uint64
	requests int
}

func (w *watchingManager) Allocate(b memmgr.Batch, m memmgr.Module, secs []memmgr.Section) (memmgr.AllocID, error) {
	w.requests++
	for i := range secs {
		w.kinds[secs[i].Kind] += secs[i].Size
	}
	return w.JITMemoryManager.Allocate(b, m, secs)
}

func newWatchingManager(t *testing.T) *watchingManager {
	mm, err := memmgr.New()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { mm.Close() })
	return &watchingManager{JITMemoryManager: mm, kinds: map[memmgr.Kind]uint64{}}
}

func TestMCJITCAPI_custom_memory_manager(t *testing.T) {
	mm := newWatchingManager(t)
	e := newEngine(t, mcjit.WithMemoryManager(mm), mcjit.WithProcess(inprocess.Process{}))
	toy(t, e, new(toygen.Generator), "m", "func simple_function = 42")
	wantCall(t, e, "simple_function", 42)
	if mm.kinds[memmgr.Code] == 0 {
		t.Error("it was not asked for code")
	}
}

// A module's memory is asked for at once, so that a manager can reserve for it.
func TestMCJITCAPI_reserve_allocation_space(t *testing.T) {
	mm := newWatchingManager(t)
	e := newEngine(t, mcjit.WithMemoryManager(mm), mcjit.WithProcess(inprocess.Process{}))
	toy(t, e, new(toygen.Generator), "m", "var global = 780; func set = increment global; func get = load global")
	wantCall(t, e, "get", 780)
	for range 9 {
		function[intFunc](t, e, "set")()
	}
	wantCall(t, e, "get", 789)
	if mm.requests != 1 || mm.kinds[memmgr.Code] == 0 || mm.kinds[memmgr.RWData] == 0 {
		t.Errorf("%d requests: %v", mm.requests, mm.kinds)
	}
}

func TestMCJITCAPI_stackmap_creates_compact_unwind_on_darwin(t *testing.T) {
	mm := newWatchingManager(t)
	e := newEngine(t, mcjit.WithMemoryManager(mm), mcjit.WithProcess(inprocess.Process{}))
	add(t, e, assembled(t, "stackmap.o", `.globl simple_function
simple_function: mov $42, %eax
1: ret
.section .llvm_stackmaps,"a",@progbits
.byte 3, 0
.short 0
.long 1, 0, 1
.quad simple_function, 8, 1
.quad 0
.long 1b-simple_function
.short 0, 0, 0, 0
.balign 8
`))
	wantCall(t, e, "simple_function", 42)
	if mm.kinds[memmgr.ROData] < 64 {
		t.Errorf("the stack map has no memory: %v", mm.kinds)
	}
}

// While a module is compiled, the compiler's client may use the engine.
func TestMCJITCAPI_yield(t *testing.T) {
	e := newEngine(t)
	called := false
	var g toygen.Generator
	g.Compile = func(_ context.Context, name string) error {
		if name == "m" {
			called = true
			_, err := e.FunctionAddress("other")
			return err
		}
		return nil
	}
	toy(t, e, &g, "m", "func simple_function = 42")
	toy(t, e, &g, "other", "func other = 1")
	wantCall(t, e, "simple_function", 42)
	if !called {
		t.Error("nobody was called")
	}
}

func TestMCJITCAPI_addGlobalMapping(t *testing.T) {
	back, err := inprocess.NewCallback(func() int32 { return 42 })
	if err != nil {
		t.Fatal(err)
	}
	defer back.Release()
	e := newEngine(t)
	toy(t, e, new(toygen.Generator), "m", "func test_fn = mapped_fn + 0")
	map_(t, e, "mapped_fn", back.Addr())
	wantCall(t, e, "test_fn", 42)
}
