//go:build linux || darwin || freebsd

package memmgr

import (
	"errors"
	"unsafe"

	"golang.org/x/sys/unix"
)

// viewMapper adds dual mappings, where mapViews can make any two parts of reserved memory views of the same.
type viewMapper struct{ posixMapper }

// MapDual reserves a page more at either end of the view that is written.
func (m viewMapper) MapDual(run []byte, name string) ([]byte, error) {
	page := unix.Getpagesize()
	view, err := m.Reserve(len(run)+2*page, 0)
	if err != nil {
		return nil, err
	}
	work := view[page : page+len(run)]
	if err := mapViews(work, run, name); err != nil {
		return nil, errors.Join(err, m.Release(view), m.Reset(run))
	}
	return work, nil
}

func (m viewMapper) UnmapDual(work []byte) error {
	page := unix.Getpagesize()
	return m.Release(unsafe.Slice((*byte)(unsafe.Add(unsafe.Pointer(unsafe.SliceData(work)), -page)), len(work)+2*page))
}
