package objimage

import (
	"debug/elf"
	"encoding/binary"
	"fmt"
	"math"

	"github.com/gomcjit/gomcjit/internal/prefetch"
)

const (
	shnLoReserve = uint16(elf.SHN_LORESERVE)
	shnXIndex    = uint16(elf.SHN_XINDEX)

	// shtCREL is LLVM's compact relocation format, emitted on request only.
	shtCREL = 0x40000014

	shtRel = uint32(elf.SHT_REL)
)

// emptyStrings stands for a string table that is missing or has no bytes: it holds the empty name, which is all that may be referred to.
var emptyStrings = []byte{0}

// parseELF is Parse for ELF of either class and byte order.
func parseELF(b *Buffer) (*Object, error) {
	l, err := identifyELF(b)
	if err != nil {
		return nil, err
	}
	o := &Object{buf: b, layout: l, shnames: emptyStrings, strs: emptyStrings}
	w := l.word
	h := b.data[:l.ehdrSize()]
	o.machine = uint32(l.u16(h[18:]))
	o.elfFlags = l.u32(h[24+3*w:])
	o.arch = elfArch(elf.Machine(o.machine), l)
	o.mips64el = o.arch == ArchMips64el
	if err := o.findSections(h); err != nil {
		return nil, err
	}
	var t tables
	if err := o.checkSections(&t); err != nil {
		return nil, err
	}
	if err := o.setSymbolTable(&t); err != nil {
		return nil, err
	}
	if o.isMips() && o.elfFlags&elfFlagMIPS16 != 0 {
		return o.withMIPS16Stubs(), nil
	}
	return o, nil
}

// findSections sets the section header table and the section name table. When there are more sections than fit in the ELF header's
// fields, section 0 has their number in sh_size and the name table's number in sh_link (gABI, "ELF Header", e_shnum and e_shstrndx).
func (o *Object) findSections(ehdr []byte) error {
	l, w, data := o.layout, o.layout.word, o.buf.data
	off := o.shoff()
	entsize, num, names := l.u16(ehdr[34+3*w:]), uint64(l.u16(ehdr[36+3*w:])), uint32(l.u16(ehdr[38+3*w:]))
	if off == 0 {
		if num != 0 {
			return o.errorf(0, "ELF header counts %d sections, but has no section header table", num)
		}
		return nil
	}
	if int(entsize) != l.shdrSize() {
		return o.errorf(0, "e_shentsize is %d, must be %d", entsize, l.shdrSize())
	}
	size := uint64(l.shdrSize())
	if off > uint64(len(data)) || uint64(len(data))-off < size {
		return o.errorf(0, "section header table at %#x is outside the file of %#x bytes", off, len(data))
	}
	var first shdr
	l.shdr(&first, data[off:])
	if first.typ != uint32(elf.SHT_NULL) {
		return o.errorf(off, "section 0 has type %v, but is reserved", elf.SectionType(first.typ))
	}
	if num == 0 {
		num = first.siz
	}
	if num == 0 || num > (uint64(len(data))-off)/size {
		return o.errorf(off, "%d section headers do not fit in the file of %#x bytes", num, len(data))
	}
	o.numSections = int(num)
	o.shdrs = data[off : off+num*size]
	prefetch.Head(o.shdrs)
	if names == uint32(shnXIndex) {
		names = first.link
	}
	if names == 0 {
		return nil
	}
	var err error
	o.shnames, err = o.stringTable(uint64(names))
	prefetch.Head(o.shnames)
	return err
}

// stringTable returns the contents of a string table, checked to end in NUL, so that every offset below its length starts a name.
func (o *Object) stringTable(i uint64) ([]byte, error) {
	if i >= uint64(o.numSections) {
		return nil, o.errorf(0, "string table is section %d of %d", i, o.numSections)
	}
	var h shdr
	o.shdr(&h, int(i))
	if h.typ != uint32(elf.SHT_STRTAB) {
		return nil, o.sectionError(int(i), "is used as string table, but has type %v", elf.SectionType(h.typ))
	}
	if !o.inFile(h.off, h.siz) {
		return nil, o.outside(int(i), &h)
	}
	if h.siz == 0 {
		return emptyStrings, nil
	}
	s := o.buf.data[h.off : h.off+h.siz]
	if s[len(s)-1] != 0 {
		return nil, o.sectionError(int(i), "string table does not end in NUL")
	}
	return s, nil
}

// offsets returns how many offsets into a string table there are, of those that a name can have.
func offsets(table []byte) uint32 { return uint32(min(uint64(len(table)), math.MaxUint32)) }

// tables is what a pass over the section headers finds.
type tables struct {
	symtab, shndx int    // section numbers; 0 for none
	relocs        int    // first relocation section; 0 for none
	relocLink     uint32 // sh_link that all relocation sections have
}

// checkSections checks every section header. What is most frequent, contents without structure and RELA tables, is passed in a tight
// loop for the usual layout; checkSection decides about all others.
func (o *Object) checkSections(t *tables) error {
	fast := o.layout == &elf64le
	le := binary.LittleEndian
	limit, names, num := uint64(len(o.buf.data)), offsets(o.shnames), uint32(o.numSections)
	for i := 1; i < o.numSections; i++ {
		if fast {
			h := (*[64]byte)(o.shdrs[i*64:])
			off, size, align := le.Uint64(h[24:]), le.Uint64(h[32:]), le.Uint64(h[48:])
			if off <= limit && size <= limit-off && align&(align-1) == 0 && le.Uint32(h[0:]) < names {
				switch elf.SectionType(le.Uint32(h[4:])) {
				case elf.SHT_PROGBITS, elf.SHT_NOBITS, elf.SHT_GROUP, elf.SHT_STRTAB:
					continue
				case elf.SHT_RELA:
					if le.Uint32(h[40:]) == t.relocLink && t.relocs != 0 && le.Uint32(h[44:])-1 < num-1 && le.Uint64(h[56:]) == 24 && size%24 == 0 {
						continue
					}
				}
			}
		}
		if err := o.checkSection(t, i); err != nil {
			return err
		}
	}
	return nil
}

// checkSection checks one section header, and notes the tables that it describes.
func (o *Object) checkSection(t *tables, i int) error {
	var h shdr
	o.shdr(&h, i)
	typ := elf.SectionType(h.typ)
	if typ == elf.SHT_NULL {
		return nil
	}
	if uint64(h.name) >= uint64(len(o.shnames)) {
		return o.sectionError(i, "name at %#x is outside the section name table of %#x bytes", h.name, len(o.shnames))
	}
	if typ != elf.SHT_NOBITS && !o.inFile(h.off, h.siz) {
		return o.outside(i, &h)
	}
	if h.align&(h.align-1) != 0 {
		return o.sectionError(i, "alignment %d is not a power of two", h.align)
	}
	switch typ {
	case elf.SHT_SYMTAB:
		return o.noteTable(&t.symtab, i, &h, o.layout.symSize)
	case elf.SHT_SYMTAB_SHNDX:
		return o.noteTable(&t.shndx, i, &h, 4)
	case elf.SHT_REL:
		return o.checkRelocs(t, i, &h, o.layout.relSize())
	case elf.SHT_RELA:
		return o.checkRelocs(t, i, &h, o.layout.relaSize())
	case shtCREL:
		err := o.sectionError(i, "compact relocations (SHT_CREL) are not read; compile without them")
		err.Err = ErrUnsupportedFormat
		return err
	}
	return nil
}

// noteTable notes a table of which there is one.
func (o *Object) noteTable(where *int, i int, h *shdr, entsize int) error {
	if *where != 0 {
		return o.sectionError(i, "is a second %v, beside section %s", elf.SectionType(h.typ), o.sectionLabel(*where))
	}
	*where = i
	return o.checkEntries(i, h, entsize)
}

func (o *Object) checkRelocs(t *tables, i int, h *shdr, entsize int) error {
	if h.info == 0 || uint64(h.info) >= uint64(o.numSections) {
		return o.sectionError(i, "applies to section %d of %d", h.info, o.numSections)
	}
	if t.relocs == 0 {
		t.relocs, t.relocLink = i, h.link
	}
	if h.link != t.relocLink {
		return o.sectionError(i, "uses symbol table %d, other relocations %d", h.link, t.relocLink)
	}
	return o.checkEntries(i, h, entsize)
}

func (o *Object) checkEntries(i int, h *shdr, entsize int) error {
	if h.entsize != uint64(entsize) {
		return o.sectionError(i, "sh_entsize is %d, must be %d", h.entsize, entsize)
	}
	if h.siz%uint64(entsize) != 0 {
		return o.sectionError(i, "size %d is not a multiple of the entry size %d", h.siz, entsize)
	}
	return nil
}

// setSymbolTable makes the symbol table known, and checks what refers to it.
func (o *Object) setSymbolTable(t *tables) error {
	if t.relocs != 0 && t.relocLink != uint32(t.symtab) {
		return o.sectionError(t.relocs, "uses symbol table %d, but the object's is %d", t.relocLink, t.symtab)
	}
	if t.symtab == 0 {
		return nil
	}
	var h shdr
	o.shdr(&h, t.symtab)
	o.symtab = uint32(t.symtab)
	o.syms = o.buf.data[h.off : h.off+h.siz]
	o.numSymbols = len(o.syms) / o.layout.symSize
	if uint64(h.info) > uint64(o.numSymbols) {
		return o.sectionError(t.symtab, "first global symbol is %d, of %d symbols", h.info, o.numSymbols)
	}
	o.firstGlobal = int(h.info)
	prefetch.Head(o.syms)
	if h.link != 0 {
		var err error
		if o.strs, err = o.stringTable(uint64(h.link)); err != nil {
			return err
		}
		prefetch.Head(o.strs)
	}
	return o.setSectionNumbers(t)
}

// setSectionNumbers makes the table known that has the section numbers which do not fit into symbols.
func (o *Object) setSectionNumbers(t *tables) error {
	if t.shndx == 0 {
		return nil
	}
	var h shdr
	o.shdr(&h, t.shndx)
	if h.link != o.symtab {
		return o.sectionError(t.shndx, "belongs to symbol table %d, but the object's is %d", h.link, o.symtab)
	}
	if h.siz/4 != uint64(o.numSymbols) {
		return o.sectionError(t.shndx, "has %d entries for %d symbols", h.siz/4, o.numSymbols)
	}
	o.shndx = o.buf.data[h.off : h.off+h.siz]
	return nil
}

// shoff returns where the section header table is.
func (o *Object) shoff() uint64 { return o.layout.uword(o.buf.data[24+2*o.layout.word:]) }

// inFile reports whether size bytes at off are in the file.
func (o *Object) inFile(off, size uint64) bool {
	limit := uint64(len(o.buf.data))
	return off <= limit && size <= limit-off
}

func (o *Object) outside(i int, h *shdr) error {
	return o.sectionError(i, "%#x bytes at %#x are outside the file of %#x bytes", h.siz, h.off, len(o.buf.data))
}

// errorf makes an error about the file at an offset.
func (o *Object) errorf(off uint64, format string, args ...any) *FormatError {
	return &FormatError{Object: o.buf.name, Offset: off, Msg: fmt.Sprintf(format, args...)}
}

// sectionError makes an error about a section header.
func (o *Object) sectionError(i int, format string, args ...any) *FormatError {
	return &FormatError{
		Object:  o.buf.name,
		Offset:  o.shoff() + uint64(i*o.layout.shdrSize()),
		Section: o.sectionLabel(i),
		Msg:     fmt.Sprintf(format, args...),
	}
}

// sectionLabel returns number and name of a section for messages, also of one whose name is broken.
func (o *Object) sectionLabel(i int) string {
	var h shdr
	o.shdr(&h, i)
	if uint64(h.name) >= uint64(len(o.shnames)) {
		return fmt.Sprintf("[%d]", i)
	}
	return fmt.Sprintf("[%d] %s", i, cstring(o.shnames[h.name:]))
}
