//go:build linux && amd64

package mcjit_test

import (
	"errors"
	"testing"

	"github.com/gomcjit/gomcjit/executor"
	"github.com/gomcjit/gomcjit/executor/inprocess"
	"github.com/gomcjit/gomcjit/mcjit"
)

type pair struct{ First, Second int32 }
type point struct{ X, Y float64 }
type mixed struct {
	Count  int64
	Weight float64
}
type big struct{ V [5]int64 }

// TestCalls calls functions of every kind of signature, in both ways of calling and in both of having memory.
func TestCalls(t *testing.T) {
	ways(t, func(t *testing.T, opts ...mcjit.Option) {
		e := newEngine(t, opts...)
		add(t, e, object(t, "add.o"))
		for _, mode := range [][]inprocess.Option{nil, {inprocess.Leaf()}} {
			callAll(t, e, mode...)
		}
	})
}

func callAll(t *testing.T, e *mcjit.ExecutionEngine, mode ...inprocess.Option) {
	if got := function[func(a, b int32) int32](t, e, "add", mode...)(2, -5); got != -3 {
		t.Errorf("add: %d", got)
	}
	if got := function[func(a, b int64) int64](t, e, "add64", mode...)(1<<40, 2); got != 1<<40+2 {
		t.Errorf("add64: %d", got)
	}
	if got := function[func(a, b uint8) uint8](t, e, "add8", mode...)(200, 100); got != 44 {
		t.Errorf("add8: %d", got)
	}
	if got := function[func(a, b float32) float32](t, e, "addf", mode...)(1.5, 2.25); got != 3.75 {
		t.Errorf("addf: %v", got)
	}
	if got := function[func(a, b float64) float64](t, e, "addd", mode...)(1.5, -4); got != -2.5 {
		t.Errorf("addd: %v", got)
	}
	type sum20 = func(int32, float64, int64, float32, int8, float64, uint16, float32, int64, float64,
		int32, float64, int64, float32, int8, float64, uint16, float32, int64, float64) float64
	if got := function[sum20](t, e, "sum20", mode...)(1, 2, 3, 4, -5, 6, 7, 8, 9, 10, 11, 12, 13, 14, -15, 16, 17, 18, 19, 20.5); got != 170.5 {
		t.Errorf("sum20: %v", got)
	}
	if got := function[func(pair) pair](t, e, "swap", mode...)(pair{1, 2}); got != (pair{2, 1}) {
		t.Errorf("swap: %v", got)
	}
	if got := function[func(p, q point) point](t, e, "middle", mode...)(point{0, 2}, point{4, 4}); got != (point{2, 3}) {
		t.Errorf("middle: %v", got)
	}
	if got := function[func(mixed, float64) mixed](t, e, "heavier", mode...)(mixed{1, 2}, 0.5); got != (mixed{2, 2.5}) {
		t.Errorf("heavier: %v", got)
	}
	if got := function[func(int64) big](t, e, "ramp", mode...)(7); got != (big{[5]int64{7, 8, 9, 10, 11}}) {
		t.Errorf("ramp: %v", got)
	}
	if got := function[func(big) int64](t, e, "total", mode...)(big{[5]int64{1, 2, 3, 4, 5}}); got != 15 {
		t.Errorf("total: %d", got)
	}
	values := []int32{1, -2, 30}
	if got := function[func(*int32, int64) int64](t, e, "sum_array", mode...)(&values[0], int64(len(values))); got != 29 {
		t.Errorf("sum_array: %d", got)
	}
	function[func()](t, e, "reset_calls", mode...)()
	next := function[func() int64](t, e, "next_call", mode...)
	if a, b := next(), next(); a != 101 || b != 102 {
		t.Errorf("next_call: %d, %d", a, b)
	}
}

func TestCallback(t *testing.T) {
	ways(t, func(t *testing.T, opts ...mcjit.Option) {
		e := newEngine(t, opts...)
		add(t, e, object(t, "add.o"))
		var seen int32
		back, err := inprocess.NewCallback(func(x int32) int32 { seen = x; return 3 * x })
		if err != nil {
			t.Fatal(err)
		}
		defer back.Release()
		if got := function[func(executor.Addr, int32) int32](t, e, "apply")(back.Addr(), 14); got != 42 || seen != 14 {
			t.Errorf("apply: %d, the callback saw %d", got, seen)
		}
	})
}

// TestCallbackIntoEngine has loaded code call back into Go, which adds, calls and removes a module of the same engine.
func TestCallbackIntoEngine(t *testing.T) {
	ways(t, func(t *testing.T, opts ...mcjit.Option) {
		e := newEngine(t, opts...)
		add(t, e, object(t, "add.o"))
		other := compiled(t, "other.o", "int other(void) { return 5; }").Bytes()
		back, err := inprocess.NewCallback(func(x int32) int32 {
			m := add(t, e, objectOf("other.o", other))
			got := function[intFunc](t, e, "other")()
			remove(t, e, m...)
			return x + got
		})
		if err != nil {
			t.Fatal(err)
		}
		defer back.Release()
		apply := function[func(executor.Addr, int32) int32](t, e, "apply")
		for i := range int32(3) {
			if got := apply(back.Addr(), i); got != i+5 {
				t.Errorf("apply: %d, want %d", got, i+5)
			}
		}
	})
}

// TestClientFunction binds a name of an object to a function of the client's.
func TestClientFunction(t *testing.T) {
	e := newEngine(t)
	back, err := inprocess.NewCallback(func(a, b int32) int32 { return 10*a + b })
	if err != nil {
		t.Fatal(err)
	}
	defer back.Release()
	if err := e.AddGlobalMapping("client", back.Addr()); err != nil {
		t.Fatal(err)
	}
	add(t, e, compiled(t, "user.o", "int client(int, int); int use(void) { return client(4, 2) + 1; }"))
	wantCall(t, e, "use", 43)
}

func TestFuncErrors(t *testing.T) {
	e := newEngine(t)
	add(t, e, object(t, "add.o"))
	if f, err := mcjit.Func[func()](e, "nowhere"); !errors.Is(err, mcjit.ErrSymbolNotFound) || f != nil {
		t.Errorf("a name that is not there: %v", err)
	}
	var signature *inprocess.SignatureError
	if f, err := mcjit.Func[func(string) int32](e, "add"); !errors.As(err, &signature) || f != nil {
		t.Errorf("a function that C cannot have: %v", err)
	}
}
