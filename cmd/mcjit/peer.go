package main

import (
	"context"

	"github.com/gomcjit/gomcjit/executor"
)

// A remoteProcess is another process that runs code: an executor's, a live one, or one that a GDB stub controls.
type remoteProcess interface {
	executor.Process
	executor.Caller
	executor.Memory
	executor.Symbols
	executor.MemoryAccess

	// RunMain calls the C function int main(int, char **) at fn.
	RunMain(ctx context.Context, fn executor.Addr, argv ...string) (int, error)
	// OpenLibrary opens a shared library over there.
	OpenLibrary(path string) (handle uint64, err error)
	// Triple returns the target triple.
	Triple() string
	// Err returns why the connection has ended.
	Err() error
}
