package runtimedyld

import (
	"encoding/binary"
	"math"
)

// vars are the quantities from which relocations are computed, named as in the psABIs. Arithmetic is modulo 2^64; fields check ranges.
type vars struct {
	S   uint64 // address of the symbol
	A   uint64 // addend
	P   uint64 // address of the place that is relocated
	G   uint64 // offset of the symbol's slot in the GOT
	GOT uint64 // address of the GOT
	L   uint64 // address of the symbol, or of its stub where the symbol is out of reach
	Z   uint64 // size of the symbol
	D   uint64 // distance of the thread-local variable from the start of its module's block
	T   uint64 // distance of the thread-local variable from the thread pointer
}

// A formula is what a relocation computes: the text that people and tests read, and the function that does it.
type formula struct {
	text string
	eval func(*vars) uint64
}

// A field is where the value goes: how many bytes, and which values fit. A value v fits if v+bias, modulo 2^64, is at most span.
type field struct {
	name       string
	size       int
	bias, span uint64
}

var (
	fieldNone   = field{"none", 0, 0, math.MaxUint64}
	fieldWord64 = field{"word64", 8, 0, math.MaxUint64}
	fieldInt32  = field{"int32", 4, 1 << 31, math.MaxUint32}
	fieldUint32 = field{"uint32", 4, 0, math.MaxUint32}
	fieldInt16  = field{"int16", 2, 1 << 15, math.MaxUint16}
	fieldWord16 = field{"word16", 2, 1 << 15, 1<<15 + math.MaxUint16} // signed or unsigned
	fieldInt8   = field{"int8", 1, 1 << 7, math.MaxUint8}
	fieldWord8  = field{"word8", 1, 1 << 7, 1<<7 + math.MaxUint8} // signed or unsigned
)

// fits says whether v is in the field's range.
func (f *field) fits(v uint64) bool { return v+f.bias <= f.span }

// limits returns the smallest and the largest value that fit; of a field that holds everything, those of int64.
func (f *field) limits() (lo, hi int64) {
	if f.span == math.MaxUint64 {
		return math.MinInt64, math.MaxInt64
	}
	return -int64(f.bias), int64(f.span - f.bias)
}

// store writes v, which fits, to the first bytes of b, little-endian.
func (f *field) store(b []byte, v uint64) {
	switch f.size {
	case 4:
		binary.LittleEndian.PutUint32(b, uint32(v))
	case 8:
		binary.LittleEndian.PutUint64(b, v)
	case 2:
		binary.LittleEndian.PutUint16(b, uint16(v))
	case 1:
		b[0] = byte(v)
	}
}

// A need is what a relocation asks for when its object is loaded, and what is peculiar to applying it.
type need uint16

const (
	needSlot       need = 1 << iota // a GOT slot for the symbol
	needGOT                         // the GOT's address
	needStub                        // a stub, for a symbol that is not in the object
	needSize                        // the symbol's size
	relaxable                       // the instruction may be rewritten: the architecture's relax function is tried first
	ifBranch                        // needStub holds only where the place is the operand of a branch
	needThread                      // the symbol is a thread-local variable; with one of these, the relocation means the symbol's entry of that kind:
	needPair                        // its module and its offset
	needModule                      // the object's own module
	needDistance                    // its distance from the thread pointer
	needDescriptor                  // a TLS descriptor
	needStatic                      // the variable is at a constant distance from the thread pointer
	needNear                        // the variable is in the object's own module
	needReach                       // the symbol has to be in reach of 32 bits
)

// A howto is the whole meaning of a relocation type: a row of an architecture's table. A row without formula is a type that compilers emit
// and that is refused, for the reason that the row gives.
type howto struct {
	name    string
	formula *formula
	field   *field
	need    need
	refusal string
}

// An arch is what the linker knows of an architecture: its rows, by relocation type, and its shapes of stubs and GOT entries.
type arch struct {
	name      string
	rows      []howto
	slotSize  uint64 // bytes of a GOT entry
	stubSize  uint64 // bytes of a stub
	stubAlign uint64

	// stub writes a stub that is at `at` and jumps to the address which the GOT entry at `slot` holds.
	stub func(b []byte, at, slot uint64) bool
	// relax rewrites the instruction around sec[off:] so that it does without the GOT, if that can be done, and says so.
	relax func(typ uint32, sec []byte, off uint64, v *vars) bool
	// isBranch says whether sec[off:] is the operand of a direct branch. One to the symbol itself has the addend branchAddend.
	isBranch     func(sec []byte, off uint64) bool
	branchAddend int64

	// endFragment writes fragmentEnd bytes behind a piece of code of `size` bytes: the end of a function, and at fragmentEntry a function that begins a frame
	// and jumps to the piece.
	endFragment                func(b []byte, size uint64)
	fragmentEnd, fragmentEntry uint64
}

// canUseStub says whether a place may hold the address of its symbol's stub instead of the symbol's. A branch may if it goes to the symbol itself, for there
// is nothing behind a stub; what is no branch only where the relocation's type says that it means a function.
func (a *arch) canUseStub(row *howto, code bool, sec []byte, off uint64, addend int64) bool {
	if row.need&needStub == 0 {
		return false
	}
	if row.need&ifBranch == 0 && addend == a.branchAddend {
		return true // whatever it is: the instruction, which is not in the cache yet, need not be looked at
	}
	if code && a.isBranch(sec, off) {
		return addend == a.branchAddend
	}
	return row.need&ifBranch == 0
}

// row returns the row of a relocation type, or nil.
func (a *arch) row(typ uint32) *howto {
	if uint64(typ) >= uint64(len(a.rows)) || a.rows[typ].name == "" {
		return nil
	}
	return &a.rows[typ]
}
