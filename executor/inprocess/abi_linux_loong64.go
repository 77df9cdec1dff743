package inprocess

import (
	"encoding/binary"
	"unsafe"
)

// This file is the LP64D convention: LoongArch ELF psABI 2.30, "Procedure Calling Convention".

// Supported says whether this package can call code on this operating system and processor.
const Supported = true

// regs is R4 to R11 and F0 to F7.
type regs struct {
	ints   [cIntRegs]uint64
	floats [cFloatRegs]uint64
}

// results is R4, R5, F0 and F1.
type results struct {
	ints   [2]uint64
	floats [2]uint64
}

// savedRegs is R1, R22 to R31, and F24 to F31.
type savedRegs struct {
	ints   [11]uint64
	floats [8]uint64
}

const (
	cIntRegs   = 8
	cFloatRegs = 8

	align8            = unsafe.Alignof(uint64(0)) // C's alignment of 8-byte numbers
	signExtendsUint32 = true
	gInRegister       = true
	thunkSize         = 16
)

var (
	emptyRegs    regs
	emptyResults results
)

//go:noescape
func start(c *control, r *regs) outcome

//go:noescape
func resume(c *control) outcome

// A cParams hands out registers and stack for the parameters, or the result, of one function.
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
		c.stack += 8
		return place{cStack, uint32(c.stack - 8)}
	}
	c.ints++
	return intReg(c.ints - 1)
}

func (c *cParams) float() place {
	c.floats++
	return floatReg(c.floats - 1)
}

// next returns the place of the next parameter.
func (c *cParams) next(t *Type, unnamed bool) cPlace {
	if t.size > 16 {
		at := c.int()
		return cPlace{parts: inMemoryAt(t, place{}).parts, ref: &at}
	}
	if !unnamed {
		if p, ok := c.withFloats(t); ok {
			return p
		}
	}
	var p cPlace
	for at := uintptr(0); at < t.size; at += 8 {
		p.parts = append(p.parts, part{at, min(8, t.size-at), c.int()})
	}
	return p
}

// withFloats places a value of one or two scalars, with a float among them, in registers; ok is false if it is none or they do not suffice.
func (c *cParams) withFloats(t *Type) (p cPlace, ok bool) {
	list, few := scalars(nil, t, 0, 2)
	floats := 0
	for _, s := range list {
		if s.typ.isFloat() {
			floats++
		}
	}
	if !few || floats == 0 || c.floats+floats > cFloatRegs || c.ints+len(list)-floats > cIntRegs {
		return p, false
	}
	for _, s := range list {
		at := c.float
		if !s.typ.isFloat() {
			at = c.int
		}
		p.parts = append(p.parts, part{s.at, s.typ.size, at()})
	}
	return p, true
}

// cResult returns the place of a result, which is where it were as the first parameter.
func cResult(t *Type, _ kind) cPlace {
	if t.size > 16 {
		return returnedInMemory(t)
	}
	p := new(cParams).next(t, false)
	for i := range p.parts {
		at := &p.parts[i].place
		at.base = cResults
		if at.off >= floatReg(0).off {
			at.off += floatResult(0).off - floatReg(0).off
		}
	}
	return p
}

// writeThunks fills code with thunks. Data is as far behind each of them as the block has code, so that all are equal.
func writeThunks(code []byte) {
	thunk := [...]uint32{
		0x1c00000c | blockCode>>12<<5, // pcaddu12i t0, blockCode>>12
		0x28c0018d,                    // ld.d t1, t0, 0
		0x4c0001a0,                    // jr t1
		0x002a0000,                    // break
	}
	for i := 0; i < len(code); i += 4 {
		binary.LittleEndian.PutUint32(code[i:], thunk[i/4%len(thunk)])
	}
}
