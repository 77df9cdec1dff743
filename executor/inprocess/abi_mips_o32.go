//go:build linux && (mips || mipsle)

package inprocess

// This file is the O32 convention: System V ABI, MIPS RISC Processor Supplement, chapter 3, "Function Calling Sequence", and what gcc has settled since.

// regs is R4 to R7, and F12 and F14 as doubles.
type regs struct {
	ints   [cIntRegs]uint32
	floats [cFloatRegs]uint64
}

// results is R2, R3, and F0 as a double.
type results struct {
	ints   [2]uint32
	floats [1]uint64
}

const (
	cIntRegs   = 4
	cFloatRegs = 2

	align8            = 8 // C's alignment of 8-byte numbers in structs
	signExtendsUint32 = false
)

// What registers hold that pass nothing.
var (
	emptyRegs    regs
	emptyResults results
)

// A cParams hands out the words of the argument area, of which the first four are in registers (the callee may store them there), and the registers of
// floats, which only the first two parameters use, as long as all are floats and the function is not variadic.
type cParams struct {
	words, floats  int
	soft, noFloats bool
}

func newCParams(k kind) cParams {
	soft := k.softFloat || softFloat
	return cParams{soft: soft, noFloats: soft || k.variadic()}
}

// hidden returns the place of the address of a result in memory.
func (c *cParams) hidden() place {
	c.noFloats = true
	return c.word()
}

// size returns how many bytes of stack arguments there are, with the room that belongs to the registers.
func (c *cParams) size() uintptr { return uintptr(max(c.words, cIntRegs)) * 4 }

// fpu says whether floating-point registers are used.
func (c *cParams) fpu(result *Type) uintptr {
	if c.floats > 0 || result.isFloat() && !c.soft {
		return 1
	}
	return 0
}

func (c *cParams) word() place {
	at := place{cStack, uint32(c.words) * 4}
	if c.words < cIntRegs {
		at = intReg(c.words)
	}
	c.words++
	return at
}

// next returns the place of the next parameter.
func (c *cParams) next(t *Type, _ bool) cPlace {
	if t.align == 8 {
		c.words += c.words & 1
	}
	if t.isFloat() && !c.noFloats && c.floats < cFloatRegs {
		c.words += int(t.size / 4)
		c.floats++
		return inMemoryAt(t, lowPart(t, floatReg(c.floats-1)))
	}
	c.noFloats = true
	var p cPlace
	for at := uintptr(0); at < t.size; at += 4 {
		p.parts = append(p.parts, part{at: at, size: min(4, t.size-at), place: c.word()})
	}
	return p // of a scalar of 8 bytes the words are side by side
}

// lowPart returns the place of a float in what is stored of its register.
func lowPart(t *Type, p place) place {
	if bigEndian {
		return p.plus(8 - t.size)
	}
	return p
}

// cResult returns the place of a result. All structs are returned in memory.
func cResult(t *Type, k kind) cPlace {
	switch {
	case t.isFloat() && !k.softFloat && !softFloat:
		return inMemoryAt(t, lowPart(t, floatResult(0)))
	case t.isScalar() || t == Void:
		return inMemoryAt(t, intResult(0))
	}
	return returnedInMemory(t)
}
