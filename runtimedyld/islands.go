package runtimedyld

import (
	"github.com/gomcjit/gomcjit/executor"
	"github.com/gomcjit/gomcjit/memmgr"
	"github.com/gomcjit/gomcjit/objimage"
)

// Islands. Where an object has more code than a branch reaches over, its stubs at one place would be out of reach themselves. Each section of such an object
// has stubs of its own: behind it, and also before it if it is so long that its first branches do not reach those. So all of a section reaches
// stubs as long as it is no longer than branches reach forwards and backwards together. Nothing can be put into a section: the assembler has computed distances in it.

// An island is the stubs of one section.
type island struct {
	targets map[slotPlus]uint32 // where the stubs lead, and their numbers
	behind  uint64              // bytes from the start of the section to the stubs behind it
	ahead   uint64              // bytes that are before the section, for stubs that end where it starts
	mem     [2][]byte           // working memory of the stubs behind and before
}

// An islandStub names a stub by the section whose it is, and by its target.
type islandStub struct {
	section uint32
	slotPlus
}

// findReach finds out whether the object has more code than branches reach over, with some room for stubs.
func (p *plan) findReach() {
	code := uint64(0)
	for i := range p.requests {
		if r := &p.requests[i]; r.Kind == memmgr.Code {
			code += r.Size + r.Align
		}
	}
	p.large = code > p.arch.reach-p.arch.reach/8
}

// planIsland gives a section a stub for a branch of its own, unless that certainly does without.
func (p *plan) planIsland(r *objimage.Reloc, target int) {
	y := &p.syms[r.Sym]
	if distance := y.Value + uint64(r.Addend) - r.Offset; y.Place == objimage.PlaceSection && int(y.Section) == target &&
		p.traits[r.Sym]&traitFar == 0 && distance+p.arch.reach < 2*p.arch.reach {
		return
	}
	k := p.loaded[target] - 1
	is := p.islands[k]
	if is == nil {
		is = &island{targets: map[slotPlus]uint32{}}
		if p.islands == nil {
			p.islands = map[uint32]*island{}
		}
		p.islands[k] = is
	}
	e := slotPlus{r.Sym, r.Addend}
	if _, ok := is.targets[e]; !ok {
		is.targets[e] = uint32(len(is.targets))
	}
	if r.Addend == 0 {
		p.give(r.Sym, traitSlot)
	} else {
		p.planSlotPlus(r)
	}
}

// planIslands makes room for the stubs.
func (p *plan) planIslands() {
	for k, is := range p.islands {
		r, size := &p.requests[k], uint64(len(is.targets))*p.arch.stubStep(p.landing)
		r.Align = max(r.Align, p.arch.stubAlign)
		is.behind = alignUp(r.Size, p.arch.stubAlign)
		if is.behind+size > p.arch.reach {
			is.ahead = alignUp(size, r.Align)
		}
		r.Size = is.ahead + is.behind + size
	}
}

// placeIslands takes the stubs from what the memory manager gave for the sections.
func (p *plan) placeIslands() {
	for k, is := range p.islands {
		r, size := &p.requests[k], uint64(len(is.targets))*p.arch.stubStep(p.landing)
		if is.ahead > 0 {
			is.mem[1] = r.Mem[is.ahead-size : is.ahead]
		}
		r.Mem, r.Addr, r.Size = r.Mem[is.ahead:], r.Addr+executor.Addr(is.ahead), r.Size-is.ahead
		is.mem[0] = r.Mem[is.behind:][:size]
	}
}

// writeIslands writes the stubs, and notes where they are.
func (f *fixer) writeIslands() {
	clear(f.islands)
	o, step := f.o, f.o.stubStep()
	for k, is := range o.islands {
		if f.islands == nil {
			f.islands = map[islandStub][2]uint64{}
		}
		start := o.loadAddr(int(k))
		places := [2]uint64{start + is.behind, start - uint64(len(is.mem[1]))}
		for e, n := range is.targets {
			slot := o.gotAddr() + uint64(f.slots[e.sym])*o.arch.slotSize
			if e.addend != 0 {
				slot = o.gotAddr() + o.slotPlus(e.sym, e.addend)
			}
			at := [2]uint64{}
			for i, mem := range is.mem {
				off := uint64(n) * step
				if len(mem) > 0 && f.writeStub(mem[off:off+step], places[i]+off, slot, f.addrs[e.sym]+uint64(e.addend)) {
					at[i] = places[i] + off
				}
			}
			f.islands[islandStub{k, e}] = at
		}
	}
}

// island computes a branch, at f.site, by way of one of its section's stubs, and reports whether that is in reach.
func (f *fixer) island(row *howto) (uint64, bool) {
	r := &f.site.r
	for _, at := range f.islands[islandStub{uint32(f.o.sectionIndex(f.site.target)), slotPlus{r.Sym, r.Addend}}] {
		if at == 0 {
			continue
		}
		f.v.S, f.v.L, f.v.A = at, at, 0
		if x := f.again(row); row.field.fits(x) {
			return x, true
		}
	}
	return 0, false
}
