package objimage

import (
	"bytes"
	"debug/elf"
)

// shdr decodes the header of section i into h.
func (o *Object) shdr(h *shdr, i int) {
	size := o.layout.shdrSize()
	o.layout.shdr(h, o.shdrs[i*size:(i+1)*size])
}

// sectionType decodes sh_type alone, which is enough for most sections that are asked about.
func (o *Object) sectionType(i int) uint32 {
	return o.layout.u32(o.shdrs[i*o.layout.shdrSize()+4:])
}

// Section returns the header of section i, which must be below NumSections.
func (o *Object) Section(i int) (s Section) {
	if o.decoded != nil {
		return o.decoded.sections[i]
	}
	var h shdr
	o.shdr(&h, i)
	o.section(&s, &h, i)
	return s
}

// SectionName returns the name of section i. The bytes are the buffer's.
func (o *Object) SectionName(i int) []byte {
	if o.decoded != nil {
		return o.NameOf(&o.decoded.sections[i])
	}
	var h shdr
	o.shdr(&h, i)
	if h.typ == uint32(elf.SHT_NULL) {
		return nil
	}
	return cstring(o.shnames[h.name:])
}

// NameOf is SectionName for a section that has been decoded.
func (o *Object) NameOf(s *Section) []byte {
	if s.Type == uint32(elf.SHT_NULL) {
		return nil
	}
	return cstring(o.shnames[s.Name:])
}

// NameHead returns the first bytes of the name of a section that has been decoded; of a shorter name, that and what is behind its NUL. It is for those who look for certain
// names, which most names are not, without reading each to its end.
func (o *Object) NameHead(s *Section) (head [3]byte) {
	copy(head[:], o.shnames[s.Name:])
	return head
}

// SectionData returns the contents of section i, which are the buffer's bytes: nil for a zero-fill section and for an unused entry. Its capacity
// ends with the section.
func (o *Object) SectionData(i int) []byte {
	if o.decoded != nil {
		return o.decoded.sectionData(o, i)
	}
	var h shdr
	o.shdr(&h, i)
	if h.typ == uint32(elf.SHT_NOBITS) || h.typ == uint32(elf.SHT_NULL) {
		return nil
	}
	return o.buf.data[h.off : h.off+h.siz : h.off+h.siz]
}

// RelocTarget reports, if section i holds relocations, which section they apply to, how many they are, and whether their addends are implicit,
// that is, stored at the places to be relocated (SHT_REL) and not in the relocations (SHT_RELA). The target is a section number from 1 to
// NumSections-1. For all other sections ok is false.
func (o *Object) RelocTarget(i int) (target, n int, implicitAddend, ok bool) {
	if o.decoded != nil {
		t := &o.decoded.sections[i].Relocs
		return int(t.Target), int(t.Num), t.Implicit, t.Target != 0
	}
	size := o.relocSize(o.sectionType(i))
	if size == 0 {
		return 0, 0, false, false
	}
	var h shdr
	o.shdr(&h, i)
	return int(h.info), int(h.siz) / size, h.typ == uint32(elf.SHT_REL), true
}

// relocSize returns the size of an entry of a section of the given type, and 0 if it does not hold relocations.
func (o *Object) relocSize(typ uint32) int {
	switch elf.SectionType(typ) {
	case elf.SHT_RELA:
		return o.layout.relaSize()
	case elf.SHT_REL:
		return o.layout.relSize()
	}
	return 0
}

// Relocs decodes relocations of relocation section i into dst, beginning with number from, and returns how many it decoded: len(dst), or less
// at the end of the section; 0 if section i holds no relocations. Symbol numbers are not checked: see [Reloc].
func (o *Object) Relocs(i, from int, dst []Reloc) int {
	s := o.Section(i)
	return copy(dst, o.RelocsOf(&s.Relocs, from, dst))
}

// cstring returns b up to its first NUL. Callers know that there is one.
func cstring(b []byte) []byte {
	if n := bytes.IndexByte(b, 0); n >= 0 {
		return b[:n:n]
	}
	return b
}
