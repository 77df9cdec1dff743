//go:build linux && (amd64 || arm64)

package ptrace_test

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/gomcjit/gomcjit/executor"
	"github.com/gomcjit/gomcjit/executor/ptrace"
)

// tracer returns which process traces the program's first thread.
func (tg *target) tracer(t *testing.T) string {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", tg.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(status), "TracerPid:")
	line, _, _ := strings.Cut(rest, "\n")
	return strings.TrimSpace(line)
}

// TestReleaseAgain releases memory while the thread is traced by somebody else: it is still there, and can be released afterwards, once.
func TestReleaseAgain(t *testing.T) {
	tg := start(t, program(t), "read")
	tg.settle(t)
	before := tg.maps(t)
	p, other := attach(t, tg), attach(t, tg)
	var bases []executor.Addr
	for _, size := range []uint64{4 << 20, p.PageSize(), 3 * p.PageSize()} {
		base, err := p.Reserve(size, 0)
		if err != nil {
			t.Fatal(err)
		}
		bases = append(bases, base)
	}
	nap := find(t, p, "nap")
	napping := make(chan error, 1)
	go func() {
		_, err := other.Call(nap, 500)
		napping <- err
	}()
	for tg.tracer(t) == "0" {
		time.Sleep(time.Millisecond)
	}
	if err := p.Release(bases...); !errors.Is(err, ptrace.ErrTraced) {
		t.Errorf("Release: %v", err)
	}
	if err := <-napping; err != nil {
		t.Error(err)
	}
	if err := p.Release(bases...); err != nil {
		t.Errorf("released again: %v", err)
	}
	if err := p.Release(bases[0]); !errors.Is(err, ptrace.ErrUnknownReservation) {
		t.Errorf("released three times: %v", err)
	}
	if err := errors.Join(p.Close(), other.Close()); err != nil {
		t.Error(err)
	}
	if after := tg.maps(t); after != before {
		t.Errorf("memory before:\n%s\nafter:\n%s", before, after)
	}
}
