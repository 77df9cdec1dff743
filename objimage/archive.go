package objimage

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sync/atomic"
)

// A MemberID names a member of one archive: the offset of its header in the file. Names do not, as several members may have the same.
type MemberID uint64

// A Member is one file in an archive.
type Member struct {
	ID   MemberID
	Name string // as the archive has it; of a thin archive the path, relative to the archive's folder
	Size uint64 // bytes; of a thin archive what the file had when it was added
}

// An Archive is a library of object files, as ar makes them: in the variants of GNU (also SysV and COFF), of BSD and Darwin, and thin, where
// members are files of their own. See "ar" in the manual of GNU binutils and in section 5 of the BSD manuals.
//
// Lookup finds the member that defines a symbol. It uses the archive's own index, as ranlib makes it; an archive without one is read as a
// whole by ParseArchive. Members may be anything. Those that are not relocatable objects (text, bitcode, archives in the archive) define
// nothing when the index has to be made, and are refused, with ErrUnsupportedFormat, when they are parsed; they are not looked into.
//
// An Archive is an owner of its Buffer until it is closed. All methods may be called from any goroutine.
type Archive struct {
	buf       *Buffer
	thin      bool
	longNames []byte
	index     map[string]MemberID
	versioned []string                           // names of the index that have a version, while it is read
	open      func(path string) (*Buffer, error) // opens members of a thin archive
	closed    atomic.Bool
}

// IsArchive reports whether b starts like an archive that ParseArchive reads.
func IsArchive(b *Buffer) bool {
	return bytes.HasPrefix(b.data, []byte(archiveMagic)) || bytes.HasPrefix(b.data, []byte(thinArchiveMagic))
}

// ParseArchive makes an Archive of b, and becomes one more owner of it. It reads the index and nothing else, if there is one; the members'
// headers are checked as they are come across. If there is none it reads the symbols of all members, and fails if one is a broken object. Errors are
// *FormatError, of ErrUnsupportedFormat for what is no archive; b has then no owner more than before.
func ParseArchive(b *Buffer) (*Archive, error) { return parseArchive(b, openRegular) }

func parseArchive(b *Buffer, open func(string) (*Buffer, error)) (*Archive, error) {
	var isArchive, thin bool
	err := Guard(func() error {
		isArchive, thin = IsArchive(b), bytes.HasPrefix(b.data, []byte(thinArchiveMagic))
		return nil
	})
	if err != nil {
		return nil, err
	}
	if !isArchive {
		return nil, &FormatError{Object: b.name, Msg: "this is " + describe(b.data) + ", not an archive", Err: ErrUnsupportedFormat}
	}
	a := &Archive{buf: b.Retain(), thin: thin, open: open}
	if err := Guard(a.readSpecial); err != nil {
		a.Close()
		return nil, err
	}
	return a, nil
}

// openRegular opens a file that an archive names. It has to be a regular one: a pipe would block, a device may have no end.
func openRegular(path string) (*Buffer, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, &fs.PathError{Op: "open", Path: path, Err: errors.New("not a regular file")}
	}
	return OpenBuffer(path)
}

// Name returns the buffer's name, for messages.
func (a *Archive) Name() string { return a.buf.name }

// Thin reports whether members are files of their own, beside the archive.
func (a *Archive) Thin() bool { return a.thin }

// Lookup returns the member that defines a symbol, in time that does not depend on the archive's size. If several do it is the first in the
// index. Data that is common counts as defined.
func (a *Archive) Lookup(name string) (member MemberID, ok bool) {
	member, ok = a.index[name]
	return member, ok
}

// Symbols returns the names that Lookup finds, sorted, with their members.
func (a *Archive) Symbols() iter.Seq2[string, MemberID] {
	return func(yield func(string, MemberID) bool) {
		for _, name := range slices.Sorted(maps.Keys(a.index)) {
			if !yield(name, a.index[name]) {
				return
			}
		}
	}
}

// Members returns all members, in the order of the file. A header that is broken yields an error, and ends the sequence.
func (a *Archive) Members() iter.Seq2[Member, error] {
	return func(yield func(Member, error) bool) {
		for off := uint64(len(archiveMagic)); off < uint64(len(a.buf.data)); {
			h, err := a.guardedHeader(off)
			if err != nil {
				yield(Member{}, err)
				return
			}
			off = h.next
			if h.special {
				continue
			}
			if !yield(Member{ID: MemberID(h.off), Name: h.name, Size: h.end - h.start}, nil) {
				return
			}
		}
	}
}

// Member returns a member's contents, named "libx.a(member.o)". The caller owns the Buffer, and closes it. It shares the archive's bytes, and
// keeps them from being given back when the archive is closed; of a thin archive it is the file, opened. The error is a *FormatError, around
// that of the system for a file that cannot be opened; after Close it is fs.ErrClosed.
func (a *Archive) Member(id MemberID) (*Buffer, error) {
	if a.closed.Load() {
		return nil, fmt.Errorf("%s: archive: %w", a.buf.name, fs.ErrClosed)
	}
	h, err := a.guardedHeader(uint64(id))
	if err != nil {
		return nil, err
	}
	if h.special {
		return nil, a.errorf(uint64(id), "this is the archive's own member %q", h.name)
	}
	name := a.buf.name + "(" + h.name + ")"
	if !a.thin {
		return a.buf.slice(name, h.start, h.end), nil
	}
	if h.nested {
		e := a.errorf(h.off, "member %q is in another archive; pass that one", h.name)
		e.Err = ErrUnsupportedFormat
		return nil, e
	}
	path := filepath.FromSlash(h.name)
	if !filepath.IsAbs(path) {
		path = filepath.Join(filepath.Dir(a.buf.name), path)
	}
	b, err := a.open(path)
	if err != nil {
		e := a.errorf(h.off, "member %q of the thin archive", h.name)
		e.Err = err
		return nil, e
	}
	b.name = name
	return b, nil
}

// guardedHeader is header for those that are not called by readSpecial.
func (a *Archive) guardedHeader(off uint64) (h arHeader, err error) {
	err = Guard(func() (err error) {
		h, err = a.header(off)
		return err
	})
	return h, err
}

// Close drops the archive's share of its Buffer; members that were taken out stay. Lookup goes on to work, Member does not. Closing again does
// nothing.
func (a *Archive) Close() error {
	if a.closed.Swap(true) {
		return nil
	}
	return a.buf.Close()
}

func (a *Archive) errorf(off uint64, format string, args ...any) *FormatError {
	return &FormatError{Object: a.buf.name, Offset: off, Msg: fmt.Sprintf(format, args...)}
}
