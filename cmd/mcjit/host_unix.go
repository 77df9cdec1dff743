//go:build unix

package main

import (
	"os"
	"syscall"
)

// cSignals are those that Go handles for itself; a C program is ended by them, or its waiting is not interrupted (SIGCHLD), and `mcjit run yes.o | head` would never end otherwise. Not among
// them: SIGURG, by which Go interrupts its goroutines and which C ignores; SIGHUP, SIGINT and SIGTERM, which end this process as they do one of C's; and like these what may have been ignored by
// who started this process, and Go leaves alone: those that stop it, and the first of the real-time signals, of which C libraries use some.
var cSignals = func() (list []syscall.Signal) {
	const end, firstRealTime, lastOfLibraries = 65, 32, 34
	for s := syscall.Signal(1); s < end; s++ {
		switch s {
		case syscall.SIGURG, syscall.SIGHUP, syscall.SIGINT, syscall.SIGTERM, syscall.SIGKILL, syscall.SIGSTOP, syscall.SIGTSTP, syscall.SIGTTIN, syscall.SIGTTOU, syscall.SIGCONT:
			continue
		}
		if s < firstRealTime || s > lastOfLibraries {
			list = append(list, s)
		}
	}
	return list
}()

// execAgain executes this program again, in this process. It returns if that fails.
func execAgain(env []string) {
	if self, err := os.Executable(); err == nil {
		syscall.Exec(self, os.Args, env)
	}
}

// endingSignals are those by which people end mcjit while it waits for another process.
var endingSignals = []os.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP}

const stackResource = 3 // RLIMIT_STACK of all systems

// raiseStackLimit raises the limit of stacks, if it may be, and returns what it was, or 0 if it is high enough.
func raiseStackLimit(bytes uint64) (before uint64) {
	var r syscall.Rlimit
	if err := syscall.Getrlimit(stackResource, &r); err != nil || uint64(r.Cur) >= bytes || uint64(r.Max) < bytes {
		return 0
	}
	before = uint64(r.Cur)
	setStackLimit(bytes)
	return before
}

func setStackLimit(bytes uint64) {
	var r syscall.Rlimit
	if syscall.Getrlimit(stackResource, &r) == nil {
		setLimit(&r.Cur, bytes)
		_ = syscall.Setrlimit(stackResource, &r) // without it, threads that need more cannot be made
	}
}

// setLimit sets a field that is signed on some systems.
func setLimit[T int64 | uint64](field *T, value uint64) { *field = T(value) }
