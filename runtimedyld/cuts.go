package runtimedyld

import (
	"cmp"
	"slices"

	"github.com/gomcjit/gomcjit/objimage"
)

// Sections that shrink. Where an assembler leaves the choice of instructions to the linker (RISC-V psABI, 8 "Linker Relaxation"; LoongArch ELF psABI, "Relaxation"),
// it cannot tell how far one place in a section is from another. So it pads alignments by as many bytes as may ever be needed (R_*_ALIGN), of which the linker has to
// take away those that are not, and writes calls in their longest form, of which it may take away what is not needed (R_*_RELAX). That is decided when an object is loaded,
// for sizes have to be known then, and by distances within one section alone: these hold wherever sections are mapped to later.
//
// Offsets are those in the file everywhere but in the fixer's loop, which knows the section as it is in memory, and in addresses.

// A cut is bytes of a section that are not loaded, and the place before them that is another one for that.
type cut struct {
	at, size uint64 // in the file
	before   uint64 // the bytes of all cuts before this one
	place    uint64 // of the relocation that allows the cut; what is kept there ends where the cut begins
	old, typ uint32 // its type in the file, and the one as which it is applied
}

// A trim is the cuts of one section, in the order of their places.
type trim struct {
	section uint32 // of the file
	cuts    []cut
}

// trims are the sections that shrink, in the order of the file; objects without any have none.
type trims []trim

// of returns the cuts of a section.
func (t trims) of(section uint32) []cut {
	if i, ok := slices.BinarySearchFunc(t, section, func(t trim, n uint32) int { return cmp.Compare(t.section, n) }); ok {
		return t[i].cuts
	}
	return nil
}

// offset returns where something that is at an offset in the file's section is in memory: at the beginning of a cut if it is inside.
func (t trims) offset(section uint32, off uint64) uint64 {
	if len(t) == 0 {
		return off
	}
	return off - bytesCut(t.of(section), off)
}

// cutFrom returns by how much a section shrinks.
func (t trims) cutFrom(section uint32) uint64 {
	if cuts := t.of(section); len(cuts) > 0 {
		return cuts[len(cuts)-1].total()
	}
	return 0
}

func (c *cut) total() uint64 { return c.before + c.size }

// bytesCut returns how many bytes are cut before an offset.
func bytesCut(cuts []cut, off uint64) uint64 {
	i, end := 0, len(cuts) // what slices.BinarySearchFunc does, in a third of the time: this is asked for every symbol
	for i < end {
		if k := (i + end) / 2; cuts[k].at < off {
			i = k + 1
		} else {
			end = k
		}
	}
	if i == 0 {
		return 0
	}
	c := &cuts[i-1]
	return c.before + min(c.size, off-c.at)
}

// fileOffset is the inverse of trims.offset, for messages: of the places before and behind a cut the latter, where a relocation can be.
func fileOffset(cuts []cut, off uint64) uint64 {
	total := uint64(0)
	for i := range cuts {
		if cuts[i].at-cuts[i].before > off {
			break
		}
		total = cuts[i].total()
	}
	return off + total
}

// trimRelocs makes relocations of the section as it is in the file those of the section as it is in memory.
func trimRelocs(cuts []cut, relocs []objimage.Reloc) {
	i, last := 0, uint64(0) // cuts[i] is the first one whose place is not before the relocation's
	for k := range relocs {
		r := &relocs[k]
		if r.Offset < last {
			i = 0
		}
		for last = r.Offset; i < len(cuts) && cuts[i].place < r.Offset; {
			i++
		}
		if i < len(cuts) && cuts[i].place == r.Offset && cuts[i].old == r.Type {
			r.Type = cuts[i].typ
		}
		if i > 0 {
			c := &cuts[i-1]
			r.Offset -= c.before + min(c.size, r.Offset-min(r.Offset, c.at))
		}
	}
}

// trimSymbols does so with symbols.
func (t trims) trimSymbols(syms []objimage.Symbol) {
	section, cuts := uint32(0), []cut(nil)
	for i := range syms {
		y := &syms[i]
		if y.Place != objimage.PlaceSection {
			continue
		}
		if y.Section != section {
			section, cuts = y.Section, t.of(y.Section)
		}
		y.Value -= bytesCut(cuts, y.Value)
	}
}

// writeTrimmed copies the file's bytes into a section that shrinks, and has the architecture mend the places where something is missing.
func (o *Object) writeTrimmed(t *trim) {
	k := o.sectionIndex(int(t.section))
	file, b := o.img.SectionData(int(t.section)), o.mem(k, o.layout.extents[k].size)
	n, from := uint64(0), uint64(0)
	for i := range t.cuts {
		c := &t.cuts[i]
		n += uint64(copy(b[n:], file[from:c.at]))
		o.arch.mend(b[n-(c.at-c.place):n], file[c.place:], c)
		from = c.at + c.size
	}
	copy(b[n:], file[from:])
}
