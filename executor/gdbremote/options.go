package gdbremote

import (
	"io"
	"time"

	"github.com/gomcjit/gomcjit/executor"
)

// An Option configures a connection.
type Option func(*options)

type options struct {
	limit       int
	timeout     time.Duration
	callTimeout time.Duration
	heartbeat   time.Duration
	arch        string
	start, end  executor.Addr
	program     io.ReaderAt
	console     io.Writer
}

func newOptions(opts []Option) options {
	o := options{limit: 1 << 20, timeout: 10 * time.Second, callTimeout: unset, heartbeat: unset, console: io.Discard}
	for _, opt := range opts {
		opt(&o)
	}
	return o
}

// unset is the time of an option that is not given.
const unset = -1

// What times are that are not given.
const (
	usualHeartbeat = 15 * time.Second
	usualCall      = time.Hour
)

// leastLimit has room for the registers of every processor.
const leastLimit = 1 << 14

// WithPacketLimit sets the longest packet that is accepted, in bytes; 1 MiB if not given, and never less than 16 KiB. Memory is taken as bytes arrive.
func WithPacketLimit(bytes int) Option { return func(o *options) { o.limit = max(bytes, leastLimit) } }

// WithTimeout sets how long the stub may take for an answer, and for all answers that an operation needs together, with a second more for each 64 KiB that are moved; 10 seconds if not given. It has to be more than 0, and as much
// as a hundred answers need on a slow line. What exceeds it closes the connection (ErrTimeout). The time in which the target runs functions does not count, and each of its stops has the time anew.
func WithTimeout(d time.Duration) Option { return func(o *options) { o.timeout = d } }

// WithCallTimeout sets how long a function may run that is called; contexts of CallValues and RunMain can end it before. 0 is for ever. If not given that is for ever, too, as long as there are signs of life (see WithHeartbeat), and else an hour.
func WithCallTimeout(d time.Duration) Option { return func(o *options) { o.callTimeout = d } }

// WithHeartbeat sets how often there has to be a sign of life of the stub while a function runs, so that one that hangs is noticed; never if it is 0. The stub has the time of WithTimeout for it. If not given that is every 15 seconds, where there is a way:
//
//   - gdbserver runs functions in non-stop mode, in which it answers meanwhile, and is asked whether the thread is there. The target notices nothing.
//   - For LLDB's stubs, and for targets without an operating system, the protocol knows no other way than to stop the target for a moment, and to let it run on. What it waits for in system calls goes on, but for those few that a stop ends
//     with EINTR (signal(7)). Other stubs without non-stop mode have that only if it is asked for.
//   - qemu-user's stub (7.2) reads nothing while the program runs, and never has a heartbeat: calls have an end instead (WithCallTimeout). That it has died is noticed at once, as with all stubs.
func WithHeartbeat(d time.Duration) Option { return func(o *options) { o.heartbeat = d } }

// WithArch says which processor the target has, by LLVM's name (x86_64, i386, aarch64, arm, riscv64, riscv32, ppc), for stubs that have no target description. Their registers are those
// that GDB takes such stubs to have.
func WithArch(name string) Option { return func(o *options) { o.arch = name } }

// WithRange gives the memory from start up to end to modules, for targets without an operating system: it has to be there, writable, executable, and used by nobody else. A
// part of it is the stack of calls. Nothing is protected in it. It goes before all other ways to get memory.
func WithRange(start, end executor.Addr) Option {
	return func(o *options) { o.start, o.end = start, end }
}

// WithProgram gives the file of the program that the target runs, an ELF executable, whose symbols are found then, those that are not exported included. The file is read by Connect only.
func WithProgram(file io.ReaderAt) Option { return func(o *options) { o.program = file } }

// WithConsole sets where the target's output goes that stubs pass on ("O" packets); nowhere if not given.
func WithConsole(w io.Writer) Option { return func(o *options) { o.console = w } }
