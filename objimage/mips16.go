package objimage

import (
	"bytes"
	"slices"
)

// MIPS16 code has no floating-point registers, in which standard code passes numbers. A function with such arguments has a stub in standard code, section .mips16.fn.NAME, that brings them to integer registers and goes on
// to the function; a call of such a function has one, .mips16.call.NAME or .mips16.call.fp.NAME, that does the opposite, calls, and brings back the result. They are for the symbol of their first R_MIPS_NONE, or of their
// first relocation. What linkers make of that (as GNU ld does: bfd/elfxx-mips.c) is done here, so that nobody else needs to know: the function's symbol is its stub, but for calls from MIPS16 code of the same object,
// and such calls of what is elsewhere, or standard code, go to the call's stub. A function of a COMDAT group goes with the group if its stub is in there; else each object keeps a copy of both, which its debugging
// information is about, and calls go to the first's.

const (
	elfFlagMIPS16 = 0x0400_0000 // EF_MIPS_ARCH_ASE_M16
	relocMIPS16   = 100         // R_MIPS16_26, a call
)

var mips16Function, mips16Call = []byte(".mips16.fn."), []byte(".mips16.call.")

// A mips16Stub is such a section, and the number of the symbol that it is for.
type mips16Stub struct {
	section, symbol uint32
	call            bool
}

// mips16Stubs returns those of an object that have a symbol.
func (o *Object) mips16Stubs() (list []mips16Stub) {
	for i := 1; i < o.numSections; i++ {
		target, n, _, ok := o.RelocTarget(i)
		if !ok || n == 0 || target <= 0 || target >= o.numSections {
			continue
		}
		name := o.SectionName(target)
		if call := bytes.HasPrefix(name, mips16Call); call || bytes.HasPrefix(name, mips16Function) {
			relocs := make([]Reloc, min(n, 8))
			relocs = relocs[:o.Relocs(i, 0, relocs)]
			first := max(slices.IndexFunc(relocs, func(r Reloc) bool { return r.Type&0xff == 0 }), 0)
			if first < len(relocs) && relocs[first].Sym != 0 && uint64(relocs[first].Sym) < uint64(o.numSymbols) {
				list = append(list, mips16Stub{uint32(target), relocs[first].Sym, call})
			}
		}
	}
	return list
}

// withMIPS16Stubs returns the object as linkers make use of the stubs, or the object itself if it has none.
func (o *Object) withMIPS16Stubs() *Object {
	stubs := o.mips16Stubs()
	if len(stubs) == 0 {
		return o
	}
	e, err := o.Edit()
	if err != nil {
		return o // whoever reads the symbols is told
	}
	calls, code := map[uint32]uint32{}, map[mips16Stub]uint32{}
	for _, s := range stubs {
		y := &e.d.symbols[s.symbol]
		if s.call || y.Place != PlaceSection || !IsMIPSCompressed(y.Other) {
			continue
		}
		function := e.AddSymbol(Symbol{Value: y.Value, Size: y.Size, Section: y.Section, Place: PlaceSection, Type: TypeFunc, Other: y.Other &^ 3})
		code[s] = function
		if y.Binding == BindLocal || y.Binding == BindGlobal { // of others there may be another definition
			calls[s.symbol] = function
		}
		y.Section, y.Value, y.Size, y.Other = s.section, 0, e.d.sections[s.section].Size, y.Other&^otherMIPS16
	}
	for _, s := range stubs {
		y := &e.d.symbols[s.symbol]
		if _, direct := calls[s.symbol]; s.call && !direct && !(y.Place == PlaceSection && IsMIPSCompressed(y.Other)) {
			calls[s.symbol] = e.AddSymbol(Symbol{Size: e.d.sections[s.section].Size, Section: s.section, Place: PlaceSection, Type: TypeFunc})
		}
	}
	for i := range e.d.sections {
		t := &e.d.sections[i].Relocs
		if t.Target == 0 {
			continue
		}
		relocs := e.d.relocsOf(t, 0)
		for k := range relocs {
			r := &relocs[k]
			if function, ok := code[mips16Stub{t.Target, r.Sym, false}]; ok {
				r.Sym = function
			} else if to, ok := calls[r.Sym]; ok && r.Type&0xff == relocMIPS16 {
				r.Sym = to
			}
		}
	}
	changed, _ := e.Object()
	changed.whole = o
	return changed
}
