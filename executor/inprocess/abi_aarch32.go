//go:build linux && arm

package inprocess

// This file is the "Procedure Call Standard for the Arm Architecture" (AAPCS32, 2022Q3), sections 6.5 and 6.6 (the base standard) and 7.1 (the variant for VFP, which is
// the rule in Linux on ARMv7). Peculiar are that 8-byte numbers begin at an even register, that a struct may be partly in registers and partly on the stack, that
// a float may get a register which was skipped before, and that variadic functions follow the base standard, where floats are passed as integers are.

// regs is R0 to R3 and D0 to D7, each of which is two registers for float32, S0 to S15.
type regs struct {
	ints   [4]uint32
	floats [8]uint64
}

// results is R0, R1 and D0 to D3.
type results struct {
	ints   [2]uint32
	floats [4]uint64
}

// What registers hold that pass nothing.
var (
	emptyRegs    regs
	emptyResults results
)

const (
	align8            = 8 // C's alignment of 8-byte numbers in structs
	signExtendsUint32 = false
	cIntRegs          = 4
	cFloatRegs        = 16 // of 4 bytes
)

// A cParams hands out registers and stack for the parameters of one function.
type cParams struct {
	base   bool // the base standard
	ints   int
	floats uint32  // S0 to S15 that are used, a bit each
	stack  uintptr // bytes
}

func baseStandard(k kind) bool { return k.softFloat || k.variadic() }

func newCParams(k kind) cParams { return cParams{base: baseStandard(k)} }

// hidden returns the place of the address of a result in memory.
func (c *cParams) hidden() place { return c.nextWords(Pointer).parts[0].place }

// size returns how many bytes of stack arguments there are.
func (c *cParams) size() uintptr { return c.stack }

// fpu returns what start has to know about the call: nothing.
func (c *cParams) fpu(*Type) uintptr { return 0 }

// next returns the place of the next parameter.
func (c *cParams) next(t *Type, _ bool) cPlace {
	if floats := homogeneous(t, maxHomogeneous); floats != nil && !c.base {
		return c.nextFloats(t, floats)
	}
	return c.nextWords(t)
}

// nextFloats takes the first registers that are free, one behind the other. When there are none, all that follow go to the stack as well.
func (c *cParams) nextFloats(t *Type, floats []scalar) cPlace {
	size := int(floats[0].typ.size / 4)
	n := len(floats) * size
	want := uint32(1)<<n - 1
	for first := 0; first+n <= cFloatRegs; first += size {
		if c.floats>>first&want == 0 {
			c.floats |= want << first
			return inMemoryAt(t, floatReg(0).plus(uintptr(first)*4))
		}
	}
	c.floats = 1<<cFloatRegs - 1
	return c.nextOnStack(t)
}

func (c *cParams) nextWords(t *Type) cPlace {
	if t.align == 8 {
		c.ints = (c.ints + 1) &^ 1
	}
	words := int(t.size+3) / 4
	first := c.ints
	switch {
	case first+words <= cIntRegs:
		c.ints += words
		return inMemoryAt(t, intReg(first))
	case first < cIntRegs && c.stack == 0:
		c.ints = cIntRegs
		inRegs := uintptr(cIntRegs-first) * 4
		c.stack = alignUp(t.size-inRegs, 4)
		return cPlace{parts: []part{
			{size: inRegs, place: intReg(first)},
			{at: inRegs, size: t.size - inRegs, place: place{cStack, 0}},
		}}
	}
	c.ints = cIntRegs
	return c.nextOnStack(t)
}

func (c *cParams) nextOnStack(t *Type) cPlace {
	c.stack = alignUp(c.stack, max(t.align, 4))
	p := inMemoryAt(t, place{cStack, uint32(c.stack)})
	c.stack += alignUp(t.size, 4)
	return p
}

// maxHomogeneous is how many floats of one type a struct may have that is passed in vector registers.
const maxHomogeneous = 4

// cResult returns the place of a result.
func cResult(t *Type, k kind) cPlace {
	switch {
	case t == Void:
		return cPlace{}
	case homogeneous(t, maxHomogeneous) != nil && !baseStandard(k):
		return inMemoryAt(t, floatResult(0))
	case t.isScalar() || t.size <= 4:
		return inMemoryAt(t, intResult(0))
	}
	return returnedInMemory(t)
}
