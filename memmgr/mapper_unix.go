//go:build unix && !aix

package memmgr

import (
	"unsafe"

	"github.com/gomcjit/gomcjit/executor"
	"golang.org/x/sys/unix"
)

// posixMapper is what every Unix has.
type posixMapper struct{}

func unixProt(p Prot) int {
	return [...]int{unix.PROT_NONE, unix.PROT_READ, unix.PROT_READ | unix.PROT_WRITE, unix.PROT_READ | unix.PROT_EXEC}[p]
}

// mapNone maps inaccessible anonymous memory, which costs address space only.
func mapNone(at unsafe.Pointer, size, flags int) ([]byte, error) {
	p, err := unix.MmapPtr(-1, 0, at, uintptr(size), unix.PROT_NONE, unix.MAP_PRIVATE|unix.MAP_ANON|mapNoReserve|flags)
	if err != nil {
		return nil, err
	}
	return unsafe.Slice((*byte)(p), size), nil
}

func (posixMapper) Reserve(size int, near executor.Addr) ([]byte, error) {
	return mapNone(unsafe.Add(nil, uintptr(near)), size, 0)
}

// ReserveDual needs nothing special: views can be mapped anywhere.
func (m posixMapper) ReserveDual(size int, near executor.Addr) ([]byte, error) {
	return m.Reserve(size, near)
}

func (posixMapper) Release(mem []byte) error {
	return unix.MunmapPtr(unsafe.Pointer(unsafe.SliceData(mem)), uintptr(len(mem)))
}

func (posixMapper) Protect(mem []byte, p Prot) error { return unix.Mprotect(mem, unixProt(p)) }

func (posixMapper) Reset(mem []byte) error {
	_, err := mapNone(unsafe.Pointer(unsafe.SliceData(mem)), len(mem), unix.MAP_FIXED)
	return err
}
