//go:build amd64 || arm64

package ptrace

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/gomcjit/gomcjit/executor"
	"github.com/gomcjit/gomcjit/internal/elfsymbols"
)

// A host is what a Process holds on Linux.
type host struct {
	open   sync.RWMutex // guards pidfd
	pidfd  int          // so that another process that gets the number is not taken for it; -1 once it has been closed
	tracer *tracer      // nil until it is needed
	agent  atomic.Pointer[agent]
	known  gadgets                  // where the process has instructions that are needed; used by the tracer
	errno  map[thread]executor.Addr // used by the tracer

	searched bool      // library is known; used by the tracer
	library  addrRange // which has malloc
}

// open makes sure that the process is one in which code can run.
func (p *Process) open() error {
	if p.pid == os.Getpid() {
		return &Error{Err: errors.New("it is this process itself"), Hint: "use package executor/inprocess"}
	}
	if p.pid <= 0 {
		return ErrNoProcess
	}
	fd, err := unix.PidfdOpen(p.pid, 0)
	switch {
	case errors.Is(err, unix.ESRCH):
		return ErrNoProcess
	case errors.Is(err, unix.EINVAL), errors.Is(err, unix.ENOENT):
		return &Error{Err: ErrNoProcess, Hint: "it is the number of a thread; take that of its process, and WithThread"}
	case err != nil:
		return fmt.Errorf("pidfd_open: %w", err)
	}
	p.host.pidfd = fd
	p.host.errno = map[thread]executor.Addr{}
	err = p.chooseThread()
	if err == nil {
		err = p.checkProgram()
	}
	if err != nil {
		p.close()
		return err
	}
	return nil
}

// checkProgram refuses programs for other processors, and those that could not stand what is done.
func (p *Process) checkProgram() error {
	if file, err := openRegular(p.proc("exe")); err == nil { // if not, the registers will tell
		defer file.Close()
		f, err := elfsymbols.Open(file)
		if err == nil && (f.Machine != machine || !f.Wide()) {
			return &Error{Err: fmt.Errorf("%w: %v, %v", ErrArch, f.Machine, f.Class), Hint: "use an mcjit for that architecture"}
		}
	}
	if p.status("Seccomp") == "1" {
		return &Error{Err: ErrHardened, Hint: "seccomp's strict mode kills it for any system call"}
	}
	if strings.Contains(p.status("x86_Thread_features"), "shstk") {
		return &Error{Err: ErrHardened, Hint: "it has a shadow stack; start it with GLIBC_TUNABLES=glibc.cpu.hwcaps=-SHSTK"}
	}
	return nil
}

// openRegular opens a file that is one. By its name it may be something else by now: to open a FIFO would take for ever, and devices may do anything.
func openRegular(path string) (*os.File, error) {
	if info, err := os.Stat(path); err != nil || !info.Mode().IsRegular() {
		return nil, errors.Join(err, os.ErrInvalid)
	}
	f, err := os.OpenFile(path, os.O_RDONLY|unix.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() { // it has been replaced
		return nil, errors.Join(err, os.ErrInvalid, f.Close())
	}
	return f, nil
}

func (p *Process) close() {
	if p.host.tracer != nil {
		close(p.host.tracer.work)
		p.host.tracer = nil
	}
	p.host.open.Lock()
	defer p.host.open.Unlock()
	_ = unix.Close(p.host.pidfd) // it is ours, and nothing is to be written
	p.host.pidfd = -1
}

// ended reports whether the process has ended. The number may be another process's then.
func (p *Process) ended() bool {
	p.host.open.RLock()
	defer p.host.open.RUnlock()
	if p.host.pidfd < 0 {
		return true
	}
	fds := []unix.PollFd{{Fd: int32(p.host.pidfd), Events: unix.POLLIN}}
	n, err := unix.Poll(fds, 0)
	return err == nil && n > 0
}

// A thread is one for which a number stood from a moment on: the system gives numbers again.
type thread struct {
	tid   int
	start string // since the machine's start, in the system's ticks
}

// A tracer is a thread of this process that traces, since only the thread that has begun to trace may go on. When it ends the kernel lets go of whatever it still traces.
type tracer struct {
	work chan func() (keep bool)
}

func newTracer() *tracer {
	t := &tracer{work: make(chan func() bool)}
	go t.run(nil)
	return t
}

// run runs functions until one says that the thread has to end.
func (t *tracer) run(locked chan<- struct{}) {
	runtime.LockOSThread() // never unlocked: the thread ends with the goroutine
	if unix.Gettid() == os.Getpid() {
		// The first thread of a program does not end. It is taken until another goroutine has got another one.
		other := make(chan struct{})
		go t.run(other)
		<-other
		runtime.UnlockOSThread()
		return
	}
	if locked != nil {
		close(locked)
	}
	for f := range t.work {
		if !f() {
			return
		}
	}
}

// trace has the tracer stop the thread, run a function, and let the thread go. The caller has the turn.
func (p *Process) trace(ctx context.Context, f func(*tracee) error) error {
	if p.host.tracer == nil {
		p.host.tracer = newTracer()
	}
	var err error
	var keep bool
	done := make(chan struct{})
	p.host.tracer.work <- func() bool {
		defer close(done)
		err, keep = p.traceHere(ctx, f)
		return keep
	}
	<-done
	if !keep {
		p.host.tracer = nil
	}
	return err
}

// traceHere does it. keep is false if the thread could not be let go, but by the end of the thread of ours.
func (p *Process) traceHere(ctx context.Context, f func(*tracee) error) (err error, keep bool) {
	t, err := p.seize()
	if err != nil {
		return err, true
	}
	if !p.runs(t.tid) {
		return ErrEnded, false // its number may be another process's by now, which has been seized then, and is let go
	}
	err = t.stop(ctx)
	if err == nil {
		err = f(t)
	}
	left := t.release()
	if err == nil {
		err = left
	}
	return err, left == nil
}

// prepare makes sure that there is an agent.
func (p *Process) prepare(ctx context.Context) error {
	if p.host.agent.Load() != nil {
		return nil
	}
	return p.stopped(ctx, "preparing", func(t *tracee) error {
		if p.host.agent.Load() != nil {
			return nil // somebody else has been faster
		}
		return t.makeAgent(ctx)
	})
}

// dropAgent gives back what prepare has made. The caller has the turn.
func (p *Process) dropAgent() error {
	a := p.host.agent.Load()
	if a == nil {
		return nil
	}
	ctx, cancel := context.WithTimeoutCause(context.Background(), p.opts.timeout, ErrTimeout)
	defer cancel()
	p.mu.Lock()
	rest := p.slabs.Rest()
	p.mu.Unlock()
	if len(rest) > 0 {
		err := p.trace(ctx, func(t *tracee) error {
			if err := t.begin(); err != nil {
				return err
			}
			_, err := t.unmapAll(rest)
			return err
		})
		if err != nil {
			return err
		}
	}
	return p.trace(ctx, func(t *tracee) error {
		if err := t.checkAgent(a); err != nil {
			return err
		}
		if err := t.bootstrap(ctx); err != nil {
			return err
		}
		if err := t.unmapAgent(a); err != nil {
			return err
		}
		p.host.agent.Store(nil)
		return nil
	})
}

func (p *Process) readAt(at executor.Addr, b []byte) error {
	return p.transfer(at, b, unix.ProcessVMReadv)
}

func (p *Process) writeAt(at executor.Addr, b []byte) error {
	p.written.Add(uint64(len(b)))
	return p.transfer(at, b, unix.ProcessVMWritev)
}

// transfer copies between the processes. The system copies up to the page that is not there, or may not be used so.
func (p *Process) transfer(at executor.Addr, b []byte, do func(pid int, local []unix.Iovec, remote []unix.RemoteIovec, flags uint) (int, error)) error {
	if p.isClosed() {
		return ErrClosed
	}
	for task := p.pid; len(b) > 0; {
		if p.ended() {
			return ErrEnded
		}
		local := []unix.Iovec{{Base: unsafe.SliceData(b)}}
		local[0].SetLen(len(b))
		p.step()
		n, err := do(task, local, []unix.RemoteIovec{{Base: uintptr(at), Len: len(b)}}, 0)
		switch {
		case errors.Is(err, unix.EINTR):
			continue
		case errors.Is(err, unix.ESRCH) && task == p.pid && p.runs(int(p.tid.Load())) && task != int(p.tid.Load()):
			task = int(p.tid.Load()) // the first thread has ended; as long as it runs its number is the process's for sure
			continue
		case errors.Is(err, unix.ESRCH):
			return ErrEnded
		case errors.Is(err, unix.EPERM):
			return p.explainPermission()
		case err != nil || n == 0:
			return fmt.Errorf("memory at %v: %w", at, err)
		}
		at += executor.Addr(n)
		b = b[n:]
	}
	return nil
}

// checkReplaced makes sure that the process has not executed another program since it has got an agent.
func (p *Process) checkReplaced() error {
	a := p.host.agent.Load()
	if a == nil {
		return nil
	}
	code := make([]byte, len(a.code))
	if err := p.readAt(a.base, code); errors.Is(err, ErrEnded) || errors.Is(err, ErrClosed) {
		return err
	} else if err != nil || !bytes.Equal(code, a.code) {
		return ErrReplaced
	}
	return nil
}
