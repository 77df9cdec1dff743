package runtimedyld

import (
	"cmp"
	"slices"
)

// An Entry is what the linker made for an object so that its code reaches a place: a stub, or a GOT entry. The place is so many bytes Behind a symbol, which is one of
// Object.Image by its number there.
type Entry struct {
	Symbol int
	Behind int64
	Offset uint64 // of the entry, from the start of the section that has it: SectionStubs or SectionGOT
	Thumb  bool   // a stub for Thumb code, or microMIPS
}

// Stubs returns the object's stubs, in their order. A branch goes through its stub only where it does not reach the place itself; see SetRelaxation. The object
// must not be removed meanwhile.
func (o *Object) Stubs() []Entry {
	if o.arch == nil { // a block of commons
		return nil
	}
	list := entries(o.stubs(), o.stubStep())
	for _, v := range o.veneers {
		list = append(list, Entry{Symbol: int(v.sym), Behind: v.bytes, Offset: uint64(len(list)) * o.stubStep(), Thumb: v.thumb})
	}
	return list
}

// GOTEntries returns the object's GOT entries, in their order; those for thread-local variables are elsewhere. The object must not be removed meanwhile.
func (o *Object) GOTEntries() []Entry {
	if o.arch == nil {
		return nil
	}
	list := entries(o.slots(), o.arch.slotSize)
	for e := range o.slotsPlus {
		list = append(list, Entry{Symbol: int(e.sym), Behind: e.addend, Offset: o.slotPlus(e.sym, e.addend)})
	}
	slices.SortFunc(list, func(a, b Entry) int { return cmp.Compare(a.Offset, b.Offset) })
	return list
}

// entries returns a table of entries of a size, one for each symbol.
func entries(symbols []uint32, size uint64) []Entry {
	list := make([]Entry, len(symbols))
	for i, sym := range symbols {
		list[i] = Entry{Symbol: int(sym), Offset: uint64(i) * size}
	}
	return list
}

// SectionOffset returns where in memory something is that is at an offset in a section of the file: there, unless the section is one that shrinks when it is loaded.
// Both are counted from the start of the section. What is not loaded is where the next byte is that is.
func (o *Object) SectionOffset(section int, offset uint64) uint64 {
	return o.trims.offset(uint32(section), offset)
}
