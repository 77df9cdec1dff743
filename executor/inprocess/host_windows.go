//go:build amd64 || arm64

package inprocess

import (
	"unsafe"

	"golang.org/x/sys/windows"
)

const errNoMemory = windows.ERROR_COMMITMENT_LIMIT

// reserve finds inaccessible address space.
func reserve(size uintptr) (unsafe.Pointer, error) {
	at, err := windows.VirtualAlloc(0, size, windows.MEM_RESERVE, windows.PAGE_NOACCESS)
	return unsafe.Add(nil, at), err
}

// release gives back what reserve found. An error is none of those to report.
func release(p unsafe.Pointer, _ uintptr) {
	_ = windows.VirtualFree(uintptr(p), 0, windows.MEM_RELEASE)
}

// makeAccessible makes reserved memory readable and writable. It counts for the commit limit as a whole from then on, and takes memory as it is used: code that
// was compiled for other systems does not touch the pages of a large frame in order, as guard pages that grow would want it.
func makeAccessible(mem []byte) error {
	_, err := windows.VirtualAlloc(addressIn(mem), uintptr(len(mem)), windows.MEM_COMMIT, windows.PAGE_READWRITE)
	return err
}

// makeExecutable makes memory that has been written executable, and no longer writable.
func makeExecutable(mem []byte) error {
	var old uint32
	return windows.VirtualProtect(addressIn(mem), uintptr(len(mem)), windows.PAGE_EXECUTE_READ, &old)
}

// memReset tells VirtualAlloc that content does not matter (winnt.h).
const memReset = 0x80000

// forget lets the system have memory whose content does not matter. If it fails, only memory is lost.
func forget(mem []byte) {
	_, _ = windows.VirtualAlloc(addressIn(mem), uintptr(len(mem)), memReset, windows.PAGE_READWRITE)
}

// mapMemory returns accessible memory.
func mapMemory(size int) ([]byte, error) {
	at, err := windows.VirtualAlloc(0, uintptr(size), windows.MEM_RESERVE|windows.MEM_COMMIT, windows.PAGE_READWRITE)
	if err != nil {
		return nil, &MemoryError{Op: "map", Len: size, Err: err}
	}
	return unsafe.Slice((*byte)(unsafe.Add(nil, at)), size), nil
}

func unmapMemory(b []byte) {
	release(unsafe.Pointer(unsafe.SliceData(b)), 0) // ours since mapMemory; nothing can be done about an error
}

func addressIn(mem []byte) uintptr { return uintptr(unsafe.Pointer(unsafe.SliceData(mem))) }

// keepPagesSmall does nothing: pages are small.
func keepPagesSmall([]byte) {}

// enterSignals does nothing: there are none. Exceptions are raised on the stack of the thread, and the runtime finds the goroutine by the thread.
func enterSignals() {}
