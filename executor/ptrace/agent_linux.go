//go:build amd64 || arm64

package ptrace

import (
	"bytes"
	"context"
	"errors"
	"fmt"
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
	call  executor.Addr // a system call, followed by a way to park
	park  executor.Addr // code that restores the state in the frame; 0 if there is none
	frame executor.Addr // 0 if there is none
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

// makeAgent makes the process's agent.
func (t *tracee) makeAgent(ctx context.Context) error {
	if err := t.bootstrap(ctx); err != nil {
		return err
	}
	page := t.p.PageSize()
	a := &agent{size: (2*page + t.p.opts.stack + frameRoom + page - 1) &^ (page - 1)}
	var err error
	if a.base, err = t.mapMemory(0, a.size); err != nil {
		return fmt.Errorf("memory for a stack: %w", err)
	}
	a.frame = (a.base + executor.Addr(a.size-frameRoom)) &^ 63
	a.code = agentCode(a.frame)
	err = t.p.writeAt(a.base, a.code)
	if err == nil {
		err = t.protect(a.base, page, executor.MemRead|executor.MemExec)
	}
	if err == nil {
		err = t.protect(a.base+executor.Addr(page), page, 0)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("memory for a few instructions: %w", err), t.unmap(a.base, a.size))
	}
	t.p.host.agent.Store(a)
	return nil
}

// checkAgent makes sure that the process still has its agent, and that the thread is not using it.
func (t *tracee) checkAgent(a *agent) error {
	if err := t.p.checkReplaced(); err != nil {
		return err
	}
	area := addrRange{a.base, a.base + executor.Addr(a.size)}
	if area.holds(t.saved.registers.sp()) || area.holds(t.saved.registers.pc()) {
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
	if err := t.take(&site{call: a.base + agentCall, park: a.base + agentReturn, frame: a.frame}); err != nil {
		return err
	}
	return t.block()
}

// take writes the frame, after which the thread may be used.
func (t *tracee) take(s *site) error {
	t.site = s
	if s.frame != 0 {
		if err := t.p.writeAt(s.frame, t.saved.frame(s.frame, s.park)); err != nil {
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

// mapMemory reserves memory near an address, which may be 0, readable and writable.
func (t *tracee) mapMemory(near executor.Addr, size uint64) (executor.Addr, error) {
	const flags = unix.MAP_PRIVATE | unix.MAP_ANONYMOUS | unix.MAP_NORESERVE
	at, err := t.systemCall(unix.SYS_MMAP, uint64(near), size, unix.PROT_READ|unix.PROT_WRITE, flags, ^uint64(0), 0)
	if err != nil {
		return 0, fmt.Errorf("mmap of %d bytes: %w", size, err)
	}
	return executor.Addr(at), nil
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
	if _, err := t.systemCall(unix.SYS_MUNMAP, uint64(at), size); err != nil {
		return fmt.Errorf("munmap: %w", err)
	}
	return nil
}
