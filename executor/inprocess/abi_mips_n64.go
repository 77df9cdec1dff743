//go:build linux && (mips64 || mips64le)

package inprocess

// This file is the N64 convention: MIPSpro N32 ABI Handbook, chapter 2, "Calling Convention Implementations", and what gcc has settled since.

// regs is R4 to R11 and F12 to F19.
type regs struct {
	ints   [cIntRegs]uint64
	floats [cFloatRegs]uint64
}

// results is R2, R3, R4, F0 and F2.
type results struct {
	ints   [3]uint64
	floats [2]uint64
}

const (
	cIntRegs   = 8
	cFloatRegs = 8

	align8            = 8 // C's alignment of 8-byte numbers in structs
	signExtendsUint32 = true
)

// What registers hold that pass nothing.
var (
	emptyRegs    regs
	emptyResults results
)

// A cParams hands out doublewords, of which each of the first eight is in a register, of integers or of floats.
type cParams struct {
	slots  int
	soft   bool
	floats bool // any are in registers
}

func newCParams(k kind) cParams { return cParams{soft: k.softFloat || softFloat} }

// hidden returns the place of the address of a result in memory.
func (c *cParams) hidden() place { return c.slot(false) }

// size returns how many bytes of stack arguments there are.
func (c *cParams) size() uintptr { return uintptr(max(c.slots-cIntRegs, 0)) * 8 }

// fpu says whether floating-point registers are used.
func (c *cParams) fpu(result *Type) uintptr {
	if c.floats || cResult(result, kind{softFloat: c.soft}).inFloats() {
		return 1
	}
	return 0
}

// slot returns the place of the next doubleword.
func (c *cParams) slot(float bool) place {
	i := c.slots
	c.slots++
	switch {
	case i >= cIntRegs:
		return place{cStack, uint32(i-cIntRegs) * 8}
	case float:
		c.floats = true
		return floatReg(i)
	}
	return intReg(i)
}

// next returns the place of the next parameter. Doubles that are fields of a struct are in floating-point registers.
func (c *cParams) next(t *Type, unnamed bool) cPlace {
	hard := !c.soft && !unnamed
	if t.isScalar() {
		inRegister := c.slots < cIntRegs
		at := c.slot(hard && t.isFloat())
		if inRegister && t.isFloat() {
			at = lowPart(t, at)
		}
		return inMemoryAt(t, at)
	}
	var p cPlace
	for at := uintptr(0); at < t.size; at += 8 {
		p.add(t, at, c.slot(hard && t.hasDouble(at)))
	}
	return p
}

// hasDouble says whether a field of struct t, not one of a struct or array in it, is a double at this offset.
func (t *Type) hasDouble(at uintptr) bool {
	for i, f := range t.fields {
		if f == Float64 && t.offsets[i] == at {
			return true
		}
	}
	return false
}

// lowPart returns the place of a float in what is stored of its register.
func lowPart(t *Type, p place) place {
	if bigEndian {
		return p.plus(8 - t.size)
	}
	return p
}

// cResult returns the place of a result. A float, or a struct whose only fields are one or two, is in floating-point registers. Where there are none, gcc
// has the second in R4 (clang does otherwise).
func cResult(t *Type, k kind) cPlace {
	if t.size > 16 {
		return returnedInMemory(t)
	}
	var p cPlace
	floats, offsets := t.fields, t.offsets
	if t.isScalar() {
		floats, offsets = []*Type{t}, []uintptr{0}
	}
	if onlyFloats(floats) {
		for i, f := range floats {
			at := floatResult(i)
			if k.softFloat || softFloat {
				at = intResult(2 * i)
			}
			p.parts = append(p.parts, part{at: offsets[i], size: f.size, place: lowPart(f, at)})
		}
		return p
	}
	for at := uintptr(0); at < t.size; at += 8 {
		p.add(t, at, intResult(int(at/8)))
	}
	return p
}

// add appends a doubleword of a value of type t. To gcc a struct of 4 bytes in the lower half of a register is an int, with whose sign the upper
// half has to be filled: instructions for 32 bits require that of all operands (MIPS64 Architecture, volume I, "Doubleword and Word Operations").
func (p *cPlace) add(t *Type, at uintptr, to place) {
	p.parts = append(p.parts, part{at: at, size: min(8, t.size-at), place: to, extend: t.size == 4 && !bigEndian})
}

// onlyFloats says whether the types are one or two floats.
func onlyFloats(list []*Type) bool {
	for _, t := range list {
		if !t.isFloat() {
			return false
		}
	}
	return len(list) == 1 || len(list) == 2
}

// inFloats says whether a result is in floating-point registers.
func (p cPlace) inFloats() bool {
	return len(p.parts) != 0 && p.parts[0].place.off >= floatResult(0).off && !p.inMemory()
}
