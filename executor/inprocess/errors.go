package inprocess

import (
	"errors"
	"strconv"
)

var (
	// ErrUnsupportedHost says that this package has no call bridge for the operating system or processor of this program.
	ErrUnsupportedHost = errors.New("inprocess: calls into loaded code are not supported on this operating system or processor; use a remote executor")

	// ErrZeroAddress refuses a call to address zero, which is what an undefined weak symbol resolves to.
	ErrZeroAddress = errors.New("inprocess: the function's address is zero: is the symbol an undefined weak one?")

	// ErrFunctionRange says that a function table is not for code of its own: Windows would look for functions of one in the other. The memory manager has to put the code of an object in one
	// piece, at lower addresses than everything else of the object (memmgr.Module.Image), or the whole object in one block.
	ErrFunctionRange = errors.New("inprocess: the function table's range is empty, or overlaps that of another: the memory manager has to put an object's code in one piece, below the rest")

	// ErrStacksInUse says that SetStacks came too late: a function has been bound already.
	ErrStacksInUse = errors.New("inprocess: C stacks exist already; call SetStacks before the first Bind, Call or NewCallback")
)

var errNegative = errors.New("the size is negative")

// A SignatureError tells why a function type cannot be called, and what to use instead.
type SignatureError struct {
	Func   string // the function type, as Go or C would write it
	Part   string // "argument 2", "result"; empty when it is about the whole
	Reason string // what is wrong with it and what to do
}

// Error returns one line that names the function type, the part and the remedy.
func (e *SignatureError) Error() string {
	s := "inprocess: cannot call " + e.Func + ": "
	if e.Part != "" {
		s += e.Part + ": "
	}
	return s + e.Reason
}

// An ArgumentError says that the values given to Call do not fit the signature.
type ArgumentError struct {
	Index  int // of the argument, from 1; 0 when their number is wrong
	Reason string
}

// Error returns one line that names the argument.
func (e *ArgumentError) Error() string {
	if e.Index == 0 {
		return "inprocess: call: " + e.Reason
	}
	return "inprocess: call: argument " + strconv.Itoa(e.Index) + ": " + e.Reason
}

// A MemoryError says that memory for C stacks, callbacks or data could not be had.
type MemoryError struct {
	Op  string // "reserve", "make accessible", "make executable" or "map"
	Len int    // bytes
	Err error  // the system's
}

// Error returns one line with the operation and the size.
func (e *MemoryError) Error() string {
	return "inprocess: cannot " + e.Op + " " + strconv.Itoa(e.Len) + " bytes: " + e.Err.Error() +
		" (see ulimit -v; SetStacks makes the C stacks fewer or smaller)"
}

// Unwrap returns the system's error.
func (e *MemoryError) Unwrap() error { return e.Err }
