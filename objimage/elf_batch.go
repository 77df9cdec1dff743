package objimage

import (
	"debug/elf"
	"encoding/binary"
)

// Linkers look at every section header, and at the contents behind it again when they relocate. These are Section, SectionData and Relocs for
// them: headers are decoded by the batch, once, and what depends on a header takes what it said instead of decoding it again.

// Sections decodes section headers into dst, beginning with section number from, and returns how many it decoded.
func (o *Object) Sections(from int, dst []Section) int {
	if o.decoded != nil {
		return copy(dst, o.decoded.sections[from:])
	}
	dst = dst[:min(len(dst), o.numSections-from)]
	if o.layout == &elf64le {
		o.sections64le(from, dst)
		return len(dst)
	}
	for i := range dst {
		dst[i] = o.Section(from + i)
	}
	return len(dst)
}

// sections64le is section for headers of the usual layout.
func (o *Object) sections64le(from int, dst []Section) {
	le := binary.LittleEndian
	table := o.shdrs[from*64:]
	for i := range dst {
		b, s := (*[64]byte)(table[i*64:]), &dst[i]
		typ, flags, off, size := le.Uint32(b[4:]), le.Uint64(b[8:]), le.Uint64(b[24:]), le.Uint64(b[32:])
		s.Name = le.Uint32(b[0:])
		s.Index, s.Type, s.Link, s.Info, s.RawFlags = from+i, typ, le.Uint32(b[40:]), le.Uint32(b[44:]), flags
		s.Addr, s.Offset, s.Size, s.Align, s.EntSize = le.Uint64(b[16:]), off, size, max(le.Uint64(b[48:]), 1), le.Uint64(b[56:])
		s.Flags, s.Relocs = SectionFlags(flags)&elfSectionFlags, RelocTable{}
		switch elf.SectionType(typ) {
		case elf.SHT_PROGBITS:
		case elf.SHT_RELA:
			s.Relocs = RelocTable{Offset: off, Target: s.Info, Num: uint32(size / 24)}
		case elf.SHT_NOBITS:
			s.Flags |= SectionZeroFill
		case elf.SHT_REL:
			s.Relocs = RelocTable{Offset: off, Target: s.Info, Num: uint32(size / 16), Implicit: true}
		case elf.SHT_NULL:
			*s = Section{Index: from + i, Align: 1}
		}
	}
}

// section translates a header.
func (o *Object) section(s *Section, h *shdr, i int) {
	if h.typ == uint32(elf.SHT_NULL) {
		*s = Section{Index: i, Align: 1}
		return
	}
	s.Name = h.name
	s.Index, s.Type, s.Link, s.Info, s.RawFlags = i, h.typ, h.link, h.info, h.flags
	s.Addr, s.Offset, s.Size, s.Align, s.EntSize = h.addr, h.off, h.siz, max(h.align, 1), h.entsize
	s.Flags, s.Relocs = SectionFlags(h.flags)&elfSectionFlags, RelocTable{}
	switch elf.SectionType(h.typ) {
	case elf.SHT_NOBITS:
		s.Flags |= SectionZeroFill
	case elf.SHT_RELA:
		s.Relocs = RelocTable{Offset: h.off, Target: h.info, Num: uint32(h.siz / uint64(o.layout.relaSize()))}
	case elf.SHT_REL:
		s.Relocs = RelocTable{Offset: h.off, Target: h.info, Num: uint32(h.siz / uint64(o.layout.relSize())), Implicit: true}
	}
}

// Contents returns size bytes of the file at offset, the contents of a section whose header said so.
func (o *Object) Contents(offset, size uint64) []byte {
	if o.decoded != nil {
		return o.decoded.contents(o.buf.data, offset, size)
	}
	return o.buf.data[offset : offset+size : offset+size]
}

// RelocsOf is Relocs for a table that is known, and for readers in a hurry. It returns relocations beginning with number from, at least one unless there
// are no more: as many as dst takes, decoded into it, or all at once, where they are in the file as they are in a Reloc. They must not be
// changed. If the file may change, neither must they be looked at twice.
func (o *Object) RelocsOf(t *RelocTable, from int, dst []Reloc) []Reloc {
	if from >= int(t.Num) {
		return nil
	}
	if o.decoded != nil {
		return o.decoded.relocsOf(t, from)
	}
	if o.layout == &elf64le && !t.Implicit && !o.mips64el {
		if all := viewRelocs(o.buf.data[t.Offset:][:uint64(t.Num)*24]); all != nil {
			return all[from:]
		}
	}
	dst = dst[:min(len(dst), int(t.Num)-from)]
	size := o.layout.relaSize()
	if t.Implicit {
		size = o.layout.relSize()
	}
	src := o.buf.data[t.Offset+uint64(from*size):][:len(dst)*size]
	if o.layout == &elf32le && !t.Implicit {
		relocs32le(src, dst)
		return dst
	}
	for k := range dst {
		dst[k] = o.reloc(src[k*size:], t.Implicit)
	}
	return dst
}

// relocs32le is reloc for the usual layout of 32 bits with addends.
func relocs32le(src []byte, dst []Reloc) {
	le := binary.LittleEndian
	for k := range dst {
		b := (*[12]byte)(src[k*12:])
		info := le.Uint32(b[4:])
		dst[k] = Reloc{Offset: uint64(le.Uint32(b[0:])), Type: info & 0xff, Sym: info >> 8, Addend: int64(int32(le.Uint32(b[8:])))}
	}
}
