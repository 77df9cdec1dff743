package threads

import _ "embed"

// code is testdata/threads, compiled.
//
//go:embed threads_powerpc64le.bin
var code []byte

func hasDescriptor() bool { return false }

// readsThreadPointer says whether descriptors serve: the ABI has none.
func readsThreadPointer() bool { return false }
