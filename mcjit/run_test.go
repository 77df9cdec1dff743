//go:build linux && amd64

package mcjit_test

import (
	"errors"
	"testing"

	"github.com/gomcjit/gomcjit/codegen"
	"github.com/gomcjit/gomcjit/executor/inprocess"
	"github.com/gomcjit/gomcjit/internal/toygen"
	"github.com/gomcjit/gomcjit/mcjit"
)

// TestRunFunction: a function is called by its name, with the type that its module's source tells.
func TestRunFunction(t *testing.T) {
	var g toygen.Generator
	e := newEngine(t)
	toy(t, e, &g, "m", "func add = arguments; func five = 5")
	i32 := func(n int64) inprocess.Value { return inprocess.IntValue(inprocess.Int32, n) }
	if v, err := e.RunFunction("add", nil, i32(40), i32(2)); err != nil || v.Int() != 42 {
		t.Errorf("%v, %v", v, err)
	}
	var argument *inprocess.ArgumentError
	if _, err := e.RunFunction("add", nil, i32(40)); !errors.As(err, &argument) {
		t.Error(err)
	}
	if _, err := e.RunFunction("nothing", nil); !errors.Is(err, mcjit.ErrSymbolNotFound) {
		t.Error(err)
	}
	add(t, e, compiled(t, "half.o", "double half(double x, float y) { return x / 2 + y; }"))
	if _, err := e.RunFunction("half", nil); !errors.Is(err, mcjit.ErrNoSignature) {
		t.Error(err)
	}
	sig, err := inprocess.NewSignature(inprocess.Float64, inprocess.Float64, inprocess.Float32)
	if err != nil {
		t.Fatal(err)
	}
	if v, err := e.RunFunction("half", sig, inprocess.FloatValue(inprocess.Float64, 5), inprocess.FloatValue(inprocess.Float32, 0.25)); err != nil || v.Float() != 2.75 {
		t.Errorf("%v, %v", v, err)
	}
}

func TestRunFunctionOfOtherProcess(t *testing.T) {
	var g toygen.Generator
	e := newEngine(t, mcjit.WithProcess(otherProcess{}))
	toy(t, e, &g, "m", "func add = arguments; func main = 3")
	i32 := func(n int64) inprocess.Value { return inprocess.IntValue(inprocess.Int32, n) }
	if v, err := e.RunFunction("add", nil, i32(-40), i32(2)); err != nil || v.Int() != -38 || v.Type() != inprocess.Int32 {
		t.Errorf("%v, %v", v, err)
	}
	sig, err := inprocess.NewSignature(inprocess.Float64, inprocess.Int32)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := e.RunFunction("add", sig, i32(1)); !errors.Is(err, mcjit.ErrArguments) {
		t.Error(err)
	}
	var argument *inprocess.ArgumentError
	for _, args := range [][]inprocess.Value{{i32(1)}, {i32(1), inprocess.BoolValue(true)}} {
		if _, err := e.RunFunction("add", nil, args...); !errors.As(err, &argument) {
			t.Errorf("%v: %v", args, err)
		}
	}
	if _, err := e.RunFunctionAsMain("main", nil, nil); !errors.Is(err, mcjit.ErrNoProcess) {
		t.Error(err)
	}
}

func TestRunFunctionAsMain(t *testing.T) {
	e := newEngine(t)
	add(t, e, compiled(t, "main.o", "int main(int argc, char **argv, char **envp) { return argc * 100 + (argv[1][0] - '0') * 10 + (envp[0][0] - 'a') + (argv[2] != 0); }"))
	if n, err := e.RunFunctionAsMain("main", []string{"program", "5"}, []string{"d=1"}); n != 253 || err != nil {
		t.Errorf("%d, %v", n, err)
	}
	var main *mcjit.MainError
	for want, params := range map[string][]*inprocess.Type{
		"Invalid number of arguments of main() supplied":      {inprocess.Int32, inprocess.Pointer, inprocess.Pointer, inprocess.Int32},
		"Invalid type for third argument of main() supplied":  {inprocess.Int32, inprocess.Pointer, inprocess.Int32},
		"Invalid type for second argument of main() supplied": {inprocess.Int32, inprocess.Int64},
		"Invalid type for first argument of main() supplied":  {inprocess.Int64},
	} {
		e := newEngine(t)
		if _, err := e.AddModule(typedModule(t, inprocess.Int32, params)); err != nil {
			t.Fatal(err)
		}
		if _, err := e.RunFunctionAsMain("main", []string{"x"}, nil); !errors.As(err, &main) || err.Error() != want || main.Function != "main" {
			t.Errorf("%v, want %s", err, want)
		}
	}
	for result, want := range map[*inprocess.Type]string{inprocess.Float64: "Invalid return type of main() supplied", inprocess.Pointer: "Invalid return type of main() supplied", inprocess.Void: ""} {
		e := newEngine(t)
		if _, err := e.AddModule(typedModule(t, result, nil)); err != nil {
			t.Fatal(err)
		}
		if n, err := e.RunFunctionAsMain("main", []string{"x"}, nil); want == "" && (err != nil || n != 0) || want != "" && (err == nil || err.Error() != want) {
			t.Errorf("%v: %d, %v", result, n, err)
		}
	}
}

// typedModule is a module whose main has a type of the test's.
func typedModule(t testing.TB, result *inprocess.Type, params []*inprocess.Type) codegen.Module {
	sig, err := inprocess.NewSignature(result, params...)
	if err != nil {
		t.Fatal(err)
	}
	return &retyped{new(toygen.Generator).Module("m", "func main = 3"), sig}
}
