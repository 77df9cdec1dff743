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
	size := m.page
	if p.arch.syscall.many != "" {
		size *= 2 // the second page is for lists of system calls
	}
	at, err := p.foreignCall("mmap", p.arch.syscall.mmap, 0, size, protRead|protWrite, mapPrivate|mapAnonymous, minusOne, 0)
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
	if m.helperSize = size; err != nil && p.reason == nil {
		_, freed := p.foreignCall("munmap", p.arch.syscall.munmap, at, size)
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
	code = append(code, a.syscall.many...)
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
	for _, r := range m.slabs.Rest() {
		_, freed := p.foreignCall("munmap", p.arch.syscall.munmap, r.Base, r.Size)
		err = errors.Join(err, freed)
		if p.reason != nil {
			return err
		}
	}
	_, freed := p.foreignCall("munmap", p.arch.syscall.munmap, uint64(at), m.helperSize)
	return errors.Join(err, freed)
}

// A systemCall is one that the target is to make.
type systemCall struct {
	name   string
	number uint64
	args   []uint64
	result uint64
	flags  uint64 // which say that it has failed, on some processors
	err    error  // *SystemError
	made   bool   // the thread has run for it; what came of it may be unknown all the same
}

// system makes a system call with the helper.
func (p *Process) system(name string, number uint64, args ...uint64) (uint64, error) {
	c := systemCall{name: name, number: number, args: args}
	err := p.systems(nil, &c)
	return c.result, err
}

// systems makes requests, and then system calls, with the helper: all of them, and returns the first error.
func (p *Process) systems(before []request, calls ...*systemCall) error {
	if len(calls) == 0 {
		return p.askAll(before)
	}
	if err := p.help(); err != nil {
		return err
	}
	if len(calls) > 1 && p.arch.syscall.many != "" {
		return p.manySystems(before, calls)
	}
	return p.systemsAt(p.memory.helper, p.memory.back, before, calls...)
}

// manyOffset is where in the helper the code for lists of system calls is.
const manyOffset = 8

// manySystems is systems for calls that return 0 and have three arguments at most: all in one run of the thread, if they succeed.
func (p *Process) manySystems(before []request, calls []*systemCall) error {
	a, m := p.arch, &p.memory
	list := m.helper + executor.Addr(m.page)
	all := calls
	for len(calls) > 0 {
		part := calls[:min(len(calls), int(m.page)/32)]
		var text []byte
		for _, c := range part {
			var entry [4]uint64
			copy(entry[1:], c.args)
			entry[0] = c.number
			for _, word := range entry {
				text = a.append(text, word, 8)
			}
		}
		c := changes{}
		c.number(a, a.pc, uint64(m.helper)+manyOffset)
		c.number(a, a.syscall.list, uint64(list))
		c.number(a, a.syscall.left, uint64(len(part)))
		var failed, left uint64
		runs := p.runs
		err := p.errand(append(before, p.writingAt(list, text)...), m.back, c, map[string]*uint64{a.result: &failed, a.syscall.left: &left})
		if err != nil {
			markMade(part, p.runs != runs)
			return err
		}
		done := len(part)
		if failed != 0 && left > 0 && left <= uint64(len(part)) {
			done -= int(left) - 1 // with the one that has failed
			part[done-1].result, part[done-1].err = a.systemResult(part[done-1].name, failed, 0)
		}
		markMade(part[:done], true)
		before, calls = nil, calls[done:]
	}
	return firstError(all)
}

func markMade(calls []*systemCall, made bool) {
	for _, call := range calls {
		call.made = made
	}
}

func firstError(calls []*systemCall) error {
	for _, call := range calls {
		if call.err != nil {
			return call.err
		}
	}
	return nil
}

// errand makes requests, has the thread run to a place with other registers, and reads some.
func (p *Process) errand(before []request, place executor.Addr, c changes, results map[string]*uint64) error {
	return p.borrow(false, func(s *snapshot) error {
		if err := p.prepareThread(s, c, false); err != nil {
			return err
		}
		list, err := p.writing(s, c)
		if err != nil {
			return err
		}
		ctx, cancel := context.WithTimeoutCause(context.Background(), p.opts.timeout, ErrTimeout)
		defer cancel()
		if err := p.runTo(ctx, place, append(before, list...)...); err != nil {
			return err
		}
		after, err := p.readingNumbers(results)
		if err != nil {
			return err
		}
		err = p.askAll(append(after, p.restoring(s)...))
		s.restored = err == nil
		return err
	})
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
	c := systemCall{name: name, number: number, args: args}
	err = p.systemsAt(at, back, nil, &c)
	if p.reason == nil {
		err = errors.Join(err, remove())
	}
	return c.result, err
}

// systemsAt has the thread execute the instruction for a system call, behind which there is a breakpoint, once for each. The result of one is read together with what makes the thread begin the next.
func (p *Process) systemsAt(at, back executor.Addr, before []request, calls ...*systemCall) error {
	a := p.arch
	return p.borrow(false, func(s *snapshot) error {
		odd := a.thumb != 0 && at&1 != 0
		for _, call := range calls {
			c := changes{}
			c.number(a, a.syscall.number, call.number)
			for i, arg := range call.args {
				c.number(a, a.syscall.args[i], arg)
			}
			c.number(a, a.pc, uint64(at))
			if odd {
				c.number(a, a.pc, uint64(at)&^1)
			}
			if err := p.prepareThread(s, c, odd); err != nil {
				return err
			}
			list, err := p.writing(s, c)
			if err != nil {
				return err
			}
			ctx, cancel := context.WithTimeoutCause(context.Background(), p.opts.timeout, ErrTimeout)
			runs := p.runs
			err = p.runTo(ctx, back, append(before, list...)...)
			call.made = p.runs != runs
			cancel()
			if err != nil {
				return err
			}
			results := map[string]*uint64{a.result: &call.result}
			if a.syscall.flags != "" {
				results[a.syscall.flags] = &call.flags
			}
			if before, err = p.readingNumbers(results); err != nil {
				return err
			}
		}
		if err := p.askAll(append(before, p.restoring(s)...)); err != nil {
			return err
		}
		s.restored = true
		for _, call := range calls {
			call.result, call.err = a.systemResult(call.name, call.result, call.flags)
		}
		return firstError(calls)
	})
}

// systemResult is what a system call has returned.
func (a *arch) systemResult(name string, n, flags uint64) (uint64, error) {
	if flags&a.syscall.failed != 0 {
		n = -n
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
	left := uint64(maxSearch)
	for _, base := range []uint64{p.auxv[auxSysInfo], p.auxv[auxBase], p.auxv[auxPHDR] &^ (p.memory.page - 1)} {
		if base == 0 {
			continue
		}
		segments, err := p.loaded(executor.Addr(base))
		if p.reason != nil {
			return 0, err
		}
		for _, s := range segments {
			if s.flags&elf.PF_X == 0 || s.size > left {
				continue
			}
			left -= s.size
			if at, ok := p.findIn(s); ok || p.reason != nil {
				p.memory.found = at
				return at, p.reason
			}
		}
	}
	return 0, errors.New("gdbremote: system calls cannot be made in the target: its code can neither be written, nor does it have the instruction for them")
}

// maxSearch is how much code is looked through.
const maxSearch = 4 << 20

// findIn looks for the instruction in a segment with code.
func (p *Process) findIn(s segment) (executor.Addr, bool) {
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

// flushing are the system calls that make instruction fetch see code, where Linux has one for that.
func (p *Process) flushing(s *executor.Segment) []*systemCall {
	number := p.arch.syscall.flush
	if number == 0 || !p.linux() || p.memory.noFlush {
		return nil
	}
	return []*systemCall{{name: "the flush of the instruction cache", number: number, args: []uint64{uint64(s.Addr), uint64(s.Addr) + s.Size, 0}}}
}

// synchronize makes instruction fetch see code by executing what the processor has for that. When memory is made executable Linux does it too, and stubs that are debug probes or emulators do it when they write.
func (p *Process) synchronize(at executor.Addr, size uint64) error {
	if err := p.help(); err != nil || p.memory.flush == 0 {
		return err
	}
	f, err := newFrame(p.arch, p.soft, []executor.Value{executor.PointerValue(at), executor.PointerValue(at + executor.Addr(size))})
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeoutCause(context.Background(), p.opts.timeout, ErrTimeout)
	defer cancel()
	err = p.borrow(false, func(s *snapshot) error {
		list, err := p.entering(s, f, p.memory.flush, p.memory.back)
		if err != nil {
			return err
		}
		return p.runTo(ctx, p.memory.back, list...)
	})
	if err != nil && p.reason == nil {
		err = fmt.Errorf("making instruction fetch see %d bytes at %v: %w", size, at, err)
	}
	return err
}
