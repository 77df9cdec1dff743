package objimage

import (
	"debug/macho"
	"encoding/binary"
	"fmt"
)

// Universal files hold one file, a relocatable object or a library, for each of several processors: <mach-o/fat.h>. Their headers are big-endian.

// A Slice is one of the files in a universal file.
type Slice struct {
	Arch         Arch   // ArchUnknown if it is not in the list, when CPU still tells
	CPU, Subtype uint32 // cputype and cpusubtype
	Offset, Size uint64 // bytes of the universal file
}

const (
	fatMagic64    = 0xcafebabf
	maxFatSlices  = 40 // a Java class, which begins with the same bytes, has a version there that is higher
	fatHeaderSize = 8
)

// IsUniversal reports whether b starts like a universal file.
func IsUniversal(b *Buffer) (yes bool) {
	_ = Guard(func() error { // of a file that is not there any more others say so
		yes = isUniversal(b)
		return nil
	})
	return yes
}

func isUniversal(b *Buffer) bool {
	if len(b.data) < fatHeaderSize {
		return false
	}
	be := binary.BigEndian
	magic := be.Uint32(b.data)
	return (magic == macho.MagicFat || magic == fatMagic64) && be.Uint32(b.data[4:]) <= maxFatSlices
}

// Slices lists the files in a universal file, in its order. Errors are *FormatError: of ErrUnsupportedFormat for other files, and of headers and slices outside of the file.
func Slices(b *Buffer) (list []Slice, err error) {
	err = Guard(func() (err error) {
		list, err = slicesOf(b)
		return err
	})
	return list, err
}

func slicesOf(b *Buffer) ([]Slice, error) {
	if !isUniversal(b) {
		return nil, &FormatError{Object: b.name, Msg: "this is " + describe(b.data) + ", not a universal file", Err: ErrUnsupportedFormat}
	}
	be, word, size := binary.BigEndian, 4, 20
	if be.Uint32(b.data) == fatMagic64 {
		word, size = 8, 32
	}
	num := int(be.Uint32(b.data[4:]))
	if num > (len(b.data)-fatHeaderSize)/size {
		return nil, &FormatError{Object: b.name, Msg: fmt.Sprintf("%d headers of slices do not fit in the file", num)}
	}
	list := make([]Slice, num)
	for i := range list {
		at := uint64(fatHeaderSize + i*size)
		h := b.data[at:]
		s := Slice{CPU: be.Uint32(h), Subtype: be.Uint32(h[4:]), Offset: number(be, h[8:], word), Size: number(be, h[8+word:], word)}
		if limit := uint64(len(b.data)); s.Offset > limit || s.Size > limit-s.Offset {
			return nil, &FormatError{Object: b.name, Offset: at, Msg: fmt.Sprintf("slice of %#x bytes at %#x is outside the file", s.Size, s.Offset)}
		}
		s.Arch = machoArch(s.CPU, 4+int(s.CPU>>24&1)*4)
		list[i] = s
	}
	return list, nil
}

// SliceOf returns the slice for an architecture, named as Arch.String has it, as a Buffer "file(x86_64)" that is an owner of b until it is closed. Of several it is the first, but for
// arm64e, whose authenticated pointers the linker refuses. The error says which there are.
func SliceOf(b *Buffer, arch string) (*Buffer, error) {
	list, err := Slices(b)
	if err != nil {
		return nil, err
	}
	var have []Arch
	var found *Slice
	for i := range list {
		s := &list[i]
		if s.Arch.String() == arch && s.Arch != ArchUnknown && (found == nil || found.isAuthenticated()) {
			found = s
		}
		have = append(have, s.Arch)
	}
	if found != nil {
		return b.slice(fmt.Sprintf("%s(%v)", b.name, found.Arch), found.Offset, found.Offset+found.Size), nil
	}
	return nil, &FormatError{Object: b.name, Msg: fmt.Sprintf("there is no slice for %s, but for %v", arch, have), Err: ErrUnsupportedFormat}
}

// isAuthenticated says whether a slice is for arm64e.
func (s *Slice) isAuthenticated() bool {
	const subtypes, arm64e = 0xff, 2 // CPU_SUBTYPE_ARM64E, without the bits of its version
	return s.Arch == ArchAArch64 && s.Subtype&subtypes == arm64e
}
