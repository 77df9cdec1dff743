//go:build linux && amd64

package hostlib_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/gomcjit/gomcjit/executor"
	"github.com/gomcjit/gomcjit/executor/inprocess"
	"github.com/gomcjit/gomcjit/hostlib"
	"github.com/gomcjit/gomcjit/internal/testenv"
	"github.com/gomcjit/gomcjit/mcjit"
	"github.com/gomcjit/gomcjit/memmgr"
	"github.com/gomcjit/gomcjit/objimage"
	"github.com/gomcjit/gomcjit/runtimedyld"
)

// These tests throw C++ exceptions of the process's libstdc++ through modules of an engine.

var libstdcxx = sync.OnceValues(func() (*hostlib.Library, error) { return hostlib.OpenByName("stdc++") })

// newEngine returns an engine whose modules see libstdc++ and the process.
func newEngine(t *testing.T, opts ...mcjit.Option) *mcjit.ExecutionEngine {
	t.Helper()
	library, err := libstdcxx()
	if err != nil {
		t.Skip("apt-get install libstdc++6: ", err)
	}
	e, err := mcjit.New(append(opts, mcjit.WithSymbolResolver(runtimedyld.ResolverFunc(func(name string) (executor.Addr, bool) {
		if a, ok := library.Lookup(name); ok {
			return a, true
		}
		return hostlib.Process().Lookup(name)
	})))...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	return e
}

// add compiles C++ and adds the object.
func add(t *testing.T, e *mcjit.ExecutionEngine, compiler, name, source string, args ...string) *mcjit.Module {
	t.Helper()
	object := testenv.CompileBytes(t, compiler, testenv.CXX, source, append([]string{"-fPIC"}, args...)...)
	m, err := e.AddObject(objimage.NewBuffer(name, object))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func call(t *testing.T, e *mcjit.ExecutionEngine, name string, args int32) int32 {
	t.Helper()
	f, err := mcjit.Func[func(int32) int32](e, name)
	if err != nil {
		t.Fatal(err)
	}
	return f(args)
}

const throwing = `
#include <stdexcept>
#include <string>
int unwound;
struct Guard { ~Guard() { unwound++; } };
extern "C" int pass(int n);
extern "C" int raise_at(int n) {
	Guard g;
	if (n == 0) throw std::out_of_range(std::string("zero"));
	return pass(n - 1);
}
`

const passing = `
extern int unwound;
struct Guard { ~Guard() { unwound++; } };
extern "C" int raise_at(int n);
extern "C" int pass(int n) { Guard g; return raise_at(n) + 1; }
`

const catching = `
#include <stdexcept>
#include <cstring>
extern int unwound;
extern "C" int raise_at(int n);
extern "C" int attempt(int n) {
	unwound = 0;
	try {
		raise_at(n);
	} catch (const std::logic_error &e) {
		return !strcmp(e.what(), "zero") ? unwound : -1;
	}
	return -2;
}
`

// TestExceptions throws through three modules, of two compilers, in both ways of having memory, at several levels.
func TestExceptions(t *testing.T) {
	for _, compilers := range [][3]string{{"g++", "g++", "g++"}, {"clang++", "clang++", "clang++"}, {"g++", "clang++", "g++"}} {
		for _, level := range []string{"-O0", "-O2"} {
			for way, options := range map[string][]memmgr.Option{"batch": nil, "dual": {memmgr.WithDualMapping()}} {
				t.Run(fmt.Sprintf("%s%s/%s", strings.Join(compilers[:], ","), level, way), func(t *testing.T) {
					e := newEngine(t, mcjit.WithMemoryOptions(options...))
					add(t, e, compilers[0], "throw.o", throwing, level)
					add(t, e, compilers[1], "pass.o", passing, level, "-ffunction-sections")
					add(t, e, compilers[2], "catch.o", catching, level)
					for n := range int32(4) {
						if got := call(t, e, "attempt", n); got != 2*n+1 {
							t.Errorf("attempt(%d) = %d, want %d frames that are unwound", n, got, 2*n+1)
						}
					}
				})
			}
		}
	}
}

const throwingMachO = `
int unwound;
struct Guard { ~Guard() { unwound++; } };
extern "C" int dead(int n) { Guard g; try { return dead(n - 1); } catch (long) { return 1; } } // comes first in all tables
extern "C" int pass(int n), use(long *);
extern "C" int raise_at(int n) {
	Guard g;
	if (n == 0) throw 42;
	return pass(n - 1);
}
extern "C" int attempt(int n) {
	unwound = 0;
	long array[5000]; // a frame whose size does not fit compact unwind
	try {
		raise_at(n + use(array));
	} catch (int e) {
		return e == 42 ? unwound : -1;
	}
	return -2;
}
extern "C" int use(long *) { return 0; }
`

// TestExceptionsMachO throws through Mach-O objects and ELF ones. Without __eh_frame there is compact unwind only, of which the linker makes frames; -g0 -O1 and others
// have their functions save other registers in other ways.
func TestExceptionsMachO(t *testing.T) {
	t.Run("whole", func(t *testing.T) { throwMachO(t) })
	t.Run("stripped", func(t *testing.T) {
		throwMachO(t, mcjit.WithDeadStripping(func(name string) bool { return name == "attempt" }))
	})
}

// throwMachO throws in engines with further options.
func throwMachO(t *testing.T, opts ...mcjit.Option) {
	objcopy := testenv.NeedsTool(t, "llvm-objcopy-19", "llvm-19")
	for _, flags := range []string{"-O0", "-O1", "-O2 -fomit-frame-pointer", "-O2 -fno-omit-frame-pointer"} {
		for _, compact := range []bool{false, true} {
			t.Run(fmt.Sprint(flags, " compact ", compact), func(t *testing.T) {
				object := testenv.CompileBytes(t, "clang++-19", testenv.CXX, throwingMachO, append([]string{"-target", "x86_64-apple-macosx11", "-fno-stack-protector", "-fno-inline"}, strings.Fields(flags)...)...)
				if compact {
					path := filepath.Join(t.TempDir(), "throw.o")
					if err := os.WriteFile(path, object, 0o666); err != nil {
						t.Fatal(err)
					}
					if out, err := exec.Command(objcopy, "--remove-section=__TEXT,__eh_frame", path).CombinedOutput(); err != nil {
						t.Fatalf("%v\n%s", err, out)
					}
					var err error
					if object, err = os.ReadFile(path); err != nil {
						t.Fatal(err)
					}
				}
				e := newEngine(t, opts...)
				m, err := e.AddObject(objimage.NewBuffer("throw.o", object))
				if err != nil {
					t.Fatal(err)
				}
				add(t, e, "g++", "pass.o", passing, "-O1")
				for n := range int32(4) {
					if got := call(t, e, "attempt", n); got != 2*n+1 {
						t.Errorf("attempt(%d) = %d, want %d frames that are unwound", n, got, 2*n+1)
					}
				}
				if err := e.RemoveModule(m); err != nil {
					t.Error(err)
				}
			})
		}
	}
}

// TestExceptionsAfterRemoval throws after modules that were registered with the unwinder have gone, and others have come to their place.
func TestExceptionsAfterRemoval(t *testing.T) {
	e := newEngine(t)
	thrower := add(t, e, "g++", "throw.o", throwing)
	add(t, e, "g++", "pass.o", passing)
	catcher := add(t, e, "g++", "catch.o", catching)
	for i := range int32(5) {
		if got := call(t, e, "attempt", i); got != 2*i+1 {
			t.Errorf("attempt(%d) = %d", i, got)
		}
		if err := e.RemoveModule(catcher); err != nil {
			t.Fatal(err)
		}
		catcher = add(t, e, "clang++", fmt.Sprintf("catch%d.o", i), fmt.Sprintf("int filler() { return %d; }\n", i)+catching, "-O1")
	}
	call(t, e, "attempt", 1)
	if err := e.RemoveModule(catcher, thrower); err != nil {
		t.Fatal(err)
	}
	self := `
extern "C" int self(int n) { try { if (n) throw n; } catch (int m) { return m + 1; } return 0; }`
	add(t, e, "g++", "self.o", self)
	if got := call(t, e, "self", 41); got != 42 {
		t.Errorf("self(41) = %d", got)
	}
}

// TestExceptionsTogether throws in many goroutines while modules come and go.
func TestExceptionsTogether(t *testing.T) {
	e := newEngine(t)
	var wg sync.WaitGroup
	for g := range 4 {
		source := fmt.Sprintf(`extern "C" int self%d(int n) { try { if (n) throw n; } catch (int m) { return m + 1; } return 0; }`, g)
		object := testenv.CompileBytes(t, "g++", testenv.CXX, source, "-fPIC", "-O1")
		wg.Go(func() {
			for i := range int32(30) {
				m, err := e.AddObject(objimage.NewBuffer(fmt.Sprintf("self%d.o", g), object))
				if err != nil {
					t.Error(err)
					return
				}
				f, err := mcjit.Func[func(int32) int32](e, fmt.Sprintf("self%d", g))
				if err != nil {
					t.Error(err)
					return
				}
				if got := f(i + 1); got != i+2 {
					t.Errorf("self%d(%d) = %d", g, i+1, got)
				}
				if err := e.RemoveModule(m); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
}

// TestExceptionThroughHost throws through a function of the C library, which calls a module back.
func TestExceptionThroughHost(t *testing.T) {
	e := newEngine(t)
	add(t, e, "g++", "sort.o", `
#include <cstdlib>
static int compare(const void *a, const void *b) { throw *(const int *)a + *(const int *)b; }
extern "C" int sorting(int n) {
	int values[2] = {n, 2 * n};
	try { qsort(values, 2, sizeof *values, compare); } catch (int sum) { return sum; }
	return -1;
}`)
	if got := call(t, e, "sorting", 5); got != 15 {
		t.Errorf("sorting(5) = %d", got)
	}
}

// TestStaticObjects: C++ objects at file scope and in functions, iostreams among them, are built and destroyed with their module, and exceptions pass
// in constructors.
func TestStaticObjects(t *testing.T) {
	e := newEngine(t)
	log := make([]byte, 0, 100)
	back, err := inprocess.NewCallback(func(c int32) { log = append(log, byte(c)) })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(back.Release)
	if err := e.AddGlobalMapping("note", back.Addr()); err != nil {
		t.Fatal(err)
	}
	m := add(t, e, "g++", "statics.o", `
#include <sstream>
#include <vector>
#include <iostream>
extern "C" void note(int);
struct Tracked { char c; Tracked(char c) : c(c) { note(c); } ~Tracked() { note(c - 'a' + 'A'); } };
static Tracked a('a');
static std::vector<int> numbers = {1, 2, 3};
static Tracked b('b');
struct Tries { Tries() { try { throw 1; } catch (int) { note('t'); } } } static tries;
extern "C" int sum(int n) {
	static Tracked c('c');
	std::ostringstream s;
	for (int i : numbers) s << i * n;
	std::cout << std::flush;
	return std::stoi(s.str());
}`, "-O1")
	if err := e.Initialize(); err != nil {
		t.Fatal(err)
	}
	if got := call(t, e, "sum", 2); got != 246 {
		t.Errorf("sum(2) = %d", got)
	}
	if err := e.RemoveModule(m); err != nil {
		t.Error(err)
	}
	if string(log) != "abtcCBA" {
		t.Errorf("noted %q", log)
	}
}

// TestExceptionsInGroups throws in an inline function that two modules have, of which one has gone: before it was linked, or later.
func TestExceptionsInGroups(t *testing.T) {
	const shared = `
struct Guard { int *n; ~Guard() { ++*n; } };
inline __attribute__((noinline)) int raise(int n, int *unwound) { Guard g{unwound}; if (n) throw n; return 0; }
`
	const catching = `extern "C" int attempt%[1]d(int n) { int unwound = 10; try { raise(n, &unwound); } catch (int m) { return unwound + m; } return unwound; }`
	for _, compiler := range []string{"g++", "clang++"} {
		for _, linked := range []bool{false, true} {
			e := newEngine(t)
			before := e.Stats()
			first := add(t, e, compiler, "first.o", shared+fmt.Sprintf(catching, 1), "-O1")
			if linked {
				if got := call(t, e, "attempt1", 1); got != 12 {
					t.Errorf("%s: attempt1(1) = %d", compiler, got)
				}
			}
			second := add(t, e, compiler, "second.o", shared+fmt.Sprintf(catching, 2), "-O1")
			if err := e.RemoveModule(first); err != nil {
				t.Fatal(err)
			}
			for n := range int32(3) {
				if got := call(t, e, "attempt2", n); got != 11+n {
					t.Errorf("%s, linked before: %v: attempt2(%d) = %d", compiler, linked, n, got)
				}
			}
			if err := e.RemoveModule(second); err != nil {
				t.Fatal(err)
			}
			if after := e.Stats(); after.Modules != before.Modules || after.Symbols != before.Symbols || after.Memory.Allocations != before.Memory.Allocations {
				t.Errorf("%s: the engine holds\n%+v, before it held\n%+v", compiler, after, before)
			}
		}
	}
}
