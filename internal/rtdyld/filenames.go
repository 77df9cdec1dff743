package rtdyld

import (
	"bytes"
	"encoding/binary"
)

type byteOrder = binary.ByteOrder

// fileNames returns the names of files in the header of the line number program at an offset of .debug_line as they are there, which package dwarf does not tell: by
// number, from 1 on before DWARF 5, from 0 on since ("DWARF Debugging Information Format, Version 5", 6.2.4). Of a header that is damaged
// it returns what it can read.
func fileNames(sections map[string][]byte, offset uint64, order byteOrder) []string {
	line := sections["line"]
	if offset > uint64(len(line)) {
		return nil
	}
	r := &lineHeader{data: line[offset:], order: order, word: 4, sections: sections}
	if r.uint(4) == 0xffffffff { // unit_length
		r.word = 8
		r.skip(8)
	}
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

// A lineHeader is read from its front. It is empty when something is cut off.
type lineHeader struct {
	data     []byte
	order    byteOrder
	word     int // bytes of an offset
	sections map[string][]byte
}

func (r *lineHeader) skip(n int) []byte {
	if n < 0 || n > len(r.data) {
		n = len(r.data)
	}
	b := r.data[:n]
	r.data = r.data[n:]
	return b
}

func (r *lineHeader) uint(n int) uint64 {
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

func (r *lineHeader) leb() uint64 {
	v, n := binary.Uvarint(r.data)
	if n <= 0 {
		n = len(r.data)
	}
	r.skip(n)
	return v
}

func (r *lineHeader) text() string {
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
func (r *lineHeader) entries() (paths []string) {
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
func (r *lineHeader) form(form uint64) string {
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

func (r *lineHeader) stringAt(section string, offset uint64) string {
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
