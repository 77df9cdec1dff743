package icache

import (
	"syscall"
	"unsafe"
)

// Known says whether this package knows how that is done on this host.
const Known = true

// Sync makes what has been stored visible to instruction fetch, in all threads: by libSystem's sys_icache_invalidate(void *start, size_t len).
func Sync(code []byte) {
	if len(code) > 0 {
		libcCall(invalidateAddr, uintptr(unsafe.Pointer(unsafe.SliceData(code))), uintptr(len(code)), 0)
	}
}

// libcCall calls a function of libSystem, as golang.org/x/sys/unix does.
//
//go:linkname libcCall syscall.syscall
func libcCall(fn, a1, a2, a3 uintptr) (r1, r2 uintptr, err syscall.Errno)

//go:cgo_import_dynamic libc_sys_icache_invalidate sys_icache_invalidate "/usr/lib/libSystem.B.dylib"

// invalidateAddr is set in assembly.
var invalidateAddr uintptr
