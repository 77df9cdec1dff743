//go:build linux && amd64

package mcjit_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/gomcjit/gomcjit/executor"
	"github.com/gomcjit/gomcjit/internal/toygen"
	"github.com/gomcjit/gomcjit/mcjit"
	"github.com/gomcjit/gomcjit/runtimedyld"
)

// read returns the variable at an address of this process.
func read(t testing.TB, e *mcjit.ExecutionEngine, name string) int32 {
	t.Helper()
	if _, err := e.GlobalValueAddress(name); err != nil {
		t.Fatal(err)
	}
	toy(t, e, new(toygen.Generator), "reader of "+name, "func read_"+name+" = load "+name)
	return function[intFunc](t, e, "read_"+name)()
}

func TestMCJIT_null_module(t *testing.T) {
	e := newEngine(t)
	if _, err := e.AddModule(nil); !errors.Is(err, mcjit.ErrNoModule) {
		t.Error(err)
	}
	if err := e.FinalizeObject(); err != nil {
		t.Error(err)
	}
}

func TestMCJIT_empty_module(t *testing.T) {
	e := newEngine(t)
	m := toy(t, e, new(toygen.Generator), "empty", "")
	if err := e.FinalizeObject(); err != nil {
		t.Error(err)
	}
	if m.Object() == nil {
		t.Error("it was not compiled")
	}
}

func TestMCJIT_global_variable(t *testing.T) {
	e := newEngine(t)
	toy(t, e, new(toygen.Generator), "m", "var test_global = 5")
	if got := read(t, e, "test_global"); got != 5 {
		t.Error(got)
	}
}

// wantAdd checks a function that adds, in LLVM's seven ways.
func wantAdd(t testing.TB, e *mcjit.ExecutionEngine, name string) {
	t.Helper()
	add := function[func(a, b int32) int32](t, e, name)
	for _, v := range [][2]int32{{0, 0}, {1, 2}, {3, 5}, {-3, 5}, {5, 3}, {-5, -3}, {30, 10}, {-1, 1}} {
		if got := add(v[0], v[1]); got != v[0]+v[1] {
			t.Errorf("%s(%d, %d) = %d", name, v[0], v[1], got)
		}
	}
}

func TestMCJIT_add_function(t *testing.T) {
	e := newEngine(t)
	toy(t, e, new(toygen.Generator), "m", "func add = arguments")
	wantAdd(t, e, "add")
}

func TestMCJIT_run_main(t *testing.T) {
	e := newEngine(t)
	toy(t, e, new(toygen.Generator), "m", "func main = 6")
	if n, err := e.RunFunctionAsMain("main", nil, nil); n != 6 || err != nil {
		t.Errorf("%d, %v", n, err)
	}
}

func TestMCJIT_return_global(t *testing.T) {
	e := newEngine(t)
	toy(t, e, new(toygen.Generator), "m", "var GV = 7; func ReturnGlobal = load GV")
	wantCall(t, e, "ReturnGlobal", 7)
}

func TestMCJIT_increment_global(t *testing.T) {
	e := newEngine(t)
	toy(t, e, new(toygen.Generator), "m", "var GV = 5; func IncrementGlobal = increment GV")
	increment := function[intFunc](t, e, "IncrementGlobal")
	for want := int32(6); want < 9; want++ {
		if got := increment(); got != want {
			t.Error(got)
		}
	}
	if got := read(t, e, "GV"); got != 8 {
		t.Errorf("the variable is %d", got)
	}
}

func TestMCJIT_multiple_functions(t *testing.T) {
	var text strings.Builder
	text.WriteString("func f0 = 5;")
	for i := 1; i <= 23; i++ {
		fmt.Fprintf(&text, "func f%d = f%d + 0;", i, i-1)
	}
	e := newEngine(t)
	toy(t, e, new(toygen.Generator), "m", text.String())
	wantCall(t, e, "f23", 5)
}

func TestMCJIT_multiple_decl_lookups(t *testing.T) {
	e := newEngine(t, mcjit.WithSymbolResolver(resolverFuncOf(map[string]executor.Addr{"_exit": 0x1000})))
	toy(t, e, new(toygen.Generator), "m", "extern _exit; func f = 1")
	a, err := e.NamedFunctionAddress("_exit")
	b, err2 := e.NamedFunctionAddress("_exit")
	if a == 0 || a != b || err != nil || err2 != nil {
		t.Errorf("%v, %v; %v, %v", a, b, err, err2)
	}
}

// resolverFuncOf is a resolver that knows some names.
func resolverFuncOf(names map[string]executor.Addr) resolverFunc {
	return func(refs []runtimedyld.Reference) error {
		for i := range refs {
			refs[i].Addr = names[refs[i].Name]
		}
		return nil
	}
}

func TestMCJIT_lazy_function_creator_pointer(t *testing.T) {
	e := newEngine(t)
	toy(t, e, new(toygen.Generator), "m", "func Parent = Foo + 1")
	var names []string
	e.InstallLazyFunctionCreator(func(name string) executor.Addr {
		names = append(names, name)
		return ^executor.Addr(0)
	})
	if err := e.FinalizeObject(); err != nil {
		t.Error(err)
	}
	if !slices.Equal(names, []string{"Foo"}) {
		t.Errorf("asked for %v", names)
	}
}

func TestMCJIT_lazy_function_creator_lambda(t *testing.T) {
	one, _ := two(t)
	e := newEngine(t)
	toy(t, e, new(toygen.Generator), "m", "func Parent1 = Foo1 + 1; func Parent2 = Foo2 + 2")
	var names []string
	e.InstallLazyFunctionCreator(func(name string) executor.Addr {
		names = append(names, name)
		return one
	})
	if err := e.FinalizeObject(); err != nil {
		t.Error(err)
	}
	if slices.Sort(names); !slices.Equal(names, []string{"Foo1", "Foo2"}) {
		t.Errorf("asked for %v", names)
	}
	wantCall(t, e, "Parent1", 2)
	wantCall(t, e, "Parent2", 3)
}

// wantAccumulate checks a function that adds the numbers up to its argument.
func wantAccumulate(t testing.TB, e *mcjit.ExecutionEngine, name string) {
	t.Helper()
	sum := function[func(int32) int32](t, e, name)
	for n, want := range []int32{0, 1, 3, 6, 10, 15} {
		if got := sum(int32(n)); got != want {
			t.Errorf("%s(%d) = %d, want %d", name, n, got, want)
		}
	}
}

func wantFinalize(t testing.TB, e *mcjit.ExecutionEngine) {
	t.Helper()
	if err := e.FinalizeObject(); err != nil {
		t.Fatal(err)
	}
}
