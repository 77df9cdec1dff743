package ptrace

import (
	"errors"
	"fmt"

	"github.com/gomcjit/gomcjit/executor"
)

// Reasons of errors, for errors.Is.
var (
	// ErrUnsupportedHost says that this package works on Linux only, on x86-64 and arm64.
	ErrUnsupportedHost = errors.New("running code in a live process works on Linux only, on x86-64 and arm64")
	// ErrNoProcess says that there is no process of this number, or no thread of it that could run anything.
	ErrNoProcess = errors.New("there is no such process")
	// ErrPermission says that the system does not let this process trace that one.
	ErrPermission = errors.New("the system does not permit to trace it")
	// ErrTraced says that another process traces it: a thread has one tracer at most.
	ErrTraced = errors.New("it is being traced already")
	// ErrArch says that the process is for another processor, or has another word size, than this one.
	ErrArch = errors.New("it is a program for another architecture")
	// ErrHardened says that the process has protections that would kill it for what has to be done: seccomp's strict mode, or a shadow stack.
	ErrHardened = errors.New("it is protected against what has to be done in it")
	// ErrEnded says that the process, or the thread that runs what is called, has ended.
	ErrEnded = errors.New("it has ended")
	// ErrReplaced says that the process has executed another program, with which its memory has gone.
	ErrReplaced = errors.New("it has executed another program")
	// ErrTimeout says that the process did not stop, or did not do what takes no time, within the time of WithTimeout.
	ErrTimeout = errors.New("it does not answer")
	// ErrBusy says that the thread still runs a function that was to be abandoned, and did not stop: the kernel could not interrupt it. It goes back by itself when the function returns.
	ErrBusy = errors.New("its thread still runs a function that was called before")
	// ErrNoGuardian says that the guardian of WithGuardian could not be started, or has ended.
	ErrNoGuardian = errors.New("its guardian has ended")
	// ErrClosed says that Close has been called.
	ErrClosed = errors.New("the process has been left")
	// ErrNoFunction says that the process lacks a function that is needed.
	ErrNoFunction = errors.New("it has no such function")
	// ErrUnknownReservation says that an address is not that of a reservation that has not been released.
	ErrUnknownReservation = errors.New("no memory was reserved there")
)

// An Error says what could not be done with a process. All errors of this package are one, or a *FaultError.
type Error struct {
	PID  int
	Op   string // what was being done
	Err  error  // why not: one of the reasons above, the context's error, or the system's
	Hint string // the next step; may be empty
}

// Error names the process.
func (e *Error) Error() string {
	s := fmt.Sprintf("ptrace: process %d: %s: %v", e.PID, e.Op, e.Err)
	if e.Hint != "" {
		s += "; " + e.Hint
	}
	return s
}

// Unwrap returns the reason.
func (e *Error) Unwrap() error { return e.Err }

// Unsupported says whether trying again is of no use: see gdbjit.RemoteListener.
func (e *Error) Unsupported() bool { return errors.Is(e.Err, ErrNoFunction) }

// A FaultError says that a function that was called has run into a fault, or has called abort. The process has got no signal, and goes on as if nothing had been called; what the function has changed in memory, and
// the locks that it holds, stay.
type FaultError struct {
	PID    int
	Fn     executor.Addr // the function that was called
	Signal string        // SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGSYS or SIGABRT
	PC     executor.Addr // the instruction
	At     executor.Addr // the address that was accessed, if the signal is SIGSEGV or SIGBUS; 0 if the processor does not tell

	// Stack is the latest words of the stack, the last first: return addresses are among them.
	Stack []executor.Addr
}

// Error names the function and the instruction.
func (e *FaultError) Error() string {
	s := fmt.Sprintf("ptrace: process %d: the function at %v ended with %s at %v", e.PID, e.Fn, e.Signal, e.PC)
	if e.Signal == "SIGSEGV" || e.Signal == "SIGBUS" {
		s += fmt.Sprintf(", for an access to %v", e.At)
	}
	return s
}
