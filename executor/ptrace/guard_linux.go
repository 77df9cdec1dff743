//go:build amd64 || arm64

package ptrace

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/gomcjit/gomcjit/executor"
	"github.com/gomcjit/gomcjit/internal/slabs"
)

// Why a guardian leaves memory where it is, for now.
var (
	errReferred = errors.New("the process may still use what it was given")
	errTooLarge = errors.New("the process has too much memory to look for what refers to it")
)

// An unwinderError says that only the process's unwinder refers to the memory.
type unwinderError struct{ tables []addrRange }

func (e *unwinderError) Error() string { return "the process's unwinder has tables there" }

const (
	patience     = time.Minute // how long a guardian tries
	longestPause = time.Second // between attempts
	longestStop  = time.Second // for which a process may be stopped
	guardTimeout = 2 * time.Second
)

// Guard is what the program of WithGuardian runs: in and out are its standard input and output. It returns when the process that has started the program has left the target, or has ended and the target has its memory back. The error says why
// it has not.
func Guard(in io.Reader, out io.Writer) error {
	lines := bufio.NewReader(in)
	first, err := lines.ReadString('\n')
	if err != nil {
		return fmt.Errorf("ptrace: a guardian is started by WithGuardian: %w", err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(first))
	if err != nil {
		return fmt.Errorf("ptrace: %q is not the number of a process", first)
	}
	p, err := Attach(pid, WithTimeout(guardTimeout))
	if err != nil {
		return errors.Join(err, say(out, err.Error()))
	}
	defer p.close()
	if err := say(out, ready); err != nil {
		return err
	}
	l := new(ledger)
	for {
		line, err := lines.ReadString('\n')
		switch {
		case err != nil && line == "":
			return p.fail("giving memory back", p.reclaim(l))
		case err != nil:
			return p.fail("guarding", fmt.Errorf("the line %q has no end", line))
		}
		if err := l.note(line); err != nil {
			return p.fail("guarding", err)
		}
		if l.saidLeave {
			return nil
		}
	}
}

func say(out io.Writer, line string) error {
	_, err := fmt.Fprintln(out, strings.ReplaceAll(line, "\n", " "))
	return err
}

// reclaim gives back what the ledger has, as soon as nothing can refer to it.
func (p *Process) reclaim(l *ledger) error {
	begin := time.Now()
	for pause := time.Millisecond; ; pause = min(2*pause, longestPause) {
		err := p.reclaimOnce(l)
		switch {
		case err == nil, errors.Is(err, ErrEnded), errors.Is(err, ErrReplaced):
			return nil // all has gone
		case errors.Is(err, errTooLarge), time.Since(begin) > patience:
			return err
		}
		time.Sleep(pause)
	}
}

func (p *Process) reclaimOnce(l *ledger) error {
	ctx, cancel := context.WithTimeoutCause(context.Background(), patience, ErrTimeout)
	defer cancel()
	if err := p.enter(ctx); err != nil {
		return err
	}
	there, err := p.adopt(ctx, l)
	if err == nil && there && len(l.ranges) > 0 {
		err = p.reclaimRanges(ctx, l)
	}
	if err == nil && there {
		err = p.dropAgent()
	}
	p.leave()
	var unwinder *unwinderError
	if errors.As(err, &unwinder) {
		return errors.Join(err, p.forgetTables(ctx, l, unwinder.tables))
	}
	return err
}

// adopt takes the agent that the ledger has, if the process has it, and learns the result of what was under way.
func (p *Process) adopt(ctx context.Context, l *ledger) (there bool, err error) {
	if l.agent.start == 0 {
		return false, nil
	}
	a := newAgent(l.agent.start, uint64(l.agent.end-l.agent.start))
	if !l.made {
		a.code = nil
	}
	p.host.agent.Store(a)
	err = p.allStopped(ctx, l, func(*tracee, []*tracee) error {
		maps, err := p.maps()
		for _, m := range maps {
			there = there || m.start < l.agent.end && l.agent.start < m.end
		}
		if err != nil || l.under == "" {
			return err
		}
		result, err := p.word(a.frame - resultBelow)
		if err == nil {
			l.settle(result)
		}
		return err
	})
	return there, err
}

// reclaimRanges gives back all but the agent.
func (p *Process) reclaimRanges(ctx context.Context, l *ledger) error {
	if err := p.unlink(l); err != nil {
		return err
	}
	s, err := p.newSearch(l)
	if err != nil {
		return err
	}
	begin := time.Now()
	if err := s.memory(); err != nil { // the process goes on meanwhile: most often that says enough
		return err
	}
	if time.Since(begin) > longestStop {
		return errTooLarge
	}
	return p.allStopped(ctx, l, func(t *tracee, all []*tracee) error {
		if err := s.everything(t, all); err != nil {
			return err
		}
		if err := t.begin(); err != nil {
			return err
		}
		if err := t.handlers(l); err != nil {
			return err
		}
		for len(l.ranges) > 0 {
			r := l.ranges[0]
			if _, err := t.unmapAll([]slabs.Range{{Base: uint64(r.start), Size: uint64(r.end - r.start)}}); err != nil {
				return err
			}
			l.subtract(r)
		}
		return nil
	})
}

// allStopped stops all threads, none of which may be doing anything still for the process that has ended, and runs a function. The caller has the turn. The error is ErrBusy if one of them cannot stop for now.
func (p *Process) allStopped(ctx context.Context, l *ledger, f func(t *tracee, all []*tracee) error) error {
	if p.cannotStop() {
		return ErrBusy // the others would stand still as long as it is waited for
	}
	a := p.host.agent.Load()
	return p.trace(ctx, func(t *tracee) error {
		all := []*tracee{t}
		err := t.stopOthers(ctx, &all)
		for _, each := range all {
			if sp := each.saved.registers.sp(); err == nil && l.boot != 0 && (sp == l.boot || sp == l.boot+8) {
				err = ErrBusy // it has not come to its system call, or not back from it
			}
			if err == nil {
				err = each.checkAgent(a)
			}
			if err == nil {
				err = each.checkInterrupted(a)
			}
		}
		if err == nil {
			err = f(t, all)
		}
		for _, other := range all[1:] {
			if left := other.release(); left != nil && !other.gone {
				t.stuck = true // which ends the thread that traces, and lets go of all
			}
		}
		return err
	})
}

// deepestHandler is how far above the stack pointer what a signal's handler returns to is looked for, in bytes.
const deepestHandler = 256 << 10

// checkInterrupted makes sure that the thread is in no handler of a signal that has interrupted a function which was called: on a stack of its own (sigaltstack), where the kernel has put the stack pointer to return to.
func (t *tracee) checkInterrupted(a *agent) error {
	maps, err := t.p.maps()
	if err != nil {
		return err
	}
	sp := t.saved.registers.sp() &^ 7
	m, ok := mappingOf(maps, sp)
	if !ok || m.perms[0] != 'r' {
		return nil // it has no stack
	}
	stack := make([]byte, min(m.end-sp, deepestHandler)&^7)
	if err := t.p.readAt(sp, stack); err != nil {
		return err
	}
	for i := 0; i < len(stack); i += 8 {
		if a.memory().holds(executor.Addr(binary.NativeEndian.Uint64(stack[i:]))) {
			return ErrBusy
		}
	}
	return nil
}

// stopOthers stops the other threads of the process. They may make new ones until all have stopped.
func (t *tracee) stopOthers(ctx context.Context, all *[]*tracee) error {
	seen := map[int]bool{t.tid: true}
	for found := true; found; {
		found = false
		tasks, err := os.ReadDir(fmt.Sprintf("/proc/%d/task", t.p.pid))
		if err != nil {
			return ErrEnded
		}
		for _, task := range tasks {
			tid, err := strconv.Atoi(task.Name())
			if err != nil || seen[tid] || !t.p.runs(tid) {
				continue
			}
			seen[tid], found = true, true
			other, err := t.p.seizeThread(tid)
			if err == nil {
				*all = append(*all, other)
				err = other.stop(ctx)
			}
			if err != nil && t.p.runs(tid) {
				return err
			}
		}
	}
	return nil
}

// handlers makes sure that no handler of a signal is in the memory. Only the kernel knows them: the thread asks for each that there is.
func (t *tracee) handlers(l *ledger) error {
	caught, err := strconv.ParseUint(t.p.status("SigCgt"), 16, 64)
	if err != nil {
		return err
	}
	at := t.p.host.agent.Load().frame - 256 // the end of the stack for calls, which nobody uses
	for signal := uint64(1); signal <= 64; signal++ {
		if caught>>(signal-1)&1 == 0 {
			continue
		}
		if _, err := t.systemCall(unix.SYS_RT_SIGACTION, signal, 0, uint64(at), 8); err != nil {
			return fmt.Errorf("rt_sigaction: %w", err)
		}
		var action [32]byte // struct kernel_sigaction
		if err := t.p.readAt(at, action[:]); err != nil {
			return err
		}
		for i := 0; i < len(action); i += 8 {
			if l.holds(executor.Addr(binary.NativeEndian.Uint64(action[i:]))) {
				return errReferred
			}
		}
	}
	return nil
}

// forgetTables has the process's unwinder forget tables, of code that nothing refers to.
func (p *Process) forgetTables(ctx context.Context, l *ledger, tables []addrRange) error {
	fn, err := p.lookupPlain(deregisterFrame)
	if err != nil || fn == 0 {
		return err
	}
	for _, table := range tables {
		if _, err := p.CallValues(ctx, fn, executor.Integer, executor.PointerValue(table.start)); err != nil {
			return err
		}
		l.forget(table.start, table.end)
	}
	return nil
}

// unlink takes objects in the memory out of the list of those that debuggers know.
func (p *Process) unlink(l *ledger) error {
	descriptor, err := p.lookupPlain(debugDescriptor)
	if err != nil || descriptor == 0 {
		return err
	}
	at, err := p.word(descriptor + descriptorFirst)
	where, previous := descriptor+descriptorFirst, executor.Addr(0)
	for n := 0; err == nil && at != 0; n++ {
		entry := executor.Addr(at)
		if n > mostEntries {
			return fmt.Errorf("the list of objects for debuggers has more than %d", mostEntries)
		}
		if at, err = p.word(entry + entryNext); err != nil {
			return err
		}
		if !l.holds(entry) {
			where, previous = entry+entryNext, entry
			continue
		}
		err = firstOf(p.setWord(where, executor.Addr(at)), p.setNext(executor.Addr(at)+entryPrev, at != 0, previous))
	}
	if err != nil {
		return err
	}
	relevant, err := p.word(descriptor + descriptorRelevant)
	if err == nil && l.holds(executor.Addr(relevant)) {
		err = p.setWord(descriptor+descriptorRelevant, 0)
	}
	return err
}

// mostEntries bounds a list that may be a circle.
const mostEntries = 1 << 20
