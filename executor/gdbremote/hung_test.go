//go:build linux && amd64

package gdbremote

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/gomcjit/gomcjit/internal/testenv"
	"github.com/gomcjit/gomcjit/mcjit"
)

// underStub starts a program under a stub, and links an object for it. The program ends with the test, whatever becomes of the stub.
func underStub(t *testing.T, stub, program, object string) (*exec.Cmd, *Process, *mcjit.ExecutionEngine) {
	t.Helper()
	cmd, connect := stubs[stub](t, program)
	start(t, cmd)
	p := connect()
	pid, err := strconv.ParseInt(p.thread, 16, 32)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		p.Kill()
		_ = syscall.Kill(int(pid), syscall.SIGKILL) // it has mostly ended with the stub
	})
	return cmd, p, engineFor(t, p, 0, object)
}

// TestHungStub stops stubs, and kills them, while a function runs: that is noticed at the next sign of life, and at once.
func TestHungStub(t *testing.T) {
	program := build(t, "gcc", "gcc", "live.c", "live", "-rdynamic", "-pthread")
	object := build(t, "gcc", "gcc", "linked.c", "linked.o", "-c", "-fPIC")
	const beat, timeout = 200 * time.Millisecond, 2 * time.Second // a machine that is busy has time to answer
	for name := range stubs {
		for _, c := range []struct {
			signal syscall.Signal
			limit  time.Duration
			wanted error
		}{
			{syscall.SIGSTOP, beat + timeout + atOnce, ErrTimeout},
			{syscall.SIGKILL, atOnce, ErrDisconnected},
		} {
			t.Run(name+" "+c.signal.String(), func(t *testing.T) {
				t.Parallel() // it waits, mostly
				cmd, p, engine := underStub(t, name, program, object)
				p.opts.heartbeat, p.opts.timeout = beat, timeout
				forever := addressOf(t, engine, "forever")
				failed := make(chan error, 1)
				go func() {
					_, err := p.Call(forever)
					failed <- err
				}()
				select {
				case err := <-failed:
					t.Fatalf("the call says %v of a stub that answers", err)
				case <-time.After(4 * beat):
				}
				if err := cmd.Process.Signal(c.signal); err != nil {
					t.Fatal(err)
				}
				within(t, c.limit, "noticing it", func() {
					if err := <-failed; !errors.Is(err, c.wanted) {
						t.Errorf("the error is %v", err)
					}
				})
			})
		}
	}
}

// TestHungEmulator does the same with qemu-user. Its stub reads nothing while the program runs: that it hangs is noticed when the time for calls is up.
func TestHungEmulator(t *testing.T) {
	emulator := testenv.NeedsTool(t, "qemu-x86_64", "qemu-user")
	program := build(t, "gcc", "gcc", "program.c", "program", "-static", "-nostdlib", "-ffreestanding")
	object := build(t, "gcc", "gcc", "linked.c", "linked.o", "-c", "-fPIC", "-ffreestanding")
	const call = 300 * time.Millisecond
	for _, c := range []struct {
		signal syscall.Signal
		limit  time.Duration
		wanted error
	}{
		{syscall.SIGSTOP, call + atOnce, ErrTimeout},
		{syscall.SIGKILL, atOnce, ErrDisconnected},
	} {
		t.Run(c.signal.String(), func(t *testing.T) {
			t.Parallel()
			socket := filepath.Join(t.TempDir(), "stub")
			cmd := exec.Command(emulator, "-g", socket, program)
			start(t, cmd)
			file, err := os.Open(program)
			if err != nil {
				t.Fatal(err)
			}
			defer file.Close()
			p := dialUnix(t, socket, WithProgram(file))
			forever := addressOf(t, engineFor(t, p, p.Entry()+64<<20, object), "forever")
			if p.opts.callTimeout != usualCall {
				t.Errorf("the time for calls is %v", p.opts.callTimeout)
			}
			if p.opts.callTimeout = call; c.signal == syscall.SIGKILL {
				p.opts.callTimeout = 0
			}
			time.AfterFunc(call/3, func() { _ = cmd.Process.Signal(c.signal) }) // without it the call takes too long
			within(t, call/3+c.limit, "noticing it", func() {
				if _, err := p.Call(forever); !errors.Is(err, c.wanted) {
					t.Errorf("the error is %v", err)
				}
			})
		})
	}
}

// TestThreads calls functions that begin threads: these run while the functions do, get their signals, and stand still afterwards. Faults of theirs end the call.
func TestThreads(t *testing.T) {
	program := build(t, "gcc", "gcc", "live.c", "live", "-rdynamic", "-pthread")
	object := build(t, "gcc", "gcc", "threads.c", "threads.o", "-c", "-fPIC")
	for name := range stubs {
		t.Run(name, func(t *testing.T) {
			_, p, engine := underStub(t, name, program, object)
			p.opts.heartbeat, p.opts.timeout, p.opts.callTimeout = 50*time.Millisecond, 5*time.Second, 10*time.Second
			call := func(name string, want int32, args ...uint64) {
				t.Helper()
				if got, err := p.Call(addressOf(t, engine, name), args...); int32(got) != want || err != nil {
					t.Fatalf("%s: %d, %v; want %d", name, int32(got), err, want)
				}
			}
			for n := range int32(3) {
				call("signalled", 20*(n+1), 20)
			}
			call("slept", 0, 200)
			call("forked", 5, 5)
			call("leave_thread", 0)
			turns := func() uint64 {
				b, err := p.ReadMemory(addressOf(t, engine, "turns"), 8)
				if err != nil {
					t.Fatal(err)
				}
				return littleEndian(b)
			}
			before := turns()
			time.Sleep(20 * time.Millisecond)
			if after := turns(); before == 0 || after != before {
				t.Errorf("a thread that was left has counted to %d, and to %d afterwards", before, after)
			}
			_, err := p.Call(addressOf(t, engine, "faulted"))
			if fault := new(SignalError); !errors.As(err, &fault) || fault.Signal != sigSEGV {
				t.Errorf("a fault of a thread: %v", err)
			}
			call("signalled", 65, 5)
			if name == "gdbserver" { // LLDB's stub says nothing of it; to be noticed when the time for calls is up
				within(t, 2*time.Second, "noticing that the thread has gone", func() {
					if _, err := p.Call(addressOf(t, engine, "gone")); err == nil || p.Err() == nil {
						t.Errorf("a function that ends its thread: %v, %v", err, p.Err())
					}
				})
			}
		})
	}
}
