package objimage

import "debug/elf"

// Linkers look at every section header, several times an object. These are Section, SectionName, SectionData and Relocs for them: headers are
// decoded by the batch, once, and what depends on a header takes it instead of decoding it again.

// Sections decodes section headers into dst, beginning with section number from, and returns how many it decoded.
func (o *Object) Sections(from int, dst []Section) int {
	dst = dst[:min(len(dst), o.numSections-from)]
	size := o.layout.shdrSize()
	table := o.shdrs[from*size:]
	var h shdr
	for i := range dst {
		if o.layout == &elf64le {
			shdr64le(&h, (*[64]byte)(table[i*64:]))
		} else {
			o.layout.shdr(&h, table[i*size:(i+1)*size])
		}
		o.section(&dst[i], &h, from+i)
	}
	return len(dst)
}

// section translates a header.
func (o *Object) section(s *Section, h *shdr, i int) {
	if h.typ == uint32(elf.SHT_NULL) {
		*s = Section{Index: i, Align: 1}
		return
	}
	s.Index, s.Type, s.Link, s.Info, s.RawFlags, s.name = i, h.typ, h.link, h.info, h.flags, h.name
	s.Addr, s.Offset, s.Size, s.Align, s.EntSize = h.addr, h.off, h.siz, max(h.align, 1), h.entsize
	s.Flags, s.Target, s.NumRelocs, s.Implicit = SectionFlags(h.flags)&elfSectionFlags, 0, 0, false
	switch elf.SectionType(h.typ) {
	case elf.SHT_NOBITS:
		s.Flags |= SectionZeroFill
	case elf.SHT_RELA:
		s.Target, s.NumRelocs = h.info, uint32(h.siz/uint64(o.layout.relaSize()))
	case elf.SHT_REL:
		s.Target, s.NumRelocs, s.Implicit = h.info, uint32(h.siz/uint64(o.layout.relSize())), true
	}
}

// NameOf is SectionName for a section that is decoded.
func (o *Object) NameOf(s *Section) []byte {
	if s.Type == uint32(elf.SHT_NULL) {
		return nil
	}
	return cstring(o.shnames[s.name:])
}

// DataOf is SectionData for a section that is decoded.
func (o *Object) DataOf(s *Section) []byte {
	if s.Flags&SectionZeroFill != 0 || s.Type == uint32(elf.SHT_NULL) {
		return nil
	}
	return o.buf.data[s.Offset : s.Offset+s.Size : s.Offset+s.Size]
}

// RelocsOf is Relocs for a section that is decoded.
func (o *Object) RelocsOf(s *Section, from int, dst []Reloc) int {
	if s.Target == 0 || from >= int(s.NumRelocs) {
		return 0
	}
	dst = dst[:min(len(dst), int(s.NumRelocs)-from)]
	size := o.relocSize(s.Type)
	src := o.buf.data[s.Offset : s.Offset+s.Size][from*size:]
	if o.layout == &elf64le && !s.Implicit && !o.mips64el {
		relocs64le(dst, src)
		return len(dst)
	}
	for k := range dst {
		dst[k] = o.reloc(src[k*size:], s.Implicit)
	}
	return len(dst)
}
