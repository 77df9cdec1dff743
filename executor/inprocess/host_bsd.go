//go:build darwin || (freebsd && amd64)

package inprocess

import "golang.org/x/sys/unix"

const (
	mapNoReserve = 0 // inaccessible private memory is not accounted for
	// adviceForget lets the system have memory, when it wants it: MADV_DONTNEED keeps the content here.
	adviceForget = unix.MADV_FREE
)

// keepPagesSmall does nothing: pages are small unless all of a large one is in use.
func keepPagesSmall([]byte) {}

// enterSignals does nothing. The runtime's handler finds the goroutine itself, whatever C has in Go's registers: on x86-64 by FS or GS, which C does not change, and on
// Darwin's AArch64 in the thread's storage of libSystem, where Go keeps it because all its programs are linked with that (load_g in runtime/tls_arm64.s).
func enterSignals() {}
