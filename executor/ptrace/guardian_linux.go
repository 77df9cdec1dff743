//go:build amd64 || arm64

package ptrace

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/gomcjit/gomcjit/executor"
)

// A guardian is the process that Guard runs in. A nil one is none, and is told everything in vain.
type guardian struct {
	cmd     *exec.Cmd
	timeout time.Duration
	step    func()
	ended   chan struct{}

	mu sync.Mutex
	to *os.File // nil once it has been dismissed
}

// startGuardian starts the program of WithGuardian, and waits until it is ready.
func startGuardian(pid int, o *options) (*guardian, error) {
	in, to, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer in.Close()
	from, out, err := os.Pipe()
	if err != nil {
		return nil, errors.Join(err, to.Close())
	}
	defer from.Close()
	g := &guardian{cmd: exec.Command(o.guardian[0], o.guardian[1:]...), timeout: o.timeout, step: o.step, to: to, ended: make(chan struct{})}
	g.cmd.Stdin, g.cmd.Stdout = in, out
	g.cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true} // what ends this process's group or session does not end it
	err = errors.Join(g.cmd.Start(), out.Close())
	if err != nil {
		return nil, errors.Join(fmt.Errorf("%w: %w", ErrNoGuardian, err), to.Close())
	}
	go func() {
		_ = g.cmd.Wait() // how it ends is seen where it is told something
		close(g.ended)
	}()
	if err := g.greet(pid, from); err != nil {
		g.dismiss()
		return nil, err
	}
	return g, nil
}

// ready is what a guardian answers when it can do its work; else that is an error.
const ready = "ready"

// greet says which process it is about.
func (g *guardian) greet(pid int, from *os.File) error {
	deadline := time.Now().Add(g.timeout)
	if err := errors.Join(from.SetReadDeadline(deadline), g.to.SetWriteDeadline(deadline)); err != nil {
		return err
	}
	_, err := fmt.Fprintf(g.to, "%d\n", pid)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrNoGuardian, err)
	}
	answer, err := bufio.NewReader(io.LimitReader(from, 1<<12)).ReadString('\n')
	if answer = strings.TrimSpace(answer); err != nil || answer != ready {
		return fmt.Errorf("%w: it says %q; the program of WithGuardian has to call Guard", ErrNoGuardian, answer)
	}
	return nil
}

// tell tells it something, which it has for sure then, whatever happens to this process. A guardian that does not know everything must not do anything: it is dismissed.
func (g *guardian) tell(m message, numbers ...uint64) error {
	if g == nil {
		return nil
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.to == nil {
		return ErrNoGuardian
	}
	if g.step != nil {
		g.step()
	}
	err := g.to.SetWriteDeadline(time.Now().Add(g.timeout))
	if err == nil {
		_, err = io.WriteString(g.to, m.line(numbers...))
	}
	if err != nil {
		g.end()
		return fmt.Errorf("%w: %w", ErrNoGuardian, err)
	}
	return nil
}

// dismiss ends it at once.
func (g *guardian) dismiss() {
	if g == nil {
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.end()
}

func (g *guardian) end() {
	_ = g.cmd.Process.Kill() // it may have ended
	<-g.ended
	if g.to != nil {
		_ = g.to.Close() // nobody reads there
	}
	g.to = nil
}

// leave says that there is nothing to guard any more.
func (g *guardian) leave() {
	if g == nil {
		return
	}
	if g.tell(goodbye) == nil {
		select {
		case <-g.ended:
		case <-time.After(g.timeout):
		}
	}
	g.dismiss()
}

// unwinders are the functions that add a table to those of the process's unwinder, and take it away.
const (
	registerFrame   = "__register_frame"
	deregisterFrame = "__deregister_frame"
)

// noteCall tells what the call of a function means that is going to be made, or has been made.
func (p *Process) noteCall(fn executor.Addr, args []executor.Value, before bool) error {
	g := p.guardian
	if g == nil || len(args) != 1 {
		return nil
	}
	register, err1 := p.lookupPlain(registerFrame)
	deregister, err2 := p.lookupPlain(deregisterFrame)
	switch {
	case err1 != nil || err2 != nil:
		return firstOf(err1, err2)
	case fn == register && before:
		return g.tell(frames, args[0].Bits)
	case fn == deregister && !before:
		return g.tell(framesGone, args[0].Bits)
	}
	return nil
}
