//go:build linux && amd64

package mcjit_test

import (
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/gomcjit/gomcjit/executor"
	"github.com/gomcjit/gomcjit/mcjit"
	"github.com/gomcjit/gomcjit/memmgr"
	"github.com/gomcjit/gomcjit/objimage"
	"github.com/gomcjit/gomcjit/runtimedyld"
)

func TestEverythingAfterClose(t *testing.T) {
	e := newEngine(t)
	libmath(t, e)
	e.InstallLazyFunctionCreator(func(string) executor.Addr { t.Error("a closed engine asks"); return 0 })
	m := add(t, e, object(t, "strong.o"))[0]
	wantCall(t, e, "strong_only", 3)
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	for name, use := range map[string]func() error{
		"AddObject":                func() error { _, err := e.AddObject(object(t, "add.o")); return err },
		"AddObject of no object":   func() error { _, err := e.AddObject(objectOf("x", nil)); return err },
		"AddArchive":               func() error { return e.AddArchive(object(t, "libmath.a")) },
		"SymbolAddress":            func() error { _, err := e.SymbolAddress("strong_only"); return err },
		"SymbolAddress of nothing": func() error { _, err := e.SymbolAddress("nothing"); return err },
		"GlobalValueAddress":       func() error { _, err := e.GlobalValueAddress("strong_only"); return err },
		"FunctionAddress":          func() error { _, err := e.FunctionAddress("square"); return err },
		"Func":                     func() error { _, err := mcjit.Func[intFunc](e, "strong_only"); return err },
		"FinalizeObject":           e.FinalizeObject,
		"AddGlobalMapping":         func() error { return e.AddGlobalMapping("x", 1) },
		"AddGlobalMapping of 0":    func() error { return e.AddGlobalMapping("x", 0) },
		"RemoveModule":             func() error { return e.RemoveModule(m) },
		"RemoveModule of none":     func() error { return e.RemoveModule() },
		"MapSectionAddress":        func() error { return e.MapSectionAddress(m, 1, 1) },
	} {
		if err := use(); !errors.Is(err, mcjit.ErrClosed) {
			t.Errorf("%s: %v", name, err)
		}
	}
	e.RegisterJITEventListener(&recorder{})
	e.UnregisterJITEventListener(&recorder{})
	e.InstallLazyFunctionCreator(nil)
	if got := (e.Stats()); got != (mcjit.Stats{}) || len(e.Modules()) != 0 {
		t.Errorf("a closed engine holds %+v", got)
	}
	if m.State() != runtimedyld.Removed || m.Name() != "strong.o" {
		t.Errorf("%s is %v", m.Name(), m.State())
	}
	if err := e.Close(); err != nil {
		t.Errorf("closing again: %v", err)
	}
}

// fill adds a bit of everything to an engine, from files.
func fill(t testing.TB, e *mcjit.ExecutionEngine) {
	t.Helper()
	for _, name := range []string{"add.o", "debug.o", "common_small.o", "weak.o"} {
		b, err := objimage.OpenBuffer(filepath.Join("..", "testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		add(t, e, b)
	}
	addLibrary(t, e, filepath.Join("..", "testdata", "libmath.a"))
	function[func(int64) int64](t, e, "polynomial")
	add(t, e, object(t, "strong.o"))
}

// TestCloseGivesBackEverything opens and closes engines, with modules in all states.
func TestCloseGivesBackEverything(t *testing.T) {
	ways(t, func(t *testing.T, opts ...mcjit.Option) {
		one := func() {
			e, err := mcjit.New(opts...)
			if err != nil {
				t.Fatal(err)
			}
			fill(t, e)
			if err := e.Close(); err != nil {
				t.Fatal(err)
			}
		}
		one()
		before := measure(t)
		for range 200 {
			one()
		}
		wantFlat(t, before, measure(t))
	})
}

// wantFlat compares two moments between which nothing may have piled up.
func wantFlat(t testing.TB, before, after usage) {
	t.Helper()
	t.Logf("before: %v\nafter:  %v", before, after)
	if after.maps > before.maps+8 || after.fds > before.fds || after.goroutines > before.goroutines ||
		after.heap > before.heap+1<<20 || after.resident > before.resident+slack {
		t.Errorf("something is not given back")
	}
	if n := debuggerEntries(t); n != 0 {
		t.Errorf("debuggers still see %d objects", n)
	}
}

// TestCloseWithClientsManager gives the client's memory manager everything back.
func TestCloseWithClientsManager(t *testing.T) {
	mm, err := memmgr.New()
	if err != nil {
		t.Fatal(err)
	}
	defer mm.Close()
	before := mm.Stats()
	e := newEngine(t, mcjit.WithMemoryManager(mm))
	fill(t, e)
	retired := e.Modules()[0]
	remove(t, e, retired)
	if err := e.Close(); err != nil {
		t.Error(err)
	}
	if after := mm.Stats(); after != before {
		t.Errorf("the manager holds\n%+v, before it held\n%+v", after, before)
	}
}

// TestCloseDuringUse closes an engine while others load, link, look up, map and remove: each call does what it says or is ErrClosed.
func TestCloseDuringUse(t *testing.T) {
	ways(t, func(t *testing.T, opts ...mcjit.Option) {
		debug := object(t, "debug.o").Bytes()
		rounds := 150
		if testing.Short() {
			rounds = 20
		}
		before := measure(t)
		for round := range rounds {
			e, err := mcjit.New(append(opts, mcjit.WithEventListener(&recorder{}))...)
			if err != nil {
				t.Fatal(err)
			}
			libmath(t, e)
			var wg sync.WaitGroup
			within(t, time.Minute, func() {
				for range 4 {
					wg.Go(func() { useUntilClosed(t, e, debug) })
				}
				for range round % 7 {
					e.FinalizeObject()
				}
				if err := e.Close(); err != nil {
					t.Errorf("Close: %v", err)
				}
				wg.Wait()
			})
		}
		wantFlat(t, before, measure(t))
	})
}

func useUntilClosed(t *testing.T, e *mcjit.ExecutionEngine, debug []byte) {
	for {
		path := filepath.Join("..", "testdata", "debug.o")
		b, err := objimage.OpenBuffer(path) // mapped: whoever reads it after it was closed faults
		if err != nil {
			t.Error(err)
			return
		}
		m, err := e.AddObject(b)
		if err != nil {
			b.Close()
		}
		var duplicate *runtimedyld.DuplicateError
		errs := []error{err}
		if errors.As(err, &duplicate) {
			errs[0] = nil
		}
		_, err = e.FunctionAddress("cube")
		errs = append(errs, err, e.AddGlobalMapping("mapped", 0x1000), e.AddGlobalMapping("mapped", 0))
		if m != nil {
			errs = append(errs, e.RemoveModule(m))
		}
		e.Stats()
		closed := false
		for i, err := range errs {
			if closed = closed || errors.Is(err, mcjit.ErrClosed); err != nil && !closed {
				t.Errorf("step %d: %v", i, err)
				return
			}
		}
		if closed {
			return
		}
	}
}

// TestCloseWhileResolving closes an engine whose resolver is at work.
func TestCloseWhileResolving(t *testing.T) {
	entered, leave := make(chan struct{}), make(chan struct{})
	e, err := mcjit.New(mcjit.WithSymbolResolver(resolverFunc(func([]runtimedyld.Reference) error {
		close(entered)
		<-leave
		return nil
	})))
	if err != nil {
		t.Fatal(err)
	}
	add(t, e, compiled(t, "use.o", useWant))
	linked := make(chan error)
	go func() { linked <- e.FinalizeObject() }()
	<-entered
	within(t, time.Minute, func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
		close(leave)
		if err := <-linked; !errors.Is(err, mcjit.ErrClosed) {
			t.Errorf("the link: %v", err)
		}
	})
}

func TestManyEngines(t *testing.T) {
	ways(t, func(t *testing.T, opts ...mcjit.Option) {
		var wg sync.WaitGroup
		for i := range int32(8) {
			wg.Go(func() {
				e := newEngine(t, opts...)
				add(t, e, compiled(t, "n.o", fmt.Sprintf("int n(void) { return %d; }", i)))
				wantCall(t, e, "n", i)
			})
		}
		wg.Wait()
	})
}
