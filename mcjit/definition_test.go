//go:build linux && amd64

package mcjit_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/gomcjit/gomcjit/codegen"
	"github.com/gomcjit/gomcjit/executor"
	"github.com/gomcjit/gomcjit/executor/inprocess"
	"github.com/gomcjit/gomcjit/internal/toygen"
	"github.com/gomcjit/gomcjit/mcjit"
	"github.com/gomcjit/gomcjit/objimage"
	"github.com/gomcjit/gomcjit/runtimedyld"
)

// askingModule is a module that calls ask before it tells its symbols.
type askingModule struct {
	codegen.Module
	ask func()
}

func (m *askingModule) Symbols(ctx context.Context) ([]codegen.Symbol, error) {
	m.ask()
	return m.Module.Symbols(ctx)
}

// TestSignatureAsksEngine: the source of a module that came from a cache is asked for a function's type without a lock, so that it may use the engine; and several goroutines get its answer.
func TestSignatureAsksEngine(t *testing.T) {
	var g toygen.Generator
	var m *mcjit.Module
	var e *mcjit.ExecutionEngine
	source := &askingModule{g.Module("cached", "func add = arguments"), func() {
		if m == nil {
			t.Error("asked before it is needed")
			return
		}
		if m.Name() != "cached" || m.State().String() != "finalized" || len(m.Symbols()) == 0 || len(e.Modules()) != 1 {
			t.Errorf("%s is %v, with %d symbols", m.Name(), m.State(), len(m.Symbols()))
		}
		time.Sleep(10 * time.Millisecond)
	}}
	e = newEngine(t, mcjit.WithObjectCache(someCache{}))
	var err error
	if m, err = e.AddModule(source); err != nil {
		t.Fatal(err)
	}
	calls := make(chan error)
	for range 4 {
		go func() {
			_, err := e.RunFunction("add", nil, inprocess.IntValue(inprocess.Int32, 40), inprocess.IntValue(inprocess.Int32, 2))
			calls <- err
		}()
	}
	for range 4 {
		select {
		case err := <-calls:
			if err != nil {
				t.Error(err)
			}
		case <-time.After(time.Minute):
			t.Fatal("the call does not return")
		}
	}
}

// TestSignatureOfDefinition: of several modules that define a function's name, the type is that of the one that is called.
func TestSignatureOfDefinition(t *testing.T) {
	var g toygen.Generator
	e := newEngine(t)
	toy(t, e, &g, "own", "internal func f = 1; func other = 2")
	toy(t, e, &g, "weak", "weak func f = 3")
	toy(t, e, &g, "strong", "func f = arguments")
	if err := e.FinalizeObject(); err != nil {
		t.Fatal(err)
	}
	v, err := e.RunFunction("f", nil, inprocess.IntValue(inprocess.Int32, 40), inprocess.IntValue(inprocess.Int32, 2))
	if err != nil || v.Int() != 42 {
		t.Errorf("%v, %v", v, err)
	}
}

// TestRunRemapped: a function that was mapped elsewhere is not called in this process, and others are.
func TestRunRemapped(t *testing.T) {
	e := newEngine(t)
	m := add(t, e, compiled(t, "moved.o", "int moved(void) { return 1; }"), compiled(t, "stays.o", "int stays(void) { return 2; }"))[0]
	image := m.Object().Image()
	for i := 1; i < image.NumSections(); i++ {
		if image.Section(i).Flags&objimage.SectionExec != 0 {
			if err := e.MapSectionAddress(m, i, 0x123450000); err != nil {
				t.Fatal(err)
			}
		}
	}
	sig, err := inprocess.NewSignature(inprocess.Int32)
	if err != nil {
		t.Fatal(err)
	}
	if v, err := e.RunFunction("moved", sig); !errors.Is(err, mcjit.ErrNoProcess) {
		t.Errorf("%v, %v", v, err)
	}
	if n, err := e.RunFunctionAsMain("moved", nil, nil); !errors.Is(err, mcjit.ErrNoProcess) {
		t.Errorf("%v, %v", n, err)
	}
	if v, err := e.RunFunction("stays", sig); err != nil || v.Int() != 2 {
		t.Errorf("%v, %v", v, err)
	}
}

// TestLocateStub: what the linker makes for a module belongs to it, from the first byte to the last.
func TestLocateStub(t *testing.T) {
	e := newEngine(t)
	for _, name := range []string{"far_a", "far_b"} {
		if err := e.AddGlobalMapping(name, 0x123456789000); err != nil {
			t.Fatal(err)
		}
	}
	m := add(t, e, compiled(t, "calls.o", "int far_a(void), far_b(void); int calls(void) { return far_a() + far_b(); }"))[0]
	sections, err := e.Sections(m)
	if err != nil {
		t.Fatal(err)
	}
	found := false
	for _, s := range sections {
		if s.Index != runtimedyld.SectionStubs {
			continue
		}
		found = true
		last := s.Addr + executor.Addr(len(s.Content)) - 1
		if l, ok := e.Locate(last); !ok || l.Module != m {
			t.Errorf("the last byte of %d bytes of stubs is %v", len(s.Content), l)
		}
	}
	if !found {
		t.Error("there are no stubs")
	}
	if l, ok := e.Locate(1); ok || l.String() != "" {
		t.Errorf("at address 1 is %v", l)
	}
}
