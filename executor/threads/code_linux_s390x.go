package threads

import _ "embed"

// code is testdata/threads, compiled.
//
//go:embed threads_s390x.bin
var code []byte

func hasDescriptor() bool { return false }

// readsThreadPointer says whether descriptors serve: the ABI has none. The thread pointer, access registers 0 and 1, is the same for a thread all the time, which is what __tls_get_offset needs.
func readsThreadPointer() bool { return false }
