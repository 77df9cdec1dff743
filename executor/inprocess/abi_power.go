//go:build linux && (ppc64 || ppc64le)

package inprocess

// This file is the 64-Bit ELF V2 ABI Specification for Power, sections 2.2.3 "Parameter Passing in Registers", 2.2.4 and 2.2.5 "Return Values", for ppc64le. For ppc64
// it is the first version, the 64-bit PowerPC ELF ABI Supplement 1.9, sections 3.2.3 "Parameter Passing" and 3.2.4.

// regs is R3 to R10 and F1 to F13.
type regs struct {
	ints   [cIntRegs]uint64
	floats [cFloatRegs]uint64
}

// results is R3, R4 and F1 to F8.
type results struct {
	ints   [2]uint64
	floats [8]uint64
}

const (
	cIntRegs   = 8
	cFloatRegs = 13

	align8            = 8 // C's alignment of 8-byte numbers in structs
	signExtendsUint32 = false
)

// What registers hold that pass nothing.
var (
	emptyRegs    regs
	emptyResults results
)

// A cParams hands out the doublewords of the parameter save area, of which the first eight are in registers, and the registers that floats
// have besides.
type cParams struct {
	slots, floats int
}

func newCParams(kind) cParams { return cParams{} }

// hidden returns the place of the address of a result in memory.
func (c *cParams) hidden() place { return c.slot() }

// size returns how many bytes of stack arguments there are, with the room that belongs to the registers.
func (c *cParams) size() uintptr { return uintptr(max(c.slots, cIntRegs)) * 8 }

// fpu says whether any floating-point registers are arguments.
func (c *cParams) fpu(*Type) uintptr { return uintptr(c.floats) }

// slot returns the place of the next doubleword.
func (c *cParams) slot() place {
	at := place{cStack, uint32(c.slots) * 8}
	if c.slots < cIntRegs {
		at = intReg(c.slots)
	}
	c.slots++
	return at
}

// next returns the place of the next parameter. Floats leave their doublewords unused, for those that find no register.
func (c *cParams) next(t *Type, unnamed bool) cPlace {
	var p cPlace
	var floats []part
	taken := uintptr(0) // bytes that are in floating-point registers
	for _, m := range homogeneous(t, maxHomogeneous) {
		if unnamed || c.floats == cFloatRegs {
			break
		}
		floats = append(floats, part{at: m.at, size: m.typ.size, place: floatReg(c.floats)})
		c.floats++
		taken += m.typ.size
	}
	for at := uintptr(0); at < t.size; at += 8 {
		slot := c.slot()
		if bigEndian && t.size < 8 && (t.isFloat() || !t.isScalar()) {
			slot = slot.plus(8 - t.size)
		}
		// Of two singles in a doubleword the first can have had the last register. It is here as well, but callers may leave that out.
		if end := min(at+8, t.size); end > taken {
			p.parts = append(p.parts, part{at: at, size: end - at, place: slot})
		}
	}
	p.parts = append(p.parts, floats...)
	return p
}

// cResult returns the place of a result.
func cResult(t *Type, _ kind) cPlace {
	members := homogeneous(t, maxHomogeneous)
	if t.size > maxResult && !t.isScalar() && (members == nil || !floatResults) {
		return returnedInMemory(t)
	}
	var p cPlace
	for i, m := range members {
		p.parts = append(p.parts, part{at: m.at, size: m.typ.size, place: floatResult(i)})
	}
	for at := uintptr(0); at < t.size && members == nil; at += 8 {
		p.parts = append(p.parts, part{at: at, size: min(8, t.size-at), place: intResult(int(at / 8))})
	}
	return p
}
