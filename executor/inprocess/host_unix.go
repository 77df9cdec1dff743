//go:build linux || darwin || (freebsd && amd64)

package inprocess

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

const errNoMemory = unix.ENOMEM

// stackBounds is what the system has to know of a stack on which a thread runs: nothing.
type stackBounds struct{}

func (c *control) setBounds(uintptr, uintptr) {}

// placeCode does nothing: code that runs on C stacks may lie among Go's.
func placeCode() error { return nil }

// reserve finds inaccessible address space.
func reserve(size uintptr) (unsafe.Pointer, error) {
	return unix.MmapPtr(-1, 0, nil, size, unix.PROT_NONE, unix.MAP_PRIVATE|unix.MAP_ANON|mapNoReserve)
}

// release gives back what reserve found. An error is none of those to report.
func release(p unsafe.Pointer, size uintptr) { _ = unix.MunmapPtr(p, size) }

// makeAccessible makes reserved memory readable and writable.
func makeAccessible(mem []byte) error { return unix.Mprotect(mem, unix.PROT_READ|unix.PROT_WRITE) }

// makeExecutable makes memory that has been written executable, and no longer writable.
func makeExecutable(mem []byte) error { return unix.Mprotect(mem, unix.PROT_READ|unix.PROT_EXEC) }

// forget lets the system have memory whose content does not matter. It cannot fail on a private mapping, and if it did only memory would be lost.
func forget(mem []byte) { _ = unix.Madvise(mem, adviceForget) }

// mapMemory returns accessible memory.
func mapMemory(size int) ([]byte, error) {
	b, err := unix.Mmap(-1, 0, size, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANON)
	if err != nil {
		return nil, &MemoryError{Op: "map", Len: size, Err: err}
	}
	return b, nil
}

func unmapMemory(b []byte) {
	_ = unix.Munmap(b[:cap(b)]) // ours since Mmap; nothing can be done about an error
}
