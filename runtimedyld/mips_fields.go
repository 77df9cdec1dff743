package runtimedyld

import "math"

// How relocations' values lie in the instructions of MIPS: words, whose lowest 16 bits mostly are the field (MIPS ABI, O32, 4 "Relocation Types"; 64-bit ELF Object File
// Specification, 2.9).

// mipsField returns a field in an instruction that holds values from -bias to -bias+span, of which it stores n bits from bit `from` on. A place's addend is
// signed, and in the same place.
func mipsField(name string, bias, span, low uint64, from, n int) field {
	return field{name: name, size: 4, bias: bias, span: span, low: low, code: &code{
		insert:  insertBits(from, 0, n),
		extract: func(word uint64) uint64 { return uint64(signExtend(word, n)) << (from & 63) },
	}}
}

// mipsHigh returns a field that stores 16 bits from bit `from` on of a value that is rounded, for the instructions that add the lower bits take them for signed numbers.
func mipsHigh(name string, from int) field {
	round := uint64(0)
	for bit := from - 1; bit > 0; bit -= 16 {
		round |= 1 << bit
	}
	return field{name: name, size: 4, span: math.MaxUint64, code: &code{
		insert:  func(word, v uint64) uint64 { return word&^0xffff | (v+round)>>from&0xffff },
		extract: func(word uint64) uint64 { return uint64(signExtend(word, 16)) << from },
		lossy:   true,
	}}
}

var (
	mipsImm16    = mipsField("imm16", 1<<15, math.MaxUint16, 0, 0, 16)
	mipsLow16    = mipsField("low16", 0, math.MaxUint64, 0, 0, 16)
	mipsHigh16   = mipsHigh("high16", 16)
	mipsHigher   = mipsHigh("higher16", 32)
	mipsHighest  = mipsHigh("highest16", 48)
	mipsJump26   = mipsField("jump26", 0, math.MaxUint64, 3, 2, 26)
	mipsBranch16 = mipsField("branch16", 1<<17, 1<<18-1, 3, 2, 16)
	mipsBranch21 = mipsField("branch21", 1<<22, 1<<23-1, 3, 2, 21)
	mipsBranch26 = mipsField("branch26", 1<<27, 1<<28-1, 3, 2, 26)
	mipsLoad18   = mipsField("load18", 1<<20, 1<<21-1, 7, 3, 18)
	mipsLoad19   = mipsField("load19", 1<<20, 1<<21-1, 3, 2, 19)
)
