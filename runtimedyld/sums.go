package runtimedyld

import (
	"math"

	"github.com/gomcjit/gomcjit/objimage"
)

// Fields for differences: what is in the file is a number from which, or to which, labels' addresses are subtracted and added, one relocation after the other.
var (
	fieldAdd8    = sumField("add8", 1, addTo)
	fieldAdd16   = sumField("add16", 2, addTo)
	fieldAdd32   = sumField("add32", 4, addTo)
	fieldAdd64   = sumField("add64", 8, addTo)
	fieldSub8    = sumField("sub8", 1, subFrom)
	fieldSub16   = sumField("sub16", 2, subFrom)
	fieldSub32   = sumField("sub32", 4, subFrom)
	fieldSub64   = sumField("sub64", 8, subFrom)
	fieldAdd6    = sumField("add6", 1, func(w, v uint64) uint64 { return w&^0x3f | (w+v)&0x3f })
	fieldSub6    = sumField("sub6", 1, func(w, v uint64) uint64 { return w&^0x3f | (w-v)&0x3f })
	fieldSet6    = field{name: "set6", size: 1, span: math.MaxUint64, code: &code{insert: func(w, v uint64) uint64 { return w&^0x3f | v&0x3f }}}
	fieldSet8    = field{name: "set8", size: 1, span: math.MaxUint64} // the first of a sum: all is modulo the size
	fieldSet16   = field{name: "set16", size: 2, span: math.MaxUint64}
	fieldSet32   = field{name: "set32", size: 4, span: math.MaxUint64}
	fieldULEB    = field{name: "uleb128", span: math.MaxUint64} // of any size: stored by fixULEB
	fieldSubULEB = field{name: "sub uleb128", span: math.MaxUint64}
	addTo        = func(w, v uint64) uint64 { return w + v }
	subFrom      = func(w, v uint64) uint64 { return w - v }
)

// sumField returns a field that is modulo its size, for what is in it is part of a sum.
func sumField(name string, size int, insert func(w, v uint64) uint64) field {
	return field{name: name, size: size, span: math.MaxUint64, code: &code{insert: insert, sums: true}}
}

// fixULEB stores the difference of two labels: both its relocations are at one place, the one that subtracts right behind the other. The number keeps its length.
func (f *fixer) fixULEB(row *howto, at *site) (uint64, bool) {
	number := ulebAt(at.sec[min(at.r.Offset, uint64(len(at.sec))):])
	if len(number) == 0 {
		return f.refuse(ErrMalformedRelocation, "there is no ULEB128 number")
	}
	x := f.v.S + f.v.A
	if row.field == &fieldSubULEB {
		set := f.minuend(at)
		if set == nil {
			return f.refuse(ErrMalformedRelocation, "the relocation before it does not set the number from which it subtracts")
		}
		if minuend, ok := f.valueOf(set); ok {
			x = minuend - x
		}
		if most := uint64(1)<<(7*len(number)) - 1; x > most && len(number) < 10 {
			return f.overflow(x, 0, most, "the number in the file has no room for it")
		}
	}
	storeULEB(number, x)
	return 0, false
}

// minuend returns the relocation right before one that subtracts from a ULEB128 number, if it is the one that sets it.
func (f *fixer) minuend(at *site) *objimage.Reloc {
	if at.index() == 0 {
		return nil
	}
	both := f.o.img.RelocsOf(at.table, at.index()-1, make([]objimage.Reloc, 2))
	if len(both) < 2 || both[0].Offset != both[1].Offset {
		return nil
	}
	if row := f.o.arch.row(both[0].Type); row == nil || row.field != &fieldULEB {
		return nil
	}
	return &both[0]
}

// ulebAt returns the bytes of the number at the beginning of b; none if there is none.
func ulebAt(b []byte) []byte {
	const longest = 10 // of 64 bits
	for n := range min(len(b), longest) {
		if b[n]&0x80 == 0 {
			return b[:n+1]
		}
	}
	return nil
}

func loadULEB(b []byte) (x uint64) {
	for i := range b {
		x |= uint64(b[i]&0x7f) << (7 * i)
	}
	return x
}

func storeULEB(b []byte, x uint64) {
	for i := range b {
		b[i] = b[i]&0x80 | byte(x>>(7*i)&0x7f)
	}
}
