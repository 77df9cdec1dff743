//go:build unix

package main

import (
	"os"
	"syscall"
)

// cSignals are those that Go handles for itself; a C program is ended by them, and `mcjit run yes.o | head` would never end otherwise. Not among them: SIGURG, by which Go interrupts its
// goroutines and which C ignores, SIGHUP, SIGINT and SIGTERM, which end this process as they do one of C's, and may be ignored (nohup), and SIGPROF, which is Go's profiler's.
var cSignals = []syscall.Signal{
	syscall.SIGILL, syscall.SIGABRT, syscall.SIGBUS, syscall.SIGFPE, syscall.SIGSEGV, syscall.SIGPIPE, syscall.SIGTRAP, syscall.SIGSYS, syscall.SIGQUIT, syscall.SIGALRM,
	syscall.SIGVTALRM, syscall.SIGUSR1, syscall.SIGUSR2, syscall.SIGXCPU, syscall.SIGXFSZ,
}

// execAgain executes this program again, in this process. It returns if that fails.
func execAgain(env []string) {
	if self, err := os.Executable(); err == nil {
		syscall.Exec(self, os.Args, env)
	}
}

// endingSignals are those by which people end mcjit while it waits for another process.
var endingSignals = []os.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP}
