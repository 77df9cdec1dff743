//go:build unix

package main

import (
	"os"
	"syscall"
)

// cSignals are those that Go handles for itself; a C program is ended by them, and `mcjit run yes.o | head` would never end otherwise.
var cSignals = []syscall.Signal{syscall.SIGILL, syscall.SIGABRT, syscall.SIGBUS, syscall.SIGFPE, syscall.SIGSEGV, syscall.SIGPIPE}

// endingSignals are those by which people end mcjit while it waits for another process.
var endingSignals = []os.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP}
