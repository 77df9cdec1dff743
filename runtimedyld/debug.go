package runtimedyld

import "github.com/gomcjit/gomcjit/objimage"

// Debug information of what was dropped. Debuggers relocate the debug sections of a relocatable object themselves (gdb 13: default_symfile_relocate), and know nothing
// of COMDAT groups: they would take a dropped function for one at its own section's address, which nothing has. Linkers write 0 where debug information refers to what
// they have dropped, and debuggers pass over records of that address, if they do not find any section there: gdb looks for one that is loaded or has
// relocations. So objects with dropped sections are given to debuggers with their debug sections relocated.

// DebugImage returns the object with its load addresses, for debuggers. Sections that were dropped with their COMDAT group are not loaded in it, and what debug
// information says of them is made void. Of sections that are shorter in memory than in the file (R_RISCV_ALIGN and the like), symbols and debug information are as in memory.
// The addresses are read at the call of each method. It may be called from any goroutine, in every state; once the object is
// Removed the addresses are those of memory that has been given back.
func (o *Object) DebugImage() *objimage.Image {
	addr := func(section int) (uint64, bool) {
		a, ok := o.SectionLoadAddress(section)
		return uint64(a), ok && o.inProgram(section)
	}
	switch {
	case len(o.trims) > 0:
		return objimage.NewRelocatedImage(o.img, addr, o.debugRelocator).WithOffsets(o.trims.offset)
	case len(o.anchors) > 0 || o.img.Format() == objimage.COFF:
		return objimage.NewRelocatedImage(o.img, addr, o.debugRelocator)
	}
	return objimage.NewImage(o.img, addr)
}

// debugRelocator returns what applies the relocations of debug sections to their contents in a copy of the file. What cannot be applied, in a broken file, stays as it is.
func (o *Object) debugRelocator() objimage.Relocator { return o.relocatorOf(nil) }

// relocatorOf is debugRelocator with the addresses of globals that other objects define, and of commons, if somebody knows them: by their numbers among the object's globals.
func (o *Object) relocatorOf(elsewhere func(global int) uint64) objimage.Relocator {
	syms := make([]objimage.Symbol, o.img.NumSymbols())
	n, _ := o.img.Symbols(0, syms) // those behind the first broken one are left out
	d := debugFixer{fixer: fixer{o: o}, dropped: make([]bool, n), elsewhere: elsewhere}
	o.trims.trimSymbols(syms[:n])
	for i := range syms[:n] {
		d.note(i, &syms[i])
	}
	return d.section
}

// inProgram says whether a section is one that programs have in memory.
func (o *Object) inProgram(section int) bool {
	return o.img.Section(section).Flags&objimage.SectionAlloc != 0
}

// tombstoneOf returns what stands in a debug section for an address that there is none of: 0, but where a pair of zeros ends a list (DWARF 4, 2.6.2 and 2.17.3).
// There an empty range is passed over.
func tombstoneOf(section string) uint64 {
	if section == ".debug_ranges" || section == ".debug_loc" {
		return 1
	}
	return 0
}

// A debugFixer is a fixer for debug sections.
type debugFixer struct {
	fixer
	dropped   []bool // by symbol: it is in a section that was dropped
	tombstone uint64
	elsewhere func(global int) uint64 // nil if nobody knows
}

// note finds out where a symbol is, as far as its own file tells, which is how debuggers see it. Sections of debug information, and dropped ones, are at 0.
func (d *debugFixer) note(i int, y *objimage.Symbol) {
	s := uint64(0)
	switch y.Place {
	case objimage.PlaceAbsolute:
		s = y.Value
	case objimage.PlaceSection:
		s = y.Value
		if d.o.inProgram(int(y.Section)) {
			a, loaded := d.o.SectionLoadAddress(int(y.Section))
			s += uint64(a)
			d.dropped[i] = !loaded
		}
	default:
		if first := d.o.img.FirstGlobal(); d.elsewhere != nil && i >= first {
			s = d.elsewhere(i - first)
		}
	}
	d.addrs = append(d.addrs, s)
}

// section applies all relocations of a debug section.
func (d *debugFixer) section(table *objimage.RelocTable, contents []byte) {
	d.tombstone = tombstoneOf(string(d.o.img.SectionName(int(table.Target))))
	d.site.sec, d.site.target = contents, int(table.Target)
	for from := 0; from < int(table.Num); {
		list := d.o.img.RelocsOf(table, from, d.relocs[:])
		from += len(list)
		for i := range list {
			d.site.r, d.site.batch, d.site.nth = list[i], list, i
			d.apply(table.Implicit)
		}
	}
}

// apply applies the relocation at d.site. Fields that are not all of a word hold sums and differences of addresses, which are right within a section that was dropped.
func (d *debugFixer) apply(implicit bool) {
	r, size := &d.site.r, uint64(len(d.site.sec))
	row := d.o.arch.row(r.Type)
	if row == nil || row.formula == nil || uint64(r.Sym) >= uint64(len(d.addrs)) || r.Offset > size || size-r.Offset < uint64(row.field.size) {
		return
	}
	if implicit {
		r.Addend += row.field.addend(d.site.sec[r.Offset:])
	}
	s := d.addrs[r.Sym]
	d.v = vars{S: s, L: s, D: s, A: uint64(r.Addend), P: r.Offset}
	if row.need&needThread != 0 {
		d.v.T = s
	}
	switch {
	case row.field == &fieldULEB || row.field == &fieldSubULEB:
		d.applyULEB(row)
		return
	case row.field.code != nil && row.need&needFix != 0: // an instruction
		return
	case row.field.code == nil && d.dropped[r.Sym]:
		row.field.store(d.site.sec[r.Offset:], d.tombstone)
		return
	}
	x := row.formula.eval(&d.v)
	if d.o.arch.wraps() {
		x = uint64(signExtend(x, 32))
	}
	if row.field.fits(x) {
		row.field.store(d.site.sec[r.Offset:], x)
	}
}

func (d *debugFixer) applyULEB(row *howto) {
	x, number := row.formula.eval(&d.v), ulebAt(d.site.sec[d.site.r.Offset:])
	if row.field == &fieldSubULEB {
		x = loadULEB(number) - x
	}
	storeULEB(number, x)
}
