package hostlib

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"runtime"
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
	l, err := r.open(threadImage(t, static))
	if err != nil {
		return executor.ThreadModule{}, err
	}
	l.module.Static = static
	r.libraries[l.module.ID] = l
	if static {
		r.static = append(r.static, l)
	}
	return l.module, nil
}

// open opens the library. Its two words are then what the dynamic linker has made of their relocations.
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
	handle, err := dlopen(uniquePath(r.opened, int(high.Fd())))
	if err != nil {
		return nil, err
	}
	addr := dlsym(handle, threadWords)
	if addr == 0 {
		return nil, errors.Join(fmt.Errorf("the dynamic linker does not find %s", threadWords), dlclose(handle))
	}
	words := **(**[2]uint64)(unsafe.Pointer(&addr))
	return &threadLibrary{handle: handle, module: executor.ThreadModule{ID: words[0], Offset: int64(words[1])}}, nil
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

// The names in the library, each behind a NUL.
const (
	threadWords   = "gomcjit_thread_module"
	threadStrings = "\x00" + threadWords + "\x00"
)

// A threadFile is a shared library up to its image: one segment, the dynamic section, one symbol, and two words to be relocated to the module's number and its
// distance from the thread pointer.
type threadFile struct {
	Header   elf.Header64
	Segments [4]elf.Prog64
	Dynamic  [10]elf.Dyn64
	Symbols  [2]elf.Sym64
	Relocs   [2]elf.Rela64
	Words    [2]uint64
	Hash     [5]uint32 // DT_HASH: one bucket, with the one symbol
	Strings  [len(threadStrings)]byte
}

// threadImage returns the library. A relocation to the distance makes the dynamic linker keep it constant.
func threadImage(t executor.ThreadTemplate, static bool) []byte {
	var f threadFile
	at := func(off uintptr) uint64 { return uint64(off) }
	align := max(t.Align, 1)
	image := roundUp(uint64(binary.Size(f)), align)
	end := image + uint64(len(t.Image))
	copy(f.Header.Ident[:], elf.ELFMAG)
	f.Header.Ident[elf.EI_CLASS], f.Header.Ident[elf.EI_DATA], f.Header.Ident[elf.EI_VERSION] = byte(elf.ELFCLASS64), byte(elf.ELFDATA2LSB), byte(elf.EV_CURRENT)
	f.Header.Type, f.Header.Machine, f.Header.Version = uint16(elf.ET_DYN), uint16(elf.EM_X86_64), uint32(elf.EV_CURRENT)
	f.Header.Phoff, f.Header.Ehsize, f.Header.Phentsize, f.Header.Phnum = at(unsafe.Offsetof(f.Segments)), 64, 56, uint16(len(f.Segments))
	rw := uint32(elf.PF_R | elf.PF_W)
	dynamic := at(unsafe.Offsetof(f.Dynamic))
	f.Segments = [...]elf.Prog64{
		{Type: uint32(elf.PT_LOAD), Flags: rw, Filesz: end, Memsz: end, Align: 4096},
		{Type: uint32(elf.PT_DYNAMIC), Flags: rw, Off: dynamic, Vaddr: dynamic, Paddr: dynamic, Filesz: at(unsafe.Sizeof(f.Dynamic)), Memsz: at(unsafe.Sizeof(f.Dynamic)), Align: 8},
		{Type: uint32(elf.PT_TLS), Flags: uint32(elf.PF_R), Off: image, Vaddr: image, Paddr: image, Filesz: uint64(len(t.Image)), Memsz: t.Size, Align: align},
		{Type: uint32(elf.PT_GNU_STACK), Flags: rw, Align: 16},
	}
	words := at(unsafe.Offsetof(f.Words))
	f.Relocs = [...]elf.Rela64{{Off: words, Info: uint64(elf.R_X86_64_DTPMOD64)}, {Off: words + 8, Info: uint64(elf.R_X86_64_TPOFF64)}}
	relocs, flags := 1, uint64(0)
	if static {
		relocs, flags = 2, uint64(elf.DF_STATIC_TLS)
	}
	f.Dynamic = [...]elf.Dyn64{
		{Tag: int64(elf.DT_HASH), Val: at(unsafe.Offsetof(f.Hash))},
		{Tag: int64(elf.DT_SYMTAB), Val: at(unsafe.Offsetof(f.Symbols))},
		{Tag: int64(elf.DT_SYMENT), Val: 24},
		{Tag: int64(elf.DT_STRTAB), Val: at(unsafe.Offsetof(f.Strings))},
		{Tag: int64(elf.DT_STRSZ), Val: uint64(len(f.Strings))},
		{Tag: int64(elf.DT_RELA), Val: at(unsafe.Offsetof(f.Relocs))},
		{Tag: int64(elf.DT_RELASZ), Val: uint64(relocs) * 24},
		{Tag: int64(elf.DT_RELAENT), Val: 24},
		{Tag: int64(elf.DT_FLAGS), Val: flags},
		{Tag: int64(elf.DT_NULL)},
	}
	f.Symbols[1] = elf.Sym64{Name: 1, Info: elf.ST_INFO(elf.STB_GLOBAL, elf.STT_OBJECT), Shndx: 1, Value: words, Size: 16}
	f.Hash = [...]uint32{1, 2, 1, 0, 0}
	copy(f.Strings[:], threadStrings)
	var b bytes.Buffer
	_ = binary.Write(&b, binary.LittleEndian, &f) // memory takes everything
	b.Write(make([]byte, image-uint64(b.Len())))
	b.Write(t.Image)
	return b.Bytes()
}

// segmentInfo is struct dl_phdr_info of <link.h>.
type segmentInfo struct {
	addr          uintptr
	name          *byte
	segments      *elf.Prog64
	numSegments   uint16
	adds, subs    uint64
	threadModule  uint64
	threadAddress uintptr // of the calling thread's block; 0 if there is none
}

// A search is for the module that has a thread-local address.
type search struct {
	addr   uintptr
	module uint64
	block  uintptr
}

var searching struct {
	sync.Mutex
	search
}

var eachLibrary = sync.OnceValue(func() uintptr {
	return purego.NewCallback(func(info *segmentInfo, size, data uintptr) uintptr {
		s := &searching.search
		if size < unsafe.Sizeof(*info) || info.threadAddress == 0 {
			return 0
		}
		for _, p := range unsafe.Slice(info.segments, info.numSegments) {
			if p.Type == uint32(elf.PT_TLS) && s.addr-info.threadAddress < uintptr(p.Memsz) {
				s.module, s.block = info.threadModule, info.threadAddress
				return 1
			}
		}
		return 0
	})
})

// threadVariable finds a thread-local variable of a library: dlsym gives its address in this thread, and with that its module and offset.
func threadVariable(handle uintptr, name string) (v executor.ThreadVariable, found bool, err error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	addr := dlsym(handle, name)
	if addr == 0 {
		return v, false, nil
	}
	searching.Lock()
	searching.search = search{addr: addr}
	purego.SyscallN(dlsym(0, "dl_iterate_phdr"), eachLibrary(), 0)
	s := searching.search
	searching.Unlock()
	if s.module == 0 {
		return v, true, &ThreadStorageError{Name: name, Err: errors.New("the library's symbol is no thread-local variable")}
	}
	v.Module.ID, v.Offset = s.module, uint64(addr-s.block)
	v.Module.Static, v.Module.Offset = staticOffset(s.block)
	return v, true, nil
}

// staticOffset returns how far a block of the calling thread is from the thread pointer, if it is in static storage, which ends there. glibc says to
// its friends how large that is; pthread_self is the thread pointer.
func staticOffset(block uintptr) (static bool, off int64) {
	info, self := dlsym(0, "_dl_get_tls_static_info"), dlsym(0, "pthread_self")
	if info == 0 || self == 0 {
		return false, 0
	}
	var size, align uintptr
	purego.SyscallN(info, uintptr(unsafe.Pointer(&size)), uintptr(unsafe.Pointer(&align)))
	tp, _, _ := purego.SyscallN(self)
	if block >= tp || tp-block > size {
		return false, 0
	}
	return true, -int64(tp - block)
}
