package objimage

import (
	"bytes"
	"encoding/binary"
	"slices"
	"sort"
)

// Atoms. Assemblers for Apple's systems say in the header of a file (MH_SUBSECTIONS_VIA_SYMBOLS) that nothing in it counts on what is between two symbols to stay together: linkers may take
// sections apart at symbols, and leave out what nobody refers to. Such a piece, an atom, is a section of its own here, with the address that it has in the file; the first one has its section's number,
// the others come behind all sections.
//
// <mach-o/loader.h>, <mach-o/nlist.h> (N_ALT_ENTRY, N_NO_DEAD_STRIP). Literals are one by one, whatever symbols there are.

const (
	machoLiterals4       = 0x3
	machoLiterals8       = 0x4
	machoLiteralPointers = 0x5
	machoLiterals16      = 0xe
	machoRegular         = 0x0
	machoNoDeadStrip     = 0x10000000 // S_ATTR_NO_DEAD_STRIP
	machoLiveSupport     = 0x08000000 // S_ATTR_LIVE_SUPPORT

	nReferenced  = 0x10  // REFERENCED_DYNAMICALLY, in n_desc of a definition
	nNoDeadStrip = 0x20  // in n_desc of a definition
	nAltEntry    = 0x200 // in n_desc of a definition: it is inside of the atom before
)

// minLiteral is how many bytes the strings of a section have on average, at least, that is taken apart: few bytes of file must not become many of memory.
const minLiteral = 4

// ParseAtoms is Parse for an object that is to be stripped: sections of a Mach-O file with MH_SUBSECTIONS_VIA_SYMBOLS are taken apart into atoms, each a section of its own, for 64-bit
// architectures. Objects whose relocations do not say which atom they mean, and all others, are as Parse has them. Errors are also a symbol that is outside of its section.
func ParseAtoms(b *Buffer) (o *Object, err error) {
	err = Guard(func() (err error) {
		o, err = parseAtoms(b)
		return err
	})
	return o, err
}

func parseAtoms(b *Buffer) (*Object, error) {
	if identify(b.data) != MachO {
		return parse(b)
	}
	r := newMachOReader(b)
	r.atoms = true
	o, err := r.read()
	if r.ambiguous {
		return parseMachO(b)
	}
	return o, err
}

// split takes sections apart.
func (r *machoReader) split() error {
	if !r.atoms || r.flags&machoSubsectionsBySymbols == 0 || r.word != 8 {
		return nil
	}
	starts := make([][]uint64, r.fileSections)
	if err := r.symbolStarts(starts); err != nil {
		return err
	}
	r.pieces = make([][]uint32, r.fileSections)
	for i := 1; i < r.fileSections; i++ {
		if list := append(starts[i], r.literalStarts(i)...); len(list) > 0 {
			slices.Sort(list)
			r.splitSection(i, slices.Compact(list))
		}
	}
	return nil
}

// symbolStarts adds where symbols are, by section, as offsets in it that are not 0.
func (r *machoReader) symbolStarts(starts [][]uint64) error {
	for i := range r.symtab.num {
		n := r.nlist(i)
		if n.typ&nStab != 0 || n.typ&nType != nSect || n.sect == 0 || int(n.sect) >= r.fileSections || !r.isSplitBySymbols(int(n.sect)) {
			continue
		}
		s := &r.d.sections[n.sect]
		off := n.value - s.Addr
		if n.value < s.Addr || off > s.Size {
			return r.symbolError(i, &n, "is at address %#x, outside of its section of %#x bytes at %#x", n.value, s.Size, s.Addr)
		}
		if off > 0 && off < s.Size && n.desc&nAltEntry == 0 {
			starts[n.sect] = append(starts[n.sect], off)
		}
	}
	return nil
}

func (r *machoReader) isSplitBySymbols(i int) bool {
	s := &r.d.sections[i]
	if s.Flags&SectionAlloc == 0 || i == r.frames {
		return false
	}
	switch s.RawFlags & machoTypeMask {
	case machoRegular, machoZeroFill, machoGBZeroFill, machoThreadVariables:
		return true
	}
	return false
}

// literalStarts returns where the literals of a section begin, but the first.
func (r *machoReader) literalStarts(i int) (list []uint64) {
	s, size := &r.d.sections[i], uint64(0)
	switch s.RawFlags & machoTypeMask {
	case machoCStrings:
		data := r.d.sectionData(r.o, i)
		if uint64(bytes.Count(data, []byte{0})) > s.Size/minLiteral {
			return nil
		}
		for at := range data[:max(len(data), 1)-1] {
			if data[at] == 0 {
				list = append(list, uint64(at)+1)
			}
		}
		return list
	case machoLiterals4:
		size = 4
	case machoLiterals8, machoLiteralPointers:
		size = 8
	case machoLiterals16:
		size = 16
	}
	for at := size; size > 0 && at < s.Size && s.Flags&SectionZeroFill == 0; at += size {
		list = append(list, at)
	}
	return list
}

// splitSection makes atoms of a section, which begin at its start and at the offsets.
func (r *machoReader) splitSection(i int, starts []uint64) {
	whole := r.d.sections[i]
	r.d.sections[i].Size = starts[0]
	list := []uint32{uint32(i)}
	for k, off := range starts {
		s, end := whole, whole.Size
		if k+1 < len(starts) {
			end = starts[k+1]
		}
		s.Index, s.Addr, s.Size, s.Align = len(r.d.sections), whole.Addr+off, end-off, min(whole.Align, off&-off)
		if whole.Flags&SectionZeroFill == 0 {
			s.Offset = whole.Offset + off
		}
		list = append(list, uint32(s.Index))
		r.d.sections, r.sections, r.d.headers = append(r.d.sections, s), append(r.sections, r.sections[i]), append(r.d.headers, r.d.headers[i])
	}
	r.pieces[i] = list
}

// pieceAt returns the atom of a section of the file that is at an address; the last one, if it is behind all. A section that was not taken apart is its own.
func (r *machoReader) pieceAt(section uint32, addr uint64) uint32 {
	if uint64(section) >= uint64(len(r.pieces)) || r.pieces[section] == nil {
		return section
	}
	list := r.pieces[section]
	k := sort.Search(len(list), func(k int) bool { return r.d.sections[list[k]].Addr > addr })
	return list[max(k, 1)-1]
}

// isSplit says whether a section of the file was taken apart.
func (r *machoReader) isSplit(section uint32) bool {
	return uint64(section) < uint64(len(r.pieces)) && r.pieces[section] != nil
}

// meant returns the atom that a relocation without a symbol means, in a section that was taken apart: what is stored at the place is an address, or the distance to one.
func (r *machoReader) meant(section int, m *machoReloc) uint32 {
	s, size := &r.d.sections[section], uint64(1)<<m.length
	at := uint64(m.address)
	if whole := r.sections[section].size; at > whole || size > whole-at || size < 4 || s.Flags&SectionZeroFill != 0 {
		r.ambiguous = true
		return m.symbol
	}
	b := r.data[s.Offset+at:]
	addr := uint64(int64(int32(binary.LittleEndian.Uint32(b))))
	if size == 8 {
		addr = binary.LittleEndian.Uint64(b)
	}
	if m.pcrel {
		const signed1, signed4 = 6, 8 // X86_64_RELOC_SIGNED_1, _2, _4: so many bytes of the instruction follow
		addr += s.Addr + at + 4
		if m.typ >= signed1 && m.typ <= signed4 {
			addr += 1 << (m.typ - signed1)
		}
	}
	return r.pieceAt(m.symbol, addr)
}

// addSectionRelocs makes tables of the relocations from number first on, which apply to a section of the file: one for each of its atoms.
func (r *machoReader) addSectionRelocs(i, first int) {
	if !r.isSplit(uint32(i)) {
		r.d.addRelocs(i, first)
		return
	}
	base := r.d.sections[i].Addr
	piece := func(one *Reloc) uint32 { return r.pieceAt(uint32(i), base+one.Offset) }
	list := r.d.relocs[first:]
	slices.SortStableFunc(list, func(a, b Reloc) int { return int(piece(&a)) - int(piece(&b)) }) // pairs stay together
	for k := 0; k < len(list); {
		p, from := piece(&list[k]), k
		for ; k < len(list) && piece(&list[k]) == p; k++ {
		}
		for n := from; n < k; n++ {
			list[n].Offset -= r.d.sections[p].Addr - base
		}
		r.d.addTable(int(p), first+from, first+k)
	}
}
