package epc

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"runtime"
	"time"
)

// pipes are the two directions of a connection by pipes.
type pipes struct {
	in, out *os.File
}

func (p pipes) Read(b []byte) (int, error)         { return p.in.Read(b) }
func (p pipes) Write(b []byte) (int, error)        { return p.out.Write(b) }
func (p pipes) SetWriteDeadline(t time.Time) error { return p.out.SetWriteDeadline(t) }
func (p pipes) SetReadDeadline(t time.Time) error  { return p.in.SetReadDeadline(t) }
func (p pipes) Close() error                       { return errors.Join(p.in.Close(), p.out.Close()) }

// Files makes a connection of two files: pipes, or a socket given twice. Closing it closes both.
func Files(in, out *os.File) io.ReadWriteCloser { return pipes{in, out} }

// Dial connects to an executor that listens, on a network of package net: "tcp" or "unix". Errors are those of net.Dialer, and of Connect.
func Dial(ctx context.Context, network, address string, opts ...Option) (*Process, error) {
	o := newOptions(opts)
	d := net.Dialer{Timeout: o.timeout, KeepAlive: 15 * time.Second}
	c, err := d.DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	return Connect(ctx, c, opts...)
}

// A Style is how an executor is told which file descriptors to use.
type Style int

// How LLVM's executors are started.
const (
	Filedescs Style = iota // llvm-jitlink-executor: filedescs=IN,OUT
	Numbers                // lli-child-target: IN OUT
)

// Start starts an executor as a child, connected by two pipes. cmd has the program, its arguments, and its standard streams; the descriptors' numbers are added to the arguments.
// The child dies with the Process, on Close, which waits a second (cmd.WaitDelay, if that is not 0) for others that still have its standard streams. Errors are those of exec.Cmd and of Connect;
// on Windows, which gives children no files but their standard streams, errors.ErrUnsupported.
func Start(ctx context.Context, cmd *exec.Cmd, style Style, opts ...Option) (*Process, error) {
	if runtime.GOOS == "windows" {
		return nil, fmt.Errorf("epc: pipes to a child: %w on Windows; have the executor listen (listen=HOST:PORT), and connect by TCP", errors.ErrUnsupported)
	}
	childIn, out, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	in, childOut, err := os.Pipe()
	if err != nil {
		return nil, errors.Join(err, childIn.Close(), out.Close())
	}
	first := 3 + len(cmd.ExtraFiles)
	cmd.ExtraFiles = append(cmd.ExtraFiles, childIn, childOut)
	if style == Numbers {
		cmd.Args = append(cmd.Args, fmt.Sprint(first), fmt.Sprint(first+1))
	} else {
		cmd.Args = append(cmd.Args, fmt.Sprintf("filedescs=%d,%d", first, first+1))
	}
	if cmd.WaitDelay == 0 {
		cmd.WaitDelay = grace
	}
	err = cmd.Start()
	childIn.Close()
	childOut.Close()
	if err != nil {
		return nil, errors.Join(err, in.Close(), out.Close())
	}
	p, err := Connect(ctx, pipes{in, out}, opts...)
	if err != nil {
		_ = cmd.Process.Kill() // it may have ended
		return nil, errors.Join(err, childError(cmd.Wait()))
	}
	p.child = cmd
	return p, nil
}

// reap waits for the child. When it does not end by itself it is killed.
func (p *Process) reap() error {
	p.bridge.Lock()
	defer p.bridge.Unlock()
	if p.child == nil {
		return nil
	}
	child := p.child
	kill := time.AfterFunc(grace, func() { _ = child.Process.Kill() })
	err := child.Wait()
	killed := !kill.Stop()
	p.state, p.child = child.ProcessState, nil
	if killed {
		return nil
	}
	return childError(err)
}

// childError is what a child's end means.
func childError(err error) error {
	var exit *exec.ExitError
	switch {
	case errors.Is(err, exec.ErrWaitDelay): // it has ended, and what it has started has not
		return nil
	case errors.As(err, &exit):
		return fmt.Errorf("epc: the executor has ended: %v", exit)
	}
	return err
}
