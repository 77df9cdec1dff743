//go:build amd64 || arm64

package ptrace

import (
	"context"
	"errors"
	"fmt"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/gomcjit/gomcjit/executor"
)

// callInfo is struct ptrace_syscall_info, of Linux 5.3.
type callInfo struct {
	op     uint8 // callEntry or callExit
	_      [7]uint8
	pc, _  uint64
	result int64 // of callExit; the number of callEntry
	_      [7]uint64
}

// overruns says that the kernel forgets how to go on with a system call that was interrupted before: it remembers one a thread. Those that sleep make it forget when they begin, others when they are interrupted.
func (c *callInfo) overruns() bool {
	return c.op == callExit && c.result == errRestartByBlock ||
		c.op == callEntry && (c.result == unix.SYS_NANOSLEEP || c.result == unix.SYS_CLOCK_NANOSLEEP)
}

const (
	callEntry = 1 // PTRACE_SYSCALL_INFO_ENTRY
	callExit  = 2 // PTRACE_SYSCALL_INFO_EXIT
)

// systemCall has the thread make a system call, which takes no time. It has been taken, and its signals are blocked.
func (t *tracee) systemCall(number uint64, args ...uint64) (uint64, error) {
	r := t.saved.registers
	var words [6]uint64
	copy(words[:], args)
	r.systemCall(t.site, number, words)
	if err := t.setRegisters(&r); err != nil {
		return 0, err
	}
	ctx, cancel := context.WithTimeoutCause(context.Background(), t.p.opts.timeout, ErrTimeout)
	defer cancel()
	var result int64
	err := t.run(ctx, func(c *callInfo) bool {
		result = c.result
		return c.op == callExit
	})
	if err == nil && result < 0 && result > -4096 {
		err = unix.Errno(-result)
	}
	return uint64(result), err
}

// call has the thread call a function, and returns the bits of its result. When the context is done first the function is abandoned: its thread goes on as if nothing had been called.
func (t *tracee) call(ctx context.Context, fn executor.Addr, kind executor.ValueKind, values []executor.Value) (uint64, error) {
	a := t.p.host.agent.Load()
	if t.site == nil {
		if err := t.checkAgent(a); err != nil {
			return 0, err
		}
		if err := t.take(a.site()); err != nil {
			return 0, err
		}
	}
	t.called = true
	in := sortArguments(values)
	r := t.saved.registers
	sp, stack := r.function(fn, a.frame-64, t.site.park, in)
	if err := errors.Join(t.p.writeAt(sp, stack), t.setVector(t.saved.functionVector(in)), t.setRegisters(&r)); err != nil {
		return 0, err
	}
	done := a.base + agentDone
	if err := t.run(ctx, func(c *callInfo) bool { return c.op == callEntry && executor.Addr(c.pc) == done }); err != nil {
		var fault *FaultError
		if errors.As(err, &fault) {
			fault.Fn = fn
		}
		return 0, err
	}
	after, err := t.state()
	if err != nil {
		return 0, err
	}
	integer, float := results(&after.registers, after.vector)
	if kind == executor.Integer {
		float = integer
	}
	return float, t.settle()
}

// run lets the thread run, with the signals that it gets, until it enters or leaves the system call that done knows.
func (t *tracee) run(ctx context.Context, done func(*callInfo) bool) error {
	var cause error // why it has been interrupted
	request, signal := unix.PTRACE_SYSCALL, unix.Signal(0)
	for {
		if cause == nil && ctx.Err() != nil { // a thread that stops all the time is never waited for
			cause = context.Cause(ctx)
			var cancel context.CancelFunc
			ctx, cancel = context.WithTimeoutCause(context.Background(), grace, ErrTimeout)
			defer cancel()
		}
		if cause != nil { // any stop makes the kernel forget that it has been asked for
			if err := t.ptrace(unix.PTRACE_INTERRUPT, 0, 0); err != nil {
				return err
			}
		}
		if err := t.ptrace(request, 0, uintptr(signal)); err != nil {
			return err
		}
		request, signal = unix.PTRACE_SYSCALL, 0
		s, err := t.wait(ctx)
		if err != nil && cause == nil && !t.gone {
			cause = err
			var cancel context.CancelFunc
			ctx, cancel = context.WithTimeoutCause(context.Background(), grace, ErrTimeout)
			defer cancel()
			if err = t.ptrace(unix.PTRACE_INTERRUPT, 0, 0); err == nil {
				s, err = t.wait(ctx)
			}
		}
		switch {
		case err != nil:
			t.stuck = !t.gone
			return err
		case s.isCall():
			c, err := t.callInfo()
			if err != nil || done(c) {
				return err
			}
			t.overran = t.overran || c.overruns()
		case s.event == unix.PTRACE_EVENT_STOP:
			if cause != nil {
				return cause
			}
			if s.isJobControl() && t.called && !t.halted {
				request = unix.PTRACE_LISTEN // it stands still with the others, until SIGCONT
			}
		case s.event == unix.PTRACE_EVENT_EXEC:
			t.site, t.changed = nil, false // there is nothing to return to
			return ErrReplaced
		case s.event == 0:
			if err := t.fault(s.signal); err != nil {
				return err
			}
			signal = s.signal
		}
	}
}

func (t *tracee) callInfo() (*callInfo, error) {
	c := new(callInfo)
	if err := t.ptraceMemory(unix.PTRACE_GET_SYSCALL_INFO, unsafe.Sizeof(*c), unsafe.Pointer(c)); err != nil {
		return nil, fmt.Errorf("PTRACE_GET_SYSCALL_INFO: %w", err)
	}
	return c, nil
}

// signalInfo is the beginning of siginfo_t.
type signalInfo struct {
	number, errno, code int32
	_                   int32
	at                  uint64 // si_addr of faults; of others si_pid, in the low half
	_                   [104]byte
}

// sentToThread is si_code of a signal that tgkill has sent.
const sentToThread = -6

// fault returns an error if a signal is due to what the thread does itself: a fault, or abort. Such a signal is not delivered.
func (t *tracee) fault(signal unix.Signal) error {
	var info signalInfo
	if err := t.ptraceMemory(unix.PTRACE_GETSIGINFO, 0, unsafe.Pointer(&info)); err != nil {
		return err
	}
	switch signal {
	case unix.SIGSEGV, unix.SIGBUS, unix.SIGFPE, unix.SIGILL, unix.SIGTRAP, unix.SIGSYS:
		if info.code <= 0 {
			return nil
		}
	case unix.SIGABRT:
		if info.code != sentToThread || int(uint32(info.at)) != t.p.pid {
			return nil
		}
	default:
		return nil
	}
	r, err := t.registers()
	if err != nil {
		return err
	}
	f := &FaultError{PID: t.p.pid, Signal: unix.SignalName(signal), PC: r.pc()}
	if signal == unix.SIGSEGV || signal == unix.SIGBUS {
		f.At = executor.Addr(info.at)
	}
	for at := r.sp(); len(f.Stack) < stackWords; at += 8 {
		word, err := t.p.word(at)
		if err != nil {
			break // the end of the stack
		}
		f.Stack = append(f.Stack, executor.Addr(word))
	}
	return f
}

// stackWords is how much of the stack is told of a fault.
const stackWords = 256
