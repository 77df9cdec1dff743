package memmgr

import (
	"errors"
	"runtime"
	"sync"
	"unsafe"

	"github.com/gomcjit/gomcjit/executor"
	"golang.org/x/sys/unix"
)

// jitMapper has MAP_JIT memory beside what bsdMapper has. Programs with the hardened runtime may execute no other memory that they write, unless they have the entitlement
// com.apple.security.cs.allow-unsigned-executable-memory; for this they need com.apple.security.cs.allow-jit ("Porting just-in-time compilers to Apple silicon"). Its rules:
//
//   - The whole mapping is made at once (no MAP_FIXED), writable and executable in name. Its protection cannot change.
//   - A thread either runs what is in such mappings or writes it, by its own choice (pthread_jit_write_protect_np), and begins with running. So it is written while no Go code
//     can run on the thread in between, which may go on elsewhere: in one call of a function in assembly.
type jitMapper struct{ bsdMapper }

var _ codeMapper = jitMapper{}

// SystemMapper returns the mapper of this operating system. Where it has none, Reserve returns ErrUnsupportedHost.
func SystemMapper() Mapper { return jitMapper{} }

// jitMemory has the sizes of the mappings, by their addresses.
var jitMemory sync.Map // of uintptr to int

// inJIT says whether memory is a part of such a mapping.
func inJIT(mem []byte) (is bool) {
	at := uintptr(addrOf(mem))
	jitMemory.Range(func(start, size any) bool {
		is = at-start.(uintptr) < uintptr(size.(int))
		return !is
	})
	return is
}

func (jitMapper) ReserveCode(size int, near executor.Addr) ([]byte, error) {
	p, err := unix.MmapPtr(-1, 0, unsafe.Add(nil, uintptr(near)), uintptr(size), unix.PROT_READ|unix.PROT_WRITE|unix.PROT_EXEC, unix.MAP_PRIVATE|unix.MAP_ANON|unix.MAP_JIT)
	if err != nil {
		return nil, err
	}
	jitMemory.Store(uintptr(p), size)
	return unsafe.Slice((*byte)(p), size), nil
}

func (jitMapper) WriteCode(run, work []byte) {
	args := writeArgs{to: uint64(addrOf(run)), from: uint64(addrOf(work)), size: uint64(min(len(run), len(work)))}
	libcCall(writeCodeAddr, uintptr(unsafe.Pointer(&args)), 0, 0)
	runtime.KeepAlive(work)
}

func (m jitMapper) Release(mem []byte) error {
	jitMemory.Delete(uintptr(addrOf(mem)))
	return m.bsdMapper.Release(mem)
}

func (m jitMapper) Protect(mem []byte, p Prot) error {
	if inJIT(mem) {
		return nil
	}
	return m.bsdMapper.Protect(mem, p)
}

// Discard leaves zeros, which are no instruction.
func (m jitMapper) Discard(mem, work []byte) error {
	if !inJIT(mem) {
		return m.bsdMapper.Discard(mem, work)
	}
	clear(work)
	m.WriteCode(mem, work)
	return unix.Madvise(work, unix.MADV_FREE)
}

func (m jitMapper) Reset(mem []byte) error {
	if inJIT(mem) {
		return nil
	}
	return m.bsdMapper.Reset(mem)
}

// MapDual gives MAP_JIT memory a copy that is written, and that WriteCode publishes.
func (m jitMapper) MapDual(run []byte, name string) ([]byte, error) {
	if !inJIT(run) {
		return m.bsdMapper.MapDual(run, name)
	}
	page := unix.Getpagesize()
	view, err := m.Reserve(len(run)+2*page, 0)
	if err != nil {
		return nil, err
	}
	work := view[page : page+len(run)]
	if err := m.Protect(work, ProtReadWrite); err != nil {
		return nil, errors.Join(err, m.Release(view))
	}
	return work, nil
}

// A writeArgs is what writeCode, in assembly, copies.
type writeArgs struct{ to, from, size uint64 }

//go:cgo_import_dynamic libc_pthread_jit_write_protect_np pthread_jit_write_protect_np "/usr/lib/libSystem.B.dylib"
//go:cgo_import_dynamic libc_memmove memmove "/usr/lib/libSystem.B.dylib"

// writeCodeAddr is set in assembly.
var writeCodeAddr uintptr
