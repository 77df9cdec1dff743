//go:build (linux || darwin || windows) && arm64

package inprocess

import "runtime"

// This file is the "Procedure Call Standard for the Arm 64-bit Architecture" (AAPCS64, 2022Q3), section 6.8, "Parameter passing" and "Result return". Peculiar are
// homogeneous aggregates, structs of up to four floats of one type, which are in a vector register each, and that what does not fit the registers closes them for
// all that follow. In Linux all stack arguments have 8 bytes or multiples, and variadic functions are called as others are.
//
// Windows differs in one thing ("Overview of ARM64 ABI conventions", section "Variadic functions"; LLVM's CC_AArch64_Win64_VarArg): to variadic functions all arguments, those with a
// parameter too, are passed as integers are, on a stack of which the first 64 bytes are X0 to X7, so that one of two words may be half in a register. Homogeneous aggregates are then
// structs as others are.
//
// Apple's systems differ in two things ("Writing ARM64 code for Apple platforms", sections "Pass arguments to functions correctly" and "Update code that passes arguments to
// variadic functions"; LLVM's CC_AArch64_DarwinPCS and its VarArg): numbers and homogeneous aggregates on the stack take no more than their own bytes, at multiples of their own
// alignment; and arguments without a parameter are all on the stack, 8 bytes or multiples each.

// apple and microsoft say that the convention is that of Apple's systems, or of Windows.
var (
	apple     = runtime.GOOS == "darwin" || runtime.GOOS == "ios"
	microsoft = MicrosoftABI
)

// regs is X0 to X8, the last of which is the address of a result in memory, and D0 to D7; behind each, what Go passes in addition, so that what is in the same
// register for both stays where it is.
type regs struct {
	ints   [goIntRegs]uint64
	floats [goFloatRegs]uint64
}

// results is X0, X1 and D0 to D3.
type results struct {
	ints   [2]uint64
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
	cIntRegs          = 8
	cFloatRegs        = 8
	shadowSpace       = 0 // what callees may use of their callers' stacks
)

// A cParams hands out registers and stack for the parameters of one function.
type cParams struct {
	ints, floats int
	stack        uintptr // bytes
	words        bool    // everything is passed as words, in registers and on the stack as if that was one memory: Windows' variadic functions
}

func newCParams(k kind) cParams { return cParams{words: microsoft && k.variadic()} }

// hidden returns the place of the address of a result in memory.
func (c *cParams) hidden() place { return intReg(8) }

// size returns how many bytes of stack arguments there are.
func (c *cParams) size() uintptr { return c.stack }

// fpu returns what start has to know about the call: nothing.
func (c *cParams) fpu(*Type) uintptr { return 0 }

// next returns the place of the next parameter.
func (c *cParams) next(t *Type, unnamed bool) cPlace {
	var floats []scalar
	if !c.words {
		floats = homogeneous(t, maxHomogeneous)
	}
	if floats == nil && !t.isScalar() && t.size > 16 {
		ref := c.next(Pointer, unnamed).parts[0].place
		return cPlace{ref: &ref}
	}
	switch {
	case apple && unnamed:
		return c.nextOnStack(t, false)
	case floats != nil:
		return c.nextFloats(t, floats)
	}
	return c.nextWords(t)
}

func (c *cParams) nextFloats(t *Type, floats []scalar) cPlace {
	if c.floats+len(floats) > cFloatRegs {
		c.floats = cFloatRegs
		return c.nextOnStack(t, apple)
	}
	var p cPlace
	for _, f := range floats {
		p.parts = append(p.parts, part{at: f.at, size: f.typ.size, place: floatReg(c.floats)})
		c.floats++
	}
	return p
}

func (c *cParams) nextWords(t *Type) cPlace {
	words := int(t.size+7) / 8
	if c.ints+words > cIntRegs {
		if c.words && c.ints < cIntRegs {
			return c.nextSplit(t)
		}
		c.ints = cIntRegs
		return c.nextOnStack(t, apple && t.isScalar())
	}
	c.ints += words
	return inMemoryAt(t, intReg(c.ints-words)) // registers follow each other in regs
}

// nextSplit returns a place of which the last register is the first word.
func (c *cParams) nextSplit(t *Type) cPlace {
	last := intReg(c.ints)
	c.ints++
	p := inMemoryAt(t, place{cStack, uint32(c.stack)})
	c.stack += alignUp(t.size-8, 8)
	p.parts[0].at, p.parts[0].size = 8, t.size-8
	p.parts = append(p.parts, part{size: 8, place: last})
	return p
}

// nextOnStack returns a place on the stack. If it is packed, what comes next may lie right behind its bytes.
func (c *cParams) nextOnStack(t *Type, packed bool) cPlace {
	size, align := alignUp(t.size, 8), uintptr(8)
	if packed {
		size, align = t.size, t.align
	}
	c.stack = alignUp(c.stack, align)
	p := inMemoryAt(t, place{cStack, uint32(c.stack)})
	p.packed = packed
	c.stack += size
	return p
}

// maxHomogeneous is how many floats of one type a struct may have that is passed in vector registers.
const maxHomogeneous = 4

// cResult returns the place of a result.
func cResult(t *Type, _ kind) cPlace {
	if floats := homogeneous(t, maxHomogeneous); floats != nil {
		var p cPlace
		for i, f := range floats {
			p.parts = append(p.parts, part{at: f.at, size: f.typ.size, place: floatResult(i)})
		}
		return p
	}
	switch {
	case t == Void:
		return cPlace{}
	case t.size > 16:
		return returnedInMemory(t)
	}
	return inMemoryAt(t, intResult(0))
}
