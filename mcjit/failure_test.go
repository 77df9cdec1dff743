//go:build linux && amd64

package mcjit_test

import (
	"debug/elf"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/gomcjit/gomcjit/executor"
	"github.com/gomcjit/gomcjit/mcjit"
	"github.com/gomcjit/gomcjit/memmgr"
	"github.com/gomcjit/gomcjit/objimage"
	"github.com/gomcjit/gomcjit/runtimedyld"
)

// A faultyManager is the client's memory manager, which fails when it is told to.
type faultyManager struct {
	*memmgr.SectionMemoryManager
	allocations atomic.Int32 // calls of Allocate until one fails
	finals      atomic.Int32 // calls of Finalize until one fails
}

var errFaulty = errors.New("told to fail")

func (m *faultyManager) Allocate(b memmgr.Batch, mod memmgr.Module, secs []memmgr.Section) (memmgr.AllocID, error) {
	if m.allocations.Add(-1) == 0 {
		return 0, errFaulty
	}
	return m.SectionMemoryManager.Allocate(b, mod, secs)
}

func (m *faultyManager) Finalize(b memmgr.Batch) error {
	if m.finals.Add(-1) == 0 {
		return errFaulty
	}
	return m.SectionMemoryManager.Finalize(b)
}

// A faultyMapper lets the system fail.
type faultyMapper struct {
	memmgr.Mapper
	left atomic.Int32 // calls until one fails
}

func (m *faultyMapper) fails() bool { return m.left.Add(-1) == 0 }

func (m *faultyMapper) Protect(mem []byte, p memmgr.Prot) error {
	if m.fails() {
		return errFaulty
	}
	return m.Mapper.Protect(mem, p)
}

func (m *faultyMapper) MapDual(run []byte, name string) ([]byte, error) {
	if m.fails() {
		return nil, errFaulty
	}
	return m.Mapper.MapDual(run, name)
}

// state is what can be seen of an engine.
type state struct {
	stats mcjit.Stats
	found string
}

var looked = []string{"strong_only", "weak_function", "weak_value", "read_weak_value", "use", "want", "common_block", "add", "mapped"}

func stateOf(e *mcjit.ExecutionEngine) state {
	var s state
	for _, name := range looked {
		a, err := e.SymbolAddress(name)
		s.found += fmt.Sprintln(name, a, err)
	}
	for _, m := range e.Modules() {
		s.found += fmt.Sprintln(m.Name(), m.State())
	}
	s.stats = e.Stats() // last, since a look-up gives a common its storage
	return s
}

func wantState(t *testing.T, e *mcjit.ExecutionEngine, before state) {
	t.Helper()
	if after := stateOf(e); after != before {
		t.Errorf("the engine was\n%+v\nand is\n%+v", before, after)
	}
}

// TestFailedLoad: each kind of object that cannot be loaded leaves the engine as it was, and the buffer to the caller.
func TestFailedLoad(t *testing.T) {
	good := object(t, "add.o").Bytes()
	cut := good[:len(good)/2]
	other := append([]byte(nil), good...)
	other[18] = byte(elf.EM_H8_300) // e_machine
	var format *objimage.FormatError
	var relocation *runtimedyld.RelocationError
	var duplicate *runtimedyld.DuplicateError
	var loadErr *runtimedyld.ObjectError
	cases := map[string]struct {
		buffer *objimage.Buffer
		want   any // pointer to the type of the error
	}{
		"empty":                  {objectOf("empty.o", nil), &format},
		"text":                   {objectOf("text.o", []byte("int main;")), &format},
		"cut off":                {objectOf("cut.o", cut), &format},
		"archive":                {object(t, "libmath.a"), &format},
		"another architecture":   {objectOf("other.o", other), &loadErr},
		"duplicate":              {object(t, "duplicate.o"), &duplicate},
		"unsupported relocation": {assembled(t, "tls.o", ".text\n.globl add\nadd: mov x@gottpoff(%rip), %rax\n"), &relocation},
		"thread-local storage":   {assembled(t, "tls.o", ".tls_common add,4,4\n"), &loadErr},
		"write and execute":      {assembled(t, "wx.o", ".section .wx,\"awx\"\n.globl add\nadd: ret\n"), &loadErr},
	}
	ways(t, func(t *testing.T, opts ...mcjit.Option) {
		for _, finalized := range []bool{false, true} {
			e := newEngine(t, opts...)
			add(t, e, object(t, "strong.o"), object(t, "common_small.o"))
			if finalized {
				wantCall(t, e, "strong_only", 3)
			}
			before := stateOf(e)
			for name, c := range cases {
				size := len(c.buffer.Bytes())
				m, err := e.AddObject(c.buffer)
				if m != nil || !errors.As(err, c.want) {
					t.Errorf("%s: %v (%T)", name, err, err)
				}
				if len(c.buffer.Bytes()) != size {
					t.Errorf("%s: the buffer was closed", name)
				}
				wantState(t, e, before)
			}
			if err := e.AddArchive(objectOf("add.o", good)); !errors.As(err, &format) {
				t.Errorf("an object as an archive: %v", err)
			}
			wantState(t, e, before)
			wantCall(t, e, "strong_only", 3)
			add(t, e, objectOf("add.o", good))
			if got := function[func(a, b int32) int32](t, e, "add")(1, 2); got != 3 {
				t.Errorf("add(1, 2) = %d", got)
			}
		}
	})
}

func newFaultyEngine(t *testing.T) (*mcjit.ExecutionEngine, *faultyManager) {
	t.Helper()
	mm, err := memmgr.New()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { mm.Close() }) // after the engine's
	faulty := &faultyManager{SectionMemoryManager: mm}
	return newEngine(t, mcjit.WithMemoryManager(faulty)), faulty
}

// TestMemoryFails lets the k-th allocation, then a finalization fail; what failed works the next time.
func TestMemoryFails(t *testing.T) {
	e, faulty := newFaultyEngine(t)
	mm := faulty.SectionMemoryManager
	empty := mm.Stats()
	names := []string{"weak.o", "common_large.o", "strong.o", "common_small.o"}
	for k := 1; k <= len(names); k++ {
		var modules []*mcjit.Module
		for i, name := range names {
			before := stateOf(e)
			memory := mm.Stats()
			if i == k-1 {
				faulty.allocations.Store(1)
			}
			m, err := e.AddObject(object(t, name))
			if i == k-1 {
				if !errors.Is(err, errFaulty) {
					t.Fatalf("allocation %d: %v", k, err)
				}
				wantState(t, e, before)
				if after := mm.Stats(); after != memory {
					t.Errorf("memory was\n%+v\nand is\n%+v", memory, after)
				}
				m, err = e.AddObject(object(t, name))
			}
			if err != nil {
				t.Fatal(err)
			}
			modules = append(modules, m)
		}
		faulty.finals.Store(1)
		before := stateOf(e) // gives the commons that are looked for their storage
		if err := e.FinalizeObject(); !errors.Is(err, errFaulty) {
			t.Fatalf("finalization: %v", err)
		}
		for _, m := range modules {
			if m.State() != runtimedyld.Loaded {
				t.Errorf("%s is %v", m.Name(), m.State())
			}
		}
		if after := stateOf(e); after.found != before.found {
			t.Errorf("found was\n%s\nand is\n%s", before.found, after.found)
		}
		wantCall(t, e, "read_weak_value", 2)
		remove(t, e, modules...)
		if after := mm.Stats(); after != empty {
			t.Errorf("after removal the memory manager holds %+v", after)
		}
	}
}

// TestCommonsFail: storage for commons cannot be had, in a look-up or in a link.
func TestCommonsFail(t *testing.T) {
	e, faulty := newFaultyEngine(t)
	mm := faulty.SectionMemoryManager
	add(t, e, object(t, "common_small.o"))
	before := mm.Stats()
	faulty.allocations.Store(1)
	if _, err := e.SymbolAddress("common_block"); err == nil {
		t.Error("a look-up without memory: no error")
	}
	faulty.allocations.Store(1)
	if err := e.FinalizeObject(); !errors.Is(err, errFaulty) {
		t.Errorf("a link without memory: %v", err)
	}
	if after := mm.Stats(); after != before {
		t.Errorf("memory was\n%+v\nand is\n%+v", before, after)
	}
	block, err := e.GlobalValueAddress("common_block")
	if err != nil {
		t.Fatal(err)
	}
	if got := function[func() executor.Addr](t, e, "small_common_block")(); got != block {
		t.Errorf("small_common_block() = %v, want %v", got, block)
	}
}

// TestSystemFails lets each call of the system fail, one after the other, in a load and a link: the operation fails, nothing is lost, and it works
// when it is tried again.
func TestSystemFails(t *testing.T) {
	run := func(t *testing.T, k int32, options ...memmgr.Option) (failed bool) {
		mapper := &faultyMapper{Mapper: memmgr.SystemMapper()}
		e := newEngine(t, mcjit.WithMemoryOptions(append(options, memmgr.WithMapper(mapper))...))
		empty := stateOf(e)
		mapper.left.Store(k)
		var modules []*mcjit.Module
		for _, name := range []string{"weak.o", "strong.o"} {
			before := stateOf(e)
			m, err := e.AddObject(object(t, name))
			if err != nil {
				if failed = true; !errors.Is(err, errFaulty) {
					t.Fatalf("call %d: %v", k, err)
				}
				wantState(t, e, before)
				m = add(t, e, object(t, name))[0]
			}
			modules = append(modules, m)
		}
		before := stateOf(e)
		if err := e.FinalizeObject(); err != nil {
			if failed = true; !errors.Is(err, errFaulty) {
				t.Fatalf("call %d: %v", k, err)
			}
			wantState(t, e, before)
		}
		wantCall(t, e, "read_weak_value", 2)
		wantCall(t, e, "strong_only", 3)
		mapper.left.Store(0)
		remove(t, e, modules...)
		wantState(t, e, empty)
		return failed
	}
	for name, options := range map[string][]memmgr.Option{"batch": nil, "dual": {memmgr.WithDualMapping()}} {
		t.Run(name, func(t *testing.T) {
			k := int32(1)
			for run(t, k, options...) {
				k++
			}
			if k < 4 {
				t.Errorf("only %d calls of the system were made to fail", k-1)
			}
		})
	}
}

// TestFailedLink: relocations that do not fit fail the link with all of them, and nothing is finalized.
func TestFailedLink(t *testing.T) {
	ways(t, func(t *testing.T, opts ...mcjit.Option) {
		e := newEngine(t, opts...)
		add(t, e, object(t, "strong.o"), assembled(t, "near.o", ".text\n.globl use\nuse: movl far_a, %eax\naddl far_b, %eax\nret\n"))
		for _, name := range []string{"far_a", "far_b"} {
			if err := e.AddGlobalMapping(name, 1<<46); err != nil {
				t.Fatal(err)
			}
		}
		before := stateOf(e)
		for range 2 {
			err := e.FinalizeObject()
			var link *runtimedyld.LinkError
			if !errors.As(err, &link) || len(link.Errs) != 2 || !errors.Is(err, runtimedyld.ErrRelocationOverflow) {
				t.Fatalf("error: %v", err)
			}
			wantState(t, e, before)
		}
		for _, m := range e.Modules() {
			if m.Name() == "near.o" {
				remove(t, e, m)
			}
		}
		wantCall(t, e, "strong_only", 3)
	})
}

// TestSlimLTO: what gcc -flto makes has no code, which the error says; with -ffat-lto-objects it has.
func TestSlimLTO(t *testing.T) {
	const source = "int f(void) { return 7; }"
	e := newEngine(t)
	_, err := e.AddObject(compiled(t, "slim.o", source, "-flto"))
	if !errors.Is(err, runtimedyld.ErrUnsupportedSymbol) || !strings.Contains(err.Error(), "-ffat-lto-objects") {
		t.Errorf("slim: %v", err)
	}
	add(t, e, compiled(t, "fat.o", source, "-flto", "-ffat-lto-objects"))
	if _, err := e.FunctionAddress("f"); err != nil {
		t.Error(err)
	}
}
