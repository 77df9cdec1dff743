package runtimedyld

import "github.com/gomcjit/gomcjit/objimage"

// GOT entries for a symbol plus an addend, where the addend belongs to what the entry holds (addendInSlot). Compilers do not write such relocations; the
// ABIs have them.

// A slotPlus is what such an entry holds.
type slotPlus struct {
	sym    uint32
	addend int64
}

// planSlotPlus gives a symbol plus an addend an entry.
func (p *plan) planSlotPlus(r *objimage.Reloc) {
	if p.slotsPlus == nil {
		p.slotsPlus = map[slotPlus]uint32{}
	}
	e := slotPlus{r.Sym, r.Addend}
	if _, ok := p.slotsPlus[e]; !ok {
		p.slotsPlus[e] = uint32(len(p.slotsPlus))
	}
}

// slotPlus returns how many bytes into the GOT the entry is.
func (o *Object) slotPlus(sym uint32, addend int64) uint64 {
	return (uint64(len(o.slots())) + uint64(o.slotsPlus[slotPlus{sym, addend}])) * o.arch.slotSize
}

// isUndefined says whether a symbol is a name that nobody defines.
func (f *fixer) isUndefined(sym uint32) bool {
	first := uint32(f.o.img.FirstGlobal())
	if sym < first || f.o.globals[sym-first] == 0 {
		return false
	}
	return f.dyld.table.at(f.o.globals[sym-first]).owner.Load() == 0
}
