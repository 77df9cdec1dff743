//go:build arm64 || ppc64 || ppc64le || loong64

package memmgr

import "unsafe"

const instructionsSynced = true

// syncInstructions makes what has been stored visible to instruction fetch, in all threads.
func syncInstructions(code []byte) {
	if len(code) > 0 {
		syncRange(unsafe.Pointer(unsafe.SliceData(code)), uintptr(len(code)))
	}
}

// syncRange writes data cache lines back and invalidates the lines of the instruction cache.
//
//go:noescape
func syncRange(p unsafe.Pointer, n uintptr)
