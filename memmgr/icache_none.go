//go:build amd64 || 386 || s390x

package memmgr

const instructionsSynced = true

// syncInstructions does nothing: instruction fetch sees what has been stored.
func syncInstructions([]byte) {}
