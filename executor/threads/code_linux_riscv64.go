package threads

import _ "embed"

// code is testdata/threads, compiled.
//
//go:embed threads_riscv64.bin
var code []byte

func hasDescriptor() bool { return true }

// readsThreadPointer says that code has a thread pointer, tp, of which Go makes no use, and which is the same for a thread all the time.
func readsThreadPointer() bool { return true }
