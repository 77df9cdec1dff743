//go:build linux && (amd64 || arm64)

package ptrace_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"sync"
	"syscall"
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

// call calls a function with integers, in its time.
func call(t testing.TB, p *ptrace.Process, name string, args ...int64) (int64, error) {
	t.Helper()
	values := make([]executor.Value, len(args))
	for i, a := range args {
		values[i] = executor.IntValue(a)
	}
	ctx, cancel := context.WithTimeout(context.Background(), callTime)
	defer cancel()
	v, err := p.CallValues(ctx, find(t, p, name), executor.Integer, values...)
	return int64(v.Bits), err
}

func TestCalls(t *testing.T) {
	for _, c := range []struct{ how, says string }{
		{"read", "read 1 0"}, {"sleep", "slept 0 in time"}, {"poll", "polled 1"}, {"epoll", "polled 1"}, {"join", "joined 0"}, {"threads", "joined 0"}, {"registers", "registers 0"}, {"vectors", "registers 0"}, {"orphan", ""},
	} {
		for _, alarm := range [][]string{nil, {alarmTime}} {
			if alarm != nil && (c.how == "sleep" || c.how == "poll" || c.how == "epoll") {
				continue // signals end these
			}
			if !keepsSleeps && (c.how == "sleep" || c.how == "epoll") {
				continue
			}
			name := c.how
			if alarm != nil {
				name += " with alarms"
			}
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				tg := start(t, program(t), append([]string{c.how}, alarm...)...)
				tg.settle(t)
				before, waiting := tg.maps(t), tg.waiting(t)
				p := attach(t, tg)
				callAll(t, p)
				if err := p.Close(); err != nil {
					t.Error(err)
				}
				if c.how == "read" && alarm == nil || c.how == "join" && alarm == nil {
					tg.awaitState(t, "S")
					if now := tg.waiting(t); now != waiting {
						t.Errorf("it was waiting for %s\nand is for %s", waiting, now)
					}
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
	for name, want := range map[string]string{"crash": "SIGSEGV", "give_up": "SIGABRT", "trap": trapSignal} {
		_, err := call(t, p, name)
		var fault *ptrace.FaultError
		if !errors.As(err, &fault) || fault.Signal != want || fault.Fn != find(t, p, name) || name == "crash" && fault.At != 0x1234 {
			t.Errorf("%s: %v", name, err)
		}
	}
	start := time.Now()
	if _, err := call(t, p, "hang"); !errors.Is(err, context.DeadlineExceeded) || time.Since(start) > callTime+time.Second {
		t.Errorf("hang: %v after %v", err, time.Since(start))
	}
	start = time.Now()
	if _, err := call(t, p, "ask"); !errors.Is(err, context.DeadlineExceeded) || time.Since(start) > callTime+time.Second {
		t.Errorf("ask, which makes system calls all the time: %v after %v", err, time.Since(start))
	}
	if _, err := call(t, p, "nap", 60000); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("nap: %v", err)
	}
	callAll(t, p)
	if err := p.Close(); err != nil {
		t.Error(err)
	}
	tg.finish(t, "read 1 0")
}

// TestSuspended calls functions in a thread that waits for signals which it blocks otherwise.
func TestSuspended(t *testing.T) {
	tg := start(t, program(t), "suspend")
	time.Sleep(startTime)
	p := attach(t, tg)
	callAll(t, p)
	if err := traceOnce(p, 0); err != nil {
		t.Error(err)
	}
	if err := p.Close(); err != nil {
		t.Error(err)
	}
	time.Sleep(startTime)
	_ = tg.Process.Signal(syscall.SIGUSR1)
	tg.finish(t, fmt.Sprintf("suspended -1 %d 1 1", syscall.EINTR))
}

// TestSignalInCall sends signals during a call: their handlers run, and the call goes on.
func TestSignalInCall(t *testing.T) {
	tg := start(t, program(t), "read", alarmTime)
	p := attach(t, tg)
	before, err := call(t, p, "signals")
	if err != nil {
		t.Fatal(err)
	}
	if got, err := call(t, p, "nap", 100); got != 100 || err != nil {
		t.Errorf("nap: %d, %v", got, err)
	}
	if after, err := call(t, p, "signals"); after <= before || err != nil {
		t.Errorf("%d signals, then %d, %v", before, after, err)
	}
	if err := p.Close(); err != nil {
		t.Error(err)
	}
	tg.finish(t, "read 1 0")
}

// TestThread chooses the thread that makes the calls.
func TestThread(t *testing.T) {
	tg := start(t, program(t), "threads")
	tg.settle(t)
	tasks, err := os.ReadDir(fmt.Sprintf("/proc/%d/task", tg.Process.Pid))
	if err != nil || len(tasks) != 5 {
		t.Fatal(tasks, err)
	}
	for _, task := range tasks {
		tid, err := strconv.Atoi(task.Name())
		if err != nil {
			t.Fatal(err)
		}
		p := attach(t, tg, ptrace.WithThread(tid), ptrace.WithStack(1))
		if got, err := call(t, p, "thread"); got != int64(tid) || err != nil {
			t.Errorf("thread %d: %d, %v", tid, got, err)
		}
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	}
	tg.finish(t, "joined 0")
}

// TestConcurrent uses a process from several goroutines.
func TestConcurrent(t *testing.T) {
	tg := start(t, program(t), "read")
	p := attach(t, tg)
	add := find(t, p, "add8")
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for range 10 {
				if err := traceOnce(p, add); err != nil {
					t.Error(err)
				}
				if at, err := p.Lookup("add8", "strlen"); err != nil || at[0] != add || at[1] == 0 {
					t.Errorf("Lookup: %v, %v", at, err)
				}
				if b, err := p.ReadMemory(add, 16); len(b) != 16 || err != nil {
					t.Errorf("ReadMemory: %v", err)
				}
			}
		})
	}
	all.Wait()
	if err := p.Close(); err != nil {
		t.Error(err)
	}
	tg.finish(t, "read 1 0")
}

// TestSeccomp takes programs that the kernel would kill for system calls.
func TestSeccomp(t *testing.T) {
	tg := start(t, program(t), "strict")
	tg.expect(t, "filtered")
	if _, err := ptrace.Attach(tg.Process.Pid); !errors.Is(err, ptrace.ErrHardened) {
		t.Errorf("strict mode: %v", err)
	}
	tg.finish(t, "")
	if os.Getuid() != 0 {
		t.Skip("only root can suspend filters")
	}
	tg = start(t, program(t), "filter")
	tg.expect(t, "filtered")
	p := attach(t, tg)
	callAll(t, p)
	if err := p.Close(); err != nil {
		t.Error(err)
	}
	tg.finish(t, "read 1 0")
}
