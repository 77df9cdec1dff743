// Package hostlib finds the symbols of this process and of shared libraries: dlopen and dlsym without cgo.
//
// A program that imports it is linked dynamically (purego brings in the system's C library, its threads and its thread-local storage), which
// is why nothing below hostlib imports it. In exchange loaded code can use the C library, and callbacks of package inprocess may come from
// threads that C makes.
//
// On FreeBSD/amd64 it needs cgo, or the build flags -tags=fakecgo -gcflags=github.com/ebitengine/purego/internal/fakecgo=-std, without which Go does not compile purego there:
// else nothing is found. On macOS and FreeBSD it is built and was never run; there is no thread storage there, and [FinishLibraries] does nothing.
//
// [NewThreadStorage] gives thread-local variables to the modules of an engine, as if they were in shared libraries.
//
// Buffered output of C (stdio) is written by C's exit and fflush only; a Go program that ends does neither. Call fflush(NULL), found with
// Process, before leaving.
package hostlib

import (
	"errors"
	"slices"
	"strings"
	"sync"

	"github.com/gomcjit/gomcjit/executor"
)

// ErrUnsupportedHost says that shared libraries cannot be opened on this operating system and processor without cgo.
var ErrUnsupportedHost = errors.New("hostlib: opening shared libraries is not supported on this host")

// An OpenError says why a library could not be opened.
type OpenError struct {
	Name  string   // as given
	Tried []string // file names, in order
	Err   error    // of the last one, in the dynamic linker's words
}

// Error returns one line with the names that were tried.
func (e *OpenError) Error() string {
	s := "hostlib: cannot open " + e.Name
	if len(e.Tried) > 1 {
		s += " (tried " + strings.Join(e.Tried, ", ") + ")"
	}
	return s + ": " + e.Err.Error()
}

// Unwrap returns the dynamic linker's error.
func (e *OpenError) Unwrap() error { return e.Err }

// A Library is a shared library that is open, or the process. Its methods may be called from every goroutine.
type Library struct {
	name    string
	process bool

	mu     sync.RWMutex
	handle uintptr
	closed bool
}

var process = &Library{name: "the process", process: true}

// Process returns the symbols of the whole process in the dynamic linker's order, which include the C library. Beyond what dlsym knows it finds
//
//   - what the C library keeps in an archive (libc_nonshared.a) and links into every program: atexit, at_quick_exit, pthread_atfork and
//     __stack_chk_fail_local (linux/amd64 only). Functions registered through them run when the process ends through C's exit,
//     which a Go program that just returns does not do;
//   - the symbols of libgcc_s.so.1, which a Go program is not linked with: _Unwind_Resume, __udivti3 and so on. It is opened when first asked for
//     one; but __register_frame and __deregister_frame, for which engines ask, are found only once it is open, by this or as a part of
//     another library. Nobody unwinds before that.
//
// On Windows it finds what the modules of the process export, first of all the C library's (msvcrt.dll).
//
// The functions that take the caller's identity from an address of its own (__dso_handle) are the loader's business and not found here.
func Process() *Library { return process }

// A Mode says how a library is opened.
type Mode int

// Global opens a library as those that a program is linked with are: libraries that are opened later, and Process, find its symbols, and a function that it calls and that nobody
// defines is missed when it is called (RTLD_GLOBAL and RTLD_LAZY of dlopen(3)). On Windows it changes nothing.
const Global Mode = 1

// Open opens the shared library at path, or, if path has no slash, where the dynamic linker finds it. Its symbols are found through the
// result only, unless it is Global. The error is an *OpenError or ErrUnsupportedHost.
func Open(path string, modes ...Mode) (*Library, error) {
	handle, err := dlopen(path, slices.Contains(modes, Global))
	if errors.Is(err, ErrUnsupportedHost) {
		return nil, err
	}
	if err != nil {
		return nil, &OpenError{Name: path, Tried: []string{path}, Err: err}
	}
	return &Library{name: path, handle: handle}, nil
}

// OpenByName opens a library by the name that a linker takes with -l: "m" is libm.so.6. A name with a slash, or of the form lib*.so*, is
// opened as it is. Files such as libm.so are text for the linker on many systems, so that versioned names are tried, too. The error is an
// *OpenError or ErrUnsupportedHost.
func OpenByName(name string, modes ...Mode) (*Library, error) {
	var tried []string
	var last error
	for path := range candidates(name) {
		tried = append(tried, path)
		l, err := Open(path, modes...)
		if err == nil {
			l.name = name
			return l, nil
		}
		if errors.Is(err, ErrUnsupportedHost) {
			return nil, err
		}
		last = errors.Unwrap(err)
	}
	return nil, &OpenError{Name: name, Tried: tried, Err: last}
}

// Name returns the name the library was opened with.
func (l *Library) Name() string { return l.name }

// Lookup returns the address of a symbol that the library, or one it depends on, defines; for the process, any library loaded for
// all to see. A symbol whose value is zero counts as missing. After Close nothing is found. Where libraries have versions of symbols (glibc, FreeBSD), a name
// may be that of one: memcpy@GLIBC_2.2.5.
func (l *Library) Lookup(name string) (executor.Addr, bool) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	if l.closed {
		return 0, false
	}
	a := dlsym(l.handle, name)
	if a == 0 && l.process {
		a = lookupExtra(name)
	}
	return executor.Addr(a), a != 0
}

// Close unloads the library unless others use it. Its addresses must not be used any more. Closing the process, or twice, does nothing.
func (l *Library) Close() error {
	if l.process || !l.shut() {
		return nil
	}
	return dlclose(l.handle) // without the lock: the library's destructors may be callbacks that look symbols up
}

// shut makes Lookup find nothing any more, once those in progress are done, and reports whether it did before.
func (l *Library) shut() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	open := !l.closed
	l.closed = true
	return open
}

const libgccName = "libgcc_s.so.1"

// libgcc is libgcc_s, opened when needed; nil if there is none.
var libgcc = sync.OnceValue(func() *Library {
	l, err := Open(libgccName)
	if err != nil {
		return nil
	}
	return l
})

// lookupExtra finds what dlsym does not know in the process. All names of libgcc_s begin with an underscore.
func lookupExtra(name string) uintptr {
	if a := nonshared(name); a != 0 {
		return a
	}
	switch {
	case !strings.HasPrefix(name, "_"):
	case strings.HasSuffix(name, "register_frame") && !isLoaded(libgccName):
	case libgcc() != nil:
		return dlsym(libgcc().handle, name)
	}
	return 0
}
