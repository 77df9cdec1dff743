package ptrace

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"

	"github.com/gomcjit/gomcjit/executor"
	"github.com/gomcjit/gomcjit/internal/slabs"
)

// A Process is a live process, which runs code for this one. Nothing of it is stopped, and nobody traces it, but while a method needs it: for some 100 microseconds, or as long as a function runs that is
// called. One thread runs what is called, one thing at a time: methods that need it wait for each other. Those that read and write memory, and look-ups of what was looked up before, do not wait.
//
// Methods may be called from any goroutine. There should be one Process for a process: others find it traced (ErrTraced) while one of its methods runs. Errors are *Error and, of calls, *FaultError.
type Process struct {
	pid  int
	opts options
	host host
	tid  atomic.Int64 // of the thread that is used

	calls, written atomic.Uint64 // see Traffic

	attached bool // Attach has returned it

	guardian *guardian // nil is none

	turn      chan struct{} // holds an element while someone uses the thread
	debugging sync.Mutex    // held while the list of objects for debuggers changes

	mu           sync.Mutex
	closed       bool
	reservations map[executor.Addr]uint64        // their sizes, in bytes
	left         map[executor.Addr][]slabs.Range // of those that were released, what is still there
	slabs        slabs.Slabs                     // of which small ones are parts
	symbols      symbolCache
	debugEntries map[executor.Addr]executor.Addr // of objects that debuggers know, by the object's address
}

var (
	_ executor.Process = (*Process)(nil)
	_ executor.Caller  = (*Process)(nil)
	_ executor.Memory  = (*Process)(nil)
	_ executor.Symbols = (*Process)(nil)
	_ executor.Patcher = (*Process)(nil)
)

// Attach takes a process by its number. It makes sure that it can be traced, by stopping it for a moment, and changes nothing. A child of this process must not be waited for (exec.Cmd.Wait) before Close: the system tells whoever waits
// that it has stopped, and nobody else, so that methods end with ErrTimeout. Reasons of errors are ErrNoProcess, ErrPermission, ErrTraced, ErrArch,
// ErrHardened, ErrTimeout, ErrNoGuardian and ErrUnsupportedHost.
func Attach(pid int, opts ...Option) (*Process, error) {
	p := &Process{pid: pid, opts: newOptions(opts), turn: make(chan struct{}, 1), reservations: map[executor.Addr]uint64{}, left: map[executor.Addr][]slabs.Range{}}
	if err := p.fail("attaching", p.open()); err != nil {
		return nil, err
	}
	if err := p.stopped(context.Background(), "attaching", func(*tracee) error { return nil }); err != nil {
		p.close()
		return nil, err
	}
	p.attached = true
	if len(p.opts.guardian) > 0 {
		var err error
		if p.guardian, err = startGuardian(pid, &p.opts); err != nil {
			p.close()
			return nil, p.fail("attaching", err)
		}
	}
	return p, nil
}

// Triple returns the target triple of the process, in LLVM's notation.
func (p *Process) Triple() string { return triple }

// Err returns why nothing can be done with the process any more, nil as long as it runs.
func (p *Process) Err() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return ErrClosed
	}
	if _, err := p.thread(); err != nil || p.ended() {
		return ErrEnded
	}
	return nil
}

// Traffic is what has been done with a process.
type Traffic struct {
	SystemCalls uint64 // that asked the kernel to do something with it, or to copy its memory
	Written     uint64 // bytes
}

// Traffic returns what has been done with the process until now.
func (p *Process) Traffic() Traffic { return Traffic{p.calls.Load(), p.written.Load()} }

// step counts something that is done with the process.
func (p *Process) step() {
	p.calls.Add(1)
	if p.opts.step != nil {
		p.opts.step()
	}
}

func (p *Process) isClosed() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.closed
}

// PID returns the process's number.
func (p *Process) PID() int { return p.pid }

// Close gives back what calls have needed, and leaves the process. What was reserved and not released stays, since code may still run there. A call that is under way is waited for. Closing twice is harmless.
func (p *Process) Close() error {
	if p.enter(context.Background()) != nil {
		return nil // it has been closed
	}
	defer p.leave()
	err := p.dropAgent()
	p.mu.Lock()
	p.closed = true
	p.mu.Unlock()
	if err = p.fail("giving memory back", err); errors.Is(err, ErrEnded) || errors.Is(err, ErrReplaced) {
		err = nil // it has gone with the process
	}
	p.guardian.leave()
	p.close()
	return err
}

// fail says which process an error is about.
func (p *Process) fail(op string, err error) error {
	var known *Error
	var fault *FaultError
	switch {
	case err == nil:
		return nil
	case p.attached && !p.runs(int(p.tid.Load())) && !errors.Is(err, ErrEnded) && !errors.Is(err, ErrClosed):
		err = ErrEnded // which explains everything
	case errors.As(err, &fault):
		return err
	case errors.As(err, &known):
		if known.PID == 0 {
			known.PID, known.Op = p.pid, op
		}
		return known
	}
	return &Error{PID: p.pid, Op: op, Err: err}
}

// enter waits until nobody else uses the thread.
func (p *Process) enter(ctx context.Context) error {
	select {
	case p.turn <- struct{}{}:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		p.leave()
		return ErrClosed
	}
	return nil
}

func (p *Process) leave() { <-p.turn }

// stopped runs a function while the thread is stopped, and makes sure that the thread goes on as if nothing had been.
func (p *Process) stopped(ctx context.Context, op string, f func(*tracee) error) error {
	if err := p.enter(ctx); err != nil {
		return p.fail(op, err)
	}
	defer p.leave()
	return p.fail(op, p.trace(ctx, f))
}
