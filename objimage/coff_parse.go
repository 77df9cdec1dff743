package objimage

import (
	"bytes"
	"debug/elf"
	"debug/pe"
	"encoding/binary"
	"fmt"
	"strconv"
)

// A coffReader makes the neutral tables of a COFF object.
type coffReader struct {
	coffHeader
	o           *Object
	d           *decoded
	data        []byte
	records     []byte   // the symbol table
	names       []byte   // the file's string table, and behind it the names that are not in it as they are
	strings     uint64   // bytes of the file's string table
	numbers     []uint32 // by record of the symbol table: the symbol's number; 0 for auxiliary ones
	firstGlobal uint32
	section     []uint32 // by section: the record of the symbol that defines it, plus 1
	align       map[string]uint64
	includes    []string    // names that directives want to be defined
	alternates  [][2]string // and what names are, by them, that nobody defines
}

var (
	coffLayout64 = layout{order: binary.LittleEndian, word: 8}
	coffLayout32 = layout{order: binary.LittleEndian, word: 4}
)

// parseCOFF is Parse for COFF.
func parseCOFF(b *Buffer) (*Object, error) {
	if err := checkDecodable(b); err != nil {
		return nil, err
	}
	h, err := readCOFFHeader(b)
	if err != nil {
		return nil, err
	}
	o := &Object{buf: b, layout: &coffLayout64, machine: uint32(h.machine), arch: coffArch(h.machine)}
	if o.arch == ArchI386 || o.arch == ArchARM {
		o.layout = &coffLayout32
	}
	r := coffReader{coffHeader: h, o: o, d: &decoded{format: COFF, time: h.time, fileSections: int(h.sections)}, data: b.data}
	for _, step := range []func() error{r.readTables, r.readSections, r.readDirectives, r.readSymbols, r.readRelocs, r.markThreads, r.readGroups} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	o.shnames, o.strs = r.names, r.names
	o.setDecoded(r.d, int(r.firstGlobal))
	return o, nil
}

// readTables finds the symbols, and the strings behind them. A file may end with its symbols.
func (r *coffReader) readTables() error {
	size := uint64(len(r.data))
	if r.table+uint64(r.sections)*coffSectionSize > size {
		return r.errorf(0, "%d section headers do not fit in the file of %#x bytes", r.sections, size)
	}
	r.names = emptyStrings
	if r.symtab == 0 {
		r.symbols = 0
		return nil
	}
	end := r.symtab + uint64(r.symbols)*r.symbolSize()
	if end > size {
		return r.errorf(0, "%d symbols at %#x do not fit in the file of %#x bytes", r.symbols, r.symtab, size)
	}
	r.records = r.data[r.symtab:end]
	if size-end < 4 {
		return nil
	}
	r.strings = uint64(binary.LittleEndian.Uint32(r.data[end:]))
	if r.strings > size-end {
		return r.errorf(end, "string table of %#x bytes does not fit in the file of %#x bytes", r.strings, size)
	}
	r.names = append(make([]byte, 0, r.strings+64), r.data[end:end+r.strings]...)
	clear(r.names[:min(4, r.strings)]) // the size: offset 0 is the empty name
	r.names = append(r.names, 0)
	return nil
}

// readSections makes the sections of the file.
func (r *coffReader) readSections() error {
	n := int(r.sections) + 1
	r.d.sections, r.d.headers = make([]Section, n, n+int(r.sections)), make([]uint32, n, n+int(r.sections))
	r.d.sections[0] = Section{Align: 1}
	left := maxNameBytes(len(r.data))
	for i := 1; i < n; i++ {
		off := r.table + uint64(i-1)*coffSectionSize
		r.d.headers[i] = uint32(off)
		h := r.data[off : off+coffSectionSize]
		at, err := r.sectionName(h[:8])
		if err != nil {
			return r.errorf(off, "section %d: %v", i, err)
		}
		name := cstring(r.names[at:])
		if left -= len(name); left < 0 {
			return r.errorf(off, "names of sections overlap to many times the file's size")
		}
		s := &r.d.sections[i]
		*s = coffSection(h)
		s.Index, s.Name = i, at
		if limit := uint64(len(r.data)); s.Flags&SectionZeroFill == 0 && (s.Offset > limit || s.Size > limit-s.Offset) {
			return r.sectionError(i, "%#x bytes at %#x are outside the file of %#x bytes", s.Size, s.Offset, limit)
		}
		if rest, ok := bytes.CutPrefix(name, []byte(".tls")); ok && (len(rest) == 0 || rest[0] == '$') {
			s.Flags |= SectionTLS
		}
	}
	return nil
}

// coffSection decodes a section header but for its name. Sections without an alignment have that of 16 bytes, which is link.exe's.
func coffSection(h []byte) Section {
	le := binary.LittleEndian
	flags := le.Uint32(h[36:])
	s := Section{
		Type: uint32(elf.SHT_PROGBITS), RawFlags: uint64(flags), Addr: uint64(le.Uint32(h[12:])),
		Size: uint64(le.Uint32(h[16:])), Offset: uint64(le.Uint32(h[20:])), Align: 16,
	}
	if shift := flags >> 20 & 15; shift != 0 {
		s.Align = 1 << (shift - 1)
	} else if flags&coffNoPad != 0 {
		s.Align = 1
	}
	if flags&(pe.IMAGE_SCN_MEM_DISCARDABLE|coffInfo|coffRemove) == 0 {
		s.Flags |= SectionAlloc
	}
	if flags&pe.IMAGE_SCN_MEM_WRITE != 0 {
		s.Flags |= SectionWrite
	}
	if flags&(pe.IMAGE_SCN_CNT_CODE|pe.IMAGE_SCN_MEM_EXECUTE) != 0 {
		s.Flags |= SectionExec
	}
	if flags&pe.IMAGE_SCN_CNT_UNINITIALIZED_DATA != 0 || s.Offset == 0 {
		s.Flags |= SectionZeroFill
		s.Type = uint32(elf.SHT_NOBITS)
	}
	return s
}

// Flags of sections that debug/pe does not have ("PE Format", "Section Flags").
const (
	coffNoPad         = 0x8
	coffInfo          = 0x200 // IMAGE_SCN_LNK_INFO: for linkers, not for memory
	coffRemove        = 0x800 // IMAGE_SCN_LNK_REMOVE
	coffRelocOverflow = 0x1000000
)

// sectionName returns where a section's name is, which has up to 8 bytes, or is "/" and the offset in the string table in decimal, or "//" and it in base 64.
func (r *coffReader) sectionName(field []byte) (uint32, error) {
	text := string(cstring(field))
	if len(text) < 2 || text[0] != '/' {
		return r.addName("", field), nil
	}
	off, err := uint64(0), error(nil)
	if text[1] == '/' {
		off, err = decodeBase64(text[2:])
	} else {
		off, err = strconv.ParseUint(text[1:], 10, 32)
	}
	if err != nil || off >= r.strings {
		return 0, fmt.Errorf("name at %q is outside the string table of %#x bytes", text, r.strings)
	}
	return uint32(off), nil
}

// decodeBase64 reads a number whose digits are A-Z, a-z, 0-9, + and /, the highest first.
func decodeBase64(text string) (n uint64, err error) {
	const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
	for _, c := range []byte(text) {
		d := bytes.IndexByte([]byte(digits), c)
		if d < 0 {
			return 0, strconv.ErrSyntax
		}
		n = n<<6 | uint64(d)
	}
	return n, nil
}

// addName adds a name to the table of names, up to its first NUL.
func (r *coffReader) addName(prefix string, name []byte) uint32 {
	at := uint32(len(r.names))
	r.names = append(append(append(r.names, prefix...), cstring(name)...), 0)
	return at
}

// readRelocs decodes the relocations, behind the sections of the file.
func (r *coffReader) readRelocs() error {
	le, limit, total := binary.LittleEndian, uint64(len(r.data)), uint64(0)
	for i := 1; i <= int(r.sections); i++ {
		h := r.data[r.d.headers[i]:]
		off, n := uint64(le.Uint32(h[24:])), uint64(le.Uint16(h[32:]))
		if r.d.sections[i].RawFlags&coffRelocOverflow != 0 && n == 0xffff && off <= limit && limit-off >= coffRelocSize {
			if n = uint64(le.Uint32(r.data[off:])); n > 0 { // the first one is no relocation, but has their number, itself included
				off, n = off+coffRelocSize, n-1
			}
		}
		if n == 0 {
			continue
		}
		if off > limit || n > (limit-off)/coffRelocSize {
			return r.sectionError(i, "%d relocations at %#x do not fit in the file of %#x bytes", n, off, limit)
		}
		if total += n; total > limit/coffRelocSize {
			return r.sectionError(i, "the sections have more relocations than fit in the file: tables overlap")
		}
		r.addRelocs(i, r.data[off:off+n*coffRelocSize])
	}
	r.d.relocs = r.d.relocs[:len(r.d.relocs):len(r.d.relocs)]
	return nil
}

// addRelocs decodes one section's relocations. Addresses are those that the section would have by its header, which compilers leave at 0.
func (r *coffReader) addRelocs(section int, table []byte) {
	le, first := binary.LittleEndian, len(r.d.relocs)
	start := r.d.sections[section].Addr
	for ; len(table) > 0; table = table[coffRelocSize:] {
		rel := Reloc{Offset: uint64(le.Uint32(table)) - start, Type: uint32(le.Uint16(table[8:]))}
		if sym := le.Uint32(table[4:]); rel.Type == 0 { // IMAGE_REL_*_ABSOLUTE: nothing to be done, whatever the symbol
		} else if rel.Sym = ^uint32(0); sym < r.symbols && r.numbers[sym] != 0 {
			rel.Sym = r.numbers[sym]
		}
		if r.o.arch == ArchARM {
			rel.Addend = -thumbAhead(rel.Type)
		}
		r.d.relocs = append(r.d.relocs, rel)
	}
	r.d.addRelocs(section, first)
}

// thumbAhead returns how far the program counter is ahead of a branch of ARM or Thumb, which ELF has in addends, and COFF leaves to linkers.
func thumbAhead(typ uint32) int64 {
	switch typ {
	case 0x03, 0x08: // IMAGE_REL_ARM_BRANCH24, BLX24: ARM's
		return 8
	case 0x04, 0x09, 0x12, 0x14, 0x15: // IMAGE_REL_ARM_BRANCH11, BLX11, BRANCH20T, BRANCH24T, BLX23T
		return 4
	}
	return 0
}

func (r *coffReader) errorf(off uint64, format string, args ...any) *FormatError {
	return &FormatError{Object: r.o.buf.name, Offset: off, Msg: fmt.Sprintf(format, args...)}
}

// sectionError makes an error about a section header.
func (r *coffReader) sectionError(i int, format string, args ...any) *FormatError {
	e := r.errorf(uint64(r.d.headers[i]), format, args...)
	e.Section = r.label(i)
	return e
}

// label returns number and name of a section for messages.
func (r *coffReader) label(i int) string {
	return fmt.Sprintf("[%d] %s", i, cstring(r.names[r.d.sections[i].Name:]))
}
