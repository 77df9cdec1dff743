//go:build linux && (amd64 || arm64)

package ptrace_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"syscall"
	"testing"
	"time"

	"github.com/gomcjit/gomcjit/executor"
	"github.com/gomcjit/gomcjit/executor/ptrace"
	"github.com/gomcjit/gomcjit/internal/testenv"
)

func init() { tracers["several"] = traceSeveral }

// traceSeveral does what makes several system calls while the thread is stopped: it patches code, and releases several reservations. It ends by kill -9 before a step of that.
func traceSeveral(pid, steps int, _ string) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	prepared := false
	die := func() {
		if !prepared {
			return
		}
		if steps--; steps == 0 {
			_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
			time.Sleep(time.Hour)
		}
	}
	p, err := ptrace.Attach(pid, ptrace.WithGuardian(self, "guard"), ptrace.WithStep(die))
	if err != nil {
		return err
	}
	code, err := p.Reserve(4<<20, 0)
	if err != nil {
		return err
	}
	more, err := p.Reserve(4<<20, 0)
	if err != nil {
		return err
	}
	segment := executor.Segment{Prot: executor.MemRead | executor.MemExec, Addr: code, Size: p.PageSize(), Content: returnCode}
	if err := p.Install(code, []executor.Segment{segment}); err != nil {
		return err
	}
	prepared = true
	err = errors.Join(p.Patch(code, returnCode, false), p.Release(more, code))
	prepared = false
	return errors.Join(err, p.Close())
}

// TestGuardianSeveralCalls kills the tracer at each step of what makes several system calls one after the other: the result of one is not taken for that of the next.
func TestGuardianSeveralCalls(t *testing.T) {
	tg := start(t, program(t), "read")
	tg.settle(t)
	before := tg.maps(t)
	first, stride := 1, 1
	if testenv.RaceDetector { // whose processes take a second to start: the tests without it take every step
		stride = 7
		first += rand.IntN(stride)
	}
	steps := first
	for ; tg.runTracer(t, "several", steps, ""); steps += stride {
		tg.awaitMaps(t, before, fmt.Sprintf("step %d", steps))
	}
	if steps < 20 {
		t.Errorf("before step %d it has ended", steps)
	}
	tg.awaitMaps(t, before, "without a kill")
	tg.finish(t, "read 1 0")
}
