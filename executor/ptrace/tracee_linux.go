//go:build amd64 || arm64

package ptrace

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// A tracee is a thread of the process that is being traced: ptrace(2). Its methods are called by the tracer.
//
// Whatever happens to this process, the thread has to find its way back. So its registers are changed only once there is a frame (frame.go), and every step leaves the thread at a place from which it does.
type tracee struct {
	p   *Process
	tid int

	saved   state // what was there before
	atEvent bool  // it stands where signals are delivered, where its registers can be given back
	changed bool  // its registers are not its own
	stuck   bool  // it does not stop
	gone    bool  // it has ended

	site    *site  // where it makes system calls and returns to; nil as long as nothing has been changed
	covered []byte // what was where the frame is, if that has to be put back
	overran bool   // a function has changed what the kernel remembers of an interrupted system call
	called  bool   // it has run a function, in place of system calls only
	halted  bool   // the process was stopped before, as by ^Z
}

// A state is the registers of a thread and the signals that it blocks.
type state struct {
	registers registers
	vector    []regset // floating-point and vector registers
	mask      uint64
}

// A regset is registers as PTRACE_GETREGSET has them.
type regset struct {
	kind int
	data []byte
}

// A stop is why a thread has stopped.
type stop struct {
	signal unix.Signal
	event  int
}

// isCall says that the thread enters or leaves a system call.
func (s stop) isCall() bool { return s.signal == unix.SIGTRAP|0x80 }

// isJobControl says that all of the process has been stopped, as by ^Z.
func (s stop) isJobControl() bool {
	return s.event == unix.PTRACE_EVENT_STOP && s.signal != unix.SIGTRAP
}

// grace is how long a thread has to stop when something has gone wrong: the caller's deadline is over then.
const grace = 400 * time.Millisecond

// baseOptions are those of PTRACE_SEIZE. There is no PTRACE_O_EXITKILL.
const baseOptions = unix.PTRACE_O_TRACESYSGOOD | unix.PTRACE_O_TRACEEXEC

// seize begins to trace the thread that is used, which runs on.
func (p *Process) seize() (*tracee, error) {
	if p.ended() {
		return nil, ErrEnded
	}
	if err := p.chooseThread(); err != nil {
		return nil, err
	}
	return p.seizeThread(int(p.tid.Load()))
}

// seizeThread begins to trace any thread.
func (p *Process) seizeThread(tid int) (*tracee, error) {
	t := &tracee{p: p, tid: tid}
	options := uintptr(baseOptions)
	if p.status("Seccomp") == "2" {
		options |= unix.PTRACE_O_SUSPEND_SECCOMP // filters might end it for what is not the program's own
	}
	err := t.ptrace(unix.PTRACE_SEIZE, 0, options)
	if errors.Is(err, unix.EPERM) && options != baseOptions {
		err = t.ptrace(unix.PTRACE_SEIZE, 0, baseOptions) // that needs CAP_SYS_ADMIN
	}
	switch {
	case errors.Is(err, unix.EPERM):
		err := p.explainPermission()
		if errors.Is(err, ErrPermission) && t.ptrace(unix.PTRACE_SEIZE, 0, baseOptions) == nil {
			return t, nil // another tracer has just gone
		}
		return nil, err
	case errors.Is(err, ErrEnded):
		return nil, err
	case err != nil:
		return nil, fmt.Errorf("PTRACE_SEIZE: %w", err)
	}
	return t, nil
}

// explainPermission finds out why the system does not permit to trace.
func (p *Process) explainPermission() error {
	if tracer, err := strconv.Atoi(p.status("TracerPid")); err == nil && tracer != 0 {
		path := fmt.Sprintf("/proc/%d/", tracer) // the tracer is a thread; its process is what people know
		name, _ := os.ReadFile(path + "comm")    // it is only nicer with a name
		return &Error{Err: ErrTraced, Hint: fmt.Sprintf("end process %s %s, or have it detach", statusField(path+"status", "Tgid"), strings.TrimSpace(string(name)))}
	}
	scope, _ := os.ReadFile("/proc/sys/kernel/yama/ptrace_scope") // without yama there is none
	hint := "run as the same user as the process, or with CAP_SYS_PTRACE (as root)"
	switch strings.TrimSpace(string(scope)) {
	case "1":
		hint = "yama permits to trace children only: sysctl kernel.yama.ptrace_scope=0, or run with CAP_SYS_PTRACE (as root)"
	case "2":
		hint = "yama permits it with CAP_SYS_PTRACE only: run as root, or sysctl kernel.yama.ptrace_scope=0"
	case "3":
		hint = "yama permits nobody to trace, until the system is started again with another kernel.yama.ptrace_scope"
	}
	return &Error{Err: ErrPermission, Hint: hint}
}

// ptrace makes the system call.
func (t *tracee) ptrace(request int, addr, data uintptr) error {
	t.p.step()
	_, _, errno := unix.Syscall6(unix.SYS_PTRACE, uintptr(request), uintptr(t.tid), addr, data, 0, 0)
	return t.traced(errno)
}

// ptraceMemory is ptrace for requests that take the address of something.
func (t *tracee) ptraceMemory(request int, addr uintptr, data unsafe.Pointer) error {
	t.p.step()
	_, _, errno := unix.Syscall6(unix.SYS_PTRACE, uintptr(request), uintptr(t.tid), addr, uintptr(data), 0, 0)
	return t.traced(errno)
}

// traced is what an error of ptrace means. ESRCH is that the thread is not stopped: since it should be, it has been killed.
func (t *tracee) traced(errno unix.Errno) error {
	switch errno {
	case 0:
		return nil
	case unix.ESRCH:
		t.gone = true
		return ErrEnded
	}
	return errno
}

// stop stops the thread and notes what it is doing.
func (t *tracee) stop(ctx context.Context) error {
	ctx, cancel := context.WithTimeoutCause(ctx, t.p.opts.timeout, ErrTimeout)
	defer cancel()
	if err := t.interrupt(ctx, -1); err != nil {
		t.stuck = !t.gone
		return err
	}
	if t.p.ended() {
		return ErrEnded
	}
	var err error
	t.saved, err = t.state()
	return err
}

// interrupt has the thread stop where signals are delivered. resume is what to resume it with first, or -1 if it runs.
func (t *tracee) interrupt(ctx context.Context, resume int) error {
	for signal := uintptr(0); ; {
		if err := t.ptrace(unix.PTRACE_INTERRUPT, 0, 0); err != nil { // every time: any stop makes the kernel forget it
			return err
		}
		if resume >= 0 {
			if err := t.ptrace(resume, 0, signal); err != nil {
				return err
			}
		}
		s, err := t.wait(ctx)
		if err != nil {
			return err
		}
		if s.event == unix.PTRACE_EVENT_STOP {
			t.halted = t.halted || s.isJobControl() && !t.changed
			return nil
		}
		resume, signal = unix.PTRACE_CONT, 0
		if s.event == 0 && !s.isCall() {
			signal = uintptr(s.signal)
		}
	}
}

// spins is how often a thread is asked whether it has stopped, before there are pauses: about 50 microseconds.
const spins = 60

// wait waits until the thread has stopped. It asks again and again, in pauses that are a fraction of what has passed: a thread of ours that waited in the system would stay there for as long as this one does not stop.
func (t *tracee) wait(ctx context.Context) (stop, error) {
	const fraction, shortest, longest = 16, 10 * time.Microsecond, 2 * time.Millisecond
	t.atEvent = false
	t.p.step()
	began := time.Now()
	for i := 0; ; i++ {
		s, ok, err := waitStop(t.tid)
		switch {
		case errors.Is(err, unix.ECHILD): // nothing is left that could stop
			t.gone = true
			return stop{}, ErrEnded
		case ok || err != nil:
			t.atEvent = s.event == unix.PTRACE_EVENT_STOP
			return s, err
		case ctx.Err() != nil:
			return stop{}, context.Cause(ctx)
		case i < spins:
			unix.Syscall(unix.SYS_SCHED_YIELD, 0, 0, 0)
		default:
			pause := unix.NsecToTimespec(int64(min(longest, max(shortest, time.Since(began)/fraction))))
			_ = unix.Nanosleep(&pause, nil) // less is as well
		}
	}
}

// waitStop asks for a stop of a thread that any thread of this process traces. How the thread has ended is left to its parent.
func waitStop(tid int) (s stop, ok bool, err error) {
	var info [128]byte // siginfo_t
	const flags = unix.WSTOPPED | unix.WALL | unix.WNOHANG
	for {
		_, _, errno := unix.Syscall6(unix.SYS_WAITID, unix.P_PID, uintptr(tid), uintptr(unsafe.Pointer(&info)), flags, 0, 0)
		if errno == 0 {
			break
		}
		if errno != unix.EINTR {
			return s, false, errno
		}
	}
	if *(*int32)(unsafe.Pointer(&info)) == 0 { // si_signo: nothing has happened
		return s, false, nil
	}
	status := *(*int32)(unsafe.Pointer(&info[24])) // si_status
	return stop{unix.Signal(status & 0xff), int(status >> 8)}, true, nil
}

// release gives the thread its state back and lets it go. On error it cannot be let go but by the end of the thread that traces it.
func (t *tracee) release() error {
	switch {
	case t.gone:
		return ErrEnded
	case t.stuck:
		return ErrTimeout
	}
	if t.changed {
		if err := t.restore(); err != nil {
			return err
		}
	} else if back := t.saved.registers; t.atEvent && t.saved.vector != nil {
		if back.beforeReturn(false); back != t.saved.registers {
			if err := t.setRegisters(&back); err != nil {
				return err
			}
		}
	}
	return t.ptrace(unix.PTRACE_DETACH, 0, 0)
}

// restore gives the thread back what it had. Until the last step it stands where the frame does the same.
func (t *tracee) restore() error {
	if err := t.settle(); err != nil {
		return err
	}
	back := t.saved
	back.registers.beforeReturn(t.overran)
	if err := errors.Join(t.setVector(back.vector), t.setMask(back.mask), t.setRegisters(&back.registers)); err != nil {
		return err
	}
	t.changed = false
	if t.covered != nil {
		return t.p.writeAt(t.site.frame, t.covered)
	}
	return nil
}

// settle has the thread stop where signals are delivered, parked.
func (t *tracee) settle() error {
	if err := t.park(); err != nil || t.atEvent {
		return err
	}
	ctx, cancel := context.WithTimeoutCause(context.Background(), grace, ErrTimeout)
	defer cancel()
	err := t.interrupt(ctx, unix.PTRACE_CONT)
	t.stuck = err != nil && !t.gone
	return err
}

// state reads all registers.
func (t *tracee) state() (s state, err error) {
	if s.registers, err = t.registers(); err != nil {
		return s, err
	}
	if s.vector, err = t.vector(); err != nil {
		return s, err
	}
	err = t.ptraceMemory(unix.PTRACE_GETSIGMASK, 8, unsafe.Pointer(&s.mask))
	return s, err
}

func (t *tracee) setMask(mask uint64) error {
	return t.ptraceMemory(unix.PTRACE_SETSIGMASK, 8, unsafe.Pointer(&mask))
}

func (t *tracee) registers() (r registers, err error) {
	data := unsafe.Slice((*byte)(unsafe.Pointer(&r)), unsafe.Sizeof(r))
	n, err := t.getRegset(unix.NT_PRSTATUS, data)
	if err == nil && n != len(data) {
		err = &Error{Err: ErrArch, Hint: "it runs 32-bit code"}
	}
	return r, err
}

func (t *tracee) setRegisters(r *registers) error {
	return t.setRegset(unix.NT_PRSTATUS, unsafe.Slice((*byte)(unsafe.Pointer(r)), unsafe.Sizeof(*r)))
}

// largestRegset has room for the vector registers of every processor: those of Arm's SVE at their largest, with AMX's tiles far below.
const largestRegset = 32 << 10

// vector reads the sets of vectorSets that the processor has.
func (t *tracee) vector() (list []regset, err error) {
	buffer := make([]byte, largestRegset)
	for _, kind := range vectorSets {
		n, err := t.getRegset(kind, buffer)
		if errors.Is(err, unix.EINVAL) || errors.Is(err, unix.ENODEV) || errors.Is(err, unix.ENODATA) {
			continue
		}
		if err != nil {
			return nil, err
		}
		list = append(list, regset{kind, append([]byte(nil), buffer[:n]...)})
	}
	return list, nil
}

func (t *tracee) setVector(list []regset) error {
	for _, set := range list {
		if err := t.setRegset(set.kind, set.data); err != nil {
			return err
		}
	}
	return nil
}

func (t *tracee) getRegset(kind int, b []byte) (int, error) {
	v := unix.Iovec{Base: unsafe.SliceData(b)}
	v.SetLen(len(b))
	err := t.ptraceMemory(unix.PTRACE_GETREGSET, uintptr(kind), unsafe.Pointer(&v))
	return int(v.Len), err
}

func (t *tracee) setRegset(kind int, b []byte) error {
	v := unix.Iovec{Base: unsafe.SliceData(b)}
	v.SetLen(len(b))
	return t.ptraceMemory(unix.PTRACE_SETREGSET, uintptr(kind), unsafe.Pointer(&v))
}
