//go:build (arm64 && !darwin && !windows) || ppc64 || ppc64le || loong64

package icache

import "unsafe"

// Known says whether this package knows how that is done on this host.
const Known = true

// Sync makes what has been stored visible to instruction fetch, in all threads.
func Sync(code []byte) {
	if len(code) > 0 {
		syncLines(unsafe.Pointer(unsafe.SliceData(code)), uintptr(len(code)))
	}
}

// syncLines writes data cache lines back and invalidates the lines of the instruction cache.
//
//go:noescape
func syncLines(p unsafe.Pointer, n uintptr)
