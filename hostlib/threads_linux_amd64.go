package hostlib

import (
	"debug/elf"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"unsafe"

	"github.com/ebitengine/purego"
	"golang.org/x/sys/unix"

	"github.com/gomcjit/gomcjit/executor"
	"github.com/gomcjit/gomcjit/executor/threads"
)

// A threadRuntime is what the process has of thread-local storage beside the C library's.
type threadRuntime struct {
	code *threads.Runtime

	mu        sync.Mutex
	opened    uint64 // how often a library was opened
	libraries map[uint64]*threadLibrary
	static    []*threadLibrary // in the order of their distance from the thread pointer
}

// A threadLibrary is a module: a shared library that has nothing but thread-local memory.
type threadLibrary struct {
	handle  uintptr
	words   [3]uint64
	module  executor.ThreadModule
	removed bool // but others were added later
}

var startThreads = sync.OnceValues(func() (*threadRuntime, error) {
	sym := func(name string) executor.Addr { return executor.Addr(dlsym(0, name)) }
	code, err := threads.Start(threads.Host{
		GetAddr: sym("__tls_get_addr"), KeyCreate: sym("pthread_key_create"), GetSpecific: sym("pthread_getspecific"),
		SetSpecific: sym("pthread_setspecific"), AtThreadExit: sym("__cxa_thread_atexit_impl"),
	})
	return &threadRuntime{code: code, libraries: map[uint64]*threadLibrary{}}, err
})

func (r *threadRuntime) indexed() bool                      { return false }
func (r *threadRuntime) function(name string) executor.Addr { return r.code.ThreadFunction(name) }
func (r *threadRuntime) descriptor(static bool) executor.Addr {
	return r.code.DescriptorFunction(static)
}
func (r *threadRuntime) endObjects(ranges []executor.AddrRange) error {
	return r.code.EndThreadObjects(ranges)
}
func (r *threadRuntime) forget(ranges []executor.AddrRange) error {
	return r.code.ForgetThreadData(ranges)
}

// add opens a library that has the template.
func (r *threadRuntime) add(t executor.ThreadTemplate) (executor.ThreadModule, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	static := t.Static != executor.ThreadDynamic
	if n := len(r.static); static && n > 0 {
		// The blocks lie one below the other. Without a gap between them glibc gets back all of it.
		used := uint64(-r.static[n-1].module.Offset)
		t.Size = roundUp(used+t.Size, t.Align) - used
	}
	l, err := r.open(moduleImage(t, static))
	if err != nil {
		return executor.ThreadModule{}, err
	}
	l.module = executor.ThreadModule{ID: l.words[0], Static: static, Offset: int64(l.words[2])}
	r.libraries[l.module.ID] = l
	if static {
		r.static = append(r.static, l)
	}
	return l.module, nil
}

// open opens a library. Its words are then what the dynamic linker has made of their relocations.
func (r *threadRuntime) open(image []byte) (*threadLibrary, error) {
	fd, err := unix.MemfdCreate("gomcjit-threads", unix.MFD_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("memfd_create: %w", err)
	}
	f := os.NewFile(uintptr(fd), "gomcjit-threads")
	defer f.Close()
	if _, err := f.Write(image); err != nil {
		return nil, err
	}
	high := highDescriptor(f)
	defer high.Close()
	r.opened++
	handle, err := dlopen(uniquePath(r.opened, int(high.Fd())), false)
	if err != nil {
		return nil, err
	}
	addr := dlsym(handle, threadWords)
	if addr == 0 {
		return nil, errors.Join(fmt.Errorf("the dynamic linker does not find %s", threadWords), dlclose(handle))
	}
	return &threadLibrary{handle: handle, words: **(**[3]uint64)(unsafe.Pointer(&addr))}, nil
}

// highDescriptor returns the file under a number that others are unlikely to have soon: debuggers look for the library by its path, later.
func highDescriptor(f *os.File) *os.File {
	const high = 1000
	fd, err := unix.FcntlInt(f.Fd(), unix.F_DUPFD_CLOEXEC, high)
	if err != nil {
		fd, _ = unix.FcntlInt(f.Fd(), unix.F_DUPFD_CLOEXEC, 0)
	}
	return os.NewFile(uintptr(fd), f.Name())
}

// uniquePath returns a path of a descriptor that no library had: the dynamic linker takes those of the same path for the same library. A slash
// more or less, and a dot between, change nothing else.
func uniquePath(n uint64, fd int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "/proc/%d", os.Getpid())
	for ; n > 0; n >>= 1 {
		b.WriteString([]string{"/", "/."}[n&1])
	}
	fmt.Fprintf(&b, "/fd/%d", fd)
	return b.String()
}

// remove closes a module's library. One with static storage waits for those that were added after it, since glibc takes back only what
// was given out last.
func (r *threadRuntime) remove(m executor.ThreadModule) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	l := r.libraries[m.ID]
	if l == nil || l.removed {
		return &ThreadStorageError{Name: fmt.Sprintf("module %d", m.ID), Err: errors.New("there is no such module")}
	}
	if !m.Static {
		delete(r.libraries, m.ID)
		return dlclose(l.handle)
	}
	l.removed = true
	var errs []error
	for n := len(r.static); n > 0 && r.static[n-1].removed; n-- {
		top := r.static[n-1]
		r.static = r.static[:n-1]
		delete(r.libraries, top.module.ID)
		errs = append(errs, dlclose(top.handle))
	}
	return errors.Join(errs...)
}

// variable finds a thread-local variable of the process or a library, by what the dynamic linker makes of relocations against its name. To look at the
// variable itself would settle where the library has its block. If static is set, the library's block is kept near the thread pointer from now on, if it can
// be.
func (r *threadRuntime) variable(l *Library, name string, static bool) (v executor.ThreadVariable, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	needed := ""
	if !l.process {
		if needed, err = libraryName(l.handle); err != nil {
			return v, err
		}
	}
	probe, err := r.open(probeImage(needed, name, static))
	if err != nil && static {
		static = false
		probe, err = r.open(probeImage(needed, name, false))
	}
	if err != nil {
		return v, &ThreadStorageError{Name: name, Err: err}
	}
	defer dlclose(probe.handle)
	v.Module.ID, v.Offset = probe.words[0], probe.words[1]
	if v.Module.ID != 0 && v.Offset >= moduleSize(v.Module.ID) {
		return executor.ThreadVariable{}, &ThreadStorageError{Name: name, Err: errors.New("the library's symbol is no thread-local variable")}
	}
	if static && v.Module.ID != 0 {
		v.Module.Static, v.Module.Offset = true, int64(probe.words[2]-v.Offset)
	}
	return v, nil
}

// linkMap is struct link_map of <link.h>.
type linkMap struct {
	addr    uintptr
	name    *byte
	dynamic *elf.Dyn64
	next    *linkMap
	_       *linkMap // l_prev
}

// libraryName returns the name under which the dynamic linker knows an open library.
func libraryName(handle uintptr) (string, error) {
	const linkMapOf = 2 // RTLD_DI_LINKMAP
	var m *linkMap
	if rc, _, _ := purego.SyscallN(dlsym(0, "dlinfo"), handle, linkMapOf, uintptr(unsafe.Pointer(&m))); int32(rc) != 0 || m == nil {
		return "", &ThreadStorageError{Name: "a library", Err: errors.New("dlinfo does not tell its name")}
	}
	return unix.BytePtrToString(m.name), nil
}

// segmentInfo is struct dl_phdr_info of <link.h>.
type segmentInfo struct {
	_            uintptr // dlpi_addr
	_            *byte   // dlpi_name
	segments     *elf.Prog64
	numSegments  uint16
	_, _         uint64 // dlpi_adds, dlpi_subs
	threadModule uint64
	_            uintptr // dlpi_tls_data
}

// moduleSearch is what eachLibrary looks for and finds.
var moduleSearch struct {
	sync.Mutex
	module, size uint64
}

var eachLibrary = sync.OnceValue(func() uintptr {
	return purego.NewCallback(func(info *segmentInfo, size, data uintptr) uintptr {
		if size < unsafe.Sizeof(*info) || info.threadModule != moduleSearch.module {
			return 0
		}
		for _, p := range unsafe.Slice(info.segments, info.numSegments) {
			if p.Type == uint32(elf.PT_TLS) {
				moduleSearch.size = p.Memsz
			}
		}
		return 1
	})
})

// moduleSize returns the bytes of a module's block.
func moduleSize(module uint64) uint64 {
	moduleSearch.Lock()
	defer moduleSearch.Unlock()
	moduleSearch.module, moduleSearch.size = module, 0
	purego.SyscallN(dlsym(0, "dl_iterate_phdr"), eachLibrary(), 0)
	return moduleSearch.size
}
