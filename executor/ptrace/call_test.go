//go:build linux && amd64

package ptrace_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/gomcjit/gomcjit/executor"
	"github.com/gomcjit/gomcjit/executor/ptrace"
)

// find looks up one symbol.
func find(t testing.TB, p *ptrace.Process, name string) executor.Addr {
	t.Helper()
	list, err := p.Lookup(name)
	if err != nil {
		t.Fatal(err)
	}
	if list[0] == 0 {
		t.Fatalf("there is no %s", name)
	}
	return list[0]
}

// call calls a function with integers, within a second.
func call(t testing.TB, p *ptrace.Process, name string, args ...int64) (int64, error) {
	t.Helper()
	values := make([]executor.Value, len(args))
	for i, a := range args {
		values[i] = executor.IntValue(a)
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	v, err := p.CallValues(ctx, find(t, p, name), executor.Integer, values...)
	return int64(v.Bits), err
}

func TestCalls(t *testing.T) {
	for _, c := range []struct{ how, says string }{
		{"read", "read 1 0"}, {"sleep", "slept 0 in time"}, {"poll", "polled 1"}, {"epoll", "polled 1"}, {"join", "joined 0"}, {"threads", "joined 0"}, {"registers", "registers 0"}, {"orphan", ""},
	} {
		for _, alarm := range [][]string{nil, {"300"}} {
			if alarm != nil && (c.how == "sleep" || c.how == "poll" || c.how == "epoll") {
				continue // signals end these
			}
			name := c.how
			if alarm != nil {
				name += " with alarms"
			}
			t.Run(name, func(t *testing.T) {
				tg := start(t, program(t), append([]string{c.how}, alarm...)...)
				time.Sleep(20 * time.Millisecond)
				before := tg.maps(t)
				p := attach(t, tg)
				callAll(t, p)
				if err := p.Close(); err != nil {
					t.Error(err)
				}
				if after := tg.maps(t); after != before && c.how != "threads" {
					t.Errorf("memory before:\n%s\nafter:\n%s", before, after)
				}
				tg.finish(t, c.says)
			})
		}
	}
}

// callAll calls functions of all types.
func callAll(t *testing.T, p *ptrace.Process) {
	t.Helper()
	if got, err := call(t, p, "add8", 1, 2, 3, 4, 5, 6, 7, 8); got != 204 || err != nil {
		t.Errorf("add8: %d, %v", got, err)
	}
	if got, err := call(t, p, "aligned"); got != 0 || err != nil {
		t.Errorf("the stack is not aligned: %d, %v", got, err)
	}
	if got, err := call(t, p, "seterrno", 99); got != 0 || err != nil {
		t.Errorf("seterrno: %d, %v", got, err)
	}
	if got, err := call(t, p, "allocate", 1000); got != 1 || err != nil {
		t.Errorf("allocate: %d, %v", got, err)
	}
	var values []executor.Value
	want := 0.0
	for i := 1; i <= 17; i++ {
		switch i {
		case 1, 4, 13, 14, 15, 16, 17:
			values = append(values, executor.IntValue(int64(i)))
		case 3:
			values = append(values, executor.FloatValue(3))
		default:
			values = append(values, executor.DoubleValue(float64(i)))
		}
		want += float64(i * i)
	}
	if v, err := p.CallValues(context.Background(), find(t, p, "mix"), executor.Double, values...); err != nil || v.Float() != want {
		t.Errorf("mix: %v, %v, want %v", v.Float(), err, want)
	}
	if v, err := p.CallValues(context.Background(), find(t, p, "half"), executor.Float, executor.FloatValue(5)); err != nil || v.Float() != 2.5 {
		t.Errorf("half: %v, %v", v.Float(), err)
	}
}

func TestFaults(t *testing.T) {
	tg := start(t, program(t), "read")
	p := attach(t, tg)
	for name, want := range map[string]string{"crash": "SIGSEGV", "give_up": "SIGABRT", "trap": "SIGILL"} {
		_, err := call(t, p, name)
		var fault *ptrace.FaultError
		if !errors.As(err, &fault) || fault.Signal != want || fault.Fn != find(t, p, name) || name == "crash" && fault.At != 0x1234 {
			t.Errorf("%s: %v", name, err)
		}
	}
	start := time.Now()
	if _, err := call(t, p, "hang"); !errors.Is(err, context.DeadlineExceeded) || time.Since(start) > 2*time.Second {
		t.Errorf("hang: %v after %v", err, time.Since(start))
	}
	if _, err := call(t, p, "nap", 5000); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("nap: %v", err)
	}
	callAll(t, p)
	if err := p.Close(); err != nil {
		t.Error(err)
	}
	tg.finish(t, "read 1 0")
}
