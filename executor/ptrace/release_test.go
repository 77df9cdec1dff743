//go:build linux && (amd64 || arm64)

package ptrace_test

import (
	"errors"
	"testing"
	"time"

	"github.com/gomcjit/gomcjit/executor"
	"github.com/gomcjit/gomcjit/executor/ptrace"
)

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
	if _, err := other.Call(nap, 0); err != nil { // what it needs for that is there then, so that it stops the thread once
		t.Fatal(err)
	}
	napping := make(chan error, 1)
	go func() {
		_, err := other.Call(nap, 500)
		napping <- err
	}()
	for !tg.isTraced() {
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
