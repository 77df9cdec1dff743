package epc

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"sync"
	"time"

	"github.com/gomcjit/gomcjit/executor"
)

// A Process is another process, which runs code for this one: the controller's end of a connection. Its methods may be called from any goroutine.
//
// A connection that has failed stays so: every method returns why. Errors of methods that ask the executor for something are *RemoteError if it refuses, *ServiceError if it has no
// such service, and, of connections that have failed, ErrTimeout, ErrDisconnected, *CrashError, *ProtocolError and ErrClosed.
type Process struct {
	*setup
	opts options
	link *link

	child *exec.Cmd // nil if it is not ours, or has been waited for
	state *os.ProcessState
	gone  chan struct{} // closed when receive has ended, and the child

	bridge struct {
		sync.Mutex
		base executor.Addr // of the code that makes calls, 0 if it has not been installed
	}
	library struct {
		sync.Mutex
		handle uint64
		open   bool
	}
	handlers handlers
	debug    sync.Mutex // held while the list of objects for debuggers changes
}

var (
	_ executor.Process = (*Process)(nil)
	_ executor.Memory  = (*Process)(nil)
	_ executor.Symbols = (*Process)(nil)
	_ executor.Patcher = (*Process)(nil)
)

// Connect takes the controller's end of a connection that exists, and waits for the executor's first message. The connection belongs to the Process, and is closed
// on error. Reads of it have to end when it is closed. If it has the methods SetReadDeadline and SetWriteDeadline, as connections and pipes have, they are used.
//
// Errors are *ProtocolError, the context's, ErrTimeout and ErrDisconnected.
func Connect(ctx context.Context, rw io.ReadWriteCloser, opts ...Option) (*Process, error) {
	p := &Process{opts: newOptions(opts), gone: make(chan struct{})}
	p.link = newLink(rw, p.opts.limit, p.opts.timeout)
	p.link.answer = p.answer
	ctx, cancel := context.WithTimeoutCause(ctx, p.opts.timeout, ErrTimeout)
	defer cancel()
	stop := context.AfterFunc(ctx, func() { p.link.end(context.Cause(ctx)) })
	defer stop()
	if err := p.begin(); err != nil {
		err = p.link.end(err)
		return nil, err
	}
	if !stop() { // what was to run then may not have begun
		return nil, p.link.end(context.Cause(ctx))
	}
	go func() {
		defer close(p.gone)
		_ = p.link.receive() // the link knows why it ended
	}()
	return p, nil
}

// begin gives the token and reads the Setup message.
func (p *Process) begin() error {
	if p.opts.token != nil {
		if _, err := p.link.rw.Write(tokenMessage(p.opts.token)); err != nil {
			return disconnected(err)
		}
	}
	m, err := readMessage(p.link.rw, p.opts.limit)
	if err != nil {
		var bad *ProtocolError
		if errors.As(err, &bad) {
			return err
		}
		return disconnected(err)
	}
	p.setup, err = parseSetup(&m)
	return err
}

// Triple returns the executor's target triple, in LLVM's notation.
func (p *Process) Triple() string { return p.triple }

// PageSize implements executor.Memory.
func (p *Process) PageSize() uint64 { return p.pageSize }

// Service returns the address of a service, by its name in the executor's Setup message.
func (p *Process) Service(name string) (executor.Addr, bool) {
	a, ok := p.symbols[name]
	return a, ok
}

// CallWrapper calls a function of the type CWrapperFunctionResult(const char *, size_t) with bytes, and returns those of its result. It takes the time that it takes; when the context is done
// nobody waits for it any more, and it goes on. Errors are *RemoteError, for an error in place of a result, the context's, and those of the connection.
func (p *Process) CallWrapper(ctx context.Context, fn executor.Addr, args []byte) ([]byte, error) {
	stop := p.watch()
	defer stop()
	// Once nobody waits any more the bytes are the caller's again, who may change them while they are still being sent.
	return p.call(ctx, "calling a function", fn, bytes.Clone(args))
}

func (p *Process) call(ctx context.Context, op string, fn executor.Addr, args []byte) ([]byte, error) {
	result, err := p.link.call(ctx, fn, args)
	var oob errOutOfBand
	if errors.As(err, &oob) {
		err = &RemoteError{op, string(oob)}
	}
	return result, err
}

// service calls a service: see timed.
func (p *Process) service(op, name string, args []byte) ([]byte, error) {
	fn, ok := p.symbols[name]
	if !ok {
		return nil, &ServiceError{op, name}
	}
	return p.timed(op, fn, args)
}

// timed calls a function that takes no time. If it does the connection is closed.
func (p *Process) timed(op string, fn executor.Addr, args []byte) ([]byte, error) {
	ctx, cancel := context.WithTimeout(context.Background(), p.opts.timeout)
	defer cancel()
	result, err := p.call(ctx, op, fn, args)
	if errors.Is(err, context.DeadlineExceeded) {
		err = p.link.end(ErrTimeout)
	}
	return result, err
}

// expect calls a service that returns an SPSExpected, and returns where its value begins.
func (p *Process) expect(op, name string, args []byte) (*unpacker, error) {
	b, err := p.service(op, name, args)
	if err != nil {
		return nil, err
	}
	u := &unpacker{rest: b}
	if !u.bool() {
		return nil, p.refusal(op, u)
	}
	return u, nil
}

// succeed calls a service that returns an SPSError.
func (p *Process) succeed(op, name string, args []byte) error {
	b, err := p.service(op, name, args)
	if err != nil {
		return err
	}
	u := &unpacker{rest: b}
	if u.bool() {
		return p.refusal(op, u)
	}
	return p.check(op, u)
}

// refusal takes the text of an error.
func (p *Process) refusal(op string, u *unpacker) error {
	text := u.string()
	if err := p.check(op, u); err != nil {
		return err
	}
	return &RemoteError{op, text}
}

// check makes sure that a result had what it should have, and nothing else. Otherwise the two ends do not understand each other, and it is better to end it.
func (p *Process) check(op string, u *unpacker) error {
	if u.done() {
		return nil
	}
	return p.link.end(&ProtocolError{"Result message", "what " + op + " returned makes no sense"})
}

// Traffic is what has gone through a connection.
type Traffic struct {
	RoundTrips     uint64 // calls of the executor
	Sent, Received uint64 // bytes, after the Setup message
}

// Traffic returns what has gone through the connection until now.
func (p *Process) Traffic() Traffic {
	return Traffic{p.link.made.Load(), p.link.sent.Load(), p.link.received.Load()}
}

// Err returns why the connection has ended, nil as long as it has not.
func (p *Process) Err() error { return p.link.reason() }

// Done is closed when the connection has ended.
func (p *Process) Done() <-chan struct{} { return p.link.ended }

// State returns how an executor that Start started has ended, nil as long as Close has not returned.
func (p *Process) State() *os.ProcessState {
	p.bridge.Lock()
	defer p.bridge.Unlock()
	return p.state
}

// grace is how long an executor has to end after a Hangup.
const grace = time.Second

// Close says good-bye, and closes the connection. An executor that Start started ends: by itself, or it is killed after a second. Its memory is gone then, and
// functions that are running are ended. Closing twice is harmless.
func (p *Process) Close() error {
	if p.link.reason() == nil {
		go p.link.send(message{op: opHangup}) // which may be stuck; it is over anyway
		select {
		case <-p.gone:
		case <-time.After(grace):
		}
	}
	p.link.end(ErrClosed)
	<-p.gone
	return p.reap()
}
