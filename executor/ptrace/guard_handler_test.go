//go:build linux && (amd64 || arm64)

package ptrace_test

import (
	"errors"
	"os"
	"syscall"
	"testing"
	"time"
)

func init() { tracers["handler"] = traceHandler }

// traceHandler ends by kill -9 when a function that it has called has been interrupted by a signal's handler.
func traceHandler(pid, _ int, _ string) error {
	p, err := guarded(pid, never)
	if err != nil {
		return err
	}
	nap, err := p.Lookup("nap")
	if err != nil {
		return err
	}
	go func() {
		time.Sleep(100 * time.Millisecond)
		_ = syscall.Kill(pid, syscall.SIGUSR1)
		time.Sleep(100 * time.Millisecond)
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
	}()
	_, err = p.Call(nap[0], 300)
	return errors.Join(err, errors.New("the function returned before the signal's handler did"))
}

// TestGuardianHandler kills the tracer while a handler runs, on a stack of its own, that returns to a function which the tracer has called. The function's stack stays until then.
func TestGuardianHandler(t *testing.T) {
	tg := start(t, program(t), "read")
	tg.settle(t)
	before := tg.maps(t)
	if !tg.runTracer(t, "handler", never, "") {
		t.Fatal("it was not killed")
	}
	tg.awaitMaps(t, before, "while a handler runs")
	tg.finish(t, "read 1 0")
}
