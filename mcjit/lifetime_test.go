//go:build linux && amd64

package mcjit_test

import (
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gomcjit/gomcjit/executor"
	"github.com/gomcjit/gomcjit/executor/inprocess"
	"github.com/gomcjit/gomcjit/mcjit"
	"github.com/gomcjit/gomcjit/memmgr"
	"github.com/gomcjit/gomcjit/objimage"
)

// A faultyProcess is this process, in which some calls fail.
type faultyProcess struct {
	left atomic.Int32 // calls until one fails; never if it begins at 0
}

var errCall = errors.New("the process is gone")

func (p *faultyProcess) Call(fn executor.Addr, args ...uint64) (uint64, error) {
	if p.left.Add(-1) == 0 {
		return 0, errCall
	}
	return inprocess.Process{}.Call(fn, args...)
}

// TestInitializeFails has each call of an initialization fail in turn: what was built is destroyed, the module is named, and the next try does it all.
func TestInitializeFails(t *testing.T) {
	object := func(t *testing.T) []*objimage.Buffer {
		return []*objimage.Buffer{
			counted(t, 1),
			compiled(t, "two.o", prelude+"static void end(void) { note(-20); } __attribute__((constructor(200))) static void early(void) { note(20); atexit(end); } CTOR(2) DTOR(2)"),
			counted(t, 3),
		}
	}
	for failing, want := range []string{ // the order is 20 1 2 3
		"", "", "20 -20", "20 1 -20 -1", "20 1 2 -20 -2 -1",
	} {
		p := &faultyProcess{}
		e, n := noted(t, mcjit.WithProcess(p))
		add(t, e, object(t)...)
		if err := e.FinalizeObject(); err != nil {
			t.Fatal(err)
		}
		before := e.Stats()
		if failing > 0 {
			p.left.Store(int32(failing))
			err := e.Initialize()
			var routine *mcjit.RoutineError
			if !errors.As(err, &routine) || !errors.Is(err, errCall) {
				t.Fatalf("call %d: error %v", failing, err)
			}
			if module := []string{"", "two.o", "m1.o", "two.o", "m3.o"}[failing]; routine.Module != module || !strings.HasPrefix(routine.Section, ".init_array") || !strings.Contains(err.Error(), module) {
				t.Errorf("call %d: error %v", failing, err)
			}
			n.want(t, "a failure", want)
			wantStats(t, e, before)
		}
		initialize(t, e)
		n.want(t, "no failure", "20 1 2 3")
		remove(t, e, e.Modules()...)
		n.want(t, "removed", "-20 -3 -2 -1")
	}
}

// TestDestructorFails has one call of a removal fail: the others are made, memory goes, and the module is named.
func TestDestructorFails(t *testing.T) {
	p := &faultyProcess{}
	e, n := noted(t, mcjit.WithProcess(p))
	before := e.Stats()
	add(t, e, counted(t, 1), counted(t, 2), counted(t, 3))
	initialize(t, e)
	n.take()
	p.left.Store(2)
	err := e.RemoveModule(e.Modules()...)
	var routine *mcjit.RoutineError
	if !errors.As(err, &routine) || routine.Module != "m2.o" || routine.Section != ".fini_array" {
		t.Errorf("error: %v", err)
	}
	n.want(t, "RemoveModule", "-3 -1")
	wantStats(t, e, before)
}

// TestDestructorFailsLate has the destructor fail of a module that was removed while another referred to it, which is linked to a third one then. Whoever finalizes is told, or
// whoever closes the engine, if it was finalized by the way.
func TestDestructorFailsLate(t *testing.T) {
	for _, how := range []string{"FinalizeObject", "Close"} {
		t.Run(how, func(t *testing.T) {
			mm, err := memmgr.New()
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { mm.Close() })
			faulty, p := &faultyManager{SectionMemoryManager: mm}, &faultyProcess{}
			e, n := noted(t, mcjit.WithMemoryManager(faulty), mcjit.WithProcess(p))
			removed := add(t, e, counted(t, 1))
			initialize(t, e)
			add(t, e, compiled(t, "user.o", "int f1(void); int user(void) { return f1(); }"))
			faulty.finals.Store(1)
			if err := e.FinalizeObject(); !errors.Is(err, errFaulty) { // but relocations are applied
				t.Fatal(err)
			}
			remove(t, e, removed...)
			n.want(t, "a module that is in use was removed", "1")
			add(t, e, counted(t, 1))
			p.left.Store(1)
			if how == "Close" {
				wantCall(t, e, "user", 1)
				err = e.Close()
			} else if err = e.FinalizeObject(); err != nil {
				wantCall(t, e, "user", 1)
			}
			var routine *mcjit.RoutineError
			if !errors.As(err, &routine) || !errors.Is(err, errCall) || routine.Module != "m1.o" {
				t.Errorf("error: %v", err)
			}
			n.want(t, "the destructor has failed", "")
		})
	}
}

// TestNoProcess: an engine whose memory need not be in this process runs nothing in it, unless it is told to.
func TestNoProcess(t *testing.T) {
	mm, err := memmgr.New()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { mm.Close() })
	manager := struct{ memmgr.JITMemoryManager }{mm}
	e, n := noted(t, mcjit.WithMemoryManager(manager))
	add(t, e, compiled(t, "plain.o", "int plain(void) { return 1; }"))
	initialize(t, e) // there is nothing to run
	m := add(t, e, counted(t, 1))
	var routine *mcjit.RoutineError
	if err := e.Initialize(); !errors.Is(err, mcjit.ErrNoProcess) || !errors.As(err, &routine) || routine.Module != "m1.o" {
		t.Errorf("error: %v", err)
	}
	remove(t, e, m...)
	n.want(t, "without a process", "")

	told, n := noted(t, mcjit.WithMemoryManager(manager), mcjit.WithProcess(inprocess.Process{}))
	add(t, told, counted(t, 1))
	initialize(t, told)
	n.want(t, "with a process", "1")
}

// TestRemapped: a module that was laid out for another place is not run here.
func TestRemapped(t *testing.T) {
	e, n := noted(t)
	m := add(t, e, counted(t, 1))[0]
	image := m.Object().Image()
	for i := 1; i < image.NumSections(); i++ {
		if string(image.SectionName(i)) == ".init_array" {
			if err := e.MapSectionAddress(m, i, 0x123450000); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := e.Initialize(); !errors.Is(err, mcjit.ErrNoProcess) {
		t.Errorf("error: %v", err)
	}
	n.want(t, "remapped", "")
}

// TestNullConstructor: a constructor that an undefined weak symbol stands for is an error, and no call to address 0.
func TestNullConstructor(t *testing.T) {
	e, n := noted(t)
	add(t, e, counted(t, 1), compiled(t, "null.o", `void nothing(void) __attribute__((weak));
__attribute__((section(".init_array"), used)) static void (*entry)(void) = nothing;`))
	var routine *mcjit.RoutineError
	if err := e.Initialize(); !errors.Is(err, inprocess.ErrZeroAddress) || !errors.As(err, &routine) || routine.Module != "null.o" {
		t.Errorf("error: %v", err)
	}
	n.want(t, "Initialize", "1 -1")
}

// calling returns an engine as noted does, with a function void go(void) beside, which calls f.
func calling(t *testing.T, f func(e *mcjit.ExecutionEngine)) (*mcjit.ExecutionEngine, *notes) {
	var e *mcjit.ExecutionEngine
	back, err := inprocess.NewCallback(func() { f(e) })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(back.Release)
	e, n := noted(t)
	if err := e.AddGlobalMapping("go", back.Addr()); err != nil {
		t.Fatal(err)
	}
	return e, n
}

const goes = prelude + `
void go(void);
int common;
CTOR(1)
__attribute__((constructor)) static void ask(void) { go(); note(common); }
CTOR(2)
DTOR(1)
`

// TestRemoveWhileInitializing has a constructor remove its own module, and another goroutine do so: it goes once it is built.
func TestRemoveWhileInitializing(t *testing.T) {
	for name, how := range map[string]func(work func()){
		"constructor": func(work func()) { work() },
		"goroutine":   func(work func()) { done := make(chan struct{}); go func() { work(); close(done) }(); <-done },
	} {
		t.Run(name, func(t *testing.T) {
			var m *mcjit.Module
			e, n := calling(t, func(e *mcjit.ExecutionEngine) { how(func() { remove(t, e, m) }) })
			before := e.Stats()
			m = add(t, e, compiled(t, "goes.o", goes))[0]
			within(t, time.Minute, func() { initialize(t, e) })
			n.want(t, "Initialize", "1 0 2 -1")
			wantStats(t, e, before)
		})
	}
}

// TestConstructorUsesEngine has constructors and destructors load, call, remove and look up other modules.
func TestConstructorUsesEngine(t *testing.T) {
	use := func(e *mcjit.ExecutionEngine) {
		m := add(t, e, counted(t, 7))
		wantCall(t, e, "f7", 7)
		if _, err := e.SymbolAddress("f1"); err != nil {
			t.Error(err)
		}
		remove(t, e, m...)
	}
	e, n := calling(t, use)
	base := add(t, e, counted(t, 1))
	m := add(t, e, compiled(t, "uses.o", prelude+"void go(void); __attribute__((constructor)) static void begin(void) { go(); note(8); } __attribute__((destructor)) static void end(void) { go(); note(-8); }"))
	within(t, time.Minute, func() {
		initialize(t, e)
		remove(t, e, m...)
	})
	n.want(t, "all", "1 8 -8")
	remove(t, e, base...)
	n.want(t, "the other", "-1")
}

// TestCloseWhileInitializing has Close wait for constructors that are running; it destroys what they have built.
func TestCloseWhileInitializing(t *testing.T) {
	entered, leave := make(chan struct{}), make(chan struct{})
	e, n := calling(t, func(*mcjit.ExecutionEngine) { close(entered); <-leave })
	add(t, e, compiled(t, "goes.o", goes))
	initialized, closed := make(chan error, 1), make(chan error, 1)
	go func() { initialized <- e.Initialize() }()
	<-entered
	go func() { closed <- e.Close() }()
	select {
	case <-closed:
		t.Error("Close returned while a constructor was running")
	case <-time.After(20 * time.Millisecond):
	}
	close(leave)
	within(t, time.Minute, func() {
		if err := <-initialized; err != nil {
			t.Errorf("Initialize: %v", err)
		}
		if err := <-closed; err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	n.want(t, "all", "1 0 2 -1")
}

// TestDeinitializeInConstructor is what happens when a constructor calls C's exit: what is built is destroyed, and nobody waits for the constructor.
func TestDeinitializeInConstructor(t *testing.T) {
	e, n := calling(t, func(e *mcjit.ExecutionEngine) {
		if err := e.Deinitialize(); err != nil {
			t.Error(err)
		}
	})
	add(t, e, compiled(t, "goes.o", strings.Replace(goes, "void ask(void) {", "void ask(void) { void end(void); atexit(end);", 1)+"void end(void) { note(9); }"))
	within(t, time.Minute, func() { initialize(t, e) })
	n.want(t, "Initialize", "1 9 -1 0 2")
}
