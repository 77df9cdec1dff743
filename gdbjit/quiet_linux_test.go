package gdbjit

import (
	"fmt"
	"os"
	"runtime"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// blocked returns the signals that the calling thread has blocked, as the kernel shows them.
func blocked(t *testing.T) (set uint64) {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/self/task/%d/status", unix.Gettid()))
	if err != nil {
		t.Skip(err)
	}
	_, line, _ := strings.Cut(string(text), "\nSigBlk:")
	if _, err := fmt.Sscanf(line, "%x", &set); err != nil {
		t.Fatal(err)
	}
	return set
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
