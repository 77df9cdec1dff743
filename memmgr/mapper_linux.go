package memmgr

import (
	"fmt"
	"strings"
	"unsafe"

	"golang.org/x/sys/unix"
)

const mapNoReserve = unix.MAP_NORESERVE

// linuxMapper adds what Linux has beyond POSIX.
type linuxMapper struct{ viewMapper }

// SystemMapper returns the mapper of this operating system. Where it has none, Reserve returns ErrUnsupportedHost.
func SystemMapper() Mapper { return linuxMapper{} }

// Discard keeps the mapping, and with it its name and the advice. Protection comes last, so that whatever fails leaves memory accessible.
func (m linuxMapper) Discard(mem, work []byte) error {
	if unsafe.SliceData(mem) != unsafe.SliceData(work) {
		// The file forgets its pages; the private view forgets the copies that a debugger has made.
		if err := forget(work, unix.MADV_REMOVE); err != nil {
			return err
		}
	}
	if err := forget(mem, unix.MADV_DONTNEED); err != nil {
		return err
	}
	return m.Protect(mem, ProtNone)
}

// forget gives memory back also if a client has locked it (mlock), which madvise(2) refuses.
func forget(mem []byte, advice int) error {
	err := unix.Madvise(mem, advice)
	if err == unix.EINVAL && unix.Munlock(mem) == nil {
		err = unix.Madvise(mem, advice)
	}
	return err
}

// briefly is up to how many bytes the protection changes in a few microseconds.
const briefly = blockSize

// Protect does without telling Go's scheduler of the call, if it is a short one: as Go's own memory does.
func (m linuxMapper) Protect(mem []byte, p Prot) error {
	if len(mem) > briefly {
		return m.viewMapper.Protect(mem, p)
	}
	_, _, err := unix.RawSyscall(unix.SYS_MPROTECT, uintptr(unsafe.Pointer(unsafe.SliceData(mem))), uintptr(len(mem)), uintptr(unixProt(p)))
	if err != 0 {
		return err
	}
	return nil
}

func (linuxMapper) Replace(dst, src []byte) error {
	size := uintptr(len(src))
	_, err := unix.MremapPtr(unsafe.Pointer(unsafe.SliceData(src)), size, unsafe.Pointer(unsafe.SliceData(dst)), size,
		unix.MREMAP_MAYMOVE|unix.MREMAP_FIXED)
	return err
}

// mapViews maps the same new file twice.
func mapViews(work, run []byte, name string) error {
	fd, err := memfd(name)
	if err != nil {
		return fmt.Errorf("memfd_create: %w", err)
	}
	defer unix.Close(fd) // the mappings keep the file
	if err := unix.Ftruncate(fd, int64(len(work))); err != nil {
		return fmt.Errorf("sizing a memfd: %w", err)
	}
	if err := mapFile(fd, work, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED); err != nil {
		return fmt.Errorf("mapping a memfd writable: %w", err)
	}
	// A forked child has no business in the view that its parent writes.
	if err := unix.Madvise(work, unix.MADV_DONTFORK); err != nil {
		return fmt.Errorf("keeping a memfd from children: %w", err)
	}
	// MAP_PRIVATE: debuggers can write their breakpoints there.
	if err := mapFile(fd, run, unix.PROT_NONE, unix.MAP_PRIVATE); err != nil {
		return fmt.Errorf("mapping a memfd privately: %w", err)
	}
	return nil
}

// memfd creates the file. The seal that its file can never be executed (Linux 6.3) does not concern mappings, and satisfies systems that
// refuse memfds without it (vm.memfd_noexec).
func memfd(name string) (int, error) {
	name, _, _ = strings.Cut(name, "\x00")
	name = name[:min(len(name), 200)] // 249 bytes are the limit, see memfd_create(2)
	fd, err := unix.MemfdCreate(name, unix.MFD_CLOEXEC|unix.MFD_NOEXEC_SEAL)
	if err == unix.EINVAL {
		return unix.MemfdCreate(name, unix.MFD_CLOEXEC)
	}
	return fd, err
}

func (linuxMapper) Advise(mem []byte) { unix.Madvise(mem, unix.MADV_HUGEPAGE) }

// Name needs Linux 5.17 with CONFIG_ANON_VMA_NAME.
func (linuxMapper) Name(mem []byte, name string) {
	cname := append([]byte(name), 0)
	// Not unix.Prctl: only a system call keeps what a uintptr in its arguments was made of, and at its place.
	unix.Syscall6(unix.SYS_PRCTL, unix.PR_SET_VMA, unix.PR_SET_VMA_ANON_NAME, uintptr(unsafe.Pointer(unsafe.SliceData(mem))), uintptr(len(mem)),
		uintptr(unsafe.Pointer(unsafe.SliceData(cname))), 0)
}
