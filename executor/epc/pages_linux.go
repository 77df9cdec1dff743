package epc

import (
	"unsafe"

	"github.com/gomcjit/gomcjit/executor"
	"golang.org/x/sys/unix"
)

// patchable says whether pages can be put in the place of others under running code.
const patchable = true

// movePages puts pages in the place of others, at once.
func movePages(from executor.Addr, size uint64, to executor.Addr) error {
	_, err := unix.MremapPtr(unsafe.Pointer(unsafe.SliceData(hostMemory(from, size))), uintptr(size), unsafe.Pointer(unsafe.SliceData(hostMemory(to, size))), uintptr(size),
		unix.MREMAP_MAYMOVE|unix.MREMAP_FIXED)
	return err
}
