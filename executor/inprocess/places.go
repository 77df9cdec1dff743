package inprocess

import "unsafe"

// A part is some bytes of a C value and where C code has them.
type part struct {
	at, size uintptr // in the value
	place    place
	extend   bool // its 4 bytes are sign-extended once they are in their register
}

// A cPlace is where C code has one value.
type cPlace struct {
	parts []part // where the same bytes are in two of them, those of the last count
	ref   *place // if the value is passed by its address, where that is; parts is the value itself, then

	packed bool   // what is behind the value's bytes is another's
	again  *place // of a number that is passed in two registers, the second
}

// inMemoryAt is the place of a value that is in one piece of memory.
func inMemoryAt(t *Type, p place) cPlace { return cPlace{parts: []part{{size: t.size, place: p}}} }

// inMemory says whether a result is written to memory of the caller's.
func (p *cPlace) inMemory() bool { return len(p.parts) != 0 && p.parts[0].place.base == cMemory }

// returnedInMemory is the place of such a result.
func returnedInMemory(t *Type) cPlace { return inMemoryAt(t, place{cMemory, 0}) }

// The places of registers of C code.

func intReg(i int) place {
	return place{cRegs, uint32(unsafe.Offsetof(regs{}.ints) + uintptr(i)*wordSize)}
}

func floatReg(i int) place { return place{cRegs, uint32(unsafe.Offsetof(regs{}.floats)) + uint32(i)*8} }

func intResult(i int) place {
	return place{cResults, uint32(unsafe.Offsetof(results{}.ints) + uintptr(i)*wordSize)}
}

func floatResult(i int) place {
	return place{cResults, uint32(unsafe.Offsetof(results{}.floats)) + uint32(i)*8}
}

// isFloatRegister says whether p is a floating-point register of C code.
func (p place) isFloatRegister() bool {
	return p.base == cRegs && p.off >= floatReg(0).off || p.base == cResults && p.off >= floatResult(0).off
}
