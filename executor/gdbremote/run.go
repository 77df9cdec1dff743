package gdbremote

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/gomcjit/gomcjit/executor"
	"github.com/gomcjit/gomcjit/internal/elfsymbols"
)

// This file lets the target run. Only the thread that had stopped does: others, which may hold locks, stand still meanwhile. It does so in all-stop mode; nonstop.go has the other one.

// resume makes requests and lets the thread run until it stops, with a signal that it gets if that is not 0. When the context is done the target is interrupted, and has the time of WithTimeout to stop. An error of the
// requests is told when the target has stopped: they are not waited for before it runs.
func (p *Process) resume(ctx context.Context, signal int, before ...request) (*stop, error) {
	if p.reason != nil {
		return nil, p.reason
	}
	if n := len(before) - maxPending/2; n > 0 || len(before) > 0 && !(p.wire.quiet && p.regs.proven) {
		if !p.wire.quiet || !p.regs.proven {
			n = len(before)
		}
		if err := p.askAll(before[:n]); err != nil {
			return nil, err
		}
		before = before[n:]
	}
	if p.nonStop {
		return p.resumeNonStop(ctx, signal, before)
	}
	refused, err := p.letGo(signal, before)
	if err != nil {
		return nil, err
	}
	started := time.Now()
	interrupted := make(chan struct{})
	end := context.AfterFunc(ctx, func() {
		defer close(interrupted)
		// An error of one of these is one of the read that waits.
		_ = p.wire.conn.SetDeadline(time.Now().Add(p.timeToStop()))
		_, _ = p.wire.conn.Write([]byte{3})
	})
	s, err := p.awaitStop()
	if s != nil {
		p.runs++
	}
	if !end() {
		<-interrupted
		p.stale = err == nil && s.signal != sigINT && s.signal != sigSTOP
	}
	p.until = p.until.Add(time.Since(started))
	if err == nil {
		err = refused
	}
	return s, err
}

// timeToStop is how long a target may take to stop that is interrupted. Not much is lost of a stub that is not known to notice it.
func (p *Process) timeToStop() time.Duration {
	if p.deaf {
		return min(p.opts.timeout, time.Second/2)
	}
	return p.opts.timeout
}

// letGo sends requests and what lets the thread run, and reads the answers to the former. It returns what they say besides the connection's error.
func (p *Process) letGo(signal int, before []request) (refused, err error) {
	if err := p.limitTime(); err != nil {
		return nil, err
	}
	var texts []string
	for _, r := range before {
		texts = append(texts, r.text)
	}
	written, err := p.wire.send(append(texts, p.continuation(signal))...)
	if err != nil {
		return nil, p.fail(disconnected(err))
	}
	for i := range before {
		reply, err := p.wire.receive()
		if err != nil {
			return nil, p.fail(disconnected(err))
		}
		p.moved(len(texts[i]), len(reply))
		if err := p.take(&before[i], reply); refused == nil {
			refused = err
		}
		if p.reason != nil {
			return nil, p.reason
		}
	}
	if err := written(); err != nil {
		return nil, p.fail(disconnected(err))
	}
	p.regs.now = nil
	return refused, p.setDeadline(time.Time{})
}

// continuation is the packet that lets the thread go on.
func (p *Process) continuation(signal int) string {
	switch {
	case p.threads && p.thread != "":
		return "vCont" + action(p.thread, signal) + p.others
	case signal != 0:
		return fmt.Sprintf("C%02x", signal)
	}
	return "c"
}

// action is what vCont is told of a thread that is to go on.
func action(thread string, signal int) string {
	if signal != 0 {
		return fmt.Sprintf(";C%02x:%s", signal, thread)
	}
	return ";c:" + thread
}

// awaitStop reads what a stub says while the target runs, until it does not any more. That the console has failed is said then: the thread cannot be given back while it runs.
func (p *Process) awaitStop() (*stop, error) {
	var console error
	for {
		reply, err := p.wire.receive()
		if err != nil {
			return nil, p.fail(disconnected(err))
		}
		if len(reply) == 0 {
			return nil, &UnsupportedError{"running the target", "c"}
		}
		if code, refused := refusal(reply); refused {
			return nil, &RemoteError{"running the target", code}
		}
		switch reply[0] {
		case 'O':
			text := make([]byte, hex.DecodedLen(len(reply)-1))
			n, _ := hex.Decode(text, reply[1:]) // text that is none is none
			if _, err := p.opts.console.Write(text[:n]); err != nil && console == nil {
				console = fmt.Errorf("gdbremote: passing on what the target writes: %w", err)
			}
			continue
		case 'F': // "File-I/O": the target wants a file of ours, which it does not get
			if _, err := p.wire.send("F-1,270f"); err != nil {
				return nil, p.fail(disconnected(err))
			}
			continue
		}
		s, err := parseStop(reply)
		if err != nil {
			return nil, p.fail(&ProtocolError{"a stop reply", err.Error()})
		}
		if err := p.note(s); err != nil {
			return s, err
		}
		return s, console
	}
}

// noteEnd ends the connection when there is nothing any more that could run.
func (p *Process) noteEnd(s *stop) error {
	if s.ended() {
		return p.fail(&ExitError{s.signal, s.status})
	}
	if s.kind == 'N' {
		return p.fail(&ProtocolError{"a stop reply", "no thread is left"})
	}
	return nil
}

// note makes the thread the one that is meant.
func (p *Process) note(s *stop) error {
	if err := p.noteEnd(s); err != nil {
		return err
	}
	if p.thread == "" || s.thread == p.thread || s.thread == "" {
		return nil
	}
	return p.selectThread()
}

// linuxSignals are GDB's numbers (include/gdb/signals.def) of signals that have other ones on Linux (signal(7)): SIGBUS, SIGUSR1, SIGUSR2, SIGCHLD, SIGCONT, SIGSTOP, SIGTSTP, SIGURG, SIGIO, SIGPWR, SIGSYS.
var linuxSignals = map[int]int{7: sigBUS, 10: 30, 12: 31, 17: 20, 18: 19, 19: sigSTOP, 20: 18, 23: 16, 29: 23, 30: 32, 31: sigSYS}

// gdbSignal returns GDB's number of a signal of a stop reply. LLDB's stubs have the host's numbers there.
func (p *Process) gdbSignal(n int) int {
	if p.hostSigs {
		if known, ok := linuxSignals[n]; ok {
			return known
		}
	}
	return n
}

// runTo makes requests and lets the thread run until it is at a place where a breakpoint is. What signals mean on the way: those that tell of what the code does end it, and others are the process's. One that comes when the
// context is done is the thread's when it runs again. Errors are *SignalError, the context's, and those of the connection and the requests.
func (p *Process) runTo(ctx context.Context, place executor.Addr, before ...request) error {
	err := p.runUntil(ctx, place, before)
	p.halts, p.others = p.wire.listens, ""
	if err != nil && p.reason == nil { // a thread that has faulted, or that a function which was broken off has begun, is not to run on with the next one
		if unlisted := p.meetOthers(); unlisted != nil {
			return errors.Join(err, unlisted)
		}
	}
	return err
}

func (p *Process) runUntil(ctx context.Context, place executor.Addr, before []request) error {
	signal := p.owed
	p.owed = 0
	for {
		beat, cancel := p.beat(ctx)
		s, err := p.resume(beat, signal, before...)
		asked := beat.Err() != nil && ctx.Err() == nil // for a sign of life
		cancel()
		if err != nil {
			return err
		}
		p.begin() // what every stop needs adds up in a long call
		at, err := p.stoppedAt(s)
		if err != nil {
			return err
		}
		before, p.others = nil, ""
		passed := 0
		known := p.gdbSignal(s.signal)
		interrupt := known == sigINT || known == sigSTOP || known == 0
		switch {
		case known == sigTRAP && p.at(place, at):
			p.regs.proven = true
			return nil
		case ctx.Err() != nil:
			if !interrupt && !fatal(known) {
				p.owed = s.signal
			}
			return context.Cause(ctx)
		case interrupt && (p.stale || asked):
			p.stale = false
		case fatal(known):
			return &SignalError{known, at}
		default:
			passed = s.signal
		}
		if signal, err = p.goOn(s, passed); err != nil {
			return err
		}
	}
}

// beat is a context that ends when the target has to be stopped for a sign of life.
func (p *Process) beat(ctx context.Context) (context.Context, context.CancelFunc) {
	if p.opts.heartbeat == 0 || p.nonStop {
		return context.WithCancel(ctx)
	}
	return context.WithTimeout(ctx, p.opts.heartbeat)
}

// stoppedAt returns where the thread has stopped, which many stubs say by themselves.
func (p *Process) stoppedAt(s *stop) (executor.Addr, error) {
	pc := p.regs.byName[p.arch.pc]
	if b, ok := s.registers[pc.num]; ok && len(b) == pc.size {
		return executor.Addr(p.arch.number(b)), nil
	}
	n, err := p.number(p.arch.pc)
	return executor.Addr(n), err
}

// at says whether a thread that has stopped is at a breakpoint. One that has executed the instruction there is behind it, on some processors.
func (p *Process) at(place, pc executor.Addr) bool {
	if p.arch.thumb != 0 {
		place &^= 1
	}
	return pc == place || p.arch.name == "x86_64" && pc == place+1 || p.arch.name == "i386" && pc == place+1
}

// stopAt puts a breakpoint somewhere: in software, or in the processor if the stub has only these. Odd addresses are those of ARM's other state.
func (p *Process) stopAt(at executor.Addr) (remove func() error, err error) {
	op := fmt.Sprintf("stopping at %v", at)
	size := len(p.arch.trap)
	if p.arch.thumb != 0 && at&1 != 0 {
		at, size = at&^1, 2
	}
	for _, kind := range []byte{'0', '1'} {
		where := fmt.Sprintf("%c,%x,%x", kind, uint64(at), size)
		if err = p.command(op, "Z"+where); err == nil {
			return func() error { return p.command(op, "z"+where) }, nil
		}
		if p.reason != nil {
			break
		}
	}
	return nil, err
}

// RunTo lets the program run until it is about to execute the instruction at an address, as the beginning of a function, which on ARM is odd if it is Thumb code. Errors are *SignalError, *ExitError, the context's, and those of the connection.
func (p *Process) RunTo(ctx context.Context, at executor.Addr) error {
	defer p.turn()()
	ctx, cancel := p.limited(ctx)
	defer cancel()
	return p.goTo(ctx, at)
}

func (p *Process) goTo(ctx context.Context, at executor.Addr) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	remove, err := p.stopAt(at)
	if err != nil {
		return err
	}
	err = p.runTo(ctx, at)
	if p.reason != nil {
		return err
	}
	if removed := remove(); err == nil {
		err = removed
	}
	if err == nil {
		err = p.meetOthers()
	}
	return err
}

// startProgram lets a program of Linux that the dynamic linker has not begun with run up to its entry.
func (p *Process) startProgram(ctx context.Context) error {
	base := p.auxv[auxBase]
	if !p.linux() || base == 0 {
		return nil
	}
	header, err := p.readAt(executor.Addr(base), elfsymbols.HeaderSize)
	if err != nil {
		return p.reason // a dynamic linker that cannot be read is none that has to be waited for
	}
	h, err := elfsymbols.ParseHeader(header)
	if err != nil {
		return nil // nor is what has none
	}
	pc, err := p.number(p.arch.pc)
	if err != nil || pc != base+h.Entry && pc != base+h.Entry&^1 {
		return err
	}
	ctx, cancel := context.WithTimeoutCause(ctx, p.opts.timeout, ErrTimeout)
	defer cancel()
	return p.goTo(ctx, executor.Addr(p.auxv[auxEntry]))
}

// limited is a context that ends when the time for calls is up, and when the connection is closed, too.
func (p *Process) limited(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, end := context.WithCancelCause(ctx)
	stop := context.AfterFunc(p.life, func() { end(context.Cause(p.life)) })
	free := func() { stop(); end(nil) }
	if p.opts.callTimeout == 0 {
		return ctx, free
	}
	ctx, cancel := context.WithTimeoutCause(ctx, p.opts.callTimeout, fmt.Errorf("%w within %v, and was interrupted", errNotReturned, p.opts.callTimeout.Round(time.Millisecond)))
	return ctx, func() { cancel(); free() }
}
