package gdbremote

import (
	"context"
	"debug/elf"
	"errors"
	"fmt"

	"github.com/gomcjit/gomcjit/executor"
)

// This file makes system calls in a target with Linux. For that the thread has to execute the instruction for it. The first time it is written at the program's entry, which no
// thread executes any more or at the moment, and taken back at once; where code cannot be written (qemu-user), one is looked for. With that a page is mapped, which has the instruction for
// all later calls, and the place to which functions return.

// help makes sure that there is a place to return to. What it has is written once.
func (p *Process) help() error {
	m := &p.memory
	if m.helper != 0 || p.reason != nil {
		return p.reason
	}
	if p.opts.end != 0 {
		return p.helpInRange()
	}
	if !p.linux() || p.arch.syscall.code == "" {
		return ErrNoMemory
	}
	at, err := p.foreignCall("mmap", p.arch.syscall.mmap, 0, m.page, protRead|protWrite, mapPrivate|mapAnonymous, minusOne, 0)
	if err != nil {
		return err
	}
	code, places := p.helperCode()
	err = p.writeAt(executor.Addr(at), code)
	if err == nil {
		_, err = p.foreignCall("mprotect", p.arch.syscall.mprotect, at, m.page, protRead|protExec)
	}
	if err == nil {
		err = p.settle(executor.Addr(at), places)
	}
	if err != nil && p.reason == nil {
		_, freed := p.foreignCall("munmap", p.arch.syscall.munmap, at, m.page)
		err = errors.Join(err, freed)
	}
	return err
}

// helperCode is the code that this package has in the target: the instruction for system calls, a trap, to which it comes back, and what makes instruction fetch see.
func (p *Process) helperCode() (code []byte, places helperPlaces) {
	a := p.arch
	code = append(code, a.syscall.code...)
	places.back = uint64(len(code))
	code = append(code, a.trap...)
	code = append(code, make([]byte, -len(code)&7)...)
	if a.pop != "" {
		places.pop = uint64(len(code))
		code = append(code, a.pop...)
	}
	if a.flush != "" {
		places.flush = uint64(len(code))
		code = append(code, a.flush...)
	}
	return code, places
}

type helperPlaces struct{ back, pop, flush uint64 }

// settle makes code that has been written there the helper.
func (p *Process) settle(at executor.Addr, places helperPlaces) error {
	m := &p.memory
	remove, err := p.stopAt(at + executor.Addr(places.back))
	if err != nil {
		return err
	}
	m.helper, m.back, m.unstop = at, at+executor.Addr(places.back), remove
	m.pop = at + executor.Addr(places.pop)
	if places.flush != 0 {
		m.flush = at + executor.Addr(places.flush)
	}
	return nil
}

// withdraw takes the helper back.
func (p *Process) withdraw() error {
	m := &p.memory
	if m.helper == 0 {
		return nil
	}
	at := m.helper
	m.helper = 0
	err := m.unstop()
	if p.reason != nil {
		return err
	}
	if m.restore != nil {
		return errors.Join(err, m.restore())
	}
	_, freed := p.foreignCall("munmap", p.arch.syscall.munmap, uint64(at), m.page)
	return errors.Join(err, freed)
}

// system makes a system call with the helper.
func (p *Process) system(name string, number uint64, args ...uint64) (uint64, error) {
	if err := p.help(); err != nil {
		return 0, err
	}
	return p.systemAt(p.memory.helper, p.memory.back, name, number, args)
}

// foreignCall makes a system call with an instruction that is the program's, or that is put into it for the time of the call.
func (p *Process) foreignCall(name string, number uint64, args ...uint64) (n uint64, err error) {
	code := p.arch.syscall.code
	at := executor.Addr(p.auxv[auxEntry]) &^ 3
	if p.memory.found != 0 {
		at = p.memory.found
	} else if back, swapped := p.swap(at, []byte(code)); swapped == nil {
		defer func() {
			if p.reason == nil {
				err = errors.Join(err, back())
			}
		}()
	} else if p.reason != nil {
		return 0, p.reason
	} else if at, err = p.findCall(); err != nil {
		return 0, errors.Join(err, swapped)
	}
	if p.arch.thumb != 0 && at&1 != 0 {
		code = p.arch.syscall.thumb
	}
	back := at + executor.Addr(len(code))
	remove, err := p.stopAt(back)
	if err != nil {
		return 0, err
	}
	n, err = p.systemAt(at, back, name, number, args)
	if p.reason == nil {
		err = errors.Join(err, remove())
	}
	return n, err
}

// systemAt has the thread execute the instruction for a system call, behind which there is a breakpoint.
func (p *Process) systemAt(at, back executor.Addr, name string, number uint64, args []uint64) (n uint64, err error) {
	a := p.arch
	err = p.borrow(false, func(s *snapshot) error {
		c := changes{}
		c.number(a, a.syscall.number, number)
		for i, arg := range args {
			c.number(a, a.syscall.args[i], arg)
		}
		odd := a.thumb != 0 && at&1 != 0
		c.number(a, a.pc, uint64(at))
		if odd {
			c.number(a, a.pc, uint64(at)&^1)
		}
		if err := p.prepareThread(s, c, odd); err != nil {
			return err
		}
		if err := p.write(s, c); err != nil {
			return err
		}
		ctx, cancel := context.WithTimeoutCause(context.Background(), p.opts.timeout, ErrTimeout)
		defer cancel()
		if err := p.runTo(ctx, back); err != nil {
			return err
		}
		n, err = p.number(a.result)
		return err
	})
	if err != nil {
		return 0, err
	}
	if a.word == 4 {
		n = uint64(int64(int32(n)))
	}
	if int64(n) < 0 && int64(n) > -4096 {
		return 0, &SystemError{name, int(-int64(n))}
	}
	if a.word == 4 {
		n &= 1<<32 - 1
	}
	return n, nil
}

// findCall looks for the instruction in the vDSO, the dynamic linker, and the program. Where it is in ARM's other state the address is odd.
func (p *Process) findCall() (executor.Addr, error) {
	for _, base := range []uint64{p.auxv[auxSysInfo], p.auxv[auxBase], p.auxv[auxPHDR] &^ (p.memory.page - 1)} {
		if base == 0 {
			continue
		}
		segments, err := p.loaded(executor.Addr(base))
		if p.reason != nil {
			return 0, err
		}
		for _, s := range segments {
			if at, ok := p.findIn(s); ok || p.reason != nil {
				p.memory.found = at
				return at, p.reason
			}
		}
	}
	return 0, errors.New("gdbremote: system calls cannot be made in the target: its code can neither be written, nor does it have the instruction for them")
}

// maxSearch is how much code of a segment is looked through.
const maxSearch = 4 << 20

// findIn looks for the instruction in a segment with code.
func (p *Process) findIn(s segment) (executor.Addr, bool) {
	if s.flags&elf.PF_X == 0 || s.size > maxSearch {
		return 0, false
	}
	step := uint64(p.packet/2-8) &^ 7
	for off := uint64(0); off < s.size; off += step {
		b, err := p.readAt(s.at+executor.Addr(off), min(step, s.size-off))
		if err != nil {
			return 0, false
		}
		at := s.at + executor.Addr(off)
		if i := indexAligned(b, p.arch.syscall.code, p.arch.instruction()); i >= 0 {
			return at + executor.Addr(i), true
		}
		if i := indexAligned(b, p.arch.syscall.thumb, 2); i >= 0 {
			return at + executor.Addr(i) + 1, true
		}
	}
	return 0, false
}

// instruction returns of what the addresses of instructions are multiples, in bytes.
func (a *arch) instruction() int {
	if a.link == "" {
		return 1
	}
	return 4
}

// indexAligned is strings.Index for multiples of a unit; what is empty is nowhere.
func indexAligned(b []byte, code string, unit int) int {
	for i := 0; code != "" && i+len(code) <= len(b); i += unit {
		if string(b[i:i+len(code)]) == code {
			return i
		}
	}
	return -1
}

// Of mmap and mprotect: the same on all these processors.
const (
	protRead, protWrite, protExec = 1, 2, 4
	mapPrivate, mapAnonymous      = 2, 0x20
	minusOne                      = 1<<64 - 1
)

// protection is what mprotect takes: its bits are those of executor.MemProt.
func protection(prot executor.MemProt) uint64 { return uint64(prot) }

// synchronize makes instruction fetch see code: by Linux where it has a system call for that, else by executing what the processor has. When memory is made executable Linux does it too, and
// stubs that are debug probes or emulators do it when they write.
func (p *Process) synchronize(at executor.Addr, size uint64) error {
	end := uint64(at) + size
	if number := p.arch.syscall.flush; number != 0 && p.linux() {
		_, err := p.system("the flush of the instruction cache", number, uint64(at), end, 0)
		missing := new(SystemError)
		if err == nil || !errors.As(err, &missing) {
			return err
		}
	}
	if err := p.help(); err != nil || p.memory.flush == 0 {
		return err
	}
	f, err := newFrame(p.arch, p.soft, []executor.Value{executor.PointerValue(at), executor.PointerValue(executor.Addr(end))})
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeoutCause(context.Background(), p.opts.timeout, ErrTimeout)
	defer cancel()
	err = p.borrow(false, func(s *snapshot) error {
		if err := p.enter(s, f, p.memory.flush, p.memory.back); err != nil {
			return err
		}
		return p.runTo(ctx, p.memory.back)
	})
	if err != nil && p.reason == nil {
		err = fmt.Errorf("making instruction fetch see %d bytes at %v: %w", size, at, err)
	}
	return err
}
