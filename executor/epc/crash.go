package epc

import (
	"fmt"
	"strings"

	"github.com/gomcjit/gomcjit/executor"
)

// A CrashError says that a signal has ended the executor: code has crashed there. A Server with Host.Crashes tells its controllers before it ends; of other executors nothing but the
// end is known (ErrDisconnected), and of those that Start started how they ended (Process.State). Errors.Is finds ErrDisconnected in it.
type CrashError struct {
	Signal   string          // its name, and what it means: "SIGSEGV: segmentation fault"
	HasFault bool            // it is known what could not be accessed
	Fault    executor.Addr   // that
	PC       executor.Addr   // where it happened
	Stack    []executor.Addr // the words of memory from the stack pointer up, up to some thousand: return addresses are among them
}

// Error names the signal and the address.
func (e *CrashError) Error() string {
	return fmt.Sprintf("epc: the executor has crashed at %v: %s", e.PC, e.Signal)
}

// Unwrap returns ErrDisconnected.
func (e *CrashError) Unwrap() error { return ErrDisconnected }

// maxCrashStack is how many words of the stack a report has at most: what most functions have above their return address fits.
const maxCrashStack = 2048

// maxSignalText is how long the name of a signal is believed to be.
const maxSignalText = 100

func (e *CrashError) pack() []byte {
	var p packer
	p.string(e.Signal)
	p.bool(e.HasFault)
	p.addr(e.Fault)
	p.addr(e.PC)
	p.addrs(e.Stack)
	return p
}

// unpackCrash takes a report apart: nil if it makes no sense.
func unpackCrash(b []byte) *CrashError {
	u := unpacker{rest: b}
	e := &CrashError{Signal: u.string(), HasFault: u.bool(), Fault: u.addr(), PC: u.addr(), Stack: u.addrs()}
	text := func(r rune) bool { return r < ' ' || r > '~' } // it goes to terminals
	if !u.done() || len(e.Signal) > maxSignalText || len(e.Stack) > maxCrashStack || strings.ContainsFunc(e.Signal, text) {
		return nil
	}
	return e
}

// crashed notes what is going to end the executor.
func (p *Process) crashed(report []byte) ([]byte, error) {
	e := unpackCrash(report)
	if e == nil {
		return nil, errArguments
	}
	p.link.expectEnd(e)
	return nil, nil
}
