//go:build darwin || freebsd

package memmgr

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// bsdMapper is that of Darwin and FreeBSD.
type bsdMapper struct{ viewMapper }

// Discard keeps dual mappings what they are. The system may take the pages when it needs them, and until then what is in them is as it was.
func (m bsdMapper) Discard(mem, work []byte) error {
	if unsafe.SliceData(mem) == unsafe.SliceData(work) {
		return m.viewMapper.Discard(mem, work)
	}
	if err := unix.Madvise(work, unix.MADV_FREE); err != nil {
		return err
	}
	return m.Protect(mem, ProtNone)
}

// inheritNone is for minherit(2), of both systems: a child has nothing there.
const inheritNone = 2
