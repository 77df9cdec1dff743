package objimage

import "slices"

// Sections of pointers and stubs that linkers fill in: which symbol each entry is for is in a table of its own (<mach-o/loader.h>, dysymtab_command.indirectsymoff). Here
// the entries get relocations.

const (
	indirectLocal   = 0x80000000 // INDIRECT_SYMBOL_LOCAL: the entry has ordinary relocations, or none
	indirectAbs     = 0x40000000
	machoSelfModify = 0x04000000 // S_ATTR_SELF_MODIFYING_CODE
	i386JumpSize    = 5          // of an entry of a jump table of i386, which becomes a jump
	i386Jump        = 0xe9
)

// indirectRelocs replaces the relocations of a section of pointers or jumps, which begin with number first, by those of the symbols that its entries are for.
func (r *machoReader) indirectRelocs(section, first int) error {
	s, m := &r.d.sections[section], &r.sections[section]
	size, jumps := uint64(r.word), false
	switch s.RawFlags & machoTypeMask {
	case machoNonLazyPointers, machoLazyPointers, machoThreadPointers:
	case machoSymbolStubs:
		if r.o.arch != ArchI386 || m.reserved2 != i386JumpSize || s.RawFlags&machoSelfModify == 0 {
			return nil // code that finds its pointer by itself
		}
		size, jumps = i386JumpSize, true
	default:
		return nil
	}
	num := s.Size / size
	end := uint64(m.reserved1) + num
	if num > uint64(len(r.data)) || end > uint64(r.dysymtab.num) || !r.o.inFile(uint64(r.dysymtab.indirect), 4*end) {
		return r.sectionError(section, "its %d entries from number %d on are outside the table of indirect symbols", num, m.reserved1)
	}
	if r.indirect += num; 4*r.indirect > uint64(len(r.data)) { // sections upon each other: few bytes of file must not become many of memory
		return r.sectionError(section, "the sections have more entries than fit in the file: tables overlap")
	}
	data := slices.Clone(r.d.sectionData(r.o, section))
	if data == nil {
		return nil
	}
	filled := map[uint64]bool{}
	var list []Reloc
	for i := range num {
		symbol := r.u32(uint64(r.dysymtab.indirect) + 4*(uint64(m.reserved1)+i))
		if symbol&(indirectLocal|indirectAbs) != 0 {
			continue
		}
		off, sym := i*size, noSymbol
		if symbol < uint32(len(r.numbers)) {
			sym = r.numbers[symbol]
		}
		filled[off] = true
		clear(data[off : off+size])
		one := Reloc{Offset: off, Type: 2 * MachOLength, Sym: sym}
		if r.word == 8 {
			one.Type = 3 * MachOLength
		}
		if jumps {
			data[off] = i386Jump
			one.Offset, one.Type, one.Addend = off+1, one.Type|MachOPCRel, -4
		}
		list = append(list, one)
	}
	kept := slices.DeleteFunc(r.d.relocs[first:], func(one Reloc) bool { return filled[one.Offset] })
	r.d.relocs = append(r.d.relocs[:first+len(kept)], list...)
	s.Offset = r.make(data)
	return nil
}

// make keeps contents that are not in the file, and returns their offset.
func (r *machoReader) make(data []byte) uint64 {
	at := uint64(len(r.data) + len(r.d.made))
	r.d.made = append(r.d.made, data...)
	return at
}
