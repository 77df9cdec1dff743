package memmgr

import (
	"fmt"
	"os"
	"unsafe"

	"golang.org/x/sys/unix"
)

// SystemMapper returns the mapper of this operating system. Where it has none, Reserve returns ErrUnsupportedHost.
func SystemMapper() Mapper { return bsdMapper{} }

// mapViews maps the same anonymous shared memory twice.
func mapViews(work, run []byte, _ string) error {
	fd, err := anonymousFile()
	if err != nil {
		return fmt.Errorf("shm_open: %w", err)
	}
	defer unix.Close(fd) // the mappings keep it
	if err := unix.Ftruncate(fd, int64(len(work))); err != nil {
		return fmt.Errorf("sizing shared memory: %w", err)
	}
	if err := mapFile(fd, work, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED); err != nil {
		return fmt.Errorf("mapping shared memory writable: %w", err)
	}
	// A forked child has no business in the view that its parent writes.
	if _, _, errno := unix.Syscall(unix.SYS_MINHERIT, uintptr(unsafe.Pointer(unsafe.SliceData(work))), uintptr(len(work)), inheritNone); errno != 0 {
		return fmt.Errorf("keeping shared memory from children: %w", os.NewSyscallError("minherit", errno))
	}
	// MAP_PRIVATE: debuggers can write their breakpoints there.
	if err := mapFile(fd, run, unix.PROT_NONE, unix.MAP_PRIVATE); err != nil {
		return fmt.Errorf("mapping shared memory privately: %w", err)
	}
	return nil
}

// What sys/syscall.h (FreeBSD 13) and sys/mman.h have, and package unix has not.
const (
	sysShmOpen2 = 571 // shm_open2(path, flags, mode, shmflags, name)
	shmAnon     = 1   // SHM_ANON, in place of a path: memory without a name
)

// anonymousFile makes shared memory, as memfd_create(3) does there.
func anonymousFile() (int, error) {
	fd, _, errno := unix.Syscall6(sysShmOpen2, shmAnon, unix.O_RDWR|unix.O_CLOEXEC, 0, 0, 0, 0)
	if errno != 0 {
		return -1, errno
	}
	return int(fd), nil
}
