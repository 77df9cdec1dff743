package runtimedyld

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/gomcjit/gomcjit/memmgr"
	"github.com/gomcjit/gomcjit/objimage"
)

// An elastic is a place whose size is up to the linker.
type elastic struct {
	off    uint64 // of the relocation
	size   uint64 // bytes in the file
	keep   uint64 // so many of them are kept, the first
	align  uint64 // of padding: what comes behind is aligned to this; 0 for an instruction
	most   uint64 // of padding: if more bytes than this are needed, there are none; 0 if there is no such bound
	target uint64 // of an instruction: the place in the section to which it jumps
	old    uint32 // the relocation's type in the file, and the one as which it is to be applied
	typ    uint32
	marked bool // of an instruction: its file allows that it is changed
}

// planCuts finds out by how much the sections shrink: those of code, of which alone the ABIs tell.
func (p *plan) planCuts() {
	for i := range p.tables {
		t := &p.tables[i]
		k := int(t.Target)
		if p.requests[k].ZeroFill || p.requests[k].Kind != memmgr.Code {
			continue
		}
		list := p.findElastics(t)
		if len(list) == 0 {
			continue
		}
		p.shorten(list, p.img.SectionData(int(p.files[k])))
		before := p.requests[k].Align
		cuts := p.align(list, k)
		if after := p.requests[k].Align; after > before {
			if p.aligns == nil {
				p.aligns = map[uint32]uint64{}
			}
			p.aligns[p.files[k]] = after
		}
		if len(cuts) > 0 {
			p.trims = append(p.trims, trim{section: p.files[k], cuts: cuts})
			n := cuts[len(cuts)-1].total()
			p.requests[k].Size -= n
			p.extents[k].size -= n
		}
	}
	slices.SortFunc(p.trims, func(a, b trim) int { return cmp.Compare(a.section, b.section) })
	for i := 1; i < len(p.trims); i++ {
		if n := int(p.trims[i].section); n == int(p.trims[i-1].section) {
			p.refuse(n, ErrMalformedRelocation, "two tables of relocations say by how much it shrinks")
		}
	}
}

// findElastics returns the elastic places of a section, in their order.
func (p *plan) findElastics(table *objimage.RelocTable) []elastic {
	list, rows := p.elastics[:0], p.arch.rows
	target, size := p.files[table.Target], p.extents[table.Target].size
	for from := 0; from < int(table.Num); {
		relocs := p.img.RelocsOf(table, from, p.relocs[:])
		from += len(relocs)
		for i := range relocs {
			r := &p.reloc
			*r = relocs[i] // a copy: files that are mapped can change
			if r.Type == p.arch.relaxMark {
				if n := len(list); n > 0 && list[n-1].off == r.Offset {
					list[n-1].marked = true
				}
				continue
			}
			if uint64(r.Type) >= uint64(len(rows)) || rows[r.Type].need&needPlan == 0 || uint64(r.Sym) >= uint64(len(p.syms)) {
				continue
			}
			e := &p.elastic
			*e = elastic{off: r.Offset, old: r.Type, typ: r.Type}
			if !p.arch.elastic(p, r, target, e) {
				continue
			}
			if e.keep = e.size; e.off > size || size-e.off < e.size {
				p.refuseReloc(r, int(target), ErrMalformedRelocation, fmt.Sprintf("its %d bytes are not inside the section's %d", e.size, size))
				continue
			}
			list = append(list, *e)
		}
	}
	slices.SortStableFunc(list, func(a, b elastic) int { return cmp.Compare(a.off, b.off) })
	p.elastics = list
	end := uint64(0)
	return slices.DeleteFunc(list, func(e elastic) bool {
		drop := e.align == 0 && !e.marked || e.off < end // one upon the other: no assembler's
		if !drop {
			end = e.off + e.size
		}
		return drop
	})
}

// localTarget returns where in a section a branch goes, if it goes there and stays there whatever else is loaded.
func (p *plan) localTarget(r *objimage.Reloc, section uint32) (off uint64, ok bool) {
	y := &p.syms[r.Sym]
	fixed := y.Binding == objimage.BindLocal || y.Binding == objimage.BindGlobal
	return y.Value, fixed && r.Addend == 0 && y.Place == objimage.PlaceSection && y.Section == section && y.Type != objimage.TypeIFunc
}

// maxShortenings bounds how often a section is gone through for calls that have come into reach since others were shortened.
const maxShortenings = 8

// shorten shortens calls, by distances with all padding at its longest, which shrink when other calls do, and never grow.
func (p *plan) shorten(list []elastic, file []byte) {
	for range maxShortenings {
		cuts := p.cuts[:0]
		for i := range list {
			cuts = list[i].cut(cuts)
		}
		p.cuts = cuts
		changed := false
		for i := range list {
			e := &list[i]
			if e.align != 0 {
				continue
			}
			at, to := e.off-bytesCut(cuts, e.off), e.target-bytesCut(cuts, e.target)
			if typ, keep := p.arch.shorter(p, e, file[e.off:], to-at); keep < e.keep {
				e.typ, e.keep, changed = typ, keep, true
			}
		}
		if !changed {
			return
		}
	}
}

// cut appends what is not kept to cuts.
func (e *elastic) cut(cuts []cut) []cut {
	if e.keep == e.size {
		return cuts
	}
	c := cut{at: e.off + e.keep, size: e.size - e.keep, place: e.off, old: e.old, typ: e.typ}
	if n := len(cuts); n > 0 {
		c.before = cuts[n-1].total()
	}
	return append(cuts, c)
}

// align finds out how much padding is kept, and returns all cuts of a section, the k-th request.
func (p *plan) align(list []elastic, k int) []cut {
	cuts := p.cuts[:0]
	for i := range list {
		e := &list[i]
		if e.align != 0 {
			at := e.off
			if n := len(cuts); n > 0 {
				at -= cuts[n-1].total()
			}
			if e.keep = -at & (e.align - 1); e.most != 0 && e.keep > e.most {
				e.keep = 0
			}
			if e.keep > e.size {
				r := objimage.Reloc{Offset: e.off, Type: e.old, Addend: int64(e.size)}
				p.refuseReloc(&r, int(p.files[k]), ErrMalformedRelocation, fmt.Sprintf("an alignment to %d bytes needs %d of padding, and there are %d", e.align, e.keep, e.size))
				return nil
			}
			p.requests[k].Align = max(p.requests[k].Align, e.align)
		}
		cuts = e.cut(cuts)
	}
	p.cuts = cuts
	return slices.Clone(cuts)
}
