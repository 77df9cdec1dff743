// Package elfsymbols reads what programs and shared libraries in ELF say of themselves: headers, segments, and the symbols that others may refer to.
//
// The files are those of other processes, and may be made to do harm. So nothing is believed: memory grows with the bytes that have arrived, never with what a header says, and time with the
// bytes of the tables that are read, also when all names are parts of each other. Only what is asked for is read, and nothing is inflated. Errors are *FormatError and the reader's.
//
// Sources: System V gABI, "ELF Header", "Program Header", "Section Header", "Symbol Table"; the LSB's "Symbol Versioning" for SHT_GNU_versym.
package elfsymbols

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"fmt"
	"io"
)

// HeaderSize is how many bytes of a file are enough for ParseHeader.
const HeaderSize = 64

// Bounds of what is believed. Files that have more are in error.
const (
	MaxSegments = 1024
	maxSections = 1 << 20
	maxEntries  = 8 << 20   // symbols of a table
	maxStrings  = 256 << 20 // bytes of their names
)

// A FormatError says what makes no sense in a file.
type FormatError struct{ What string }

// Error says what makes no sense.
func (e *FormatError) Error() string { return "the ELF file: " + e.What }

func malformed(format string, args ...any) error { return &FormatError{fmt.Sprintf(format, args...)} }

// A Header is the header of a file.
type Header struct {
	Class   elf.Class
	Order   binary.ByteOrder
	Type    elf.Type
	Machine elf.Machine
	Entry   uint64
	Flags   uint32

	segments, sections     uint64 // where the tables are
	segmentSize, headSize  uint16 // bytes of their entries
	segmentCount, numHeads uint16
}

// ParseHeader understands the first bytes of a file, HeaderSize of them, or fewer if it ends there.
func ParseHeader(b []byte) (*Header, error) {
	if len(b) < 16 || string(b[:4]) != elf.ELFMAG {
		return nil, malformed("it does not begin as one")
	}
	h := &Header{Class: elf.Class(b[elf.EI_CLASS])}
	switch elf.Data(b[elf.EI_DATA]) {
	case elf.ELFDATA2LSB:
		h.Order = binary.LittleEndian
	case elf.ELFDATA2MSB:
		h.Order = binary.BigEndian
	default:
		return nil, malformed("it has no byte order")
	}
	f := fields{b[16:], h.Order, h.Class == elf.ELFCLASS64}
	if want := 24 + 3*f.word(); h.Class != elf.ELFCLASS64 && h.Class != elf.ELFCLASS32 || len(f.b) < want {
		return nil, malformed("its header is no header")
	}
	h.Type, h.Machine = elf.Type(f.half()), elf.Machine(f.half())
	f.long() // e_version
	h.Entry, h.segments, h.sections = f.address(), f.address(), f.address()
	h.Flags = f.long()
	f.half() // e_ehsize
	h.segmentSize, h.segmentCount, h.headSize, h.numHeads = f.half(), f.half(), f.half(), f.half()
	return h, nil
}

// Wide says whether addresses have 64 bits.
func (h *Header) Wide() bool { return h.Class == elf.ELFCLASS64 }

// SegmentTable returns where the program headers are in the file, and how many bytes they have. There are none, or none that is believed, if size is 0.
func (h *Header) SegmentTable() (off, size uint64) {
	if least := h.sizes().segment; h.segmentCount > MaxSegments || uint64(h.segmentSize) != least {
		return 0, 0
	}
	return h.segments, uint64(h.segmentCount) * uint64(h.segmentSize)
}

// Segments understands program headers: the bytes of SegmentTable, or those that a process has in memory.
func (h *Header) Segments(table []byte) (list []elf.ProgHeader) {
	size := int(h.sizes().segment)
	for ; len(table) >= size && len(list) < MaxSegments; table = table[size:] {
		f := fields{table[:size], h.Order, h.Wide()}
		var p elf.ProgHeader
		p.Type = elf.ProgType(f.long())
		if h.Wide() {
			p.Flags = elf.ProgFlag(f.long())
		}
		p.Off, p.Vaddr, p.Paddr, p.Filesz, p.Memsz = f.address(), f.address(), f.address(), f.address(), f.address()
		if !h.Wide() {
			p.Flags = elf.ProgFlag(f.long())
		}
		p.Align = f.address()
		list = append(list, p)
	}
	return list
}

// SegmentSize returns how many bytes a program header has.
func (h *Header) SegmentSize() uint64 { return h.sizes().segment }

// structureSizes are those of the structures of a class, in bytes.
type structureSizes struct{ segment, section, symbol uint64 }

func (h *Header) sizes() structureSizes {
	if h.Wide() {
		return structureSizes{56, 64, 24}
	}
	return structureSizes{32, 40, 16}
}

// fields takes numbers off bytes, which are enough.
type fields struct {
	b     []byte
	order binary.ByteOrder
	wide  bool
}

func (f *fields) word() int {
	if f.wide {
		return 8
	}
	return 4
}

func (f *fields) half() uint16 {
	n := f.order.Uint16(f.b)
	f.b = f.b[2:]
	return n
}

func (f *fields) long() uint32 {
	n := f.order.Uint32(f.b)
	f.b = f.b[4:]
	return n
}

func (f *fields) address() uint64 {
	if !f.wide {
		return uint64(f.long())
	}
	n := f.order.Uint64(f.b)
	f.b = f.b[8:]
	return n
}

// A File is a file that can be read anywhere.
type File struct {
	Header
	// Budget is how many bytes of symbol tables and their names may still be read, of this file and of others that have the same budget: names that are kept keep all of a table's. nil is any number.
	Budget *uint64

	r io.ReaderAt
}

// Open reads the header of a file.
func Open(r io.ReaderAt) (*File, error) {
	b := make([]byte, HeaderSize)
	n, err := r.ReadAt(b, 0)
	if err != nil && err != io.EOF {
		return nil, err
	}
	h, err := ParseHeader(b[:n])
	if err != nil {
		return nil, err
	}
	return &File{Header: *h, r: r}, nil
}

// Segments reads the program headers.
func (f *File) Segments() ([]elf.ProgHeader, error) {
	off, size := f.SegmentTable()
	table, err := f.read(off, size)
	return f.Header.Segments(table), err
}

// read reads a part of the file. Memory is taken as bytes arrive.
func (f *File) read(off, size uint64) ([]byte, error) {
	if size > 1<<62 || off > 1<<62 {
		return nil, malformed("%d bytes at %#x are not in it", size, off)
	}
	const first = 64 << 10
	if size <= first {
		b := make([]byte, size)
		n, err := f.r.ReadAt(b, int64(off))
		if uint64(n) == size {
			return b, nil
		}
		return nil, short(err, size, off)
	}
	var b bytes.Buffer
	n, err := io.Copy(&b, io.NewSectionReader(f.r, int64(off), int64(size)))
	if uint64(n) == size {
		return b.Bytes(), nil
	}
	return nil, short(err, size, off)
}

// short is the error of a read that got less than it wanted.
func short(err error, size, off uint64) error {
	if err == nil || err == io.EOF {
		return malformed("%d bytes at %#x are not in it", size, off)
	}
	return err
}
