//go:build linux && amd64

package mcjit_test

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/gomcjit/gomcjit/mcjit"
	"github.com/gomcjit/gomcjit/objimage"
	"github.com/gomcjit/gomcjit/runtimedyld"
)

// A recorder is a listener that writes down what it is told.
type recorder struct {
	mu       sync.Mutex
	events   []string
	names    map[uint64]string // of objects that are there, by key
	err      error
	onLoaded func(key uint64, image *objimage.Image)
	onFreed  func(key uint64)
}

func (r *recorder) NotifyObjectLoaded(key uint64, image *objimage.Image) error {
	if r.onLoaded != nil {
		r.onLoaded(key, image)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	name := image.Object().Name()
	if r.names == nil {
		r.names = map[uint64]string{}
	}
	if r.names[key] != "" {
		r.events = append(r.events, "key used twice")
	}
	r.names[key] = name
	r.events = append(r.events, "loaded "+name)
	return r.err
}

func (r *recorder) NotifyFreeingObject(key uint64) error {
	if r.onFreed != nil {
		r.onFreed(key)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	name := r.names[key]
	delete(r.names, key)
	r.events = append(r.events, "freeing "+name)
	return r.err
}

// take returns what has happened since the last call.
func (r *recorder) take() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	events := r.events
	r.events = nil
	return events
}

func (r *recorder) want(t *testing.T, when string, want ...string) {
	t.Helper()
	if got := r.take(); !slices.Equal(got, want) {
		t.Errorf("%s: %q, want %q", when, got, want)
	}
}

func TestListeners(t *testing.T) {
	ways(t, func(t *testing.T, opts ...mcjit.Option) {
		first, second := &recorder{}, &recorder{}
		e := newEngine(t, append(opts, mcjit.WithEventListener(first), mcjit.WithEventListener(nil))...)
		e.RegisterJITEventListener(second)
		e.RegisterJITEventListener(nil)
		first.onLoaded = func(key uint64, image *objimage.Image) {
			if address, loaded := image.SectionAddr(1); !loaded || protectionOrFail(t, address) != "r-x" {
				t.Errorf("%s: its section 1 is not ready to run", image.Object().Name())
			}
			if len(second.names) >= len(first.names)+1 {
				t.Error("the second listener is told first")
			}
		}
		a := add(t, e, object(t, "add.o"), object(t, "strong.o"))
		first.want(t, "loading")
		if err := e.FinalizeObject(); err != nil {
			t.Fatal(err)
		}
		first.want(t, "finalizing", "loaded add.o", "loaded strong.o")
		second.want(t, "finalizing", "loaded add.o", "loaded strong.o")
		if err := e.FinalizeObject(); err != nil {
			t.Fatal(err)
		}
		first.want(t, "finalizing again")
		e.UnregisterJITEventListener(first)
		e.UnregisterJITEventListener(first)
		remove(t, e, a[0])
		first.want(t, "after it was taken away")
		second.want(t, "removing", "freeing add.o")
		b := add(t, e, object(t, "weak.o"))
		remove(t, e, b...)
		second.want(t, "removing what was not finalized")
		if err := e.Close(); err != nil {
			t.Error(err)
		}
		second.want(t, "closing", "freeing strong.o")
	})
}

func protectionOrFail(t *testing.T, address uint64) string {
	return protection(t, executorAddr(address))
}

// TestListenerErrors: what a listener complains of is reported, and stops nothing.
func TestListenerErrors(t *testing.T) {
	mine := errors.New("mine")
	bad, good := &recorder{err: mine}, &recorder{}
	e, err := mcjit.New(mcjit.WithEventListener(bad), mcjit.WithEventListener(good))
	if err != nil {
		t.Fatal(err)
	}
	before := e.Stats()
	m := add(t, e, object(t, "strong.o"))
	var listener *mcjit.ListenerError
	if err := e.FinalizeObject(); !errors.As(err, &listener) || !errors.Is(err, mine) {
		t.Errorf("FinalizeObject: %v", err)
	}
	wantCall(t, e, "strong_only", 3)
	if err := e.RemoveModule(m...); !errors.As(err, &listener) || !errors.Is(err, mine) {
		t.Errorf("RemoveModule: %v", err)
	}
	wantStats(t, e, before)
	add(t, e, object(t, "strong.o"))
	wantCall(t, e, "strong_only", 3) // FunctionAddress does not fail because of a listener
	if err := e.Close(); !errors.As(err, &listener) || !errors.Is(err, mine) {
		t.Errorf("Close: %v", err)
	}
	good.want(t, "the other listener", "loaded strong.o", "freeing strong.o", "loaded strong.o", "freeing strong.o")
}

// TestListenerPanics: a panic goes through to whoever finalizes, and the engine goes on.
func TestListenerPanics(t *testing.T) {
	panicked := false
	e := newEngine(t, mcjit.WithEventListener(listenerFunc(func(uint64) error {
		if !panicked {
			panicked = true
			panic("mine")
		}
		return nil
	})))
	m := add(t, e, object(t, "strong.o"))
	within(t, time.Minute, func() {
		func() {
			defer func() {
				if p := recover(); p != "mine" {
					t.Errorf("recovered %v", p)
				}
			}()
			e.FinalizeObject()
		}()
		wantCall(t, e, "strong_only", 3)
	})
	if m[0].State() != runtimedyld.Finalized {
		t.Errorf("the module is %v", m[0].State())
	}
}

// TestListenerPanicsOnRemoval: a panic goes through to whoever removes or closes, and everything is given back all the same; other listeners
// are told of every module.
func TestListenerPanicsOnRemoval(t *testing.T) {
	ways(t, func(t *testing.T, opts ...mcjit.Option) {
		for _, how := range []string{"remove", "close"} {
			quiet, other := false, &recorder{}
			e := newEngine(t, append(opts, mcjit.WithEventListener(listenerFunc(func(uint64) error {
				if !quiet {
					panic("mine")
				}
				return nil
			})), mcjit.WithEventListener(other))...)
			before := e.Stats()
			quiet = true
			m := add(t, e, object(t, "strong.o"), compiled(t, "extra.o", "int extra(void) { return 8; }"))
			wantCall(t, e, "strong_only", 3)
			wantCall(t, e, "extra", 8)
			quiet = false
			within(t, time.Minute, func() {
				defer func() {
					if p := recover(); p != "mine" {
						t.Errorf("%s: recovered %v", how, p)
					}
				}()
				if how == "remove" {
					e.RemoveModule(m...)
				} else {
					e.Close()
				}
			})
			if len(other.names) != 0 {
				t.Errorf("%s: still there for the other listener: %v", how, other.names)
			}
			if how == "remove" {
				wantStats(t, e, before)
			}
			for _, module := range m {
				if s := module.State(); s != runtimedyld.Removed {
					t.Errorf("%s: %s is %v", how, module.Name(), s)
				}
			}
		}
	})
}

// A listenerFunc cannot be compared.
type listenerFunc func(key uint64) error

func (f listenerFunc) NotifyObjectLoaded(key uint64, _ *objimage.Image) error { return f(key) }
func (f listenerFunc) NotifyFreeingObject(key uint64) error                   { return f(key) }

func TestListenerThatCannotBeCompared(t *testing.T) {
	calls := 0
	l := listenerFunc(func(uint64) error { calls++; return nil })
	e := newEngine(t, mcjit.WithEventListener(l))
	e.UnregisterJITEventListener(l)
	add(t, e, object(t, "strong.o"))
	wantCall(t, e, "strong_only", 3)
	if calls != 1 {
		t.Errorf("%d calls", calls)
	}
}

// TestListenersUseEngine has listeners do everything that they may: register others, look up, load, finalize, remove other modules.
func TestListenersUseEngine(t *testing.T) {
	ways(t, func(t *testing.T, opts ...mcjit.Option) {
		extra := compiled(t, "extra.o", "int extra(void) { return 8; }").Bytes()
		e := newEngine(t, opts...)
		before := e.Stats()
		l, late := &recorder{}, &recorder{}
		depth := 0
		use := func() {
			if depth++; depth == 1 { // the module that is added here is told of as well
				m := add(t, e, objectOf("extra.o", extra))
				wantCall(t, e, "extra", 8)
				remove(t, e, m...)
				if _, err := e.SymbolAddress("extra"); !errors.Is(err, mcjit.ErrSymbolNotFound) {
					t.Error(err)
				}
				e.Stats()
				e.Modules()
			}
			depth--
		}
		l.onLoaded = func(_ uint64, image *objimage.Image) {
			e.RegisterJITEventListener(late)
			if image.Object().Name() == "strong.o" {
				wantCall(t, e, "strong_only", 3)
			}
			use()
			e.UnregisterJITEventListener(late)
		}
		l.onFreed = func(uint64) { use() }
		e.RegisterJITEventListener(l)
		within(t, time.Minute, func() {
			m := add(t, e, object(t, "strong.o"))
			wantCall(t, e, "strong_only", 3)
			remove(t, e, m...)
		})
		wantStats(t, e, before)
		if len(l.names) != 0 || len(late.names) != 0 {
			t.Errorf("still there for the listeners: %v, %v", l.names, late.names)
		}
	})
}

// TestFreeingListenerLooksUp: an archive member's names are found again while it is being removed; it is loaded anew.
func TestFreeingListenerLooksUp(t *testing.T) {
	e := newEngine(t)
	libmath(t, e)
	l := &recorder{}
	again := false
	l.onFreed = func(uint64) {
		if !again {
			again = true
			if got := function[func(int64) int64](t, e, "square")(6); got != 36 {
				t.Errorf("square(6) = %d", got)
			}
		}
	}
	e.RegisterJITEventListener(l)
	function[func(int64) int64](t, e, "square")
	within(t, time.Minute, func() { remove(t, e, e.Modules()...) })
	if got, want := fmt.Sprint(moduleNames(e)), fmt.Sprint(members("square")); got != want {
		t.Errorf("modules: %v, want %v", got, want)
	}
	if got := function[func(int64) int64](t, e, "square")(7); got != 49 {
		t.Errorf("square(7) = %d", got)
	}
}

// TestEventsUnderRemoval finalizes and removes the same modules at the same time: for every module that listeners hear of they hear both events, in order, while
// its bytes are there; and debuggers keep nothing.
func TestEventsUnderRemoval(t *testing.T) {
	debug := object(t, "debug.o").Bytes()
	l := &recorder{}
	l.onLoaded = func(_ uint64, image *objimage.Image) {
		if len(image.Object().Buffer().Bytes()) == 0 {
			t.Error("told of an object whose bytes are gone")
		}
		if _, err := image.DebugObject(); err != nil {
			t.Error(err)
		}
	}
	e := newEngine(t, mcjit.WithEventListener(l))
	before := e.Stats()
	within(t, 2*time.Minute, func() {
		for i := range 3000 {
			m := add(t, e, objectOf(fmt.Sprint("debug", i, ".o"), debug))
			var wg sync.WaitGroup
			wg.Go(func() { e.FinalizeObject() })
			wg.Go(func() { remove(t, e, m...) })
			wg.Wait()
		}
	})
	if len(l.names) != 0 {
		t.Errorf("%d modules are still there for the listener", len(l.names))
	}
	for i, event := range l.take() {
		if event == "freeing " || event == "key used twice" {
			t.Fatalf("event %d: %q", i, event)
		}
	}
	wantStats(t, e, before)
	if n := debuggerEntries(t); n != 0 {
		t.Errorf("debuggers still see %d objects", n)
	}
}
