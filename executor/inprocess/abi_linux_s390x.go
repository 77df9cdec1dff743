package inprocess

import "reflect"

// This file is the ELF Application Binary Interface s390x Supplement 1.6, sections 1.2.3 "Parameter Passing" and 1.2.5 "Return Values".

// regs is R2 to R6, and F0, F2, F4 and F6.
type regs struct {
	ints   [cIntRegs]uint64
	floats [cFloatRegs]uint64
}

// results is R2 and F0.
type results struct {
	ints   [1]uint64
	floats [1]uint64
}

const (
	cIntRegs   = 5
	cFloatRegs = 4

	align8            = 8 // C's alignment of 8-byte numbers in structs
	signExtendsUint32 = false
)

// What registers hold that pass nothing.
var (
	emptyRegs    regs
	emptyResults results
)

// A cParams hands out registers and stack for the parameters of one function.
type cParams struct {
	ints, floats int
	stack        uintptr // bytes
}

func newCParams(kind) cParams { return cParams{} }

// hidden returns the place of the address of a result in memory.
func (c *cParams) hidden() place { return c.int() }

// size returns how many bytes of stack arguments there are.
func (c *cParams) size() uintptr { return c.stack }

// fpu says whether any floating-point registers are arguments.
func (c *cParams) fpu(*Type) uintptr { return uintptr(c.floats) }

// int returns the place of the next doubleword that is no float.
func (c *cParams) int() place {
	if c.ints == cIntRegs {
		return c.slot()
	}
	c.ints++
	return intReg(c.ints - 1)
}

// slot returns the place of the next doubleword on the stack.
func (c *cParams) slot() place {
	c.stack += 8
	return place{cStack, uint32(c.stack - 8)}
}

// next returns the place of the next parameter. Values of less than 8 bytes are at the high end of their doubleword, but for a float32 in a register.
func (c *cParams) next(t *Type, _ bool) cPlace {
	single := t
	for single.kind == reflect.Struct && len(single.fields) == 1 {
		single = single.fields[0]
	}
	switch {
	case single.isFloat() && c.floats < cFloatRegs:
		c.floats++
		return inMemoryAt(t, floatReg(c.floats-1))
	case single.isFloat():
		return inMemoryAt(t, c.slot().plus(8-t.size))
	case t.isScalar():
		return inMemoryAt(t, c.int())
	case t.size == 1 || t.size == 2 || t.size == 4 || t.size == 8:
		return inMemoryAt(t, c.int().plus(8-t.size))
	}
	at := c.int()
	return cPlace{ref: &at}
}

// cResult returns the place of a result. All structs are returned in memory.
func cResult(t *Type, _ kind) cPlace {
	switch {
	case t.isFloat():
		return inMemoryAt(t, floatResult(0))
	case t.isScalar() || t == Void:
		return inMemoryAt(t, intResult(0))
	}
	return returnedInMemory(t)
}
