package objimage

import (
	"debug/elf"
	"encoding/binary"
	"math/bits"
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
	switch big := o.layout.big; size {
	case 8:
		decodeRel32(src, big, dst)
	case 12:
		decodeRela32(src, big, dst)
	case 16:
		decodeRel64(src, big, dst)
	default:
		if !big || !swapRelocs(dst, src) {
			decodeRela64(src, big, dst)
		}
	}
	if o.mips64el {
		for k := range dst {
			dst[k].swapMips64el()
		}
	}
	return dst
}

// The four kinds of entries: of words of 32 and 64 bits, with addends (SHT_RELA) or without.

func decodeRel32(src []byte, big bool, dst []Reloc) {
	for k := range dst {
		b, r := (*[8]byte)(src), &dst[k]
		src = src[8:]
		off, info := binary.LittleEndian.Uint32(b[:]), binary.LittleEndian.Uint32(b[4:])
		if big {
			off, info = bits.ReverseBytes32(off), bits.ReverseBytes32(info)
		}
		r.Offset, r.Type, r.Sym, r.Addend = uint64(off), info&0xff, info>>8, 0
	}
}

func decodeRela32(src []byte, big bool, dst []Reloc) {
	for k := range dst {
		b, r := (*[12]byte)(src), &dst[k]
		src = src[12:]
		off, info, addend := binary.LittleEndian.Uint32(b[:]), binary.LittleEndian.Uint32(b[4:]), binary.LittleEndian.Uint32(b[8:])
		if big {
			off, info, addend = bits.ReverseBytes32(off), bits.ReverseBytes32(info), bits.ReverseBytes32(addend)
		}
		r.Offset, r.Type, r.Sym, r.Addend = uint64(off), info&0xff, info>>8, int64(int32(addend))
	}
}

func decodeRel64(src []byte, big bool, dst []Reloc) {
	for k := range dst {
		b, r := (*[16]byte)(src), &dst[k]
		src = src[16:]
		off, info := binary.LittleEndian.Uint64(b[:]), binary.LittleEndian.Uint64(b[8:])
		if big {
			off, info = bits.ReverseBytes64(off), bits.ReverseBytes64(info)
		}
		r.Offset, r.Type, r.Sym, r.Addend = off, uint32(info), uint32(info>>32), 0
	}
}

func decodeRela64(src []byte, big bool, dst []Reloc) {
	for k := range dst {
		b, r := (*[24]byte)(src), &dst[k]
		src = src[24:]
		off, info, addend := binary.LittleEndian.Uint64(b[:]), binary.LittleEndian.Uint64(b[8:]), binary.LittleEndian.Uint64(b[16:])
		if big {
			off, info, addend = bits.ReverseBytes64(off), bits.ReverseBytes64(info), bits.ReverseBytes64(addend)
		}
		r.Offset, r.Type, r.Sym, r.Addend = off, uint32(info), uint32(info>>32), int64(addend)
	}
}

// swapMips64el brings r_info of little-endian 64-bit Mips into order. It is a struct there, not a number: r_sym in the file's order, then the bytes r_ssym, r_type3, r_type2,
// r_type. Read as a big-endian number this is what others have; little-endian the halves are swapped, and the types reversed.
func (r *Reloc) swapMips64el() { r.Sym, r.Type = r.Type, bits.ReverseBytes32(r.Sym) }

func word32(b []byte, big bool) uint32 {
	if big {
		return binary.BigEndian.Uint32(b)
	}
	return binary.LittleEndian.Uint32(b)
}

func word64(b []byte, big bool) uint64 {
	if big {
		return binary.BigEndian.Uint64(b)
	}
	return binary.LittleEndian.Uint64(b)
}
