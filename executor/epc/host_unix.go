//go:build unix && !aix

package epc

import (
	"errors"
	"io"
	"os"
	"runtime"
	"unsafe"

	"github.com/gomcjit/gomcjit/executor"
	"golang.org/x/sys/unix"
)

// servable says whether this package knows how to get memory for code here.
const servable = true

// mapPages maps anonymous memory.
func mapPages(size uint64, near executor.Addr, prot executor.MemProt) (executor.Addr, error) {
	p, err := unix.MmapPtr(-1, 0, unsafe.Add(nil, uintptr(near)), uintptr(size), unixProt(prot), unix.MAP_PRIVATE|unix.MAP_ANON)
	return executor.Addr(uintptr(p)), err
}

func unmapPages(at executor.Addr, size uint64) error {
	return unix.MunmapPtr(unsafe.Pointer(unsafe.SliceData(hostMemory(at, size))), uintptr(size))
}

func protectPages(at executor.Addr, size uint64, prot executor.MemProt) error {
	return unix.Mprotect(hostMemory(at, size), unixProt(prot))
}

// zeroMemory makes memory of a reservation zero. On Linux whole pages become zero by being given back, so that they take memory only once somebody writes them.
func zeroMemory(mem []byte) {
	page := uint64(os.Getpagesize())
	at := uint64(uintptr(unsafe.Pointer(unsafe.SliceData(mem))))
	head := -at & (page - 1)
	if runtime.GOOS == "linux" && uint64(len(mem)) >= head+page {
		pages := (uint64(len(mem)) - head) &^ (page - 1)
		if unix.Madvise(mem[head:head+pages], unix.MADV_DONTNEED) == nil {
			clear(mem[:head])
			mem = mem[head+pages:]
		}
	}
	clear(mem)
}

// forgetPages makes pages inaccessible, and gives what is in them back.
func forgetPages(at executor.Addr, size uint64) error {
	return errors.Join(unix.Madvise(hostMemory(at, size), unix.MADV_DONTNEED), protectPages(at, size, 0))
}

func unixProt(p executor.MemProt) (prot int) {
	for bit, flag := range map[executor.MemProt]int{executor.MemRead: unix.PROT_READ, executor.MemWrite: unix.PROT_WRITE, executor.MemExec: unix.PROT_EXEC} {
		if p&bit != 0 {
			prot |= flag
		}
	}
	return prot
}

// hostMemory is memory of this process outside the Go heap.
//
//go:nocheckptr
func hostMemory(at executor.Addr, size uint64) []byte {
	return unsafe.Slice((*byte)(unsafe.Add(nil, uintptr(at))), size)
}

// cString is the string at an address of this process.
func cString(at executor.Addr) string {
	return unix.BytePtrToString((*byte)(unsafe.Add(nil, uintptr(at))))
}

// Descriptors makes a connection of two inherited file descriptors. Closing it closes both.
func Descriptors(in, out int) (io.ReadWriteCloser, error) {
	for _, fd := range []int{in, out} {
		// What can be polled has deadlines, and reading ends when it is closed.
		if err := unix.SetNonblock(fd, true); err != nil {
			return nil, os.NewSyscallError("fcntl", err)
		}
		unix.CloseOnExec(fd)
	}
	return Files(os.NewFile(uintptr(in), "commands"), os.NewFile(uintptr(out), "results")), nil
}
