package threads

import (
	"errors"

	"github.com/gomcjit/gomcjit/executor"
)

// Errors of Start and Storage.
var (
	// ErrUnsupportedHost says that this operating system or processor is not served.
	ErrUnsupportedHost = errors.New("threads: thread-local storage is not supported on this host")
	// ErrCLibrary says that the process has a C library, whose threads Storage knows nothing of: use hostlib.ThreadStorage.
	ErrCLibrary = errors.New("threads: the process has a C library, whose thread-local storage package hostlib gives")
	// ErrAlignment says that this Windows does not align thread-local storage as a module wants it: it looks at no alignment, or at none of more than 8192 bytes.
	ErrAlignment = errors.New("threads: Windows does not align thread-local storage so")
)

// A Host is what a C library does for thread-local variables: the addresses of its functions. All are 0 in a process without one.
type Host struct {
	GetAddr      executor.Addr // __tls_get_addr
	KeyCreate    executor.Addr // pthread_key_create
	GetSpecific  executor.Addr // pthread_getspecific
	SetSpecific  executor.Addr // pthread_setspecific
	AtThreadExit executor.Addr // __cxa_thread_atexit_impl; 0 where the C library has none
}

// A Runtime is the code behind thread-local variables, which stays in the process for good. Its methods may be called from any goroutine.
type Runtime struct {
	getAddr, emutls, atExit executor.Addr
	tlv                     executor.Addr                                     // of Mach-O's descriptors
	descriptors             [2]executor.Addr                                  // dynamic, static
	end, forget             func() (func(*executor.AddrRange, uint64), error) // bound when first needed
}

// ThreadFunction returns the address of a function that code calls for the sake of thread-local variables; 0 if name is none.
func (r *Runtime) ThreadFunction(name string) executor.Addr {
	switch name {
	case "__tls_get_addr", "__tls_get_offset": // s390x has the latter
		return r.getAddr
	case "_tlv_bootstrap":
		return r.tlv
	case "_tlv_atexit":
		return r.atExit
	case "__emutls_get_address":
		return r.emutls
	case "__cxa_thread_atexit", "__cxa_thread_atexit_impl":
		return r.atExit
	}
	return 0
}

// DescriptorFunction returns the function of a TLS descriptor, which keeps all registers but the one for its result.
func (r *Runtime) DescriptorFunction(static bool) executor.Addr {
	if static {
		return r.descriptors[1]
	}
	return r.descriptors[0]
}

// EndThreadObjects runs the destructors that code in the ranges has registered, of all threads, in this one. It waits for those that run in a thread that
// is ending. An error is that of binding the code, and then nothing has run.
func (r *Runtime) EndThreadObjects(code []executor.AddrRange) error {
	return onRanges(r.end, code)
}

// ForgetThreadData frees the variables whose control objects are in the ranges, and drops destructors that are left. An error is that of binding the code,
// and then nothing has been freed.
func (r *Runtime) ForgetThreadData(data []executor.AddrRange) error {
	return onRanges(r.forget, data)
}

func onRanges(bind func() (func(*executor.AddrRange, uint64), error), ranges []executor.AddrRange) error {
	if len(ranges) == 0 {
		return nil
	}
	f, err := bind()
	if err != nil {
		return err
	}
	f(&ranges[0], uint64(len(ranges)))
	return nil
}
