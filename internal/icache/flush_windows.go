package icache

import (
	"syscall"
	"unsafe"
)

// Known says whether this package knows how that is done on this host.
const Known = true

var flushInstructionCache = syscall.NewLazyDLL("kernel32.dll").NewProc("FlushInstructionCache")

// currentProcess is the handle that always means the calling process.
const currentProcess = ^uintptr(0)

// Sync makes what has been stored visible to instruction fetch, in all threads. Windows wants to be told on every processor: it may be emulating one.
func Sync(code []byte) {
	if len(code) > 0 {
		_, _, _ = flushInstructionCache.Call(currentProcess, uintptr(unsafe.Pointer(unsafe.SliceData(code))), uintptr(len(code))) // nothing can be done about an error
	}
}
