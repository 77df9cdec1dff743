package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"strconv"
	"time"

	"github.com/sirupsen/logrus"
	"github.com/spf13/cobra"

	"github.com/gomcjit/gomcjit/executor"
	"github.com/gomcjit/gomcjit/executor/ptrace"
)

const attachHelp = `Attach links objects and archives for a live process, puts them there, and calls functions of them, or of the process itself. The process runs on meanwhile, but for one thread, which makes the calls;
its state is restored, and nothing that was put there is left. Sources are compiled first, as by mcjit run. What files do not define is looked for in the process: what its program and its libraries
export and, if it has not been stripped, the other global functions and variables of its program.

Calls are those of mcjit run --call: see there for arguments and results. Strings that a function is given are gone in the end. What a function prints is on the process's own standard output. Instead
of making calls, "mcjit run --remote=pid:PID" runs main.

The thread is stopped wherever it is, if possible not within the C library. If it holds a lock that a function needs, the function waits for ever: use --timeout, or --thread to choose another thread. After the
time, or when mcjit is interrupted, the function is abandoned where it is, and the thread goes on as if nothing had been called; what the function has done stays done. So it is with a function that
crashes, or calls abort: that is an error here, and no signal there. A function that calls exit ends the process.

If mcjit is killed the process goes on, too: a function that is running runs to its end. A second process of mcjit's ("mcjit guard") then gives back what was put there, once nothing in the process can lead there any more: what has
left a function's address in the process (or thrown a C++ exception, whose memory C++ does not clear) keeps its memory.

This needs Linux, on x86-64 or arm64, and the permission to trace the process: the same user, or CAP_SYS_PTRACE; where yama is in use (kernel.yama.ptrace_scope) more than that. A process has one
tracer at most: not a debugger at the same time.`

// liveOptions are the flags about live processes.
type liveOptions struct {
	thread  int
	timeout time.Duration
}

func (o *liveOptions) addTo(cmd *cobra.Command) {
	cmd.Flags().IntVar(&o.thread, "thread", 0, "make the calls on the thread `TID`; the first one if not given")
	cmd.Flags().DurationVar(&o.timeout, "timeout", 0, "abandon a call after `TIME`, as in 500ms or 10s; never if not given")
}

func (c *cli) attachCommand() *cobra.Command {
	var o runOptions
	cmd := &cobra.Command{
		Use:   "attach PID --call EXPRESSION [flags] [FILE...]",
		Short: "Link objects for a live process and call functions there",
		Long:  attachHelp,
		Example: `  mcjit attach 4711 --call 'probe(1)' probe.o
  mcjit attach 4711 --call '(char *) describe("queue", 3)' describe.c helper.o
  mcjit attach $(pidof server) --timeout 2s --call '(long) malloc_trim(0)'
  mcjit attach 4711 --thread 4713 --call '(double) load()' load.ll`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usagef(cmd, "no process is given")
			}
			if len(o.calls) == 0 {
				return usagef(cmd, "nothing is to be called: --call is missing")
			}
			calls, err := o.parseCalls(cmd)
			if err != nil {
				return err
			}
			return c.runPID(args[0], &o, c.newLog(&o), args[1:], nil, calls)
		},
	}
	o.addLinking(cmd)
	o.pid.addTo(cmd)
	return cmd
}

// runPID does what run does, in a live process.
func (c *cli) runPID(number string, o *runOptions, log *logrus.Logger, files, arguments []string, calls []*call) error {
	pid, err := strconv.Atoi(number)
	if err != nil {
		return fmt.Errorf("%q is not the number of a process", number)
	}
	p, err := attachGuarded(pid, o, log)
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), endingSignals...)
	defer stop()
	live := liveProcess{p, ctx, o.pid.timeout}
	var process remoteProcess = live
	if !p.HasDebugInterface() {
		process = struct{ remoteProcess }{live} // without the methods that tell debuggers
	}
	s, err := newRemoteSession(log, process)
	if err == nil {
		s.live = true
		err = c.runIn(s, o, files, arguments, calls)
		err = errors.Join(explainCrash(s.engine, err), s.engine.Close())
		if len(s.strings) > 0 {
			err = errors.Join(err, p.Release(s.strings...))
		}
	}
	return errors.Join(err, p.Close())
}

// attachGuarded attaches to a process, with a guardian if there can be one.
func attachGuarded(pid int, o *runOptions, log *logrus.Logger) (*ptrace.Process, error) {
	thread := ptrace.WithThread(o.pid.thread)
	self, err := os.Executable()
	if err == nil {
		var p *ptrace.Process
		if p, err = ptrace.Attach(pid, thread, ptrace.WithGuardian(self, guardName)); !errors.Is(err, ptrace.ErrNoGuardian) {
			return p, err
		}
	}
	log.WithField("jit", "ptrace").Warnf("nobody gives the process its memory back if mcjit is killed: %v", err)
	return ptrace.Attach(pid, thread)
}

// guardName is the command that mcjit attach starts.
const guardName = "guard"

func guardCommand() *cobra.Command {
	return &cobra.Command{
		Use:    guardName,
		Hidden: true,
		Short:  "Give a live process its memory back when mcjit attach has been killed; mcjit starts it",
		Args:   cobra.NoArgs,
		RunE:   func(*cobra.Command, []string) error { return ptrace.Guard(os.Stdin, os.Stdout) },
	}
}

// A liveProcess is a process in which calls end when this one is interrupted, or after a time.
type liveProcess struct {
	*ptrace.Process
	ctx     context.Context
	timeout time.Duration // 0 is none
}

func (p liveProcess) limit(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, end := interruptible(ctx, p.ctx)
	if p.timeout <= 0 {
		return ctx, end
	}
	timed, cancelTimer := context.WithTimeoutCause(ctx, p.timeout, fmt.Errorf("the time of --timeout=%v is over", p.timeout))
	return timed, func() { cancelTimer(); end() }
}

// interruptible is a context that ends with another one, too, when people interrupt mcjit.
func interruptible(ctx, interrupted context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancelCause(ctx)
	stop := context.AfterFunc(interrupted, func() { cancel(errors.New("interrupted")) })
	return ctx, func() { stop(); cancel(nil) }
}

// Call implements executor.Process: constructors and the like.
func (p liveProcess) Call(fn executor.Addr, args ...uint64) (uint64, error) {
	values := make([]executor.Value, len(args))
	for i, a := range args {
		values[i].Bits = a
	}
	v, err := p.CallValues(context.Background(), fn, executor.Integer, values...)
	return v.Bits, err
}

// CallValues implements executor.Caller.
func (p liveProcess) CallValues(ctx context.Context, fn executor.Addr, result executor.ValueKind, args ...executor.Value) (executor.Value, error) {
	ctx, cancel := p.limit(ctx)
	defer cancel()
	return p.Process.CallValues(ctx, fn, result, args...)
}

// RunMain runs a main function.
func (p liveProcess) RunMain(ctx context.Context, fn executor.Addr, argv ...string) (int, error) {
	ctx, cancel := p.limit(ctx)
	defer cancel()
	return p.Process.RunMain(ctx, fn, argv...)
}
