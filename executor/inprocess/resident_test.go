//go:build linux && amd64

package inprocess

import (
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"
)

// resident returns how many bytes of an idle stack are in memory.
func (c *control) resident(t *testing.T) int {
	size := stackArena.mask + 1 - guardSize()
	page := uintptr(unix.Getpagesize())
	vec := make([]byte, size/page)
	low := uintptr(unsafe.Pointer(c)) + unsafe.Sizeof(control{}) - size
	if _, _, errno := unix.Syscall(unix.SYS_MINCORE, low, size, uintptr(unsafe.Pointer(&vec[0]))); errno != 0 {
		t.Fatal(errno)
	}
	n := 0
	for _, v := range vec {
		n += int(v&1) * int(page)
	}
	return n
}
