package gdbremote

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gomcjit/gomcjit/executor"
)

// A Process is a process, or a processor without an operating system, that a stub controls and that stands still but for the functions it is asked to call. Its methods may be called from any
// goroutine; they take turns, so that what is asked while a function runs waits for it.
//
// A connection that has failed stays so: every method returns why. Errors of methods that ask the stub for something are *RemoteError if it refuses, *UnsupportedError if it does not know what is
// asked, and, of connections that have failed, ErrTimeout, ErrDisconnected, *ProtocolError, *ExitError and ErrClosed.
type Process struct {
	opts options

	mu     sync.Mutex // whose turn it is
	wire   *wire
	reason error                 // why the connection has ended
	until  time.Time             // when the operation has to be done
	ended  atomic.Pointer[error] // reason, for those who do not wait for the turn
	life   context.Context       // done when Close or Kill has been called
	end    context.CancelCauseFunc

	features  map[string]string // what the stub says of itself
	packet    int               // the longest packet that the stub takes, in bytes
	binary    bool              // it takes X
	threads   bool              // it takes vCont
	nonStop   bool              // it takes what lets a thread run in non-stop mode
	hostSigs  bool              // its signals have Linux's numbers
	arch      *arch
	soft      bool // numbers with a fraction are passed as integers
	regs      registerFile
	auxv      map[uint64]uint64 // nil if there is no Linux
	thread    string
	strangers map[string]bool // threads that stand still
	others    string          // what those that functions have begun do, in that mode, when the thread runs
	halts     bool            // what has run in non-stop mode is to stand still before anything else is asked
	deaf      bool            // it is not known to notice interruptions
	stale     bool            // it may have been interrupted when it did not run any more
	runs      uint64          // how often the thread has run
	owed      int             // a signal that the thread has stopped for, and has not got yet; 0 if there is none

	memory  memory
	symbols symbols

	debugging    sync.Mutex                      // held while the list for debuggers changes; taken before mu
	debugEntries map[executor.Addr]executor.Addr // where the list for debuggers has objects
}

var (
	_ executor.Process = (*Process)(nil)
	_ executor.Caller  = (*Process)(nil)
	_ executor.Memory  = (*Process)(nil)
	_ executor.Symbols = (*Process)(nil)
	_ executor.Patcher = (*Process)(nil)
)

// Dial connects to a stub that listens, on a network of package net: "tcp" or "unix". Errors are those of net.Dialer, and of Connect.
func Dial(ctx context.Context, network, address string, opts ...Option) (*Process, error) {
	o := newOptions(opts)
	d := net.Dialer{Timeout: o.timeout}
	c, err := d.DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	return Connect(ctx, c, opts...)
}

// Connect takes the debugger's end of a connection to a stub, learns what the stub and its target are, and makes the target's symbols known. The connection belongs to the Process, and is closed on error. A
// dynamically linked program of Linux that has not begun yet runs up to its entry point, so that its libraries are there.
//
// Errors are those of the connection, *ArchError, and the context's.
func Connect(ctx context.Context, conn net.Conn, opts ...Option) (*Process, error) {
	o := newOptions(opts)
	p := &Process{opts: o, wire: newWire(conn, o.limit)}
	p.life, p.end = context.WithCancelCause(context.Background())
	keepAlive(conn)
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	defer p.turn()()
	err := p.meet(ctx)
	if !stop() {
		err = errors.Join(context.Cause(ctx), err)
	}
	if err != nil {
		p.fail(ErrClosed)
		return nil, err
	}
	return p, nil
}

// chooseTimes decides on signs of life, and on how long functions may run. deaf is a stub that notices no interruption: qemu-user's.
func (p *Process) chooseTimes(deaf, system bool) {
	o := &p.opts
	p.deaf = deaf
	switch {
	case deaf:
		o.heartbeat = 0
	case o.heartbeat == unset && (p.nonStop || p.hostSigs || !system):
		o.heartbeat = usualHeartbeat
	case o.heartbeat == unset:
		o.heartbeat = 0
	}
	if o.callTimeout == unset {
		if o.callTimeout = 0; o.heartbeat == 0 {
			o.callTimeout = usualCall
		}
	}
}

// keepAlive has the network notice within seconds that a machine has gone.
func keepAlive(conn net.Conn) {
	if tcp, ok := conn.(*net.TCPConn); ok {
		// Systems that cannot do it have the deadlines only.
		_ = tcp.SetKeepAliveConfig(net.KeepAliveConfig{Enable: true, Idle: 5 * time.Second, Interval: time.Second, Count: 4})
	}
}

// meet finds out what there is.
func (p *Process) meet(ctx context.Context) error {
	for _, step := range []func() error{p.greet, p.describe, p.learnWay, p.readAuxv, p.findABI, p.prepareMemory, p.openProgram} {
		if err := step(); err != nil {
			return err
		}
	}
	return p.startProgram(ctx)
}

// greet agrees with the stub on how to speak.
func (p *Process) greet() error {
	if err := p.limitTime(); err != nil {
		return err
	}
	if _, err := p.wire.conn.Write([]byte{'+'}); err != nil { // what may have been sent to somebody before us
		return p.fail(disconnected(err))
	}
	reply, err := p.ask("qSupported:swbreak+;hwbreak+;no-resumed+;xmlRegisters=i386,arm")
	if err != nil {
		return err
	}
	p.features = parseSupported(string(reply))
	p.packet = defaultPacket
	if n, err := strconv.ParseUint(p.features["PacketSize"], 16, 31); err == nil {
		p.packet = min(max(int(n), defaultPacket), maxPacket, p.opts.limit)
	}
	if reply, err = p.ask("QStartNoAckMode"); err != nil {
		return err
	}
	p.wire.quiet = string(reply) == "OK"
	if reply, err = p.ask("?"); err != nil {
		return err
	}
	s, err := parseStop(reply)
	if err != nil {
		return p.fail(&ProtocolError{"?", err.Error()})
	}
	if s.ended() {
		return p.fail(&ExitError{s.signal, s.status})
	}
	if p.thread = s.thread; p.thread == "" {
		if p.thread, err = p.currentThread(); err != nil {
			return err
		}
	}
	if reply, err = p.ask("X0,0:"); err != nil {
		return err
	}
	p.binary = string(reply) == "OK"
	if reply, err = p.ask("vCont?"); err != nil {
		return err
	}
	p.threads = strings.Contains(string(reply), ";C") && strings.Contains(string(reply), ";c")
	stops := strings.Contains(string(reply), ";t")
	if reply, err = p.ask("qHostInfo"); err != nil {
		return err
	}
	p.hostSigs = len(reply) > 0 // a packet of LLDB's stubs
	if p.threads && stops && p.thread != "" && !p.hostSigs {
		if err := p.tryNonStop(); err != nil {
			return err
		}
	}
	if reply, err = p.ask("qqemu.sstepbits"); err != nil {
		return err
	}
	_, auxv := p.features["qXfer:auxv:read"]
	p.chooseTimes(len(reply) > 0 && auxv, auxv)
	if err := p.selectThread(); err != nil {
		return err
	}
	return p.meetOthers()
}

// Sizes of packets that are sent, in bytes: what every stub takes, and the most that is sought.
const (
	defaultPacket = 400
	maxPacket     = 1 << 17
)

// currentThread asks which thread has stopped. A stub without threads says nothing.
func (p *Process) currentThread() (string, error) {
	reply, err := p.ask("qC")
	if err != nil {
		return "", err
	}
	thread, ok := strings.CutPrefix(string(reply), "QC")
	if !ok {
		return "", nil
	}
	if !isThread(thread) {
		return "", p.fail(&ProtocolError{"qC", fmt.Sprintf("%q is no thread", thread)})
	}
	return thread, nil
}

// selectThread makes the thread the one whose registers are meant.
func (p *Process) selectThread() error {
	if p.thread == "" {
		return nil
	}
	for _, kind := range []string{"Hg", "Hc"} {
		reply, err := p.ask(kind + p.thread)
		if err != nil {
			return err
		}
		if code, refused := refusal(reply); refused {
			return &RemoteError{"selecting thread " + p.thread, code}
		}
	}
	return nil
}

// describe learns the processor and its registers.
func (p *Process) describe() error {
	d := &description{}
	if _, ok := p.features["qXfer:features:read"]; ok {
		var err error
		if d, err = readDescription(func(annex string) ([]byte, error) { return p.transfer("features", annex) }); err != nil {
			return err
		}
	}
	p.arch = archOf(d)
	if p.opts.arch != "" {
		p.arch = archNamed(p.opts.arch)
	}
	if p.arch == nil {
		name := p.opts.arch
		if name == "" {
			name = d.arch
		}
		return &ArchError{name}
	}
	if len(d.registers) == 0 {
		d.registers = p.arch.registers()
	}
	return p.regs.use(p.arch, d.registers)
}

// Of the auxiliary vector (elf.h).
const (
	auxPHDR    = 3
	auxPHEnt   = 4
	auxPHNum   = 5
	auxPage    = 6
	auxBase    = 7
	auxEntry   = 9
	auxHWCap   = 16
	auxSysInfo = 33 // AT_SYSINFO_EHDR
)

// readAuxv reads what Linux tells programs.
func (p *Process) readAuxv() error {
	if p.opts.end != 0 {
		return nil
	}
	if _, ok := p.features["qXfer:auxv:read"]; !ok {
		return nil
	}
	b, err := p.transfer("auxv", "")
	if err != nil {
		if p.reason == nil {
			err = nil // a stub that knows the packet for some of its targets
		}
		return err
	}
	p.auxv = p.arch.parseAuxv(b)
	if page := p.auxv[auxPage]; page != 0 && (page < 1<<9 || page > 1<<24 || page&(page-1) != 0) {
		return p.fail(&ProtocolError{"qXfer:auxv", fmt.Sprintf("pages of %d bytes make no sense", page)})
	}
	return nil
}

// linux says whether there is one in the target.
func (p *Process) linux() bool { return p.auxv[auxEntry] != 0 }

// Entry returns the program's entry point, 0 where there is no Linux.
func (p *Process) Entry() executor.Addr { return executor.Addr(p.auxv[auxEntry]) }

// Triple returns the target's triple, in LLVM's notation.
func (p *Process) Triple() string {
	if p.linux() {
		return p.arch.name + "-unknown-linux"
	}
	return p.arch.name + "-unknown-none"
}

// Traffic is what has gone through a connection.
type Traffic struct {
	RoundTrips     uint64 // requests
	Sent, Received uint64 // bytes
}

// Traffic returns what has gone through the connection until now.
func (p *Process) Traffic() Traffic {
	return Traffic{p.wire.trips.Load(), p.wire.sent.Load(), p.wire.received.Load()}
}

// Err returns why the connection has ended, nil as long as it has not. It waits for nobody.
func (p *Process) Err() error {
	if err := p.ended.Load(); err != nil {
		return *err
	}
	return nil
}

// Close takes back what it has put into the target for its own purposes, and detaches: the target goes on from where it stood, with the modules that have not been released. A function that runs is broken off, as if its
// context were done with ErrClosed. Closing twice is harmless. Errors are those of what could not be taken back.
func (p *Process) Close() error {
	p.end(ErrClosed)
	defer p.turn()()
	if p.reason != nil {
		return nil
	}
	err := p.withdraw()
	if p.reason == nil {
		err = errors.Join(err, p.detach())
	}
	p.fail(ErrClosed)
	return err
}

// detach lets the target go on. A stub may close the connection in place of an answer.
func (p *Process) detach() error {
	err := p.command("detaching", "D")
	if errors.Is(err, ErrDisconnected) {
		return nil
	}
	return err
}

// Kill ends the target, and closes the connection. A function that runs is broken off.
func (p *Process) Kill() error {
	p.end(ErrClosed)
	defer p.turn()()
	if p.reason != nil {
		return p.reason
	}
	err := p.limitTime()
	if err == nil {
		_, err = p.wire.send("k") // which nobody answers
	}
	p.fail(ErrClosed)
	return err
}

func hexOf(b []byte) string { return hex.EncodeToString(b) }
