package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"time"

	"github.com/sirupsen/logrus"
	"github.com/spf13/cobra"

	"github.com/gomcjit/gomcjit/executor"
	"github.com/gomcjit/gomcjit/executor/gdbremote"
)

// gdbOptions are the flags about GDB stubs.
type gdbOptions struct {
	program string
	memory  string
	stop    string
	arch    string
	timeout time.Duration
	timed   func() bool // timeout was given
}

func (o *gdbOptions) addTo(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&o.program, "gdb-program", "", "the program of --remote=gdb has the symbols of the ELF `FILE`")
	f.StringVar(&o.stop, "gdb-break", "", "let the program of --remote=gdb run until it is about to call the function `NAME`")
	f.StringVar(&o.memory, "gdb-memory", "", "put everything into the memory `START-END` of the board of --remote=gdb, hexadecimal numbers")
	f.DurationVar(&o.timeout, "gdb-timeout", 0, "interrupt a function in the target of --remote=gdb after `TIME`, as in 500ms or 10s; 0 is never; if not given it is never, too, but an hour where the stub gives no sign of life (qemu-user)")
	o.timed = func() bool { return f.Changed("gdb-timeout") }
	f.StringVar(&o.arch, "gdb-arch", "", "the processor of --remote=gdb is `NAME`, if the stub does not say it: x86_64, i386, aarch64, arm, riscv64, riscv32, ppc")
}

// runGDB does what run does, where a GDB stub is. Afterwards the target goes on, without what it was given.
func (c *cli) runGDB(address string, o *runOptions, log *logrus.Logger, files, arguments []string, calls []*call) error {
	ctx, stop := signal.NotifyContext(context.Background(), endingSignals...)
	defer stop()
	p, err := c.dialGDB(ctx, address, &o.gdb)
	if err != nil {
		return err
	}
	err = p.runTo(o.gdb.stop)
	var s *session
	if err == nil {
		var process remoteProcess = p
		if !p.HasDebugInterface() {
			process = withoutDebugger{p, p} // nobody can be told
		}
		s, err = newRemoteSession(log, process)
	}
	if err == nil {
		err = c.runIn(s, o, files, arguments, calls)
	}
	if ended := new(gdbremote.ExitError); errors.As(err, &ended) && ended.Signal == 0 {
		c.status = ended.Status & 0xff
		return nil
	}
	if s != nil && p.Err() == nil {
		err = errors.Join(err, s.engine.Close(), p.Release(s.strings...))
	}
	return errors.Join(err, p.Close())
}

// A withoutDebugger is a process without the methods that tell debuggers.
type withoutDebugger struct {
	remoteProcess
	entry interface{ Entry() executor.Addr }
}

// Entry returns the program's entry point.
func (p withoutDebugger) Entry() executor.Addr { return p.entry.Entry() }

// A gdbProcess is one that a stub controls. When mcjit is interrupted calls end, so that the target gets its registers and its memory back.
type gdbProcess struct {
	*gdbremote.Process
	ctx context.Context
}

// Call implements executor.Process.
func (p gdbProcess) Call(fn executor.Addr, args ...uint64) (uint64, error) {
	values := make([]executor.Value, len(args))
	for i, a := range args {
		values[i].Bits = a
	}
	v, err := p.CallValues(context.Background(), fn, executor.Integer, values...)
	return v.Bits, err
}

// CallValues implements executor.Caller.
func (p gdbProcess) CallValues(ctx context.Context, fn executor.Addr, result executor.ValueKind, args ...executor.Value) (executor.Value, error) {
	ctx, end := interruptible(ctx, p.ctx)
	defer end()
	return p.Process.CallValues(ctx, fn, result, args...)
}

// RunMain runs a main function.
func (p gdbProcess) RunMain(ctx context.Context, fn executor.Addr, argv ...string) (int, error) {
	ctx, end := interruptible(ctx, p.ctx)
	defer end()
	return p.Process.RunMain(ctx, fn, argv...)
}

func (c *cli) dialGDB(ctx context.Context, address string, o *gdbOptions) (gdbProcess, error) {
	opts := []gdbremote.Option{gdbremote.WithConsole(c.stdout)}
	if o.timed() {
		opts = append(opts, gdbremote.WithCallTimeout(o.timeout))
	}
	if o.arch != "" {
		opts = append(opts, gdbremote.WithArch(o.arch))
	}
	if o.memory != "" {
		start, end, err := parseRange(o.memory)
		if err != nil {
			return gdbProcess{}, err
		}
		opts = append(opts, gdbremote.WithRange(start, end))
	}
	if o.program != "" {
		f, err := os.Open(o.program)
		if err != nil {
			return gdbProcess{}, err
		}
		defer f.Close()
		opts = append(opts, gdbremote.WithProgram(f))
	}
	network := "tcp"
	if path, ok := strings.CutPrefix(address, "unix:"); ok {
		network, address = "unix", path
	}
	p, err := gdbremote.Dial(ctx, network, address, opts...)
	var nobody *net.OpError
	if errors.As(err, &nobody) && nobody.Op == "dial" {
		err = fmt.Errorf("%w; start the stub first: gdbserver %s PROGRAM", err, address)
	}
	return gdbProcess{p, ctx}, err
}

// runTo lets the program run up to a function; none is where it is.
func (p gdbProcess) runTo(function string) error {
	if function == "" {
		return nil
	}
	at, err := p.Lookup(function)
	if err == nil && at[0] == 0 {
		err = fmt.Errorf("--gdb-break=%s: the program has no such symbol; --gdb-program says where its file is", function)
	}
	if err != nil {
		return err
	}
	ctx, end := interruptible(context.Background(), p.ctx)
	defer end()
	return p.RunTo(ctx, at[0])
}

// parseRange understands two hexadecimal numbers.
func parseRange(text string) (start, end executor.Addr, err error) {
	from, to, ok := strings.Cut(text, "-")
	first, err1 := strconv.ParseUint(strings.TrimPrefix(from, "0x"), 16, 64)
	last, err2 := strconv.ParseUint(strings.TrimPrefix(to, "0x"), 16, 64)
	if !ok || err1 != nil || err2 != nil || last <= first {
		return 0, 0, fmt.Errorf("--gdb-memory=%s is no range of hexadecimal addresses, as 40100000-40200000", text)
	}
	return executor.Addr(first), executor.Addr(last), nil
}
