package epc

import (
	"os"
	"unsafe"

	"github.com/gomcjit/gomcjit/executor"
	"golang.org/x/sys/unix"
)

// readHost and writeHost go through the system, which returns an error for addresses that are no memory, or may not be written, in place of a fault.

func readHost(at executor.Addr, b []byte) error {
	return transfer("reading", at, b, unix.ProcessVMReadv)
}

func writeHost(at executor.Addr, b []byte) error {
	return transfer("writing", at, b, unix.ProcessVMWritev)
}

func transfer(op string, at executor.Addr, b []byte, do func(pid int, local []unix.Iovec, remote []unix.RemoteIovec, flags uint) (int, error)) error {
	for len(b) > 0 {
		local := []unix.Iovec{{Base: unsafe.SliceData(b)}}
		local[0].SetLen(len(b))
		n, err := do(os.Getpid(), local, []unix.RemoteIovec{{Base: uintptr(at), Len: len(b)}}, 0)
		if err == unix.EINTR {
			continue
		}
		if err != nil || n == 0 {
			return &accessError{op, at, err}
		}
		at += executor.Addr(n)
		b = b[n:]
	}
	return nil
}
