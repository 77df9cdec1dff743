package runtimedyld

import (
	"bytes"
	"cmp"
	"slices"
	"strings"

	"github.com/gomcjit/gomcjit/objimage"
)

// COFF to a linker: a format for one linked file, the image, with a base that all its parts are above. Unwind tables, jump tables and type information have addresses relative to it
// (ADDR32NB, "no base"; RVA elsewhere), in 32 bits without a sign. Here an object is an image of its own: its base, which is also the address of __ImageBase, is where its lowest section
// is, or the lowest data of other objects to which it refers so. Functions elsewhere have such an address by a stub. Memory managers are asked to put its code lowest, and that of no other object
// between (memmgr.Module.Image): Windows knows functions by tables for a range that begins at the base, and ranges must not overlap.
//
// Sections are named by what is before a "$", and ordered within by what is behind it: linkers make one section of all of a name. So they are laid out here.
//
// What a DLL has is reached through pointers, which have the name with "__imp_" before it. Where no object defines a pointer, it is the GOT entry of the name.
//
// "PE Format" (Microsoft): "COFF Relocations (Object Only)", "Grouped Sections (Object Only)", "Special Sections"; "x64 exception handling" and its counterparts for ARM, for .pdata.

// A coffPart is what an object has that only COFF has, but for stand-ins, which other names of Mach-O (N_INDR) are, too. All but the last two are set while it is loaded.
type coffPart struct {
	standIns  []standIn // in the order of their globals
	based     []uint32  // symbols to which addresses relative to the base refer, and that may be in other objects
	pieces    []uint32  // indexes into sections of those of .pdata
	preferred []uint32  // numbers, plus 1, of COMDAT groups that come before those in force, sorted
	late      []uint32  // globals that are definitions if libraries have none
	table     int32     // index into sections of the table that is made of them, or -1

	base    uint64 // address of the image; under the turn
	entries uint64 // of the table that are in use; under the turn
}

// A standIn is a global that is what another symbol is, or a pointer to that, if nobody defines it.
type standIn struct {
	global  uint32 // the i-th of the object
	symbol  uint32 // the other one
	pointer bool
	strong  bool // libraries and the process are not asked for the global
}

// asCOFF returns the architecture with the relocations of COFF, whose addends are in the places. Distances within instructions are in formulas.
func (a *arch) asCOFF(rows []howto) *arch {
	c := *a
	c.format, c.kin, c.rows, c.implicit = objimage.COFF, a, rows, true
	c.branchAddend, c.landing, c.noIFuncs, c.relax = 0, "", true, nil
	c.provides, c.begin, c.finish = []string{imageBase, floatsUsed, threadIndex}, coffBegin, coffFinish
	c.plan, c.fix, c.entryRow = coffPlan, coffFix, coffEntryRow
	c.tooFar = "a DLL's variable has to be declared as imported (__declspec(dllimport)), and code compiled with -mcmodel=large reaches everything"
	return &c
}

// Names that are defined for each object that refers to them.
const (
	imageBase  = "__ImageBase"
	floatsUsed = "_fltused" // says that code uses floating point; its value means nothing
)

// The letters of COFF: IB is the image's base; SB the address of the section of which the symbol is in a piece, SN its number.
var (
	formulaImage       = formula{"L + A - IB", func(v *vars) uint64 { return v.L + v.A - v.IB }}
	formulaInSection   = formula{"S + A - SB", func(v *vars) uint64 { return v.S + v.A - v.SB }}
	formulaSection     = formula{"SN + A", func(v *vars) uint64 { return v.SN + v.A }}
	formulaBranchEnd2  = formula{"L + A - P - 2", func(v *vars) uint64 { return v.L + v.A - v.P - 2 }}
	formulaBranchEnd4  = formula{"L + A - P - 4", func(v *vars) uint64 { return v.L + v.A - v.P - 4 }}
	coffImage32        = need(needStub | needPlan | needFix) // of addresses relative to the base, where addresses have 64 bits
	coffSection7       = field{name: "uint7", size: 1, span: 0x7f, code: &code{insert: func(w, v uint64) uint64 { return w&^0x7f | v&0x7f }, extract: func(w uint64) uint64 { return w & 0x7f }}}
	refuseCLR          = "managed code (CLR) is not supported"
	refuseSpan         = "span-dependent values are not supported: no compiler emits them"
	errNoSectionOfSym  = "the symbol is in no section"
	errOtherObjectData = "the data is in another object, at an address below the image or more than 4 GiB above it"
)

// planStandIns finds out what stands for what, when all symbols are known: in COFF, and other names (N_INDR) in Mach-O.
func (p *plan) planStandIns() {
	if p.arch.format == objimage.COFF {
		p.coff = &coffPart{table: -1}
	}
	first := p.img.FirstGlobal()
	for i := range p.syms[first:] {
		y := &p.syms[first+i]
		if p.arch.format == objimage.COFF {
			p.planCOFF(uint32(i), y)
		}
		if y.Place != objimage.PlaceUndefined || y.Value == 0 || y.Value >= uint64(len(p.syms)) || y.Other == objimage.OtherImported {
			continue
		}
		if p.coff == nil {
			p.coff = &coffPart{table: -1}
		}
		s := standIn{uint32(i), uint32(y.Value), y.Other == objimage.OtherPointer, y.Other == objimage.OtherIndirect}
		p.coff.standIns = append(p.coff.standIns, s)
		if s.pointer {
			p.give(s.symbol, traitSlot)
		} else if y.Other == objimage.OtherLibrary {
			p.traits[first+i] |= traitNeeded // libraries are searched for it
		}
	}
}

// planCOFF looks at the i-th global of COFF.
func (p *plan) planCOFF(i uint32, y *objimage.Symbol) {
	if string(p.names[i]) == threadIndex {
		p.planThreadIndex(y)
	}
	if t := &p.traits[p.img.FirstGlobal()+int(i)]; y.Place == objimage.PlaceSection && y.Other == objimage.OtherLibrary && *t&traitUnloaded == 0 {
		*t |= traitLate
		p.coff.late = append(p.coff.late, i)
	}
}

// forgives says whether the object can do without a definition of its i-th global, which is not weak: it is a pointer that the linker makes, or is there for one only that it need
// not make.
func (d *RuntimeDyld) forgives(o *Object, i int, y *objimage.Symbol) bool {
	if to := d.standbys[o.globals[i]]; to != 0 {
		return true
	}
	if o.coff == nil || y.Other != objimage.OtherPointer && y.Other != objimage.OtherImported {
		return false
	}
	if y.Other == objimage.OtherPointer {
		return o.coff.standIn(uint32(i)) != nil
	}
	pointer := o.coff.standIn(uint32(y.Value) - uint32(o.img.FirstGlobal()))
	return pointer != nil && d.table.at(o.globals[pointer.global]).owner.Load() != 0
}

// standIn returns what stands for the i-th global of the object, or nil.
func (c *coffPart) standIn(i uint32) *standIn {
	n, ok := slices.BinarySearchFunc(c.standIns, i, func(s standIn, i uint32) int { return cmp.Compare(s.global, i) })
	if !ok {
		return nil
	}
	return &c.standIns[n]
}

// placeStandIns fills addrs for globals that nobody defines and that stand for another symbol, or for a pointer to it. Pointers are first: other globals may stand for them.
func (f *fixer) placeStandIns() {
	o, first := f.o, f.o.img.FirstGlobal()
	for _, pointers := range []bool{true, false} {
		for _, s := range o.coff.standIns {
			switch at, id := &f.addrs[first+int(s.global)], o.globals[s.global]; {
			case s.pointer != pointers || id == 0 || f.dyld.table.at(id).owner.Load() != 0: // 0 is what the linker defines
			case pointers:
				*at = o.gotAddr() + uint64(f.slots[s.symbol])*o.arch.slotSize
			default:
				*at = f.addrs[s.symbol]
			}
		}
	}
}

// coffPlan notes symbols of which the object's base has to be below.
func coffPlan(p *plan, _ *howto, r *objimage.Reloc, _ int) {
	if t := &p.traits[r.Sym]; *t&(traitFar|traitBased) == traitFar {
		*t |= traitBased
		p.coff.based = append(p.coff.based, r.Sym)
	}
}

// coffBegin finds out where the image's base is.
func coffBegin(f *fixer) {
	o := f.o
	lowest, highest := o.span()
	if f.dyld.oneImage {
		for _, other := range f.dyld.objects {
			if other != nil && other.coff != nil {
				from, _ := other.span()
				lowest = min(lowest, from)
			}
		}
	}
	for _, sym := range o.coff.based {
		if a := f.addrs[sym]; a < lowest && highest-a < 1<<32 && f.isOthersData(sym) {
			lowest = a
		}
	}
	switch arch := o.img.Arch(); {
	case f.dyld.anchored && (arch == objimage.ArchI386 || arch == objimage.ArchARM):
		lowest = f.dyld.anchor
	case lowest == ^uint64(0): // nothing has an address
		lowest = 0
	}
	o.coff.base, f.v.IB = lowest, lowest
	f.provide(lowest)
	f.provideThreads()
}

// span returns where the object's lowest and highest sections are. The address 0 is that of sections that no program has in memory.
func (o *Object) span() (lowest, highest uint64) {
	lowest = ^uint64(0)
	for i := range o.sections {
		if i < len(o.layout.extents) && o.layout.extents[i].size == 0 {
			continue // wherever it is, nothing is there
		}
		if a := o.loadAddr(i); a != 0 {
			lowest, highest = min(lowest, a), max(highest, a)
		}
	}
	return lowest, highest
}

// SetOneImage says whether all objects of COFF are one image, whose base is that of the lowest one, as in LLVM's RuntimeDyld. By default, each is an image of its own, so that it need not be near the others.
// It is called before anything is loaded.
func (d *RuntimeDyld) SetOneImage(on bool) { d.oneImage = on }

// isOthersData says whether a symbol is data that another object defines.
func (f *fixer) isOthersData(sym uint32) bool {
	o, y := f.home(sym)
	return o != nil && o != f.o && o.img != nil && y.Place == objimage.PlaceSection && o.img.Section(int(y.Section)).Flags&objimage.SectionExec == 0
}

// home returns the object whose definition of a symbol is in force, and that definition; nil if no object defines it.
func (f *fixer) home(sym uint32) (*Object, objimage.Symbol) {
	o, first := f.o, uint32(f.o.img.FirstGlobal())
	if s := o.coff.standIn(sym - first); s != nil && !s.pointer && f.dyld.table.at(o.globals[s.global]).owner.Load() == 0 {
		sym = s.symbol
	}
	y, own := f.definition(sym)
	if own {
		return o, y
	}
	if sym < first || o.globals[sym-first] == 0 {
		return nil, y
	}
	owner := f.dyld.table.at(o.globals[sym-first]).owner.Load()
	if owner <= hostIndex {
		return nil, y
	}
	return f.dyld.objects[owner], y
}

// coffFix finds out in which section a symbol is, for relocations that tell that, and keeps addresses relative to the base from leading to a stub if they are of data.
func coffFix(f *fixer, row *howto, at *site) (uint64, bool) {
	if row.formula == &formulaImage {
		x := row.formula.eval(&f.v)
		if !f.o.arch.narrow && !row.field.fits(x) && f.isOthersData(at.r.Sym) {
			return f.overflow(x, 0, row.field.span, errOtherObjectData)
		}
		return x, true
	}
	if f.o.tls != nil {
		if x, ok, isThread := f.coffThread(row, &at.r); isThread {
			return x, ok
		}
	}
	o, y := f.home(at.r.Sym)
	if o == nil || o.img == nil || y.Place != objimage.PlaceSection || o.sectionIndex(int(y.Section)) < 0 {
		return f.refuse(ErrUnsupportedRelocation, errNoSectionOfSym)
	}
	f.v.SN, f.v.SB = uint64(y.Section), f.groupStart(o, int(y.Section))
	if o.img.Section(int(y.Section)).Flags&objimage.SectionExec != 0 {
		f.v.S &^= f.o.arch.codeBit
	}
	return row.formula.eval(&f.v), true
}

// A sectionGroup is the section of a linked image that an object's sections of a name and of the same use would be in.
type sectionGroup struct {
	object *Object
	name   string                // what is before "$"
	flags  objimage.SectionFlags // SectionExec and SectionWrite
}

// groupOf returns the group of a section of the file.
func (o *Object) groupOf(section int) sectionGroup {
	name, _, _ := bytes.Cut(o.img.SectionName(section), []byte("$"))
	return sectionGroup{o, string(name), o.img.Section(section).Flags & (objimage.SectionExec | objimage.SectionWrite)}
}

// groupStart returns the address of the section of which a section of an object's file is a piece: that of its lowest piece.
func (f *fixer) groupStart(o *Object, section int) uint64 {
	group := o.groupOf(section)
	if o.img.Format() != objimage.COFF && bytes.IndexByte(o.img.SectionName(section), '$') < 0 {
		return o.loadAddr(o.sectionIndex(section))
	}
	if start, ok := f.groupStarts[group]; ok {
		return start
	}
	if f.groupStarts == nil {
		f.groupStarts = map[sectionGroup]uint64{}
	}
	for i := range o.fileSections() { // all: who asks for one asks for many
		g, addr := o.groupOf(int(o.sections[i].file)), o.loadAddr(i)
		if start, ok := f.groupStarts[g]; !ok || addr < start {
			f.groupStarts[g] = addr
		}
	}
	return f.groupStarts[group]
}

// coffOrder returns the requests in the order in which they are to be laid out: pieces of a section one behind the other, by what their names have behind "$". It is nil if the
// order of the file is that.
func (p *plan) coffOrder() []uint32 {
	grouped := false
	for _, file := range p.files {
		grouped = grouped || bytes.IndexByte(p.img.SectionName(int(file)), '$') >= 0
	}
	if !grouped {
		return nil
	}
	groups, firsts := make([]string, len(p.files)), map[string]int{}
	for k, file := range p.files {
		groups[k], _, _ = strings.Cut(string(p.img.SectionName(int(file))), "$")
		if _, ok := firsts[groups[k]]; !ok {
			firsts[groups[k]] = k
		}
	}
	order := make([]uint32, len(p.requests))
	for k := range order {
		order[k] = uint32(k)
	}
	slices.SortStableFunc(order[:len(p.files)], func(a, b uint32) int {
		if c := cmp.Compare(firsts[groups[a]], firsts[groups[b]]); c != 0 {
			return c
		}
		return bytes.Compare(p.img.SectionName(int(p.files[a])), p.img.SectionName(int(p.files[b])))
	})
	return order
}
