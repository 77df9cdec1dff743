package threads

import (
	_ "embed"

	"golang.org/x/sys/cpu"
)

// code is testdata/threads, compiled.
//
//go:embed threads_x86_64.bin
var code []byte

// hasDescriptor says whether the processor has XSAVE, and the system uses it.
func hasDescriptor() bool { return cpu.X86.HasOSXSAVE }

// readsThreadPointer is false: code reads the thread pointer from %fs:0, which is Go's there.
const readsThreadPointer = false
