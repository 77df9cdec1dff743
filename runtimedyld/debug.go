package runtimedyld

import "github.com/gomcjit/gomcjit/objimage"

// Debug information of what was dropped. Debuggers relocate the debug sections of a relocatable object themselves (gdb 13: default_symfile_relocate), and know nothing
// of COMDAT groups: they would take a dropped function for one at its own section's address, which nothing has. Linkers write 0 where debug information refers to what
// they have dropped, and debuggers pass over records of that address, if they do not find any section there: gdb looks for one that is loaded or has
// relocations. So objects with dropped sections are given to debuggers with their debug sections relocated.

// DebugImage returns the object with its load addresses, for debuggers. Sections that were dropped with their COMDAT group are not loaded in it, and what debug
// information says of them is made void. The addresses are read at the call of each method. It may be called in every state; once the object is
// Removed the addresses are those of memory that has been given back.
func (o *Object) DebugImage() *objimage.Image {
	addr := func(section int) (uint64, bool) {
		a, ok := o.SectionLoadAddress(section)
		return uint64(a), ok
	}
	if len(o.anchors) == 0 {
		return objimage.NewImage(o.img, addr)
	}
	return objimage.NewRelocatedImage(o.img, addr, o.relocateDebug)
}

// relocateDebug applies the relocations of a debug section to its contents in a copy of the file. What cannot be applied, in a broken file, stays as it is.
func (o *Object) relocateDebug(section int, contents []byte) {
	syms := make([]objimage.Symbol, o.img.NumSymbols())
	n, _ := o.img.Symbols(0, syms) // those behind the first broken one are left out
	d := debugFixer{o: o, contents: contents, syms: syms[:n], tombstone: tombstoneOf(string(o.img.SectionName(section)))}
	var relocs [128]objimage.Reloc
	for i := range o.img.NumSections() {
		table := o.img.Section(i).Relocs
		if int(table.Target) != section {
			continue
		}
		for from := 0; from < int(table.Num); {
			list := o.img.RelocsOf(&table, from, relocs[:])
			from += len(list)
			for _, r := range list {
				d.apply(&r)
			}
		}
	}
}

// tombstoneOf returns what stands in a debug section for an address that there is none of: 0, but where a pair of zeros ends a list (DWARF 4, 2.6.2 and 2.17.3).
// There an empty range is passed over.
func tombstoneOf(section string) uint64 {
	if section == ".debug_ranges" || section == ".debug_loc" {
		return 1
	}
	return 0
}

// A debugFixer applies relocations to a debug section.
type debugFixer struct {
	o         *Object
	contents  []byte
	syms      []objimage.Symbol
	tombstone uint64
}

func (d *debugFixer) apply(r *objimage.Reloc) {
	row, size := d.o.arch.row(r.Type), uint64(len(d.contents))
	if row == nil || row.formula == nil || uint64(r.Sym) >= uint64(len(d.syms)) || r.Offset > size || size-r.Offset < uint64(row.field.size) {
		return
	}
	s, ok := d.address(&d.syms[r.Sym])
	x := d.tombstone
	if ok {
		x = row.formula.eval(&vars{S: s, L: s, D: s, T: s, A: uint64(r.Addend), P: r.Offset})
	}
	if row.field.fits(x) {
		row.field.store(d.contents[r.Offset:], x)
	}
}

// address returns where a symbol is, as far as its own file tells, which is how debuggers see it; false if it is in a section that was dropped. Sections of
// debug information are at 0.
func (d *debugFixer) address(y *objimage.Symbol) (uint64, bool) {
	switch y.Place {
	case objimage.PlaceAbsolute:
		return y.Value, true
	case objimage.PlaceSection:
		a, loaded := d.o.SectionLoadAddress(int(y.Section))
		return uint64(a) + y.Value, loaded || d.o.img.Section(int(y.Section)).Flags&objimage.SectionAlloc == 0
	}
	return 0, true
}
