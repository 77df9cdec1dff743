package rtdyld

import (
	"bytes"
	"debug/dwarf"
	"encoding/binary"

	"github.com/gomcjit/gomcjit/objimage"
)

// Package dwarf reads line tables, for the units to which they belong; but it does not read all units that there are (DWARF 5 of 64 bits), and what is damaged in one may
// keep it busy for ever. So the unit that it sees is made here, and programs are found by themselves. It does not tell names of files as they are, either.

// soleEntry is where the entry of soleUnit is.
const soleEntry = 4 + 2 + 4 + 1

// soleUnit returns .debug_info and .debug_abbrev of one empty unit for a target ("DWARF Debugging Information Format, Version 4", 7.5.1.1).
func soleUnit(img *objimage.Object) (info, abbrev []byte) {
	order := img.ByteOrder()
	info = make([]byte, soleEntry+1)
	order.PutUint32(info, uint32(len(info)-4))
	order.PutUint16(info[4:], 4)
	info[soleEntry-1] = byte(img.Bits() / 8)
	info[soleEntry] = 1
	return info, []byte{1, byte(dwarf.TagCompileUnit), 0, 0, 0, 0}
}

// programs returns where the line number programs in .debug_line begin ("DWARF Debugging Information Format, Version 5", 6.2.4).
func programs(line []byte, order binary.ByteOrder) (offsets []int) {
	r := &dwarfData{data: line, order: order}
	for len(r.data) > 0 {
		offsets = append(offsets, len(line)-len(r.data))
		r.skip(int(min(r.unitLength(), uint64(len(r.data)))))
	}
	return offsets
}

// fileNames returns the names of files in the header of the line number program at an offset of .debug_line as they are there, which package dwarf does not tell: by
// number, from 1 on before DWARF 5, from 0 on since ("DWARF Debugging Information Format, Version 5", 6.2.4). Of a header that is damaged
// it returns what it can read.
func fileNames(sections map[string][]byte, offset int, order binary.ByteOrder) []string {
	r := &dwarfData{data: sections["line"][offset:], order: order, sections: sections}
	r.unitLength()
	version := r.uint(2)
	if version >= 5 {
		r.skip(2) // address_size, segment_selector_size
	}
	r.uint(r.word) // header_length
	r.skip(1)      // minimum_instruction_length
	if version >= 4 {
		r.skip(1) // maximum_operations_per_instruction
	}
	r.skip(3)                        // default_is_stmt, line_base, line_range
	r.skip(max(int(r.uint(1))-1, 0)) // standard_opcode_lengths
	if version >= 5 {
		r.entries() // directories
		return r.entries()
	}
	for len(r.data) > 0 && r.text() != "" { // include_directories
	}
	names := []string{""}
	for len(r.data) > 0 {
		name := r.text()
		if name == "" {
			break
		}
		names = append(names, name)
		r.leb() // directory
		r.leb() // time
		r.leb() // length
	}
	return names
}

// dwarfData is read from its front. It is empty when something is cut off.
type dwarfData struct {
	data     []byte
	order    binary.ByteOrder
	word     int // bytes of an offset
	sections map[string][]byte
}

// unitLength reads the length that a unit begins with, and finds out how large offsets are (7.4).
func (r *dwarfData) unitLength() uint64 {
	r.word = 4
	length := r.uint(4)
	if length == 0xffffffff {
		r.word = 8
		length = r.uint(8)
	}
	return length
}

func (r *dwarfData) skip(n int) []byte {
	if n < 0 || n > len(r.data) {
		n = len(r.data)
	}
	b := r.data[:n]
	r.data = r.data[n:]
	return b
}

func (r *dwarfData) uint(n int) uint64 {
	b := r.skip(n)
	switch {
	case len(b) < n:
		return 0
	case n == 1:
		return uint64(b[0])
	case n == 2:
		return uint64(r.order.Uint16(b))
	case n == 4:
		return uint64(r.order.Uint32(b))
	}
	return r.order.Uint64(b)
}

func (r *dwarfData) leb() uint64 {
	v, n := binary.Uvarint(r.data)
	if n <= 0 {
		n = len(r.data)
	}
	r.skip(n)
	return v
}

func (r *dwarfData) text() string {
	b := r.skip(bytes.IndexByte(r.data, 0))
	r.skip(1)
	return string(b)
}

// Codes of DWARF 5: the content type and the forms that an entry of the tables may have (6.2.4.1, 7.5.6).
const (
	contentPath = 1

	formBlock, formBlock1                     = 0x09, 0x0a
	formData1, formData2, formData4           = 0x0b, 0x05, 0x06
	formData8, formData16                     = 0x07, 0x1e
	formString, formStrp, formLineStrp        = 0x08, 0x0e, 0x1f
	formUdata                                 = 0x0f
	formStrx, formStrx1, formStrx2, formStrx4 = 0x1a, 0x25, 0x26, 0x28
)

// entries reads a table of directories or of files, and returns their paths.
func (r *dwarfData) entries() (paths []string) {
	type field struct{ content, form uint64 }
	formats := make([]field, r.uint(1))
	for i := range formats {
		formats[i] = field{r.leb(), r.leb()}
	}
	for n := r.leb(); n > 0 && len(r.data) > 0 && len(formats) > 0; n-- {
		path := ""
		for _, f := range formats {
			if s := r.form(f.form); f.content == contentPath {
				path = s
			}
		}
		paths = append(paths, path)
	}
	return paths
}

// form reads a value, and returns it if it is a string.
func (r *dwarfData) form(form uint64) string {
	switch form {
	case formString:
		return r.text()
	case formLineStrp:
		return r.stringAt("line_str", r.uint(r.word))
	case formStrp:
		return r.stringAt("str", r.uint(r.word))
	case formUdata, formStrx:
		r.leb()
	case formBlock:
		r.skip(int(min(r.leb(), uint64(len(r.data)))))
	case formBlock1:
		r.skip(int(r.uint(1)))
	case formData1, formStrx1:
		r.skip(1)
	case formData2, formStrx2:
		r.skip(2)
	case formData4, formStrx4:
		r.skip(4)
	case formData8:
		r.skip(8)
	case formData16:
		r.skip(16)
	default: // its size is not known
		r.skip(len(r.data))
	}
	return ""
}

func (r *dwarfData) stringAt(section string, offset uint64) string {
	s := r.sections[section]
	if offset >= uint64(len(s)) {
		return ""
	}
	s = s[offset:]
	if end := bytes.IndexByte(s, 0); end >= 0 {
		s = s[:end]
	}
	return string(s)
}
