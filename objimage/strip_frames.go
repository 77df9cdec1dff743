package objimage

import (
	"cmp"
	"slices"
)

// Unwind tables of objects that are stripped: the records of live functions stay, and the others go, with what they refer to. Records refer to each other by distances that are stored in them
// (LSB, "Exception Frames").

// A frameTable is an unwind table, taken apart.
type frameTable struct {
	section int
	records []frameRecord
	always  []uint32 // symbols of records that stay whatever is stripped
	whole   bool     // the table makes no sense here: it stays as it is
}

// A frameRecord is a record of an unwind table.
type frameRecord struct {
	start, end uint64
	cie        int    // which record is its CIE; -1 of a CIE
	function   uint32 // section of the FDE's function; 0 if the object does not have it
	at         uint64 // where the record is in the stripped table
	kept       bool
}

// isFrames says whether a section is an unwind table.
func (x *stripObject) isFrames(s *Section) bool {
	name := string(x.NameOf(s))
	return name == ".eh_frame" && x.d.format == ELF || name == "__eh_frame" && x.d.format == MachO
}

// keepsFrames says whether an unwind table stays as it is.
func (x *stripObject) keepsFrames(section int) bool {
	return slices.ContainsFunc(x.frames, func(t *frameTable) bool { return t.section == section && t.whole })
}

// addFrames takes an unwind table apart, and has what records refer to live with their functions.
func (x *stripObject) addFrames(section int) {
	t := &frameTable{section: section}
	x.frames = append(x.frames, t)
	if !x.readFrames(t) || x.relocatesOutside(t) {
		t.whole = true
		return
	}
	refs := make([][]uint32, len(t.records)) // by record: symbols
	x.eachReloc(section, func(r *Reloc) {
		k := t.recordAt(r.Offset)
		p := &t.records[k]
		const pc = 8 // behind the length and the distance to the CIE
		if to := x.sectionOf(r.Sym); p.cie >= 0 && r.Offset == p.start+pc && to != 0 && int(to) != section {
			p.function = to
			return
		}
		refs[k] = append(refs[k], r.Sym)
	})
	for k := range t.records {
		p := &t.records[k]
		if p.cie < 0 {
			continue
		}
		for _, sym := range append(slices.Clip(refs[k]), refs[p.cie]...) {
			switch {
			case int(x.sectionOf(sym)) == section:
			case p.function == 0:
				t.always = append(t.always, sym)
			default:
				x.behind[p.function] = append(x.behind[p.function], edge{symbol: sym})
			}
		}
	}
}

// readFrames fills the table's records; false if it makes no sense.
func (x *stripObject) readFrames(t *frameTable) bool {
	data, u32 := x.d.sectionData(x.Object, t.section), x.layout.u32
	starts := map[uint64]int{}
	at := uint64(0)
	for at+4 <= uint64(len(data)) {
		length := uint64(u32(data[at:]))
		if length == 0 {
			break
		}
		if length < 4 || length > uint64(len(data))-at-4 { // a length of 64 bits, too
			return false
		}
		p := frameRecord{start: at, end: at + 4 + length, cie: -1}
		if back := uint64(u32(data[at+4:])); back != 0 {
			k, ok := starts[at+4-back]
			if !ok || t.records[k].cie >= 0 {
				return false
			}
			p.cie = k
		}
		starts[at] = len(t.records)
		t.records = append(t.records, p)
		at = p.end
	}
	return true
}

// relocatesOutside says whether a relocation of the table is in none of its records.
func (x *stripObject) relocatesOutside(t *frameTable) (outside bool) {
	x.eachReloc(t.section, func(r *Reloc) { outside = outside || t.recordAt(r.Offset) < 0 })
	return outside
}

// recordAt returns which record an offset is in, or -1.
func (t *frameTable) recordAt(off uint64) int {
	k, found := slices.BinarySearchFunc(t.records, off, func(p frameRecord, off uint64) int { return cmp.Compare(p.start, off) })
	if !found {
		k--
	}
	if k < 0 || off >= t.records[k].end {
		return -1
	}
	return k
}

// stripFrames leaves the records of live functions in an unwind table.
func (x *stripObject) stripFrames(t *frameTable) {
	if t.whole {
		return
	}
	for k := range t.records {
		if p := &t.records[k]; p.cie >= 0 && (p.function == 0 || x.live[p.function]) {
			p.kept, t.records[p.cie].kept = true, true
		}
	}
	data, out := x.d.sectionData(x.Object, t.section), []byte(nil)
	for k := range t.records {
		p := &t.records[k]
		if !p.kept {
			continue
		}
		p.at = uint64(len(out))
		out = append(out, data[p.start:p.end]...)
		if p.cie >= 0 {
			x.layout.order.PutUint32(out[p.at+4:], uint32(p.at+4-t.records[p.cie].at))
		}
	}
	if x.live[t.section] = x.live[t.section] || len(out) > 0; !x.live[t.section] { // something may refer to where the table is, as crtbegin.o does
		return
	}
	s := &x.d.sections[t.section]
	s.Offset, s.Size = uint64(len(x.buf.data)+len(x.d.made)), uint64(len(out))
	x.d.made = append(x.d.made, out...)
	x.moveFrameRelocs(t)
}

// moveFrameRelocs has the table's relocations follow their records, in tables of their own.
func (x *stripObject) moveFrameRelocs(t *frameTable) {
	for i := range x.d.sections {
		table := &x.d.sections[i].Relocs
		if int(table.Target) != t.section {
			continue
		}
		first, minus := uint64(len(x.d.relocs)), uint32(0)
		for _, r := range x.d.relocsOf(table, 0) {
			k := t.recordAt(r.Offset)
			if !t.records[k].kept {
				continue
			}
			down := t.records[k].start - t.records[k].at
			// What is subtracted from the address of a function is where the record is, in Mach-O as a distance from the start of the table, which stays.
			if x.d.format == MachO && r.Type&MachOPaired != 0 && int(x.sectionOf(minus)) == t.section {
				r.Addend += int64(down)
			}
			minus = r.Sym
			r.Offset -= down
			x.d.relocs = append(x.d.relocs, r)
		}
		table.Offset, table.Num = first, uint32(uint64(len(x.d.relocs))-first)
	}
}
