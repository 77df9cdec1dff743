package threads

import _ "embed"

// code is testdata/threads, compiled.
//
//go:embed threads_aarch64.bin
var code []byte

func hasDescriptor() bool { return true }

// readsThreadPointer says that code has a thread pointer, TPIDR_EL0, of which Go makes no use, and which is the same for a thread all the time.
func readsThreadPointer() bool { return true }
