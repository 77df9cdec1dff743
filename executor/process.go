package executor

// A Process is where linked code runs: it is asked whenever something over there has to run on the linker's account. Constructors, destructors and the
// registration of unwind tables go through it, so that the same engine serves this process (inprocess.Process) and another one.
//
// Its methods are called from any goroutine, several at a time.
type Process interface {
	// Call calls the C function at fn with integers and pointers, each in 64 bits, and returns what it left in the register of integer results, of
	// which a caller that knows the function's type takes the low bits. It returns when the function has, and the function may take its time. An
	// error means that the function has not run, or that nobody can tell whether it has.
	Call(fn Addr, args ...uint64) (uint64, error)
}
