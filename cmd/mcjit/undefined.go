package main

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"os"
	"slices"

	"github.com/gomcjit/gomcjit/executor"
	"github.com/gomcjit/gomcjit/executor/inprocess"
	"github.com/gomcjit/gomcjit/internal/lli"
)

// A trap is memory that cannot be accessed, with a place for each symbol that nobody defines: LLVM's lli runs programs that refer to such symbols, with the null pointer in place of their addresses,
// and they crash where they use them.
type trap struct {
	names []string
	at    executor.Addr
}

// trapStep is how far the places are apart: as much as is never mapped at the null pointer (Linux, vm.mmap_min_addr).
const trapStep = 64 << 10

// trapHosts are the processors for which Linux's calls and structures are those that stand here.
var trapHosts = []string{"x86_64", "aarch64", "riscv64"}

// Linux's <sys/mman.h>, <signal.h>.
const (
	mapPrivate, mapLow, mapAnonymous, mapNoReserve = 0x2, 0x40, 0x20, 0x4000
	segv                                           = 11
	saSigInfo, saResetHand                         = 0x4, 0x80000000
)

// trapUndefined returns an address for each of the names: code that uses one crashes, as LLVM's does, and the name is told.
func (p *lliProcess) trapUndefined(names []string, low bool) ([]executor.Addr, error) {
	if _, err := os.Stat(threadsFolder); err != nil || !slices.Contains(trapHosts, inprocess.Arch) {
		return nil, errors.New("this host has no traps for undefined symbols")
	}
	flags := uint64(mapPrivate | mapAnonymous | mapNoReserve)
	if low {
		flags |= mapLow
	}
	const none, noFile = 0, math.MaxUint64
	memory, _, err := callC("mmap", 0, uint64(len(names))*trapStep, none, flags, noFile, 0)
	if err != nil || memory.Int() == -1 {
		return nil, errors.Join(err, errors.New("there is no address space for undefined symbols"))
	}
	t := &trap{names: slices.Clone(names), at: memory.Pointer()}
	p.traps = append(p.traps, t)
	addrs := make([]executor.Addr, len(names))
	for i := range addrs {
		addrs[i] = t.at + executor.Addr(i)*trapStep
	}
	return addrs, nil
}

// springTraps makes a fault in a trap tell its name, before the process ends by it as it would have.
func (p *lliProcess) springTraps() error {
	if len(p.traps) == 0 {
		return nil
	}
	handler, err := inprocess.NewCallback(func(_ int32, info, _ executor.Addr) { p.explainFault(info) })
	if err != nil {
		return err
	}
	const size, flagsAt = 256, 136 // struct sigaction of glibc and musl: handler, 128 bytes of mask, flags
	action, err := inprocess.NewMemory(size)
	if err != nil {
		return err
	}
	defer action.Release()
	putWord(action.Bytes(), uint64(handler.Addr()))
	binary.NativeEndian.PutUint32(action.Bytes()[flagsAt:], saSigInfo|saResetHand)
	_, _, err = callC("sigaction", segv, uint64(action.Addr()), 0)
	return err
}

// explainFault prints what symbol is at the address of a fault (siginfo_t). A signal that somebody has sent does not come again by itself, and is sent again.
func (p *lliProcess) explainFault(info executor.Addr) {
	const codeAt, addressAt, size = 8, 16, 24
	m, err := inprocess.NewMemory(size)
	if err != nil {
		return
	}
	if _, _, err := callC("memcpy", uint64(m.Addr()), uint64(info), size); err != nil {
		return
	}
	if code := int32(binary.NativeEndian.Uint32(m.Bytes()[codeAt:])); code <= 0 {
		_, _, _ = callC("raise", segv) // an error leaves the process alive, which is all that can be done
		return
	}
	at := executor.Addr(binary.NativeEndian.Uint64(m.Bytes()[addressAt:]))
	for _, t := range p.traps {
		if i := uint64(at-t.at) / trapStep; at >= t.at && i < uint64(len(t.names)) {
			fmt.Fprintln(p.stderr, lli.Unresolved(t.names[i]))
		}
	}
}
