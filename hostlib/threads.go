package hostlib

import (
	"errors"
	"fmt"
	"sync"

	"github.com/gomcjit/gomcjit/executor"
)

// ErrStaticThreadStorage says that thread-local variables do not fit the memory which C libraries keep free, in every thread, for code that is loaded
// later and addresses variables relative to the thread pointer.
var ErrStaticThreadStorage = errors.New("the C library has no static thread-local storage left")

// A ThreadStorageError says why thread-local variables cannot be had, or reached.
type ThreadStorageError struct {
	Name   string // of the object or the variable
	Reason string // what to do about it included
	Static uint64 // of ErrStaticThreadStorage: bytes that would do, as glibc.rtld.optional_static_tls; otherwise 0
	Align  uint64 // of ErrStaticThreadStorage: what threads would have to be aligned to (ThreadAlignment), if that is more than usual; otherwise 0
	Err    error
}

// Error names the object or the variable.
func (e *ThreadStorageError) Error() string {
	s := "hostlib: thread-local storage of " + e.Name + ": " + e.Err.Error()
	if e.Reason != "" {
		s += ": " + e.Reason
	}
	return s
}

// Unwrap returns the cause.
func (e *ThreadStorageError) Unwrap() error { return e.Err }

// A ThreadStorage gives linked code the thread-local storage of the process's C library, as if that code were in shared libraries: blocks are
// made with each thread and end with it, and variables of the process's own libraries can be reached. All models of thread-local storage work.
//
// It tells the C library of thread-local memory in the only language that it understands: by opening a shared library that has nothing else. That is
// made in memory, and has no code.
//
// Code that addresses its variables relative to the thread pointer (what compilers emit without -fPIC) shares what glibc keeps free for
// such code: 1664 bytes by default, with alignments of up to 64. What does not fit is an error that wraps ErrStaticThreadStorage. Memory of removed modules
// is used again once everything that was added later is removed, too.
//
// On Windows the storage is that of the loader ([threads.Storage]), for COFF objects, which reach no variables of libraries.
type ThreadStorage struct {
	runtime *threadRuntime

	mu        sync.Mutex
	libraries []*Library
}

var _ executor.ThreadStorage = (*ThreadStorage)(nil)

// NewThreadStorage returns the thread-local storage of the process. Variables of the given libraries can be reached beside those of the
// process. The error is ErrUnsupportedHost.
func NewThreadStorage(libraries ...*Library) (*ThreadStorage, error) {
	r, err := startThreads()
	if err != nil {
		return nil, err
	}
	return &ThreadStorage{runtime: r, libraries: libraries}, nil
}

// AddLibrary makes the thread-local variables of a library reachable, after those of the libraries that came before, and before those of the process.
func (s *ThreadStorage) AddLibrary(l *Library) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.libraries = append(s.libraries[:len(s.libraries):len(s.libraries)], l)
}

// Indexed is true on Windows.
func (s *ThreadStorage) Indexed() bool { return s.runtime.indexed() }

// Static is true elsewhere.
func (s *ThreadStorage) Static() bool { return !s.runtime.indexed() }

// ThreadVariable finds a variable of the libraries or the process. Errors are *ThreadStorageError.
func (s *ThreadStorage) ThreadVariable(name string, static bool) (executor.ThreadVariable, error) {
	s.mu.Lock()
	libraries := s.libraries
	s.mu.Unlock()
	for _, l := range append(libraries[:len(libraries):len(libraries)], process) {
		if v, err := s.variableOf(l, name, static); v.Module.ID != 0 || err != nil {
			return v, err
		}
	}
	return executor.ThreadVariable{}, nil
}

func (s *ThreadStorage) variableOf(l *Library, name string, static bool) (v executor.ThreadVariable, err error) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	if l.closed {
		return v, nil
	}
	return s.runtime.variable(l, name, static)
}

// AddThreadModule opens a library that has the template. Errors are *ThreadStorageError.
func (s *ThreadStorage) AddThreadModule(t executor.ThreadTemplate) (executor.ThreadModule, error) {
	m, err := s.runtime.add(t)
	if err != nil && t.Static == executor.ThreadPreferStatic {
		t.Static = executor.ThreadDynamic
		m, err = s.runtime.add(t)
	}
	if err != nil {
		return executor.ThreadModule{}, templateError(t, err)
	}
	return m, nil
}

// templateError says what to do about a template that is refused.
func templateError(t executor.ThreadTemplate, err error) error {
	if t.Static != executor.ThreadStatic {
		return &ThreadStorageError{Name: t.Name, Err: err}
	}
	const usual = 64 // TLS_TCB_ALIGN
	bytes := roundUp(512+2*t.Size+t.Align, 4096)
	align := t.Align
	if align <= usual {
		align = 0
	}
	return &ThreadStorageError{Name: t.Name, Err: ErrStaticThreadStorage, Static: bytes, Align: align, Reason: fmt.Sprintf(
		"%d bytes aligned to %d, for code that addresses them relative to the thread pointer (glibc keeps 1664 bytes, aligned to at most 64, for all such code); "+
			"recompile with -fPIC or -ftls-model=global-dynamic, or start the program with GLIBC_TUNABLES=glibc.rtld.optional_static_tls=%d", t.Size, t.Align, bytes)}
}

// ThreadAlignment returns a shared library that makes glibc align thread pointers to more than the usual 64 bytes in a process that begins with it (LD_PRELOAD): static thread-local storage of such an alignment
// can be had only there. It is nil if nothing has to be done, or nothing can be.
func ThreadAlignment(align uint64) []byte {
	if align == 0 {
		return nil
	}
	return alignmentImage(align)
}

func roundUp(n, align uint64) uint64 { return (n + align - 1) / align * align }

// RemoveThreadModule closes the library that AddThreadModule has opened. Errors are the dynamic linker's.
func (s *ThreadStorage) RemoveThreadModule(m executor.ThreadModule) error { return s.runtime.remove(m) }

// ThreadFunction returns the functions of the C library, or those that stand for them because a module may be removed before its threads end.
func (s *ThreadStorage) ThreadFunction(name string) executor.Addr { return s.runtime.function(name) }

// DescriptorFunction returns a function that keeps all registers, as code expects that uses descriptors.
func (s *ThreadStorage) DescriptorFunction(static bool) executor.Addr {
	return s.runtime.descriptor(static)
}

// EndThreadObjects runs destructors on the calling thread, whosever the objects are. Errors are those of threads.Runtime.
func (s *ThreadStorage) EndThreadObjects(code []executor.AddrRange) error {
	return s.runtime.endObjects(code)
}

// ForgetThreadData frees emulated variables. Errors are those of threads.Runtime.
func (s *ThreadStorage) ForgetThreadData(data []executor.AddrRange) error {
	return s.runtime.forget(data)
}
