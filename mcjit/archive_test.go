//go:build linux && amd64

package mcjit_test

import (
	"errors"
	"maps"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gomcjit/gomcjit/executor"
	"github.com/gomcjit/gomcjit/executor/inprocess"
	"github.com/gomcjit/gomcjit/mcjit"
	"github.com/gomcjit/gomcjit/memmgr"
	"github.com/gomcjit/gomcjit/objimage"
	"github.com/gomcjit/gomcjit/runtimedyld"
)

// libmath adds the archive of testdata.
func libmath(t testing.TB, e *mcjit.ExecutionEngine) {
	t.Helper()
	if err := e.AddArchive(object(t, "libmath.a")); err != nil {
		t.Fatal(err)
	}
}

func members(names ...string) map[string]int {
	m := map[string]int{}
	for _, name := range names {
		m["libmath.a("+name+".o)"] = 1
	}
	return m
}

// TestArchiveOnDemand loads what is needed, what that needs, once each, and nothing else.
func TestArchiveOnDemand(t *testing.T) {
	ways(t, func(t *testing.T, opts ...mcjit.Option) {
		e := newEngine(t, opts...)
		libmath(t, e)
		if n := e.Stats().Modules; n != 0 {
			t.Errorf("an archive alone loads %d modules", n)
		}
		if _, err := e.SymbolAddress("polynomial"); err != nil {
			t.Fatal(err)
		}
		if got, want := moduleNames(e), members("polynomial"); !maps.Equal(got, want) {
			t.Errorf("after the look-up: %v, want %v", got, want)
		}
		if got := function[func(int64) int64](t, e, "polynomial")(2); got != 1+2*2+3*4+4*8 {
			t.Errorf("polynomial(2) = %d", got)
		}
		if got, want := moduleNames(e), members("polynomial", "square", "cube"); !maps.Equal(got, want) {
			t.Errorf("after the link: %v, want %v", got, want)
		}
		if got := function[func(int64) int64](t, e, "square")(12); got != 144 {
			t.Errorf("square(12) = %d", got)
		}
		if got := function[func(uint64) int32](t, e, "even")(9); got != 0 {
			t.Errorf("even(9) = %d", got)
		}
		if got, want := moduleNames(e), members("polynomial", "square", "cube", "even", "odd"); !maps.Equal(got, want) {
			t.Errorf("in the end: %v, want %v", got, want)
		}
	})
}

// TestArchiveAfterObject: what an object needs is found in an archive that is added after it, and an object's own definition comes first.
func TestArchiveAfterObject(t *testing.T) {
	e := newEngine(t)
	add(t, e, compiled(t, "square.o", "long square(long x) { return -x; }"), compiled(t, "use.o", "long cube(long); int use(void) { return cube(3); }"))
	libmath(t, e)
	wantCall(t, e, "use", -9)
	if n := moduleNames(e)["libmath.a(square.o)"]; n != 0 {
		t.Error("a member was loaded whose name an object defines")
	}
}

func TestArchiveOrder(t *testing.T) {
	e := newEngine(t)
	addLibrary(t, e, library(t, "rcs", [2]string{"a.o", "int which(void) { return 1; }"}))
	addLibrary(t, e, library(t, "rcs", [2]string{"b.o", "int which(void) { return 2; }"}))
	wantCall(t, e, "which", 1)
}

func TestWeakReferenceLoadsNoMember(t *testing.T) {
	e := newEngine(t)
	libmath(t, e)
	add(t, e, compiled(t, "weak.o", "long square(long) __attribute__((weak)); int has_square(void) { return square != 0; }"))
	wantCall(t, e, "has_square", 0)
	if n := e.Stats().Modules; n != 1 {
		t.Errorf("%d modules: %v", n, moduleNames(e))
	}
}

func TestBrokenMember(t *testing.T) {
	e := newEngine(t)
	libmath(t, e)
	var undefined *runtimedyld.UndefinedError
	if _, err := e.FunctionAddress("broken"); !errors.As(err, &undefined) || undefined.Symbols[0].Name != "missing_function" ||
		!strings.Contains(undefined.Symbols[0].Refs[0], "libmath.a(broken.o)") {
		t.Fatalf("error: %v", err)
	}
	add(t, e, compiled(t, "missing.o", "long missing_function(long x) { return x + 1; }"))
	if got := function[func(int64) int64](t, e, "broken")(4); got != 5 {
		t.Errorf("broken(4) = %d", got)
	}
}

// TestMemberOfNoObject: a member that cannot be loaded is an error of whoever needs it, each time, and of nobody else.
func TestMemberOfNoObject(t *testing.T) {
	archive := append([]byte(nil), object(t, "libmath.a").Bytes()...)
	a, err := objimage.ParseArchive(objectOf("libmath.a", archive))
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	cube, _ := a.Lookup("cube")
	const headerSize = 60
	archive[uint64(cube)+headerSize+18]++ // e_machine
	e := newEngine(t)
	if err := e.AddArchive(objectOf("libmath.a", archive)); err != nil {
		t.Fatal(err)
	}
	before := e.Stats()
	for range 2 {
		if _, err := e.SymbolAddress("cube"); err == nil || !strings.Contains(err.Error(), "libmath.a(cube.o)") {
			t.Errorf("error: %v", err)
		}
		wantStats(t, e, before)
	}
	if got := function[func(int64) int64](t, e, "square")(5); got != 25 {
		t.Errorf("square(5) = %d", got)
	}
}

// TestEqualMemberNames has two members of one name.
func TestEqualMemberNames(t *testing.T) {
	e := newEngine(t)
	addLibrary(t, e, library(t, "qcs",
		[2]string{"same.o", "int second(void); int first(void) { return 10 + second(); }"},
		[2]string{"same.o", "int second(void) { return 2; }"}))
	wantCall(t, e, "first", 12)
	if n := e.Stats().Modules; n != 2 {
		t.Errorf("%d modules", n)
	}
}

func TestThinArchive(t *testing.T) {
	ways(t, func(t *testing.T, opts ...mcjit.Option) {
		path := library(t, "rcsT", [2]string{"a.o", "int b(void); int a(void) { return b() + 1; }"}, [2]string{"b.o", "int b(void) { return 7; }"})
		e := newEngine(t, opts...)
		addLibrary(t, e, path)
		wantCall(t, e, "a", 8)
		remove(t, e, e.Modules()...)
		maps, err := os.ReadFile("/proc/self/maps")
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(maps), "/b.o") {
			t.Error("a member's file is still mapped after the removal")
		}
		if err := os.Remove(strings.TrimSuffix(path, "libtest.a") + "1/b.o"); err != nil {
			t.Fatal(err)
		}
		if _, err := e.FunctionAddress("a"); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("with a file missing: %v", err)
		}
	})
}

// TestConcurrentDemand has many goroutines want the same members at once.
func TestConcurrentDemand(t *testing.T) {
	for range 30 {
		e := newEngine(t)
		libmath(t, e)
		start := make(chan struct{})
		within(t, time.Minute, func() {
			var wg sync.WaitGroup
			for i := range 16 {
				wg.Go(func() {
					<-start
					name, want := "polynomial", int64(49)
					if i%2 == 1 {
						name, want = "cube", 8
					}
					f, err := mcjit.Func[func(int64) int64](e, name)
					if err != nil {
						t.Error(err)
						return
					}
					if got := f(2); got != want {
						t.Errorf("%s(2) = %d, want %d", name, got, want)
					}
				})
			}
			close(start)
			wg.Wait()
		})
		if got, want := moduleNames(e), members("polynomial", "square", "cube"); !maps.Equal(got, want) {
			t.Fatalf("modules: %v, want %v", got, want)
		}
	}
}

// TestMembersAgain removes members, and has them loaded again by those who need them, not by those who do not.
func TestMembersAgain(t *testing.T) {
	ways(t, func(t *testing.T, opts ...mcjit.Option) {
		e := newEngine(t, opts...)
		libmath(t, e)
		before := e.Stats()
		for range 3 {
			if got := function[func(int64) int64](t, e, "cube")(3); got != 27 {
				t.Errorf("cube(3) = %d", got)
			}
			remove(t, e, e.Modules()...)
			wantStats(t, e, before)
		}
	})
}

// TestSettledNeeds: an object that is finalized needs nothing any more. What it had been linked with does not come back by itself.
func TestSettledNeeds(t *testing.T) {
	e := newEngine(t)
	libmath(t, e)
	cube := function[func(int64) int64](t, e, "cube")
	for _, m := range e.Modules() {
		if m.Name() == "libmath.a(square.o)" {
			remove(t, e, m)
		}
	}
	add(t, e, object(t, "add.o"))
	if err := e.FinalizeObject(); err != nil {
		t.Fatal(err)
	}
	if n := moduleNames(e)["libmath.a(square.o)"]; n != 0 {
		t.Error("a member was loaded again that no object needs")
	}
	if got := cube(3); got != 27 {
		t.Errorf("cube(3) = %d: its square is gone", got)
	}
	if got := function[func(int64) int64](t, e, "square")(3); got != 9 {
		t.Errorf("square(3) = %d", got)
	}
}

// TestArchiveBuffer: the engine owns an archive's file, and gives it back when it is closed, and not on error.
func TestArchiveBuffer(t *testing.T) {
	path := library(t, "rcs", [2]string{"a.o", "int a(void) { return 1; }"})
	buffer, err := objimage.OpenBuffer(path)
	if err != nil {
		t.Fatal(err)
	}
	e, err := mcjit.New()
	if err != nil {
		t.Fatal(err)
	}
	if err := e.AddArchive(buffer); err != nil {
		t.Fatal(err)
	}
	wantCall(t, e, "a", 1)
	if err := e.Close(); err != nil {
		t.Error(err)
	}
	if buffer.Bytes() != nil {
		t.Error("the file is still open after Close")
	}
	if buffer, err = objimage.OpenBuffer(path); err != nil {
		t.Fatal(err)
	}
	if err := e.AddArchive(buffer); !errors.Is(err, mcjit.ErrClosed) {
		t.Errorf("AddArchive after Close: %v", err)
	}
	if len(buffer.Bytes()) == 0 {
		t.Error("a buffer that was refused has been closed")
	}
	if buffer.Close(); buffer.Bytes() != nil {
		t.Error("a buffer that was refused has another owner")
	}
}

// panicking is a memory manager that panics until it is told to stop.
type panicking struct {
	memmgr.JITMemoryManager
	off bool
}

func (p *panicking) Allocate(b memmgr.Batch, m memmgr.Module, secs []memmgr.Section) (memmgr.AllocID, error) {
	if !p.off {
		panic("mine")
	}
	return p.JITMemoryManager.Allocate(b, m, secs)
}

// TestArchiveMemberPanics: a member whose loading has panicked can be loaded again, and nobody waits for the one that has not been.
func TestArchiveMemberPanics(t *testing.T) {
	mm, err := memmgr.New()
	if err != nil {
		t.Fatal(err)
	}
	defer mm.Close()
	p := &panicking{JITMemoryManager: mm}
	e := newEngine(t, mcjit.WithMemoryManager(p), mcjit.WithProcess(inprocess.Process{}))
	libmath(t, e)
	func() {
		defer func() {
			if recover() == nil {
				t.Error("the memory manager's panic is lost")
			}
		}()
		e.SymbolAddress("square")
	}()
	p.off = true
	within(t, 10*time.Second, func() {
		if _, err := e.SymbolAddress("square"); err != nil {
			t.Error(err)
		}
	})
	if err := e.Close(); err != nil {
		t.Error(err)
	}
}

// TestDefaultVersions: what an object defines as name@@version defines the name, as for ld and lld: in an object, in an archive, and where the rest is stripped.
func TestDefaultVersions(t *testing.T) {
	library := func() *objimage.Buffer {
		return assembled(t, "versions.o", ".text\n.globl new, old\nnew: mov $2, %eax\n ret\nold: mov $1, %eax\n ret\n.symver new, f@@V2\n.symver old, f@V1\n")
	}
	const caller = "extern int f(void); int call(void) { return 10 * f(); }"
	for name, c := range map[string]struct {
		add     func(e *mcjit.ExecutionEngine) error
		options []mcjit.Option
	}{
		"object": {add: func(e *mcjit.ExecutionEngine) error { _, err := e.AddObject(library()); return err }},
		"stripped": {
			add:     func(e *mcjit.ExecutionEngine) error { _, err := e.AddObject(library()); return err },
			options: []mcjit.Option{mcjit.WithDeadStripping(func(name string) bool { return name == "call" })},
		},
		"archive": {add: func(e *mcjit.ExecutionEngine) error { return e.AddArchive(archiveOf(t, library())) }},
	} {
		e := newEngine(t, c.options...)
		if err := c.add(e); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		add(t, e, compiled(t, "caller.o", caller))
		call, err := mcjit.Func[func() int32](e, "call")
		if err != nil {
			t.Errorf("%s: %v", name, err)
		} else if got := call(); got != 20 {
			t.Errorf("%s: %d", name, got)
		}
	}
}

// TestRemovedDefaultVersion: what used a default version that is removed goes on to, also when another name moves to which it refers.
func TestRemovedDefaultVersion(t *testing.T) {
	ways(t, func(t *testing.T, opts ...mcjit.Option) {
		e := newEngine(t, opts...)
		library := add(t, e, assembled(t, "versions.o", ".text\n.globl new\nnew: mov $2, %eax\n ret\n.symver new, f@@V\n"))[0]
		add(t, e, compiled(t, "numbers.o", "int one(void) { return 1; } int three(void) { return 3; }"))
		addr := func(name string) executor.Addr {
			a, err := e.FunctionAddress(name)
			if err != nil {
				t.Fatal(err)
			}
			return a
		}
		if err := e.AddGlobalMapping("mapped", addr("one")); err != nil {
			t.Fatal(err)
		}
		add(t, e, compiled(t, "caller.o", "extern int f(void), mapped(void); int call(void) { return 10 * f() + mapped(); }"))
		wantCall(t, e, "call", 21)
		remove(t, e, library)
		if _, err := e.UpdateGlobalMapping("mapped", addr("three")); err != nil {
			t.Error(err)
		}
		wantCall(t, e, "call", 23)
	})
}
