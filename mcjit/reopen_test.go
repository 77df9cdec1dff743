//go:build linux && amd64

package mcjit_test

import (
	"errors"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/gomcjit/gomcjit/executor"
	"github.com/gomcjit/gomcjit/executor/inprocess"
	"github.com/gomcjit/gomcjit/mcjit"
	"github.com/gomcjit/gomcjit/memmgr"
	"github.com/gomcjit/gomcjit/runtimedyld"
)

// meanwhile runs fn in two goroutines, again and again, and a third one that looks for memory which is writable and executable, until the function returned is called.
func meanwhile(t *testing.T, fn func() error) (stop func()) {
	var done atomic.Bool
	var wg sync.WaitGroup
	for range 2 {
		wg.Go(func() {
			for !done.Load() {
				if err := fn(); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	wg.Go(func() {
		for looked := false; !done.Load() || !looked; looked = true {
			maps, err := os.ReadFile("/proc/self/maps")
			if err != nil {
				t.Error(err)
			}
			for line := range strings.Lines(string(maps)) {
				if fields := strings.Fields(line); len(fields) > 1 && strings.Contains(fields[1], "wx") {
					t.Error("writable and executable: ", line)
				}
			}
		}
	})
	return func() {
		done.Store(true)
		wg.Wait()
	}
}

const callerSource = `
int outside(int);
extern int number;
int (*pointer)(int) = outside;
int (*changed)(int) = outside;
int (*const fixed)(int) = outside;
static int mine(int x) { return -x; }
void change(void) { changed = mine; }
int calls(int x) { return outside(x); }
int points(int x) { return pointer(x); }
int fixes(int x) { return fixed(x); }
int changes(int x) { return changed(x); }
int tail(int x) { return outside(x) * 2; }
`

// TestUpdateGlobalMapping moves a function while callers run, through stubs, GOT entries and pointers. What the program has written stays.
func TestUpdateGlobalMapping(t *testing.T) {
	ways(t, func(t *testing.T, opts ...mcjit.Option) {
		e := newEngine(t, append(opts, mcjit.WithoutRelaxation())...)
		add(t, e, compiled(t, "implementations.o", "int ten(int x) { return x + 10; } int twenty(int x) { return x + 20; }"))
		ten, twenty := mustAddress(t, e, "ten"), mustAddress(t, e, "twenty")
		if err := e.AddGlobalMapping("outside", ten); err != nil {
			t.Fatal(err)
		}
		add(t, e, compiled(t, "caller.o", callerSource))
		type intInt = func(int32) int32
		calls, fixes, points := function[intInt](t, e, "calls"), function[intInt](t, e, "fixes"), function[intInt](t, e, "points")
		changes, tail := function[intInt](t, e, "changes"), function[intInt](t, e, "tail")
		function[func()](t, e, "change")()
		stop := meanwhile(t, func() error {
			for _, f := range []intInt{calls, fixes, points} {
				if got := f(1); got != 11 && got != 21 {
					return errors.New("neither the one function nor the other was called")
				}
			}
			return nil
		})
		for i := range 60 {
			to, other, want := ten, twenty, int32(11)
			if i%2 == 0 {
				to, other, want = twenty, ten, 21
			}
			if old, err := e.UpdateGlobalMapping("outside", to); err != nil || old != other {
				t.Fatal(old, err)
			}
			for n, f := range []intInt{calls, fixes, points} {
				if got := f(1); got != want {
					t.Errorf("function %d: %d, want %d", n, got, want)
				}
			}
			if got := tail(1); got != 2*want {
				t.Errorf("%d, want %d", got, 2*want)
			}
			if got := changes(1); got != -1 {
				t.Errorf("what the program has written is gone: %d", got)
			}
		}
		stop()
	})
}

// TestReopen reopens a module while others run, and finalizes it again: data stays, constructors are not run again, look-ups and listeners know when.
func TestReopen(t *testing.T) {
	ways(t, func(t *testing.T, opts ...mcjit.Option) {
		l := &recorder{}
		e := newEngine(t, append(opts, mcjit.WithEventListener(l), mcjit.WithGDB(mcjit.GDBAll))...)
		modules := add(t, e,
			compiled(t, "beside.o", "int seven(void) { return 7; }"),
			compiled(t, "reopened.o", `
				static int built, counted; int *where = &counted;
				__attribute__((constructor)) static void build(void) { built++; }
				int count(void) { return ++*where; }
				int constructed(void) { return built; }`),
			compiled(t, "user.o", "int count(void); int counts(void) { return count() + 100; }"))
		if err := e.Initialize(); err != nil {
			t.Fatal(err)
		}
		seven := function[intFunc](t, e, "seven")
		wantCall(t, e, "count", 1)
		l.take()
		stop := meanwhile(t, func() error {
			if got := seven(); got != 7 {
				return errors.New("the module beside is broken")
			}
			return nil
		})
		for i := range int32(40) {
			if err := e.Reopen(modules[1]); err != nil {
				t.Fatal(err)
			}
			if st := modules[1].State(); st != runtimedyld.Loaded {
				t.Errorf("%v", st)
			}
			l.want(t, "reopened")
			if err := e.Initialize(); err != nil {
				t.Fatal(err)
			}
			l.want(t, "finalized again", "freeing reopened.o", "loaded reopened.o")
			wantCall(t, e, "constructed", 1)
			wantCall(t, e, "count", 2*i+2)
			wantCall(t, e, "counts", 2*i+103)
		}
		stop()
		if err := e.Reopen(modules[1]); err != nil {
			t.Fatal(err)
		}
		remove(t, e, modules[1])
		l.want(t, "removed while it is reopened", "freeing reopened.o")
		wantCall(t, e, "counts", 182) // its memory is as it was
	})
}

// TestReopenBinds: names are bound anew, also those whose module was replaced, and those that nobody defines any more are an error.
func TestReopenBinds(t *testing.T) {
	ways(t, func(t *testing.T, opts ...mcjit.Option) {
		e := newEngine(t, opts...)
		user := add(t, e, compiled(t, "user.o", "int f(void); int g(void) { return f() + 1; }"))[0]
		one := add(t, e, compiled(t, "one.o", "int f(void) { return 1; }"))[0]
		wantCall(t, e, "g", 2)
		remove(t, e, one)
		wantCall(t, e, "g", 2) // it has its memory still
		if err := e.Reopen(user); err != nil {
			t.Fatal(err)
		}
		if err := e.FinalizeObject(); !errors.Is(err, runtimedyld.ErrUndefinedSymbol) || !strings.Contains(err.Error(), "user.o") {
			t.Errorf("%v", err)
		}
		add(t, e, compiled(t, "two.o", "int f(void) { return 2; }"))
		wantCall(t, e, "g", 3)
	})
}

// TestReopenErrors: what cannot be reopened says why.
func TestReopenErrors(t *testing.T) {
	e, other := newEngine(t), newEngine(t)
	m := add(t, e, object(t, "add.o"))[0]
	if err := other.Reopen(m); !errors.Is(err, mcjit.ErrNotOwned) {
		t.Errorf("%v", err)
	}
	if err := e.MapLocalAddress(new(byte), 1); !errors.Is(err, runtimedyld.ErrNoSection) {
		t.Errorf("%v", err)
	}
	mm, err := memmgr.New()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { mm.Close() })
	plain := newEngine(t, mcjit.WithMemoryManager(plainManager{mm}))
	m = add(t, plain, compiled(t, "user.o", "int outside(void); int g(void) { return outside(); }"))[0]
	if err := plain.AddGlobalMapping("outside", 0x1000); err != nil {
		t.Fatal(err)
	}
	if err := plain.FinalizeObject(); err != nil {
		t.Fatal(err)
	}
	for what, err := range map[string]error{
		"Reopen":              plain.Reopen(m),
		"UpdateGlobalMapping": func() error { _, err := plain.UpdateGlobalMapping("outside", 0x2000); return err }(),
	} {
		var oe *runtimedyld.ObjectError
		if !errors.As(err, &oe) || !errors.Is(err, runtimedyld.ErrCannotRewrite) || oe.Object != "user.o" || !strings.Contains(oe.Msg, "plainManager") {
			t.Errorf("%s: %v", what, err)
		}
	}
	if a, _ := plain.AddressToGlobalIfAvailable("outside"); a != 0x1000 {
		t.Errorf("%v", a)
	}
	if a, _ := plain.SymbolAddress("outside"); a != executor.Addr(0x1000) {
		t.Errorf("%v", a)
	}
}

// A plainManager is a memory manager without anything optional.
type plainManager struct{ memmgr.JITMemoryManager }

// TestReopenUnwinds: the process's unwinder knows a module's table as long as it is where it is.
func TestReopenUnwinds(t *testing.T) {
	u := newUnwinder(t, gccNames...)
	e := newEngine(t, mcjit.WithSymbolResolver(u))
	one, size := framed(t, 1)
	m := add(t, e, one)[0]
	wantCall(t, e, "framed1", 1)
	u.want(t, "finalized", size)
	calls := u.calls
	if err := e.Reopen(m); err != nil {
		t.Fatal(err)
	}
	u.want(t, "reopened", size)
	wantCall(t, e, "framed1", 1)
	u.want(t, "finalized again", size)
	if u.calls != calls+2 {
		t.Errorf("%d calls for a module that was finalized again, want 2", u.calls-calls)
	}
	if err := e.Reopen(m); err != nil {
		t.Fatal(err)
	}
	home := map[int]executor.Addr{}
	for i := 1; i < m.Object().Image().NumSections(); i++ {
		if a, ok := m.Object().SectionLoadAddress(i); ok {
			home[i] = a
			if err := e.MapSectionAddress(m, i, executor.Addr(0x10000000+0x100000*i)); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := e.FinalizeObject(); err != nil {
		t.Fatal(err)
	}
	u.want(t, "moved elsewhere")
	if err := e.Reopen(m); err != nil {
		t.Fatal(err)
	}
	for i, a := range home {
		if err := e.MapSectionAddress(m, i, a); err != nil {
			t.Fatal(err)
		}
	}
	wantCall(t, e, "framed1", 1)
	u.want(t, "back", size)
	if err := e.Reopen(m); err != nil {
		t.Fatal(err)
	}
	remove(t, e, m)
	u.want(t, "removed while it is reopened")
}

// A failingManager is a memory manager that fails to finalize when it is told to.
type failingManager struct {
	memmgr.JITMemoryManager
	memmgr.Rewriter
	err error
}

func (m *failingManager) Finalize(b memmgr.Batch) error {
	if m.err != nil {
		return m.err
	}
	return m.JITMemoryManager.Finalize(b)
}

// TestReopenUnwindsFailed: a module that runs on where it is, because it could not be finalized elsewhere, is still known to the unwinder.
func TestReopenUnwindsFailed(t *testing.T) {
	mm, err := memmgr.New()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { mm.Close() })
	fails := &failingManager{JITMemoryManager: mm, Rewriter: mm}
	u := newUnwinder(t, gccNames...)
	e := newEngine(t, mcjit.WithSymbolResolver(u), mcjit.WithMemoryManager(fails), mcjit.WithProcess(inprocess.Process{}))
	one, size := framed(t, 1)
	m := add(t, e, one)[0]
	wantCall(t, e, "framed1", 1)
	if err := e.Reopen(m); err != nil {
		t.Fatal(err)
	}
	home := map[int]executor.Addr{}
	for i := 1; i < m.Object().Image().NumSections(); i++ {
		if a, ok := m.Object().SectionLoadAddress(i); ok {
			home[i] = a
			if err := e.MapSectionAddress(m, i, executor.Addr(0x10000000+0x100000*i)); err != nil {
				t.Fatal(err)
			}
		}
	}
	for range 2 {
		fails.err = errors.New("injected")
		if err := e.FinalizeObject(); !errors.Is(err, fails.err) {
			t.Fatal(err)
		}
		u.want(t, "not finalized", size)
	}
	fails.err = nil
	for i, a := range home {
		if err := e.MapSectionAddress(m, i, a); err != nil {
			t.Fatal(err)
		}
	}
	wantCall(t, e, "framed1", 1)
	u.want(t, "finalized", size)
	remove(t, e, m)
	u.want(t, "removed")
}

// A stuckManager is a memory manager that fails to change what is finalized when it is told to.
type stuckManager struct {
	*memmgr.SectionMemoryManager
	err error
}

func (m *stuckManager) Rewrite(patches []memmgr.Patch) error {
	if m.err != nil {
		return m.err
	}
	return m.SectionMemoryManager.Rewrite(patches)
}

// TestReopenUnpublished: a module that is finalized while another one cannot be changed is whole: its indirect functions are resolved, and unwinder and listeners know it.
func TestReopenUnpublished(t *testing.T) {
	mm, err := memmgr.New()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { mm.Close() })
	stuck, heard := &stuckManager{SectionMemoryManager: mm}, &recorder{}
	u := newUnwinder(t, gccNames...)
	e := newEngine(t, mcjit.WithSymbolResolver(u), mcjit.WithMemoryManager(stuck), mcjit.WithProcess(inprocess.Process{}), mcjit.WithEventListener(heard), mcjit.WithoutRelaxation())
	add(t, e, compiled(t, "implementations.o", "int ten(void) { return 10; } int twenty(void) { return 20; }"))
	ten, twenty := mustAddress(t, e, "ten"), mustAddress(t, e, "twenty")
	if err := e.AddGlobalMapping("outside", ten); err != nil {
		t.Fatal(err)
	}
	caller := add(t, e, compiled(t, "caller.o", "int outside(void); int f(void) { return outside(); }"))
	wantCall(t, e, "f", 10)
	if err := e.Reopen(caller...); err != nil {
		t.Fatal(err)
	}
	if err := e.AddGlobalMapping("outside", twenty); err != nil {
		t.Fatal(err)
	}
	framed, size := framed(t, 1)
	add(t, e, framed)
	added := add(t, e, compiled(t, "indirect.o", "static int yes(void) { return 1; } static void *choose(void) { return yes; } int indirect(void) __attribute__((ifunc(\"choose\")));"))
	stuck.err = errors.New("injected")
	var unpublished *runtimedyld.PublishError
	if err := e.FinalizeObject(); !errors.Is(err, stuck.err) || !errors.As(err, &unpublished) {
		t.Fatal(err)
	}
	u.want(t, "finalized beside", size)
	if caller[0].State() != runtimedyld.Loaded || added[0].State() != runtimedyld.Finalized {
		t.Errorf("%v, %v", caller[0].State(), added[0].State())
	}
	wantCall(t, e, "indirect", 1)
	heard.mu.Lock()
	if len(heard.names) != 4 {
		t.Errorf("listeners were told of %v", heard.names)
	}
	heard.mu.Unlock()
	stuck.err = nil
	wantCall(t, e, "f", 20)
}

// TestReopenHammer reopens, moves mappings, loads and removes from several goroutines, while functions run.
func TestReopenHammer(t *testing.T) {
	ways(t, func(t *testing.T, opts ...mcjit.Option) {
		e := newEngine(t, append(opts, mcjit.WithoutRelaxation(), mcjit.WithEventListener(&recorder{}))...)
		add(t, e, compiled(t, "implementations.o", "int ten(void) { return 10; } int twenty(void) { return 20; }"))
		ten, twenty := mustAddress(t, e, "ten"), mustAddress(t, e, "twenty")
		if err := e.AddGlobalMapping("outside", ten); err != nil {
			t.Fatal(err)
		}
		caller := compiled(t, "caller.o", "int outside(void); int f(void) { return outside(); } int (*p)(void) = outside; int g(void) { return p(); }")
		coming := compiled(t, "coming.o", "int outside(void); int f(void); int sum(void) { return f() - outside(); }")
		modules := add(t, e, objectOf("caller.o", caller.Bytes()))
		f, g := function[intFunc](t, e, "f"), function[intFunc](t, e, "g")
		stop := meanwhile(t, func() error {
			for _, fn := range []intFunc{f, g} {
				if got := fn(); got != 10 && got != 20 {
					return errors.New("a caller got somewhere else")
				}
			}
			return nil
		})
		var wg sync.WaitGroup
		do := func(step func(i int) error) {
			wg.Go(func() {
				for i := range 30 {
					if err := step(i); err != nil {
						t.Error(err)
					}
				}
			})
		}
		do(func(int) error {
			if err := e.Reopen(modules...); err != nil {
				return err
			}
			return e.FinalizeObject()
		})
		do(func(i int) error {
			_, err := e.UpdateGlobalMapping("outside", []executor.Addr{ten, twenty}[i%2])
			if errors.Is(err, runtimedyld.ErrState) { // something is reopened
				return nil
			}
			return err
		})
		do(func(int) error {
			m, err := e.AddObject(objectOf("coming.o", coming.Bytes()))
			if err != nil {
				return err
			}
			if _, err := e.FunctionAddress("sum"); err != nil {
				return err
			}
			return e.RemoveModule(m)
		})
		do(func(int) error {
			if e.Stats().Modules < 2 {
				return errors.New("modules are missing")
			}
			_, err := e.FunctionAddress("f")
			return err
		})
		wg.Wait()
		stop()
	})
}
