package runtimedyld

import "github.com/gomcjit/gomcjit/objimage"

// GOT entries that hold pages of 64 KiB, as MIPS code has them for what is local: it loads the page and adds the distance, 16 signed bits, which may differ from place to
// place. Which pages there are is known only when addresses are: entries are planned for as many as there can be, and given out as pages are met.

// pagePlan counts the entries.
type pagePlan struct {
	relocs   uint32 // that need one
	sections map[uint32]struct{}
	most     uint64 // pages in which the sections to which they refer can be
}

// planPage notes a relocation that needs the page of a symbol of the object.
func (p *plan) planPage(sym uint32) {
	g := &p.pages
	g.relocs++
	y := &p.syms[sym]
	if y.Place != objimage.PlaceSection || p.loaded[y.Section] == 0 {
		g.most++
		return
	}
	if _, ok := g.sections[y.Section]; ok {
		return
	}
	if g.sections == nil {
		g.sections = map[uint32]struct{}{}
	}
	g.sections[y.Section] = struct{}{}
	g.most += p.extents[p.loaded[y.Section]-1].size>>16 + 3 // it may begin and end inside of a page, and be addressed from before its start
}

// count returns how many entries are planned.
func (g *pagePlan) count() uint32 { return uint32(min(uint64(g.relocs), g.most)) }

// pageOf returns what is 16 signed bits away from an address, and is a page.
func pageAround(x uint64) uint64 { return (x + 0x8000) &^ 0xffff }

// A pageEntry is where in the GOT the entry of a page is.
type pageEntry struct {
	at, off uint64
	ok      bool
}

// page returns how many bytes into the GOT the entry of an address's page is; false if there are no entries left.
func (f *fixer) page(x uint64) (uint64, bool) {
	o, at := f.o, pageAround(x)
	if f.page1.ok && f.page1.at == at {
		return f.page1.off, true
	}
	size := o.arch.slotSize
	k, ok := f.pages[at]
	if !ok {
		if k = uint32(len(f.pages)); k >= o.pages {
			return 0, false
		}
		if f.pages == nil {
			f.pages = map[uint64]uint32{}
		}
		f.pages[at] = k
	}
	off := (uint64(len(o.slots())) + uint64(len(o.slotsPlus)) + uint64(k)) * size
	o.arch.word.store(o.mem(int(o.gotBase), off+size)[off:], at)
	f.page1 = pageEntry{at, off, true}
	return off, true
}
