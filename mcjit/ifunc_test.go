//go:build linux && amd64

package mcjit_test

import (
	"errors"
	"testing"

	"github.com/gomcjit/gomcjit/executor"
	"github.com/gomcjit/gomcjit/mcjit"
	"github.com/gomcjit/gomcjit/memmgr"
	"github.com/gomcjit/gomcjit/runtimedyld"
)

// TestIndirectFunctions: calls, pointers and GOT entries of indirect functions agree, within an object and from another, whichever way they are compiled;
// arguments arrive; each resolver runs once for a symbol.
func TestIndirectFunctions(t *testing.T) {
	for _, flags := range [][]string{{"-fPIC"}, {"-fPIC", "-fno-plt"}, {"-fPIE"}, {"-fPIC", "-mcmodel=large"}} {
		ways(t, func(t *testing.T, opts ...mcjit.Option) {
			e := newEngine(t, opts...)
			add(t, e, compiled(t, "user.o", ifuncUser, append(flags, "-O2")...), compiled(t, "ifunc.o", ifuncSource, append(flags, "-O1")...))
			type mix = func(int32, float64, float32, int32) float64
			for _, name := range []string{"mix", "call_hidden", "direct", "through_pointer"} {
				if got := function[mix](t, e, name)(1, 2.5, 4, 3); got != 1008 {
					t.Errorf("%v: %s is %v", flags, name, got)
				}
			}
			here, there := function[func() executor.Addr](t, e, "mix_here")(), function[func() executor.Addr](t, e, "mix_there")()
			address, err := e.FunctionAddress("mix")
			if err != nil || here != there || here != address {
				t.Errorf("%v: mix is at %v, at %v for another object, and at %v for the engine; %v", flags, here, there, address, err)
			}
			if n := readInt(t, e, "resolved"); n != 2 {
				t.Errorf("%v: the resolver ran %d times for two functions", flags, n)
			}
		})
	}
}

func readInt(t testing.TB, e *mcjit.ExecutionEngine, name string) int32 {
	t.Helper()
	add(t, e, compiled(t, "read_"+name+".o", "extern int "+name+"; int read_"+name+"(void) { return "+name+"; }", "-fPIC"))
	return function[func() int32](t, e, "read_"+name)()
}

// TestIndirectFunctionsRemoved: with their module, their stubs and slots are gone.
func TestIndirectFunctionsRemoved(t *testing.T) {
	e := newEngine(t)
	m := add(t, e, compiled(t, "ifunc.o", ifuncSource, "-fPIC"))
	before, err := e.FunctionAddress("mix")
	if err != nil {
		t.Fatal(err)
	}
	if err := e.RemoveModule(m...); err != nil {
		t.Fatal(err)
	}
	if a, err := e.FunctionAddress("mix"); !errors.Is(err, mcjit.ErrSymbolNotFound) {
		t.Errorf("after removal mix is at %v, was at %v; %v", a, before, err)
	}
	if s := e.Stats(); s.Memory.Live() != 0 || s.Symbols != 0 {
		t.Errorf("after removal %+v", s)
	}
}

// TestIndirectFunctionsFail: without a process nothing is finalized; a resolver that finds nothing is an error that names the function.
func TestIndirectFunctionsFail(t *testing.T) {
	mm, err := memmgr.New()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { mm.Close() })
	e := newEngine(t, mcjit.WithMemoryManager(struct{ memmgr.JITMemoryManager }{mm})) // which may be elsewhere, for all the engine knows
	add(t, e, compiled(t, "ifunc.o", ifuncSource, "-fPIC"))
	var failed *mcjit.IFuncError
	if err := e.FinalizeObject(); !errors.Is(err, mcjit.ErrNoProcess) || !errors.As(err, &failed) || failed.Module != "ifunc.o" {
		t.Errorf("without a process: %v", err)
	}
	if st := e.Modules()[0].State(); st != runtimedyld.Loaded {
		t.Errorf("then the module is %v", st)
	}
	e = newEngine(t)
	add(t, e, compiled(t, "none.o", "static void *none(void) { return 0; } void nothing(void) __attribute__((ifunc(\"none\")));", "-fPIC"))
	if err := e.FinalizeObject(); !errors.Is(err, mcjit.ErrNoImplementation) || !errors.As(err, &failed) || failed.Name != "nothing" {
		t.Errorf("a resolver that returns 0: %v", err)
	}
}
