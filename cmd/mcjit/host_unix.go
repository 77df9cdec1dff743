//go:build !windows

package main

// cSignals are SIGILL, SIGABRT, SIGBUS, SIGFPE, SIGSEGV and SIGPIPE (signal(7); calls work on Linux only). Go handles them for itself; a C program is
// ended by them, and `mcjit run yes.o | head` would never end otherwise.
var cSignals = []uint64{4, 6, 7, 8, 11, 13}
