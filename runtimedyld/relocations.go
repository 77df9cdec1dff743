package runtimedyld

import (
	"cmp"
	"iter"
	"slices"

	"github.com/gomcjit/gomcjit/objimage"
)

//go:generate go test -run TestRelocationDocFresh -update

// A Relocation is what the linker does with a relocation type: a row of the table of an architecture and a format.
type Relocation struct {
	Arch, Format string // as in "x86_64" and "ELF"
	Type         uint32 // the format's number
	Name         string // as in the psABI
	Formula      string // in the psABI's letters, modulo 2^64; empty for a type that is refused
	Field        string // what is stored: a signed (int32), unsigned (uint32) or either (word16) number of so many bits
	Min, Max     int64  // the values that fit
	Thread       bool   // its symbol is a thread-local variable
	GOT, Stub    bool   // it may need a GOT entry, or a stub, for its symbol
	Relaxed      bool   // the instruction is rewritten to do without the GOT entry where it can be
	Refusal      string // why the type is refused; empty for those that are not
}

// Relocations lists every relocation type that the linker knows, those that it refuses for a reason included.
func Relocations() iter.Seq[Relocation] {
	return func(yield func(Relocation) bool) {
		for _, a := range arches() {
			for typ := range a.rows {
				row := &a.rows[typ]
				if row.name != "" && !yield(row.describe(a, uint32(typ))) {
					return
				}
			}
		}
	}
}

// RelocationName returns the name of a relocation type of an object, as its format's documents have it; "" for a type that the linker does not know. Types of 64-bit Mips that are
// several in one are joined by slashes.
func RelocationName(img *objimage.Object, typ uint32) string {
	a := archOf(img)
	if a == nil {
		return ""
	}
	if row := a.row(typ); row != nil {
		return row.name
	}
	var several howto
	if a.compound != nil && a.compound(a, typ, &several) {
		return several.name
	}
	return ""
}

// arches returns the architectures that are served, one of several byte orders or widths that have their rows in common; of the others, those of 64 bits first.
func arches() (list []*arch) {
	for _, table := range archTables[objimage.ELF:] {
		for _, widths := range table {
			for _, a := range slices.Backward(widths[:]) {
				if a != nil && a.like == nil {
					list = append(list, a)
				}
			}
		}
	}
	return list
}

func (h *howto) describe(a *arch, typ uint32) Relocation {
	r := Relocation{Arch: a.name, Format: cmp.Or(a.format, objimage.ELF).String(), Type: typ, Name: h.name, Refusal: h.refusal}
	if h.formula != nil {
		r.Formula, r.Field = h.formula.text, h.field.name
		r.Min, r.Max = h.field.limits()
		r.Thread = h.need&needThread != 0
		r.GOT, r.Stub, r.Relaxed = h.need&(needSlot|needEntry) != 0, h.need&(needStub|needVeneer) != 0, h.need&relaxable != 0
	}
	return r
}
