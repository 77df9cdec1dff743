package objimage

import (
	"fmt"
	"io"
	"os"
	"sync/atomic"
)

// A Buffer owns the bytes of one file. They never change.
//
// Ownership is counted: the maker of a Buffer is its first owner, [Buffer.Retain] adds one, [Buffer.Close] drops one, and the last one to close gives
// the memory back. Whoever keeps bytes of a Buffer beyond a call has to be an owner. A Buffer that is part of another one, an archive's member,
// has a count of its own and is one owner of its parent, so that members outlive the closing of their archive.
//
// All methods may be called from any goroutine.
type Buffer struct {
	name   string
	data   []byte
	parent *Buffer // whose bytes these are; nil for a whole file
	mapped bool
	file   os.FileInfo // of a file that is mapped, when it was
	owners atomic.Int32
}

func newBuffer(name string, data []byte) *Buffer {
	b := &Buffer{name: name, data: data}
	b.owners.Store(1)
	return b
}

// NewBuffer returns a Buffer over data, which is not copied and must not change any more. The name is for messages.
func NewBuffer(name string, data []byte) *Buffer { return newBuffer(name, data) }

// OpenBuffer returns a Buffer with the contents of a file, named by its path.
//
// Where the system can, a regular file is mapped, not read: pages come in as they are used. When the file is truncated
// meanwhile reading it is an error of ErrTruncated in this package and in package runtimedyld, and the end of the program elsewhere, as of all programs that map their input: see [Guard]; replace files by renaming. See [Buffer.Check] for files that are read again
// much later. Other files (pipes, devices) are read to
// their end. Errors are those of package os.
func OpenBuffer(path string) (*Buffer, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if info.Mode().IsRegular() && info.Size() > 0 {
		// A failure to map (no room, too many mappings, a file system that cannot) is no failure to read.
		if data, err := mapFile(f, info.Size()); err == nil {
			b := newBuffer(path, data)
			b.mapped, b.file = true, info
			noteMapping(b)
			return b, nil
		}
	}
	data, err := io.ReadAll(f)
	if err != nil {
		return nil, err
	}
	return newBuffer(path, data), nil
}

// slice returns a Buffer over a part of b. It is an owner of b until it is closed itself.
func (b *Buffer) slice(name string, from, to uint64) *Buffer {
	sub := newBuffer(name, b.data[from:to:to])
	sub.parent = b.Retain()
	return sub
}

// Name returns the name that messages use: a path, or "libx.a(member.o)" for an archive's member.
func (b *Buffer) Name() string { return b.name }

// Bytes returns the contents. They must not be written to, and are valid until the last owner closes b; after that Bytes returns nil.
func (b *Buffer) Bytes() []byte { return b.data }

// Check makes sure that a file that is mapped is still what it was when it was opened, before it is read again after a while: the bytes of one that has been overwritten in place are others, and those of one that has been truncated are
// not there, which is the end of the program (SIGBUS). The error is a *FormatError. A file that has been replaced or removed under its name is all right: the old one stays as long as it is mapped. Buffers in memory are always all right.
func (b *Buffer) Check() error {
	whole := b.whole()
	if !whole.mapped {
		return nil
	}
	now, err := os.Stat(whole.name)
	if err != nil || !os.SameFile(now, whole.file) {
		return nil
	}
	switch was := whole.file; {
	case now.Size() != was.Size():
		return &FormatError{Object: b.name, Msg: fmt.Sprintf("the file had %d bytes when it was loaded, and has %d; load it anew, and replace files by renaming", was.Size(), now.Size())}
	case !now.ModTime().Equal(was.ModTime()):
		return &FormatError{Object: b.name, Msg: "the file has been overwritten since it was loaded; load it anew, and replace files by renaming"}
	}
	return nil
}

// whole returns the Buffer that b is a part of.
func (b *Buffer) whole() *Buffer {
	for b.parent != nil {
		b = b.parent
	}
	return b
}

// Mapped says whether the bytes are those of a file that is mapped, which may be truncated: see [Guard].
func (b *Buffer) Mapped() bool { return b.whole().mapped }

// Retain counts one more owner, who has to call Close, and returns b. The caller must be an owner, or know that one stays meanwhile:
// it panics on a Buffer that was given back, as there is nothing left to own.
func (b *Buffer) Retain() *Buffer {
	for {
		n := b.owners.Load()
		if n == 0 {
			panic("objimage: Retain of the closed Buffer " + b.name)
		}
		if b.owners.CompareAndSwap(n, n+1) {
			return b
		}
	}
}

// Close drops one owner. The last one unmaps the file, or drops its share of the parent. Closing a Buffer that has no owner left does nothing;
// closing more often than one owns takes the bytes away from another owner. The error is that of unmapping.
func (b *Buffer) Close() error {
	for {
		n := b.owners.Load()
		if n == 0 {
			return nil
		}
		if b.owners.CompareAndSwap(n, n-1) {
			if n > 1 {
				return nil
			}
			return b.release()
		}
	}
}

// release gives the bytes back. Forgetting them makes a use after Close an empty slice rather than a fault.
func (b *Buffer) release() error {
	data := b.data
	if b.mapped {
		forgetMapping(b)
	}
	b.data = nil
	switch {
	case b.parent != nil:
		return b.parent.Close()
	case b.mapped:
		return unmapFile(data)
	}
	return nil
}
