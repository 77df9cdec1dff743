package gdbjit

import (
	"runtime"
	"testing"

	"golang.org/x/sys/unix"
)

// blocked returns which of the first signals, up to 32, the calling thread has blocked. The kernel's own text (/proc) has this machine's numbers, also for emulated programs.
func blocked(t *testing.T) uint64 {
	t.Helper()
	var set unix.Sigset_t
	if err := unix.PthreadSigmask(unix.SIG_BLOCK, nil, &set); err != nil {
		t.Fatal(err)
	}
	return uint64(uint32(set.Val[0]))
}

// TestQuietly: the signals of Go's scheduler and profiler wait, no others, and none afterwards, also when what is called panics.
func TestQuietly(t *testing.T) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	before := blocked(t)
	func() {
		defer func() { recover() }()
		quietly(func() {
			if got, want := blocked(t), before|1<<(unix.SIGURG-1)|1<<(unix.SIGPROF-1); got != want {
				t.Errorf("%#x is blocked, want %#x", got, want)
			}
			panic("over")
		})
	}()
	if after := blocked(t); after != before {
		t.Errorf("%#x is blocked afterwards, %#x was", after, before)
	}
}
