//go:build linux && (loong64 || riscv64)

package inprocess

// This file is the "RISC-V ABIs Specification" 1.0, chapter 2, "Procedure Calling Convention", for LP64D, and the LoongArch ELF psABI 2.30, "Procedure Calling
// Convention", for its LP64D, which is the same but that it leaves the upper half of a float32's register open. Peculiar are that structs of one or two numbers are passed
// as if these were parameters when a float is among them, that a struct may be half in the last register and half on the stack, that unsigned int is
// sign-extended like int, and that a float32 in a register for float64 has ones in its upper half.

// regs is A0 to A7 and FA0 to FA7 (R4 to R11 and F0 to F7 of LoongArch).
type regs struct {
	ints   [8]uint64
	floats [8]uint64
}

// results is A0, A1, FA0 and FA1.
type results struct {
	ints   [2]uint64
	floats [2]uint64
}

const boxed = ^uint64(0)

// What registers hold that pass nothing: where a float32 is put into a register, the rest stays.
var (
	emptyRegs    = regs{floats: [8]uint64{boxed, boxed, boxed, boxed, boxed, boxed, boxed, boxed}}
	emptyResults = results{floats: [2]uint64{boxed, boxed}}
)

const (
	align8            = 8 // C's alignment of 8-byte numbers in structs
	signExtendsUint32 = true
	cIntRegs          = 8
	cFloatRegs        = 8
)

// A cParams hands out registers and stack for the parameters of one function.
type cParams struct {
	ints, floats int
	stack        uintptr // bytes
}

func newCParams(kind) cParams { return cParams{} }

// hidden returns the place of the address of a result in memory.
func (c *cParams) hidden() place { return c.nextWord() }

// size returns how many bytes of stack arguments there are.
func (c *cParams) size() uintptr { return c.stack }

// fpu returns what start has to know about the call: nothing.
func (c *cParams) fpu(*Type) uintptr { return 0 }

// next returns the place of the next parameter. Those behind ... are passed as integers are.
func (c *cParams) next(t *Type, unnamed bool) cPlace {
	if members := inFloatRegs(t); members != nil && !unnamed {
		if p, ok := c.nextMembers(members); ok {
			return p
		}
	}
	if t.size > 16 {
		ref := c.nextWord()
		return cPlace{ref: &ref}
	}
	var p cPlace
	for at := uintptr(0); at < t.size; at += 8 {
		p.parts = append(p.parts, part{at: at, size: min(8, t.size-at), place: c.nextWord()})
	}
	return p
}

// nextMembers returns a register for each member; ok is false if there are not as many.
func (c *cParams) nextMembers(members []scalar) (p cPlace, ok bool) {
	after := *c
	for _, m := range members {
		at := intReg(after.ints)
		if m.typ.isFloat() {
			at = floatReg(after.floats)
			after.floats++
		} else {
			after.ints++
		}
		p.parts = append(p.parts, part{at: m.at, size: m.typ.size, place: at})
	}
	if after.ints > cIntRegs || after.floats > cFloatRegs {
		return p, false
	}
	*c = after
	return p, true
}

// nextWord returns the next integer register, or the next word of stack.
func (c *cParams) nextWord() place {
	if c.ints < cIntRegs {
		c.ints++
		return intReg(c.ints - 1)
	}
	c.stack += 8
	return place{cStack, uint32(c.stack - 8)}
}

// inFloatRegs returns the members of what the floating-point convention passes in a register each: a float, or one or two numbers of which one is a float.
// For others it returns nil. To gcc and clang a pointer is no number here.
func inFloatRegs(t *Type) []scalar {
	list, few := scalars(nil, t, 0, 2)
	floats := 0
	for _, s := range list {
		if s.typ == Pointer {
			return nil
		}
		if s.typ.isFloat() {
			floats++
		}
	}
	if !few || floats == 0 {
		return nil
	}
	return list
}

// cResult returns the place of a result: what a first parameter would have.
func cResult(t *Type, _ kind) cPlace {
	if t.size > 16 {
		return returnedInMemory(t)
	}
	var c cParams
	p := c.next(t, false)
	for i := range p.parts {
		p.parts[i].place = resultOf(p.parts[i].place)
	}
	return p
}

// resultOf returns the place of a result for that of a first parameter.
func resultOf(p place) place {
	for i := range 2 {
		switch p {
		case intReg(i):
			return intResult(i)
		case floatReg(i):
			return floatResult(i)
		}
	}
	return p
}
