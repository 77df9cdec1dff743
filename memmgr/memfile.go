//go:build linux || freebsd

package memmgr

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// mapFile maps a file of memory over reserved memory.
func mapFile(fd int, over []byte, prot, flags int) error {
	_, err := unix.MmapPtr(fd, 0, unsafe.Pointer(unsafe.SliceData(over)), uintptr(len(over)), prot, flags|unix.MAP_FIXED|mapNoReserve)
	return err
}
