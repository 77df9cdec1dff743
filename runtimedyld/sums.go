package runtimedyld

import (
	"math"
	"math/bits"
)

// Fields for differences: what is in the file is a number from which, or to which, labels' addresses are subtracted and added, one relocation after the other.
var (
	fieldAdd8  = sumField("add8", 1, addTo)
	fieldAdd16 = sumField("add16", 2, addTo)
	fieldAdd32 = sumField("add32", 4, addTo)
	fieldAdd64 = sumField("add64", 8, addTo)
	fieldSub8  = sumField("sub8", 1, subFrom)
	fieldSub16 = sumField("sub16", 2, subFrom)
	fieldSub32 = sumField("sub32", 4, subFrom)
	fieldSub64 = sumField("sub64", 8, subFrom)
	fieldAdd6  = sumField("add6", 1, func(w, v uint64) uint64 { return w&^0x3f | (w+v)&0x3f })
	fieldSub6  = sumField("sub6", 1, func(w, v uint64) uint64 { return w&^0x3f | (w-v)&0x3f })
	fieldSet6  = field{name: "set6", size: 1, span: math.MaxUint64, code: &code{insert: func(w, v uint64) uint64 { return w&^0x3f | v&0x3f }}}
	fieldSet8  = field{name: "set8", size: 1, span: math.MaxUint64} // the first of a sum: all is modulo the size
	fieldSet16 = field{name: "set16", size: 2, span: math.MaxUint64}
	fieldSet32 = field{name: "set32", size: 4, span: math.MaxUint64}
	fieldULEB  = field{name: "uleb128", span: math.MaxUint64} // of any size: stored by fixULEB
	addTo      = func(w, v uint64) uint64 { return w + v }
	subFrom    = func(w, v uint64) uint64 { return w - v }
)

// sumField returns a field that is modulo its size, for what is in it is part of a sum.
func sumField(name string, size int, insert func(w, v uint64) uint64) field {
	return field{name: name, size: size, span: math.MaxUint64, code: &code{insert: insert, sums: true}}
}

// fixULEB stores the difference of two labels: both its relocations are at one place, the one that subtracts right behind the other. The number keeps its length.
func (f *fixer) fixULEB(at *site, subtract bool, setType uint32) (uint64, bool) {
	b := at.sec[min(at.r.Offset, uint64(len(at.sec))):]
	n := 0
	for n < len(b) && b[n]&0x80 != 0 {
		n++
	}
	if n++; n > len(b) || n > 10 {
		return f.refuse(ErrMalformedRelocation, "there is no ULEB128 number")
	}
	x := f.v.S + f.v.A
	if subtract {
		if k := len(at.before); k == 0 || at.before[k-1].Type != setType || at.before[k-1].Offset != at.r.Offset {
			return f.refuse(ErrMalformedRelocation, "the relocation before it does not set the number from which it subtracts")
		} else if minuend, ok := f.valueOf(&at.before[k-1]); ok {
			x = minuend - x
		}
		if bits.Len64(x) > 7*n {
			e := f.newError(at.target, &at.r, ErrRelocationOverflow)
			e.Value, e.Max = int64(x), 1<<(7*n)-1
			f.report(at.target, e)
			return 0, false
		}
	}
	for i := range n {
		b[i] = b[i]&0x80 | byte(x&0x7f)
		x >>= 7
	}
	return 0, false
}
