package runtimedyld

import (
	"cmp"
	"slices"

	"github.com/gomcjit/gomcjit/objimage"
)

// Pairs of relocations of which the second one's symbol is no target, but a label at the first one's place, which has the target: what the second one stores depends on
// where the first one is. They may be in any order and any distance from each other, and several second ones may have one first.

// A pairValue is what the first relocation of a pair has computed that was applied last in the section at hand, if there is one.
type pairValue struct {
	known     bool
	at, value uint64 // its place, and its value
}

// fewBack is how many relocations before the second one are looked at, before those of the whole section are sorted: compilers mostly write a pair together.
const fewBack = 8

// partner returns the first relocation of the pair to which the one at f.site belongs: the one at that offset in the section.
func (f *fixer) partner(off uint64) (r *objimage.Reloc, ok bool) {
	at := &f.site
	before := at.batch[:at.nth]
	if n := min(at.index(), fewBack); at.nth < n { // the batch before has them
		before = f.before[:copy(f.before[:n], f.o.img.RelocsOf(at.table, at.index()-n, f.before[:n]))]
		trimRelocs(f.o.trims.of(uint32(at.target)), before)
	}
	for i := len(before) - 1; i >= max(0, len(before)-fewBack); i-- {
		if before[i].Offset == off && f.o.arch.isFirst(before[i].Type) {
			return &before[i], true
		}
	}
	if f.firstOf != f.site.table {
		f.sortFirsts()
	}
	i, ok := slices.BinarySearchFunc(f.firsts, off, func(r objimage.Reloc, off uint64) int { return cmp.Compare(r.Offset, off) })
	if !ok {
		return nil, false
	}
	return &f.firsts[i], true
}

// isFirst says whether a relocation is the first of a pair.
func (a *arch) isFirst(typ uint32) bool {
	row := a.row(typ)
	return row != nil && row.need&pairFirst != 0
}

// sortFirsts collects the section's first relocations of pairs.
func (f *fixer) sortFirsts() {
	var buf [64]objimage.Reloc
	table, o := f.site.table, f.o
	cuts := o.trims.of(uint32(f.site.target))
	f.firstOf, f.firsts = table, f.firsts[:0]
	for from := 0; from < int(table.Num); {
		relocs := o.img.RelocsOf(table, from, buf[:])
		from += len(relocs)
		for i := range relocs {
			if r := relocs[i]; o.arch.isFirst(r.Type) {
				f.firsts = append(f.firsts, r)
			}
		}
	}
	trimRelocs(cuts, f.firsts)
	slices.SortStableFunc(f.firsts, func(a, b objimage.Reloc) int { return cmp.Compare(a.Offset, b.Offset) })
}

// valueOf returns what a relocation of the section at f.site computes, another one than that at f.site, and leaves in f.v from what. It reports false if the relocation is one that
// is refused.
func (f *fixer) valueOf(r *objimage.Reloc) (uint64, bool) {
	row := f.o.arch.row(r.Type)
	if row == nil || row.formula == nil || uint64(r.Sym) >= uint64(len(f.addrs)) {
		return 0, false
	}
	f.v.S, f.v.A, f.v.P, f.v.GOT = f.addrs[r.Sym], uint64(r.Addend), f.site.base+r.Offset, f.o.gotAddr()
	f.v.L = f.v.S
	if row.need&needSlot != 0 {
		f.v.G = uint64(f.slots[r.Sym]) * f.o.arch.slotSize
	}
	if row.need&needThread != 0 && !f.thread(row, r) {
		return 0, false
	}
	return row.formula.eval(&f.v), true
}
