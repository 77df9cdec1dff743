//go:build unix

package main

import "syscall"

// cSignals are those that Go handles for itself; a C program is ended by them, and `mcjit run yes.o | head` would never end otherwise.
var cSignals = []syscall.Signal{syscall.SIGILL, syscall.SIGABRT, syscall.SIGBUS, syscall.SIGFPE, syscall.SIGSEGV, syscall.SIGPIPE}
