package main

import (
	"encoding/binary"
	"errors"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gomcjit/gomcjit/executor"
	"github.com/gomcjit/gomcjit/executor/inprocess"
)

// A signal that a process is sent is taken by any thread that does not block it (POSIX, 2.4.1 "Signal Generation and Delivery"). A program that blocks one, and waits for it (sigwait), has to block it in all threads. Go's are
// none that it knows of, and they run nothing in which they could be told to; but what a handler changes of the context that it interrupts is so when it returns, and the set of blocked signals is in it.

// blocksSignals says whether a function blocks signals for the thread that calls it.
func blocksSignals(name string) bool {
	return slices.Contains([]string{"sigprocmask", "pthread_sigmask", "sigblock", "sighold"}, name)
}

// blockers are handlers that block all signals for the thread: they set uc_sigmask of the kernel's ucontext, the third argument.
var blockers = map[string][]byte{
	"x86_64":  {0x48, 0xc7, 0x82, 0x28, 1, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xc3},       // movq $-1, 296(%rdx); ret
	"aarch64": {3, 0, 0x80, 0x92, 0x43, 0x14, 0, 0xf9, 0xc0, 3, 0x5f, 0xd6},          // mov x3, #-1; str x3, [x2, #40]; ret
	"riscv64": {0x93, 2, 0xf0, 0xff, 0x23, 0x34, 0x56, 0x02, 0x67, 0x80, 0x00, 0x00}, // li t0, -1; sd t0, 40(a2); ret
}

// takeSignals makes this thread the only one that takes signals, which is that of the program. Where that cannot be done others go on doing so.
func takeSignals() error {
	self, err := os.Readlink("/proc/thread-self")
	code, ok := blockers[inprocess.Arch]
	if err != nil || !ok {
		return nil
	}
	handler, err := executable(code)
	if err != nil {
		return err
	}
	const size, flagsAt = 256, 136 // struct sigaction: see springTraps
	actions, err := inprocess.NewMemory(2 * size)
	if err != nil {
		return err
	}
	defer actions.Release()
	putWord(actions.Bytes(), uint64(handler))
	binary.NativeEndian.PutUint32(actions.Bytes()[flagsAt:], saSigInfo|saOnStack|saRestart)
	before := uint64(actions.Addr()) + size
	if _, _, err = callC("sigaction", blockingSignal, uint64(actions.Addr()), before); err == nil {
		err = blockOthers(filepath.Base(self))
	}
	_, _, restored := callC("sigaction", blockingSignal, before, 0)
	return errors.Join(err, restored)
}

const (
	saOnStack, saRestart = 0x08000000, 0x10000000
	blockingSignal       = 50 // a real-time signal, of which the default is to end the process: nobody has sent it
)

// executable returns where code is, which stays there.
func executable(code []byte) (executor.Addr, error) {
	const readWrite, readExecute, noFile = 3, 5, math.MaxUint64
	size := uint64(os.Getpagesize())
	at, _, err := callC("mmap", 0, size, readWrite, mapPrivate|mapAnonymous, noFile, 0)
	if err != nil || at.Int() == -1 {
		return 0, errors.Join(err, errors.New("there is no memory for a signal handler"))
	}
	m, err := inprocess.NewMemory(len(code))
	if err != nil {
		return 0, err
	}
	defer m.Release()
	copy(m.Bytes(), code)
	if _, _, err = callC("memcpy", uint64(at.Pointer()), uint64(m.Addr()), uint64(len(code))); err == nil {
		_, _, err = callC("mprotect", uint64(at.Pointer()), size, readExecute)
	}
	return at.Pointer(), err
}

// blockOthers sends the signal to all threads but one, until it has seen twice that they block everything: one that is being started does so for a while.
func blockOthers(self string) error {
	const patience, pause = 1000, time.Millisecond
	for seen, i := 0, 0; seen < 2 && i < patience; i++ {
		seen++
		threads, err := os.ReadDir(threadsFolder)
		if err != nil {
			return err
		}
		for _, t := range threads {
			id, err := strconv.ParseUint(t.Name(), 10, 32)
			if err != nil || t.Name() == self || blocksEverything(t.Name()) {
				continue
			}
			seen = 0
			if _, ok, err := callC("tgkill", uint64(os.Getpid()), id, blockingSignal); err != nil || !ok {
				return err
			}
		}
		time.Sleep(pause)
	}
	return nil
}

// blocksEverything says whether a thread blocks all signals that can be blocked, or has ended.
func blocksEverything(id string) bool {
	const unblockable = 1<<(9-1) | 1<<(19-1) // SIGKILL, SIGSTOP
	status, err := os.ReadFile(threadFile(id, "status"))
	if err != nil {
		return true
	}
	_, mask, _ := strings.Cut(string(status), "\nSigBlk:\t")
	mask, _, _ = strings.Cut(mask, "\n")
	blocked, err := strconv.ParseUint(mask, 16, 64)
	return err == nil && blocked|unblockable == math.MaxUint64
}
