package inprocess

import "reflect"

// This file is Microsoft's "x64 calling convention" (learn.microsoft.com, "Parameter passing", "Return values", "Varargs"). Each of the first four arguments has its register by its
// position, whichever kind it is of; there are 32 bytes on the stack for callees to keep these in; and structs of other sizes than 1, 2, 4 and 8 bytes are passed by
// their address.

// regs is what Go's calling convention passes in registers, in its order: RAX, RBX, RCX, RDI, RSI, R8, R9, R10, R11 and X0 to X14. For C the first four are
// RCX, RDX, R8, R9, and the first four of the others XMM0 to XMM3.
type regs struct {
	ints   [9]uint64
	floats [15]uint64
}

// results is RAX and XMM0, with something behind each that no result is in.
type results struct {
	ints   [2]uint64
	floats [2]uint64
}

// What registers hold that pass nothing.
var (
	emptyRegs    regs
	emptyResults results
)

const (
	align8            = 8 // C's alignment of 8-byte numbers in structs
	signExtendsUint32 = false
	shadowSpace       = 32 // what callees may use of their callers' stacks
	cRegisters        = 4
)

// A cParams hands out registers and stack for the parameters of one function.
type cParams struct {
	count  int
	floats bool    // some are in vector registers
	stack  uintptr // bytes
}

func newCParams(kind) cParams { return cParams{stack: shadowSpace} }

// hidden returns the place of the address of a result in memory.
func (c *cParams) hidden() place { return c.nextWord(intReg) }

// size returns how many bytes of stack arguments there are.
func (c *cParams) size() uintptr { return c.stack }

// fpu returns what start has to know about the call: whether vector registers are used.
func (c *cParams) fpu(*Type) uintptr {
	if c.floats {
		return 1
	}
	return 0
}

// nextWord returns the next position, in a register of a kind if there is one.
func (c *cParams) nextWord(reg func(int) place) place {
	i := c.count
	c.count++
	if i < cRegisters {
		return reg(i)
	}
	c.stack += 8
	return place{cStack, uint32(c.stack - 8)}
}

// next returns the place of the next parameter. Functions look for floats without a name among the integers.
func (c *cParams) next(t *Type, unnamed bool) cPlace {
	switch {
	case t.isFloat() && c.count < cRegisters:
		p := inMemoryAt(t, floatReg(c.count))
		if unnamed {
			also := intReg(c.count)
			p.again = &also
		}
		c.count++
		c.floats = true
		return p
	case t.isScalar() || fitsRegister(t):
		return inMemoryAt(t, c.nextWord(intReg))
	}
	ref := c.nextWord(intReg)
	return cPlace{ref: &ref}
}

// fitsRegister says whether a struct is passed as an integer is.
func fitsRegister(t *Type) bool { return t.size == 1 || t.size == 2 || t.size == 4 || t.size == 8 }

// cResult returns the place of a result. A struct that fits no register goes where the hidden first argument points.
func cResult(t *Type, _ kind) cPlace {
	switch {
	case t == Void:
		return cPlace{}
	case t.kind == reflect.Float32 || t.kind == reflect.Float64:
		return inMemoryAt(t, floatResult(0))
	case t.isScalar() || fitsRegister(t):
		return inMemoryAt(t, intResult(0))
	}
	return returnedInMemory(t)
}
