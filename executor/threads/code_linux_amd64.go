package threads

import (
	_ "embed"
	"sync"
	"unsafe"

	"golang.org/x/sys/cpu"
	"golang.org/x/sys/unix"
)

// code is testdata/threads, compiled.
//
//go:embed threads_x86_64.bin
var code []byte

// hasDescriptor says whether the processor has XSAVE, and the system uses it.
func hasDescriptor() bool { return cpu.X86.HasOSXSAVE }

// archGetFS is ARCH_GET_FS of arch_prctl(2).
const archGetFS = 0x1003

// readsThreadPointer says whether code finds a thread pointer at %fs:0. It is Go's, and package inprocess puts it there when it calls code, if the system tells it.
var readsThreadPointer = sync.OnceValue(func() bool {
	var base uintptr
	_, _, err := unix.RawSyscall(unix.SYS_ARCH_PRCTL, archGetFS, uintptr(unsafe.Pointer(&base)), 0)
	return err == 0
})
