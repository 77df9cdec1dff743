package memmgr

import (
	"errors"
	"fmt"
)

// Reasons of errors, for errors.Is.
var (
	// ErrExhausted says that the reserved address space has no free range that is large enough.
	ErrExhausted = errors.New("reserved address space is exhausted")
	// ErrBadSection says that a request makes no sense: an unknown kind, an alignment that is not a power of two, a size beyond all memory.
	ErrBadSection = errors.New("bad section request")
	// ErrUnknownAlloc says that an AllocID names no live allocation.
	ErrUnknownAlloc = errors.New("unknown allocation")
	// ErrClosed says that the manager has been closed.
	ErrClosed = errors.New("memory manager is closed")
	// ErrDualMapping says that this system does not let one memory have a writable and an executable view. The default way may still work.
	ErrDualMapping = errors.New("dual mapping is not available")
	// ErrNoLowAddresses says that there is no room below 2 GiB, or that the system does not give it to programs.
	ErrNoLowAddresses = errors.New("no addresses below 2 GiB are free")
	// ErrUnsupportedHost says that memory cannot be made executable on this operating system with what is implemented.
	ErrUnsupportedHost = errors.New("executable memory is not supported on this operating system")
	// ErrForbidden says that the system lets nobody like this process make memory executable that was written.
	ErrForbidden = errors.New("the system forbids this process to make memory executable; look at seccomp, SELinux (execmem), systemd's MemoryDenyWriteExecute")
)

// An AllocError says why a module got no memory.
type AllocError struct {
	Module   Module
	Want     uint64 // bytes that were asked for, of all kinds together
	Live     uint64 // bytes that live allocations hold
	Reserved uint64 // bytes of address space that the manager has reserved
	Err      error  // the reason: ErrExhausted, ErrBadSection, ErrClosed, or the system's error
	Hint     string // what can be done about it; may be empty
}

// Error names the module, the sizes and the way out.
func (e *AllocError) Error() string {
	s := fmt.Sprintf("memory for %q: %d bytes wanted (%d live, %d reserved): %v", e.Module.Name, e.Want, e.Live, e.Reserved, e.Err)
	if e.Hint != "" {
		s += "; " + e.Hint
	}
	return s
}

// Unwrap returns the reason.
func (e *AllocError) Unwrap() error { return e.Err }
