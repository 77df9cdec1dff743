package epc

import (
	"errors"
	"fmt"

	"github.com/gomcjit/gomcjit/executor"
)

var (
	// ErrClosed says that the connection has been closed by this end.
	ErrClosed = errors.New("epc: the connection is closed")
	// ErrDisconnected says that the other end has closed the connection, or has died.
	ErrDisconnected = errors.New("epc: the other end has disconnected")
	// ErrTimeout says that the other end did not answer within the time that WithTimeout sets. The connection is closed then.
	ErrTimeout = errors.New("epc: the other end does not answer")
	// ErrCallTimeout says that a function on the other end ran for longer than WithCallTimeout allows. The connection is closed then.
	ErrCallTimeout = errors.New("epc: a function did not return in time")
	// ErrUnsupportedHost says that this process cannot serve: there is no call bridge, or no memory for code, on its operating system or processor.
	ErrUnsupportedHost = errors.New("epc: this host cannot run code for others")
	// ErrRunning says that functions of a controller that has gone are still running: their memory, and what else the session has, stays.
	ErrRunning = errors.New("epc: functions of a controller that has gone are still running")
	// ErrShortToken says that a server was to have a token that could be guessed: it has 16 bytes at least.
	ErrShortToken = errors.New("epc: the server's token has less than 16 bytes; take random ones")
	// ErrToken says that a controller did not know the server's token.
	ErrToken = errors.New("epc: the controller did not give the token")
)

// A ProtocolError says that the other end has sent what makes no sense. The connection is closed then.
type ProtocolError struct {
	Message string // what kind of message
	Reason  string
}

// Error names the message.
func (e *ProtocolError) Error() string { return "epc: " + e.Message + ": " + e.Reason }

// A RemoteError is what the other end said of an operation that failed there.
type RemoteError struct {
	Op  string // what it was asked for
	Msg string // its words
}

// Error names the operation.
func (e *RemoteError) Error() string { return "epc: " + e.Op + ": the executor says: " + e.Msg }

// A ServiceError says that the executor does not offer a service.
type ServiceError struct {
	Op   string // what needs it
	Name string // of the service, a bootstrap symbol
}

// Error names the service.
func (e *ServiceError) Error() string {
	return fmt.Sprintf("epc: %s: the executor has no %s; use llvm-jitlink-executor, lli-child-target or mcjit executor", e.Op, e.Name)
}

// An accessError is memory that is not there, or may not be written.
type accessError struct {
	op  string
	at  executor.Addr
	err error
}

func (e *accessError) Error() string { return fmt.Sprintf("%s memory at %v: %v", e.op, e.at, e.err) }
func (e *accessError) Unwrap() error { return e.err }

// What a Server answers. The words are LLVM's where it has some.
var (
	//lint:ignore ST1005 LLVM's words
	errArguments   = errors.New("Could not deserialize arguments for wrapper function call")
	errNoLibraries = errors.New("this executor has no shared libraries")
	errNoDebugger  = errors.New("this executor has no interface to debuggers")
)

// Unsupported says that no other call of the service will do better.
func (e *ServiceError) Unsupported() bool { return true }
