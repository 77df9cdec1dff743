//go:build amd64 || arm64

package ptrace

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/gomcjit/gomcjit/executor"
	"github.com/gomcjit/gomcjit/internal/slabs"
)

// An agent is what calls need in the process: memory with a page of code, a page that cannot be used, a stack, and a frame. The frame is that of a signal's handler: it has the state of the thread before it was made to
// do something else. The code returns to that state by rt_sigreturn, whether anybody still traces or not.
type agent struct {
	base  executor.Addr
	size  uint64
	frame executor.Addr
	code  []byte
}

// A site is how a thread makes system calls for others, and how it gets back to what it was doing.
type site struct {
	result executor.Addr // where the result of a system call is put by the process itself, if nobody traces it any more; 0 if nowhere
	call   executor.Addr // a system call, followed by a way to park
	park   executor.Addr // code that restores the state in the frame; 0 if there is none
	frame  executor.Addr // 0 if there is none
}

// patterns are the instructions, each in several encodings, that an agent is made with.
type patterns struct {
	align                  int
	call, callRet, restore [][]byte
}

// gadgets are where the process has them, 0 if nowhere.
type gadgets struct{ call, callRet, restore executor.Addr }

// frameRoom is the memory of an agent for a frame, with all vector registers.
const frameRoom = largestRegset + 8<<10

// resultBelow is where the result of a system call is, below the frame.
const resultBelow = 8

// newAgent is an agent that begins at an address.
func newAgent(base executor.Addr, size uint64) *agent {
	a := &agent{base: base, size: size}
	a.frame = (base + executor.Addr(size-frameRoom)) &^ 63
	a.code = agentCode(a.frame)
	return a
}

// site is how threads make system calls with the agent.
func (a *agent) site() *site {
	return &site{call: a.base + agentCall, park: a.base + agentReturn, frame: a.frame, result: a.frame - resultBelow}
}

// memory is what the agent has.
func (a *agent) memory() addrRange { return addrRange{a.base, a.base + executor.Addr(a.size)} }

// makeAgent makes the process's agent.
func (t *tracee) makeAgent(ctx context.Context) error {
	if err := t.bootstrap(ctx); err != nil {
		return err
	}
	page := t.p.PageSize()
	a, err := t.mapAgent((2*page + t.p.opts.stack + frameRoom + page - 1) &^ (page - 1))
	if err != nil {
		return fmt.Errorf("memory for a stack: %w", err)
	}
	err = t.p.writeAt(a.base, a.code)
	if err == nil {
		err = t.protect(a.base, page, executor.MemRead|executor.MemExec)
	}
	if err == nil {
		err = t.protect(a.base+executor.Addr(page), page, 0)
	}
	if err == nil {
		err = t.p.guardian.tell(agentMade)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("memory for a few instructions: %w", err), t.unmapAgent(a))
	}
	t.p.host.agent.Store(a)
	return nil
}

// mapAgent reserves memory for an agent. Its address has been told before, and nobody else is going to have it: a random one, far from all that there is.
func (t *tracee) mapAgent(size uint64) (*agent, error) {
	for tries := 3; ; tries-- {
		maps, err := t.p.maps()
		if err != nil {
			return nil, err
		}
		at := lonely(maps, size)
		if err := t.p.guardian.tell(agentPlanned, uint64(at), size); err != nil {
			return nil, err
		}
		_, err = t.systemCall(unix.SYS_MMAP, uint64(at), size, unix.PROT_READ|unix.PROT_WRITE, mapFlags|unix.MAP_FIXED_NOREPLACE, ^uint64(0), 0)
		if err == nil {
			return newAgent(at, size), nil
		}
		if !errors.Is(err, unix.EEXIST) || tries == 0 {
			return nil, fmt.Errorf("mmap of %d bytes: %w", size, errors.Join(err, t.p.guardian.tell(agentGone)))
		}
	}
}

// unmapAgent gives an agent's memory back, by another site than the agent's own.
func (t *tracee) unmapAgent(a *agent) error {
	if _, err := t.systemCall(unix.SYS_MUNMAP, uint64(a.base), a.size); err != nil {
		return fmt.Errorf("munmap: %w", err)
	}
	_ = t.p.guardian.tell(agentGone) // without a guardian memory is given back all the same
	return nil
}

// lonely returns a random address in the middle of the largest gap between mappings.
func lonely(maps []mapping, size uint64) executor.Addr {
	var from, room executor.Addr
	for i := range maps[:max(0, len(maps)-1)] {
		if maps[i+1].path == "[vsyscall]" {
			break // which is the kernel's
		}
		if gap := maps[i+1].start - maps[i].end; gap > room {
			from, room = maps[i].end, gap
		}
	}
	page := executor.Addr(os.Getpagesize())
	at := from + room/4
	if half := room / 2; half > executor.Addr(size) {
		at += executor.Addr(rand.Uint64N(uint64(half) - size))
	}
	return at &^ (page - 1)
}

// checkAgent makes sure that the process still has its agent, and that the thread is not using it.
func (t *tracee) checkAgent(a *agent) error {
	if err := t.p.checkReplaced(); err != nil {
		return err
	}
	if area := a.memory(); area.holds(t.saved.registers.sp()) || area.holds(t.saved.registers.pc()) {
		return ErrBusy
	}
	return nil
}

// begin makes the thread ready for system calls of the agent.
func (t *tracee) begin() error {
	a := t.p.host.agent.Load()
	if err := t.checkAgent(a); err != nil {
		return err
	}
	if err := t.take(a.site()); err != nil {
		return err
	}
	return t.block()
}

// take writes the frame, after which the thread may be used.
func (t *tracee) take(s *site) error {
	t.site = s
	if s.frame != 0 {
		at, frame := s.frame, t.saved.frame(s.frame, s.park)
		if s.result != 0 {
			at, frame = s.result, append(binary.NativeEndian.AppendUint64(nil, noResult), frame...)
		}
		if err := t.p.writeAt(at, frame); err != nil {
			return err
		}
	}
	return t.park()
}

// block keeps signals from being delivered until the thread is given back.
func (t *tracee) block() error { return t.setMask(^uint64(0)) }

// park leaves the thread where it would restore its state by itself.
func (t *tracee) park() error {
	if t.site == nil {
		return nil
	}
	t.changed = true
	r := t.saved.registers
	if t.site.park != 0 {
		r.park(t.site)
	}
	if err := t.setRegisters(&r); err != nil || t.atEvent {
		return err
	}
	return t.skipCall()
}

// bootstrap makes the thread ready for system calls without an agent: with instructions that the process has. The frame lies where no program has anything.
func (t *tracee) bootstrap(ctx context.Context) error {
	maps, err := t.p.maps()
	if err != nil {
		return err
	}
	g, err := t.p.findGadgets(ctx, maps)
	if err != nil {
		return err
	}
	s := &site{call: g.call}
	if at := t.bootFrame(maps); g.callRet != 0 && g.restore != 0 && at != 0 {
		s = &site{call: g.callRet, park: g.restore, frame: at}
		covered := make([]byte, len(t.saved.frame(at, g.restore)))
		if err := t.p.readAt(at, covered); err != nil {
			return err
		}
		t.covered = covered
	}
	if err := t.p.guardian.tell(booting, uint64(s.frame)); err != nil && t.p.host.agent.Load() == nil {
		return err // but to give an agent back no guardian is needed
	}
	if err := t.take(s); err != nil {
		return err
	}
	return t.block()
}

// bootFrame finds memory for a frame: at the low end of the first thread's stack, which the kernel makes far larger than it is filled, or else below what the thread's own stack has. 0 if there is none.
func (t *tracee) bootFrame(maps []mapping) executor.Addr {
	const redZone = 128
	room := executor.Addr(len(t.saved.frame(0, 0)) + 256)
	sp := t.saved.registers.sp()
	for _, m := range maps {
		if m.path != "[stack]" || t.tid != t.p.pid || m.end-m.start < 2*room {
			continue
		}
		if used := m.start <= sp && sp < m.end; !used || sp-m.start > 4*room {
			return (m.start + 63) &^ 63
		}
	}
	at := (sp - redZone - room) &^ 63
	if m, ok := mappingOf(maps, sp); ok && at >= m.start && strings.HasPrefix(m.perms, "rw") {
		return at
	}
	return 0
}

// findGadgets searches the process's code, once. The process stands still meanwhile, and may have more code than anybody could read.
func (p *Process) findGadgets(ctx context.Context, maps []mapping) (gadgets, error) {
	g := &p.host.known
	if g.call != 0 {
		return *g, nil
	}
	for _, m := range maps {
		if !strings.HasPrefix(m.perms, "r-x") || m.path == "[vsyscall]" {
			continue
		}
		if err := g.searchIn(ctx, p, m); err != nil {
			return *g, err
		}
		if g.callRet != 0 && g.restore != 0 {
			break
		}
	}
	if g.call == 0 {
		return *g, fmt.Errorf("%w: it has no system call instruction", ErrHardened)
	}
	return *g, nil
}

// searchIn searches a mapping by pieces.
func (g *gadgets) searchIn(ctx context.Context, p *Process, m mapping) error {
	const piece, overlap = 1 << 20, 16
	buffer := make([]byte, min(piece+overlap, uint64(m.end-m.start)))
	for at := m.start; at < m.end; at += piece {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		code := buffer[:min(piece+overlap, uint64(m.end-at))]
		if err := p.readAt(at, code); errors.Is(err, ErrEnded) {
			return err
		} else if err != nil {
			break // the mapping has gone meanwhile
		}
		for _, want := range []struct {
			at       *executor.Addr
			patterns [][]byte
		}{{&g.call, instructions.call}, {&g.callRet, instructions.callRet}, {&g.restore, instructions.restore}} {
			if i := find(code, want.patterns); *want.at == 0 && i >= 0 {
				*want.at = at + executor.Addr(i)
			}
		}
	}
	return nil
}

// find returns where the first of several patterns is in code, -1 if there is none.
func find(code []byte, list [][]byte) int {
	for _, pattern := range list {
		for from := 0; ; {
			i := bytes.Index(code[from:], pattern)
			if i < 0 {
				break
			}
			if from += i; from%instructions.align == 0 {
				return from
			}
			from++
		}
	}
	return -1
}

// mapFlags are those of memory that is reserved.
const mapFlags = unix.MAP_PRIVATE | unix.MAP_ANONYMOUS | unix.MAP_NORESERVE

// mapMemory reserves memory near an address, which may be 0, readable and writable. The guardian knows of it before the thread can do anything else.
func (t *tracee) mapMemory(near executor.Addr, size uint64) (executor.Addr, error) {
	if near == 0 {
		near = t.nearLibraries(size)
	}
	if err := t.begins(mapBegins, size); err != nil {
		return 0, err
	}
	at, err := t.systemCall(unix.SYS_MMAP, uint64(near), size, unix.PROT_READ|unix.PROT_WRITE, mapFlags, ^uint64(0), 0)
	if err != nil {
		return 0, fmt.Errorf("mmap of %d bytes: %w", size, errors.Join(err, t.failed(mapEnds)))
	}
	if err := t.p.guardian.tell(mapEnds, at); err != nil {
		return 0, errors.Join(err, t.unmap(executor.Addr(at), size))
	}
	return executor.Addr(at), nil
}

// nearLibraries returns a random address within a gigabyte below the code that lies highest, which code in between can refer to; 0 if there is no room. The kernel would choose the same one again and again, and what processes have kept of
// an address that once was code's, in memory that has been freed since, would be taken for one of this time (see search). So would the upper half of any address with an int of 0 below it, which is a multiple of 4 GiB: there the memory is not.
func (t *tracee) nearLibraries(size uint64) executor.Addr {
	const distance = 1 << 30
	maps, err := t.p.maps()
	if err != nil {
		return 0
	}
	for _, m := range slices.Backward(maps) {
		if strings.HasPrefix(m.path, "/") && strings.Contains(m.perms, "x") {
			at := max(m.start, 2*distance) - executor.Addr(rand.Uint64N(distance)&^(t.p.PageSize()-1))
			return avoidMultiple(at, executor.Addr(size))
		}
	}
	return 0
}

// avoidMultiple returns an address of memory at which it has no multiple of 4 GiB, if it has less: the one that is given, or a lower one.
func avoidMultiple(at, size executor.Addr) executor.Addr {
	const multiple = 1 << 32
	if last := (at + size - 1) &^ (multiple - 1); last >= at && size < multiple {
		return last - size
	}
	return at
}

// begins tells the guardian what is going to be done. The thread is parked meanwhile: if it stood behind another system call, and this process ended now, it would put down that one's result for this one's.
func (t *tracee) begins(m message, numbers ...uint64) error {
	if t.p.guardian == nil {
		return nil
	}
	return firstOf(t.park(), t.p.guardian.tell(m, numbers...))
}

// failed tells the guardian that what has begun has not been done. If the thread does not answer nobody knows that.
func (t *tracee) failed(end message) error {
	if t.stuck {
		t.p.guardian.dismiss()
		return nil
	}
	return t.p.guardian.tell(end, noResult)
}

func (t *tracee) protect(at executor.Addr, size uint64, prot executor.MemProt) error {
	flags := 0
	for bit, flag := range map[executor.MemProt]int{executor.MemRead: unix.PROT_READ, executor.MemWrite: unix.PROT_WRITE, executor.MemExec: unix.PROT_EXEC} {
		if prot&bit != 0 {
			flags |= flag
		}
	}
	if _, err := t.systemCall(unix.SYS_MPROTECT, uint64(at), size, uint64(flags)); err != nil {
		return fmt.Errorf("mprotect: %w", err)
	}
	return nil
}

// unmapAll gives memory back, as much as can be, and returns what is still there for sure: what the system has refused, and what was not tried. Where the thread has not done what it should, nobody knows.
func (t *tracee) unmapAll(ranges []slabs.Range) (left []slabs.Range, err error) {
	var failed []error
	for i, r := range ranges {
		err := t.unmap(executor.Addr(r.Base), r.Size)
		switch {
		case err == nil:
		case errors.As(err, new(unix.Errno)):
			left = append(left, r)
			failed = append(failed, err)
		default:
			return append(left, ranges[i+1:]...), errors.Join(append(failed, err)...)
		}
	}
	return left, errors.Join(failed...)
}

func (t *tracee) unmap(at executor.Addr, size uint64) error {
	_ = t.begins(unmapBegins, uint64(at), size) // without a guardian memory is given back all the same
	if _, err := t.systemCall(unix.SYS_MUNMAP, uint64(at), size); err != nil {
		return fmt.Errorf("munmap: %w", errors.Join(err, t.failed(unmapEnds)))
	}
	_ = t.p.guardian.tell(unmapEnds, 0) // the same
	return nil
}
