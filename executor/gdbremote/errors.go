package gdbremote

import (
	"errors"
	"fmt"

	"github.com/gomcjit/gomcjit/executor"
)

var (
	// ErrClosed says that the connection has been closed by this end.
	ErrClosed = errors.New("gdbremote: the connection is closed")
	// ErrDisconnected says that the stub has closed the connection, or has died.
	ErrDisconnected = errors.New("gdbremote: the stub has disconnected")
	// ErrTimeout says that the stub did not answer within the time that WithTimeout sets. The connection is closed then.
	ErrTimeout = errors.New("gdbremote: the stub does not answer")
	// ErrNoMemory says that there is no way to get memory of the target.
	ErrNoMemory = errors.New("gdbremote: the target gives no memory: it runs no Linux that is known here; give it a range of addresses (WithRange)")
	// ErrRangeFull says that the range of WithRange has no room.
	ErrRangeFull = errors.New("gdbremote: the range of target memory is full")
)

// A ProtocolError says that the stub has sent what makes no sense. The connection is closed then.
type ProtocolError struct {
	Request string // what was asked, or what was read
	Reason  string
}

// Error names the request.
func (e *ProtocolError) Error() string { return "gdbremote: " + e.Request + ": " + e.Reason }

// A RemoteError is a request that the stub refused, with its code: two hexadecimal digits, mostly an errno of some system, or words.
type RemoteError struct {
	Op   string // what it was asked for
	Code string
}

// Error names the operation.
func (e *RemoteError) Error() string {
	return "gdbremote: " + e.Op + ": the stub refuses, with error " + e.Code
}

// An UnsupportedError is a request that the stub does not know.
type UnsupportedError struct {
	Op      string // what needs it
	Request string // the packet
}

// Error names the packet.
func (e *UnsupportedError) Error() string {
	return "gdbremote: " + e.Op + ": the stub does not know the packet " + e.Request
}

// Unsupported says that no other try will do better.
func (e *UnsupportedError) Unsupported() bool { return true }

// An ArchError says that functions cannot be called on the target's processor, or that nobody knows which it is.
type ArchError struct{ Name string }

// Error names the processor.
func (e *ArchError) Error() string {
	if e.Name == "" {
		return "gdbremote: the stub does not say which processor it is for; say it with WithArch"
	}
	return fmt.Sprintf("gdbremote: functions cannot be called on %s; processors are %s", e.Name, archNames())
}

// A SignalError says that a function was ended by a signal. The thread's registers have been restored; what the function has done stays.
type SignalError struct {
	Signal int           // GDB's number, which is POSIX's for the usual ones: 11 is SIGSEGV
	PC     executor.Addr // where it was
}

// Error names the signal and the place.
func (e *SignalError) Error() string {
	return fmt.Sprintf("gdbremote: the function has ended with %s at %v", signalName(e.Signal), e.PC)
}

// An ExitError says that the process has ended while something ran there. The connection is closed then.
type ExitError struct {
	Signal int // GDB's number of the signal that ended it; 0 if it has exited
	Status int // what it gave to exit
}

// Error says how it has ended.
func (e *ExitError) Error() string {
	if e.Signal != 0 {
		return "gdbremote: the process was ended by " + signalName(e.Signal)
	}
	return fmt.Sprintf("gdbremote: the process has exited with status %d", e.Status)
}

// A SystemError is a system call of the target that has failed.
type SystemError struct {
	Call  string
	Errno int // the target's
}

// Error names the system call.
func (e *SystemError) Error() string {
	return fmt.Sprintf("gdbremote: %s has failed in the target with errno %d", e.Call, e.Errno)
}

// Signals by GDB's numbers (include/gdb/signals.def).
const (
	sigINT  = 2
	sigILL  = 4
	sigTRAP = 5
	sigABRT = 6
	sigFPE  = 8
	sigKILL = 9
	sigBUS  = 10
	sigSEGV = 11
	sigSYS  = 12
	sigSTOP = 17
)

var signalNames = map[int]string{sigINT: "SIGINT", sigILL: "SIGILL", sigTRAP: "SIGTRAP", sigABRT: "SIGABRT", sigFPE: "SIGFPE", sigKILL: "SIGKILL", sigBUS: "SIGBUS", sigSEGV: "SIGSEGV", sigSYS: "SIGSYS"}

func signalName(n int) string {
	if name, ok := signalNames[n]; ok {
		return name
	}
	return fmt.Sprintf("signal %d", n)
}

// fatal says whether a signal tells of what a function has done, so that it is not passed on to the process's handlers.
func fatal(signal int) bool { return signalNames[signal] != "" || signal == sigSTOP }
