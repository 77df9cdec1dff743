package inprocess

import (
	"unsafe"

	"github.com/gomcjit/gomcjit/executor"
	"golang.org/x/sys/unix"
)

// Supported says whether this package can call code on this operating system and processor.
const Supported = true

// callPlan makes a call whose arguments and result are in values.
func callPlan(addr executor.Addr, p *plan, values []byte) error {
	if err := reserveStacks(); err != nil {
		return err
	}
	var r regs
	p.call(uintptr(addr), &r, unsafe.Pointer(unsafe.SliceData(values)), false)
	return nil
}

func mapMemory(size int) ([]byte, error) {
	b, err := unix.Mmap(-1, 0, size, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANONYMOUS)
	if err != nil {
		return nil, &MemoryError{Op: "map", Len: size, Err: err}
	}
	return b, nil
}

func unmapMemory(b []byte) {
	_ = unix.Munmap(b[:cap(b)]) // ours since Mmap; nothing can be done about an error
}
