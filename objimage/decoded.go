package objimage

import (
	"cmp"
	"fmt"
	"math"
	"slices"
)

// Formats other than ELF are decoded when they are parsed: their tables are so unlike a linker's view (addresses instead of offsets, addends in places that
// depend on where the section would be, pairs of relocations) that what is made of them once is what everybody reads. The neutral view is that of ELF:
//
//   - Sections have their numbers of the file, from 1 on. Behind them are the tables of relocations, as sections without contents.
//   - Symbols are those of the file that a linker cares about, local ones first, and relocations refer to them by the numbers that they have here.
//   - Relocation types are the format's, put into one number with what else the format keeps beside the type. Addends are what is to be added to what is stored at the
//     place (RelocTable.Implicit), such as what an instruction's displacement counts from.
//   - A section's Type is the type of ELF that comes nearest; the format's own, with its flags, are RawFlags.
//
// Contents stay in the file. What the reader itself has made is as if it were behind the file: see contents.

// decoded is what an object of another format than ELF consists of. Its size is in proportion to the file's.
type decoded struct {
	format       Format
	time         uint32    // when the file was made, of COFF
	sections     []Section // 0 is the empty one
	headers      []uint32  // by section: where its header is in the file; 0 for what has none
	symbols      []Symbol  // 0 is the empty one
	entries      []uint32  // by symbol: where it is in the file's table of them; 0 for what has none
	relocs       []Reloc
	fileSections int     // how many of sections, behind the empty one, are the file's (COFF)
	groups       []Group // in the order of their sections
	made         []byte  // contents that are not in the file
}

// Offsets in RelocTable of a decoded object are numbers of relocations.

// FileOrder returns the numbers of the symbols in the order of the file's table; nil if that is theirs. Those that have no entry there come first.
func (o *Object) FileOrder() []uint32 {
	if o.decoded == nil || o.decoded.format == ELF {
		return nil
	}
	order := make([]uint32, len(o.decoded.entries))
	for i := range order {
		order[i] = uint32(i)
	}
	slices.SortStableFunc(order, func(a, b uint32) int { return cmp.Compare(o.decoded.entries[a], o.decoded.entries[b]) })
	return order
}

// checkDecodable refuses files of more than 4 GiB: neither format has offsets that reach behind that.
func checkDecodable(b *Buffer) error {
	if uint64(len(b.data)) > math.MaxUint32 {
		return &FormatError{Object: b.name, Msg: fmt.Sprintf("a file of %d bytes, and offsets in it have 32 bits", len(b.data)), Err: ErrUnsupportedFormat}
	}
	return nil
}

// setDecoded makes o an object of what was decoded. The caller has set shnames and strs.
func (o *Object) setDecoded(d *decoded, firstGlobal int) {
	o.decoded = d
	o.numSections, o.numSymbols, o.firstGlobal = len(d.sections), len(d.symbols), firstGlobal
}

// addRelocs makes a table of the relocations from number first on, which apply to a section.
func (d *decoded) addRelocs(target, first int) { d.addTable(target, first, len(d.relocs)) }

// addTable is addRelocs for the relocations before number end.
func (d *decoded) addTable(target, first, end int) {
	if n := end - first; n > 0 {
		s := Section{Index: len(d.sections), Name: d.sections[target].Name, Type: shtRel, Info: uint32(target), Align: 1}
		s.Relocs = RelocTable{Offset: uint64(first), Target: uint32(target), Num: uint32(n), Implicit: true}
		d.sections = append(d.sections, s)
		d.headers = append(d.headers, 0)
	}
}

// sectionData is SectionData.
func (d *decoded) sectionData(o *Object, i int) []byte {
	s := &d.sections[i]
	if s.Flags&SectionZeroFill != 0 || s.Relocs.Target != 0 || s.Type == 0 {
		return nil
	}
	return d.contents(o.buf.data, s.Offset, s.Size)
}

// contents is Contents: offsets from the file's length on are those of what was made.
func (d *decoded) contents(file []byte, offset, size uint64) []byte {
	if n := uint64(len(file)); offset >= n && len(d.made) > 0 {
		file, offset = d.made, offset-n
	}
	return file[offset : offset+size : offset+size]
}

// relocsOf is RelocsOf.
func (d *decoded) relocsOf(t *RelocTable, from int) []Reloc {
	return d.relocs[t.Offset+uint64(from) : t.Offset+uint64(t.Num) : t.Offset+uint64(t.Num)]
}

// appendGroup is AppendGroup.
func (d *decoded) appendGroup(dst []uint32, section int) (members []uint32, comdat bool) {
	n, found := slices.BinarySearchFunc(d.groups, section, func(g Group, section int) int { return cmp.Compare(g.Section, section) })
	if !found {
		return dst, false
	}
	return append(dst, d.groups[n].Members...), d.groups[n].COMDAT
}
