package runtimedyld

import (
	"bytes"

	"github.com/gomcjit/gomcjit/objimage"
)

// Small data of 32-bit PowerPC (-msdata=sysv, -msdata=eabi): what has few bytes is in sections of its own, which instructions address by 16 bits from a register that never changes while a program
// runs. r13 has _SDA_BASE_, for .sdata and .sbss; r2 has _SDA2_BASE_, for .sdata2 and .sbss2, which are constant (-msdata=eabi; under Linux r2 is the thread pointer). So there is one base of each for all
// objects of a linker, unlike the GOTs: where somebody defines the name, an object or the client by a mapping, that is it, as in a process in which r13 has been set; else the linker chooses
// it, 32 KiB behind the beginning of the small data of the first object that uses such, where other linkers have it. It stays with either once code that relies on it is finalized, also when what defined
// the name is removed. Whoever starts the code sets the registers to these names, as crt1.o does.
//
// Power Architecture 32-bit ABI Supplement 1.0, Embedded, 4.6 "Small Data Areas", and table 4-3 of it.

// smallBias is how far behind the beginning of small data its base is.
const smallBias = 0x8000

// A smallArea is one of the areas that the relocation EMB_SDA21 knows, for which it stores a register.
type smallArea uint8

const (
	smallNone smallArea = iota // somewhere else
	smallData
	smallConst
	smallZero // around address 0
)

var smallRegisters = [...]byte{smallData: 13, smallConst: 2, smallZero: 0}

// smallNames are the names of the bases.
var smallNames = [...]string{smallData: "_SDA_BASE_", smallConst: "_SDA2_BASE_"}

// smallPrefixes say which sections are small data. The first that fits holds.
var smallPrefixes = [...]struct {
	prefix string
	area   smallArea
}{
	{".sdata2", smallConst}, {".sbss2", smallConst}, {".gnu.linkonce.s2.", smallConst}, {".gnu.linkonce.sb2.", smallConst},
	{".sdata", smallData}, {".sbss", smallData}, {".gnu.linkonce.s.", smallData}, {".gnu.linkonce.sb.", smallData},
	{".PPC.EMB.sdata0", smallZero}, {".PPC.EMB.sbss0", smallZero},
}

func smallAreaOf(section []byte) smallArea {
	for i := range smallPrefixes {
		if bytes.HasPrefix(section, []byte(smallPrefixes[i].prefix)) {
			return smallPrefixes[i].area
		}
	}
	return smallNone
}

// smallBases are the bases of a linker's small data, by area; 0 if not known.
type smallBases struct {
	addrs [smallZero]uint64
	kept  [smallZero]bool    // an object that relies on it is finalized
	of    [smallZero]*Object // that defined what is kept, until nobody relies on it; nil if the linker has chosen it, or the client
}

// forget lets go of what is kept for nobody any more.
func (b *smallBases) forget(d *RuntimeDyld) {
	for area, o := range b.of {
		if o != nil && !d.holds(o) {
			b.of[area], b.kept[area] = nil, false
		}
	}
}

// Formulas of small data.
var (
	formulaSmall      = formula{"S + A - SDA", func(v *vars) uint64 { return v.S + v.A - v.SDA }}
	formulaConst      = formula{"S + A - SDA2", func(v *vars) uint64 { return v.S + v.A - v.SDA2 }}
	formulaSlotSmall  = formula{"G + GOT - SDA", func(v *vars) uint64 { return v.G + v.GOT - v.SDA }}
	formulaSlotConst  = formula{"G + GOT - SDA2", func(v *vars) uint64 { return v.G + v.GOT - v.SDA2 }}
	formulaNegative   = formula{"A - S", func(v *vars) uint64 { return v.A - v.S }}
	ppcSmallAddresses = field{name: "int16 of sda21", size: 4, bias: 1 << 15, span: 1<<16 - 1, code: &code{bits: bitsOf{mask: 0xffff}}}
)

// isSmall says whether a row is relative to a base of small data.
func isSmall(row *howto) bool {
	switch row.formula {
	case &formulaSmall, &formulaConst, &formulaSlotSmall, &formulaSlotConst:
		return true
	}
	return false
}

// ppcBegin makes ready, and gives the bases of small data to an object that refers to them.
func ppcBegin(f *fixer) {
	o, first := f.o, f.o.img.FirstGlobal()
	f.facts, f.got2 = zeroed(f.facts, len(f.addrs)), unknownGOT
	if o.small {
		f.v.SDA, f.v.SDA2 = f.smallBase(smallData), f.smallBase(smallConst)
	}
	for i, id := range o.globals {
		if id != 0 {
			continue
		}
		y := o.global(i)
		name := o.img.SymbolName(&y)
		for area := smallData; area < smallZero; area++ {
			if string(name) == smallNames[area] {
				f.addrs[first+i] = f.smallBase(area)
			}
		}
	}
}

// smallBase returns the base of an area.
func (f *fixer) smallBase(area smallArea) uint64 {
	if s, _ := f.dyld.table.lookup(smallNames[area]); s != nil && s.owner.Load() != 0 {
		return f.globalAddress(s)
	}
	bases := &f.dyld.small
	if !f.smallFound {
		f.smallFound = true
		bases.forget(f.dyld)
		for area := smallData; area < smallZero; area++ {
			if !bases.kept[area] {
				bases.addrs[area] = f.chooseBase(area)
			}
		}
	}
	if o := bases.of[area]; o != nil {
		f.use(o.index)
	}
	return bases.addrs[area]
}

// chooseBase returns the base of an area among what is linked: for the first object that uses small data and has some, or else for the first that has some.
func (f *fixer) chooseBase(area smallArea) uint64 {
	other := uint64(0)
	for _, o := range f.dyld.fresh {
		if o.img == nil || o.State() != Linking || !o.small && other != 0 {
			continue
		}
		start := ^uint64(0)
		for i := range o.fileSections() {
			if smallAreaOf(o.img.SectionName(int(o.sections[i].file))) == area && o.layout.extents[i].size > 0 {
				start = min(start, o.loadAddr(i))
			}
		}
		switch {
		case start == ^uint64(0):
		case o.small:
			return start + smallBias
		default:
			other = start + smallBias
		}
	}
	return other
}

// keepSmallBases keeps the bases of small data from moving if objects that are Finalized now rely on them: those that address such data, and those that have the base itself, to set the register.
func (d *RuntimeDyld) keepSmallBases(list []*Object) {
	for _, o := range list {
		if o.img == nil || o.img.Arch() != objimage.ArchPPC {
			continue
		}
		for area := smallData; area < smallZero; area++ {
			if !d.small.kept[area] && (o.small || o.refersToBase(area)) {
				d.keepSmallBase(area, o)
			}
		}
	}
}

// keepSmallBase keeps the base of an area for an object that relies on it, or that has no data there.
func (d *RuntimeDyld) keepSmallBase(area smallArea, o *Object) {
	bases := &d.small
	if s, _ := d.table.lookup(smallNames[area]); s != nil && s.owner.Load() != 0 {
		bases.addrs[area], bases.kept[area] = s.addr.Load(), true
		if definer := d.objects[s.owner.Load()]; d.holds(definer) {
			bases.of[area] = definer
		}
		return
	}
	bases.kept[area] = bases.addrs[area] != 0 || o.refersToBase(area)
}

// refersToBase says whether an object has the name of a base that the linker chooses.
func (o *Object) refersToBase(area smallArea) bool {
	for i, id := range o.globals {
		if id == 0 {
			if y := o.global(i); string(o.img.SymbolName(&y)) == smallNames[area] {
				return true
			}
		}
	}
	return false
}

// ppcSmall computes R_PPC_EMB_SDA21, and stores the register of the symbol's area in the instruction.
func ppcSmall(f *fixer, at *site) uint64 {
	v := &f.v
	area := smallArea(f.facts[at.r.Sym] &^ ppcFromZero)
	if area == smallNone {
		area = f.smallAreaOf(at.r.Sym)
		f.facts[at.r.Sym] |= uint8(area)
	}
	x := v.S + v.A - [...]uint64{smallData: v.SDA, smallConst: v.SDA2, smallZero: 0}[area]
	at.sec[at.r.Offset+1] = at.sec[at.r.Offset+1]&^31 | smallRegisters[area]
	return x
}

// smallAreaOf returns the area in which a symbol is: that of its section, or for what has none, such as commons and what is outside, one that reaches it.
func (f *fixer) smallAreaOf(sym uint32) smallArea {
	img, first := f.o.img, uint32(f.o.img.FirstGlobal())
	y, own := f.definition(sym)
	if y.Place == objimage.PlaceSection {
		if !own && sym >= first {
			img = f.dyld.objects[f.dyld.table.at(f.o.globals[sym-first]).owner.Load()].img
		}
		if area := smallAreaOf(img.SectionName(int(y.Section))); area != smallNone {
			return area
		}
	}
	reaches := func(base uint64) bool { return ppcSmallAddresses.fits(uint64(signExtend(f.addrs[sym]-base, 32))) }
	switch {
	case !reaches(f.v.SDA) && reaches(0):
		return smallZero
	case !reaches(f.v.SDA) && reaches(f.v.SDA2):
		return smallConst
	}
	return smallData
}

// ppcFar stores the address of what is undefined and weak, which is 0: the instruction gets another register, as EMB_SDA21 has it.
func ppcFar(f *fixer, row *howto) bool {
	r, at := &f.site.r, &f.site
	if row.formula != &formulaSmall && row.formula != &formulaConst || row.field.size != 2 || r.Offset == 0 || !row.field.fits(f.v.A) || f.addrs[r.Sym] != 0 || !f.isUndefined(r.Sym) {
		return false
	}
	at.sec[r.Offset-1] = at.sec[r.Offset-1]&^31 | smallRegisters[smallZero]
	row.field.store(at.sec[r.Offset:], f.v.A)
	return true
}

// ppcAdvise says what to do about small data that is out of reach.
func ppcAdvise(row *howto) string {
	if !isSmall(row) {
		return ""
	}
	return "the small data of all objects together has to be within 32 KiB of its base (map _SDA_BASE_ and _SDA2_BASE_ if the registers are set already): " +
		"compile with a smaller -G or -msdata=none, or have the memory manager put .sdata and .sbss next to each other"
}
