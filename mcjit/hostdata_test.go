//go:build linux && amd64

package mcjit_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/gomcjit/gomcjit/executor"
	"github.com/gomcjit/gomcjit/internal/testenv"
	"github.com/gomcjit/gomcjit/mcjit"
	"github.com/gomcjit/gomcjit/objimage"
	"github.com/gomcjit/gomcjit/runtimedyld"
)

// The header of a singleton, as two parts of a program include it.
const singletonSource = `
struct counter { int made; counter() : made(7) {} };
template <typename T> struct holder { static T value; };
template <typename T> T holder<T>::value;
inline counter &instance() { static counter c; return c; }
inline int inlined = 3;
extern "C" {
counter *ENGINE_instance() { return &instance(); }
int *ENGINE_value() { return &holder<int>::value; }
int *ENGINE_inlined() { return &inlined; }
}`

const (
	instanceData  = "_ZZ8instancevE1c"
	instanceGuard = "_ZGVZ8instancevE1c"
	valueData     = "_ZN6holderIiE5valueE"
	inlinedData   = "inlined"
)

// engineAsHost serves another engine's symbols: the process that has them already.
func engineAsHost(host *mcjit.ExecutionEngine, hidden ...string) runtimedyld.SymbolResolver {
	return runtimedyld.ResolverFunc(func(name string) (executor.Addr, bool) {
		for _, h := range hidden {
			if h == name {
				return 0, false
			}
		}
		a, err := host.GlobalValueAddress(name)
		return a, err == nil
	})
}

func singleton(t *testing.T, e *mcjit.ExecutionEngine, prefix string) (addrs [3]executor.Addr) {
	t.Helper()
	data := testenv.CompileBytes(t, "g++", testenv.CXX, singletonSource, "-std=c++17", "-fPIC", "-O1", "-fno-exceptions",
		"-DENGINE_instance="+prefix+"_instance", "-DENGINE_value="+prefix+"_value", "-DENGINE_inlined="+prefix+"_inlined")
	add(t, e, objimage.NewBuffer(prefix+".o", data))
	for i, what := range []string{"_instance", "_value", "_inlined"} {
		addrs[i] = function[func() executor.Addr](t, e, prefix+what)()
	}
	return addrs
}

// guardFunctions are what g++ calls to construct statics of functions, for a process without libstdc++.
const guardFunctions = `
int __cxa_guard_acquire(char *guard) { return !*guard; }
void __cxa_guard_release(char *guard) { *guard = 1; }`

// TestHostData: weak data that the process has is used from there; a guard goes with what it guards.
func TestHostData(t *testing.T) {
	host := newEngine(t)
	add(t, host, compiled(t, "guards.o", guardFunctions, "-fPIC"))
	there := singleton(t, host, "host")
	for name, c := range map[string]struct {
		opts   []mcjit.Option
		hidden []string
		same   [3]bool
	}{
		"bound":                {same: [3]bool{true, true, true}},
		"switched off":         {opts: []mcjit.Option{mcjit.WithoutHostData()}},
		"guard is not there":   {hidden: []string{instanceGuard}, same: [3]bool{false, true, true}},
		"data is not there":    {hidden: []string{instanceData}, same: [3]bool{false, true, true}},
		"others are not":       {hidden: []string{valueData, inlinedData}, same: [3]bool{true, false, false}},
		"nothing is to be had": {hidden: []string{instanceData, instanceGuard, valueData, inlinedData}},
	} {
		t.Run(name, func(t *testing.T) {
			e := newEngine(t, append(c.opts, mcjit.WithSymbolResolver(engineAsHost(host, c.hidden...)))...)
			here := singleton(t, e, "jit")
			for i := range here {
				if (here[i] == there[i]) != c.same[i] {
					t.Errorf("variable %d is at %v, the process's at %v", i, here[i], there[i])
				}
			}
			again := singleton(t, e, "second")
			if again != here {
				t.Errorf("another module's are at %v, the first one's at %v", again, here)
			}
		})
	}
}

// TestHostDataOfFinalized: what has been finalized with data of its own keeps it, and so do later modules, even when the process learns of the name.
func TestHostDataOfFinalized(t *testing.T) {
	host := newEngine(t)
	known := false
	e := newEngine(t, mcjit.WithSymbolResolver(runtimedyld.ResolverFunc(func(name string) (executor.Addr, bool) {
		if !known {
			return 0, false
		}
		a, err := host.GlobalValueAddress(name)
		return a, err == nil
	})))
	add(t, e, compiled(t, "guards.o", guardFunctions, "-fPIC"))
	first := singleton(t, e, "first")
	add(t, host, compiled(t, "guards.o", guardFunctions, "-fPIC"))
	singleton(t, host, "host")
	known = true
	if second := singleton(t, e, "second"); second != first {
		t.Errorf("a second module's data is at %v, the first one's at %v", second, first)
	}
}

// TestHostDataOfAliases: a weak name of data that has a strong one, too, stays with it. musl's environ is such.
func TestHostDataOfAliases(t *testing.T) {
	host := newEngine(t)
	add(t, host, compiled(t, "host.o", "int lone = 1, weakly = 2;", "-fPIC"))
	e := newEngine(t, mcjit.WithSymbolResolver(engineAsHost(host)))
	add(t, e, compiled(t, "aliased.o", `
int strongly = 4;
extern int weakly __attribute__((weak, alias("strongly")));
int lone __attribute__((weak)) = 3;
int get_lone(void) { return lone; }
int get_weakly(void) { return weakly; }`, "-fPIC"))
	for name, want := range map[string]int32{"get_lone": 1, "get_weakly": 4} {
		if got := function[func() int32](t, e, name)(); got != want {
			t.Errorf("%s() = %d, want %d", name, got, want)
		}
	}
}

// TestHostDataOutOfReach: code that needs its data within 32 bits keeps its own if the process's is too far, guards and all; what goes through the GOT does not mind.
func TestHostDataOutOfReach(t *testing.T) {
	const far = 0x6000_0000_0000
	everywhere := runtimedyld.ResolverFunc(func(name string) (executor.Addr, bool) {
		return far, name == instanceData || name == instanceGuard || name == valueData || name == inlinedData
	})
	for flag, want := range map[string]bool{"-fPIC": true, "-fPIE": false} {
		e := newEngine(t, mcjit.WithSymbolResolver(everywhere))
		add(t, e, compiled(t, "guards.o", guardFunctions, "-fPIC"))
		object := testenv.CompileBytes(t, "g++", testenv.CXX, singletonSource, "-std=c++17", flag, "-O1", "-fno-exceptions")
		add(t, e, objimage.NewBuffer("jit.o", object))
		if err := e.FinalizeObject(); err != nil {
			t.Errorf("%s: %v", flag, err)
			continue
		}
		for _, name := range []string{instanceData, instanceGuard, valueData, inlinedData} {
			if a, err := e.SymbolAddress(name); err != nil || (a == far) != want {
				t.Errorf("%s: %s is at %v (%v)", flag, name, a, err)
			}
		}
	}
}

// TestHostDataOutOfReachLater: once data is the process's, code that does not reach it is refused, rather than that there be two of it. What is there already goes on.
func TestHostDataOutOfReachLater(t *testing.T) {
	const far = 0x6000_0000_0000
	everywhere := runtimedyld.ResolverFunc(func(name string) (executor.Addr, bool) { return far, name == valueData })
	e := newEngine(t, mcjit.WithSymbolResolver(everywhere))
	add(t, e, compiled(t, "guards.o", guardFunctions, "-fPIC"))
	if addrs := singleton(t, e, "first"); addrs[1] != far {
		t.Fatalf("the process's data is at %v", addrs[1])
	}
	object := testenv.CompileBytes(t, "g++", testenv.CXX, strings.ReplaceAll(singletonSource, "ENGINE", "late"), "-std=c++17", "-fPIE", "-O1", "-fno-exceptions")
	late := add(t, e, objimage.NewBuffer("late.o", object))
	var overflow *runtimedyld.RelocationError
	if err := e.FinalizeObject(); !errors.As(err, &overflow) || !errors.Is(err, runtimedyld.ErrRelocationOverflow) || overflow.Symbol != valueData || !strings.Contains(err.Error(), "recompile with -fPIC") {
		t.Errorf("late.o: %v", err)
	}
	if err := e.RemoveModule(late[0]); err != nil {
		t.Fatal(err)
	}
	if addrs := singleton(t, e, "third"); addrs[1] != far {
		t.Errorf("later the process's data is at %v", addrs[1])
	}
}
