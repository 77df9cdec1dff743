package runtimedyld

import (
	"debug/elf"
	"math"
	"math/bits"
)

// How relocations' values lie in the instructions of ARM and Thumb: "ELF for the Arm Architecture" (AAELF32), 5.6.1 "Static data relocations" to 5.6.8, and the Arm Architecture Reference
// Manual for the encodings. A Thumb instruction of 32 bits is two halfwords, each in the order of bytes; as a word here, the first one has the high bits.

// armField returns a field of so many bytes that holds values from -bias to -bias+span.
func armField(name string, size int, bias, span, low uint64, insert func(word, v uint64) uint64, extract func(word uint64) uint64) field {
	return field{name: name, size: size, bias: bias, span: span, low: low, code: &code{insert: insert, extract: extract}}
}

// thumbField is armField for Thumb instructions of 32 bits.
func thumbField(name string, bias, span uint64, insert func(word, v uint64) uint64, extract func(word uint64) uint64) field {
	f := armField(name, 4, bias, span, 0, insert, extract)
	f.order = littleHalves
	return f
}

// lossy marks a field of which a place's addend is not what was stored.
func (f field) lossy() field {
	c := *f.code
	c.lossy = true
	f.code = &c
	return f
}

const (
	span32 = 1<<31 + math.MaxUint32 // of a bias of 1<<31: whatever 32 bits hold, signed or not
	span12 = 2 * 0xfff              // of a bias of 0xfff: an offset of 12 bits and its sign
)

var (
	armPrel31   = armField("prel31", 4, 1<<30, 1<<31-1, 0, armInsertPrel31, func(w uint64) uint64 { return uint64(signExtend(w, 31)) })
	armBranch24 = armField("branch24", 4, 1<<25, 1<<26-1, 0, armInsertBranch, armExtractBranch).lossy()
	armMovw     = armField("movw", 4, 1<<31, span32, 0, armInsertMov, armExtractMov)
	armMovw16   = armField("movw16", 4, 1<<15, 1<<15+math.MaxUint16, 0, armInsertMov, armExtractMov)
	armMovt     = armField("movt", 4, 1<<31, span32, 0, func(w, v uint64) uint64 { return armInsertMov(w, v>>16) }, armExtractMov).lossy()
	armOffset12 = armField("offset12", 4, 0xfff, span12, 0, armInsertOffset(armBits12), armExtractOffset(armBits12))

	armWhole = armField("instruction", 4, 1<<31, span32, 0, func(_, v uint64) uint64 { return v }, func(w uint64) uint64 { return w }).lossy()

	thumbWhole    = thumbField("thumb instructions", 1<<31, span32, func(_, v uint64) uint64 { return v }, func(w uint64) uint64 { return w }).lossy()
	thumbBranch24 = thumbField("thumb branch24", 1<<24, 1<<25-1, thumbInsertBranch24, thumbExtractBranch24)
	thumbCall     = thumbField("thumb call", 1<<24, 1<<25-1, thumbInsertCall, thumbExtractBranch24).lossy()
	thumbBranch19 = thumbField("thumb branch19", 1<<20, 1<<21-1, thumbInsertBranch19, thumbExtractBranch19)
	thumbBranch11 = armField("thumb branch11", 2, 1<<11, 1<<12-1, 1, insertBits(1, 0, 11), func(w uint64) uint64 { return uint64(signExtend(w<<1, 12)) })
	thumbBranch8  = armField("thumb branch8", 2, 1<<8, 1<<9-1, 1, insertBits(1, 0, 8), func(w uint64) uint64 { return uint64(signExtend(w<<1, 9)) })
	thumbBranch6  = armField("thumb branch6", 2, 0, 1<<7-1, 1, thumbInsertBranch6, thumbExtractBranch6)
	thumbMovw     = thumbField("thumb movw", 1<<31, span32, thumbInsertMov, thumbExtractMov)
	thumbMovw16   = thumbField("thumb movw16", 1<<15, 1<<15+math.MaxUint16, thumbInsertMov, thumbExtractMov)
	thumbMovt     = thumbField("thumb movt", 1<<31, span32, func(w, v uint64) uint64 { return thumbInsertMov(w, v>>16) }, thumbExtractMov).lossy()
	thumbOffset12 = thumbField("thumb offset12", 0xfff, span12, thumbInsertOffset, thumbExtractOffset)
	thumbAdr12    = thumbField("thumb adr12", 0xfff, span12, thumbInsertAdr, thumbExtractAdr)
	thumbLoad12   = thumbField("thumb load12", 0, 0xfff, insertBits(0, 0, 12), func(w uint64) uint64 { return w & 0xfff })
	thumbLoad5    = armField("thumb load5", 2, 0, 0x7c, 3, insertBits(2, 6, 5), func(w uint64) uint64 { return w >> 6 & 0x1f << 2 })
	thumbLiteral8 = armField("thumb literal8", 2, 0, 0x3fc, 3, insertBits(2, 0, 8), thumbExtractLiteral8)
)

// insertBits puts n bits of the value, from bit `from` on, at bit `to` of the word.
func insertBits(from, to, n int) func(word, v uint64) uint64 {
	mask := (uint64(1)<<n - 1) << to
	return func(word, v uint64) uint64 { return word&^mask | v>>(from&63)<<(to&63)&mask }
}

func armInsertPrel31(word, v uint64) uint64 { return word&(1<<31) | v&(1<<31-1) }

// armInsertBranch changes an unconditional BL into BLX where the value says, by its lowest bit, that it leads to Thumb code, and BLX into BL where it does not.
func armInsertBranch(word, v uint64) uint64 {
	offset := v >> 2 & 0xffffff
	switch {
	case v&1 != 0:
		return armBLX | v&2<<23 | offset
	case word>>25 == armBLX>>25:
		return armBL | offset
	}
	return word&0xff000000 | offset
}

func armExtractBranch(word uint64) uint64 {
	x := uint64(signExtend(word<<2, 26))
	if word>>25 == armBLX>>25 {
		x |= word >> 23 & 2
	}
	return x
}

const (
	armBL  = 0xeb000000
	armBLX = 0xfa000000 // with a bit of the offset in bit 24
)

func armInsertMov(word, v uint64) uint64 { return word&0xfff0f000 | v&0xf000<<4 | v&0xfff }

func armExtractMov(word uint64) uint64 {
	return uint64(signExtend(word>>4&0xf000|word&0xfff, 16))
}

// The ways in which loads and stores have the magnitude of an offset: LDR; LDRD, LDRH and others of their kind; LDC.
type armBits struct {
	limit, low uint64 // the largest magnitude, and the bits that are not stored
	insert     func(word, magnitude uint64) uint64
	extract    func(word uint64) uint64
}

var (
	armBits12 = armBits{0xfff, 0, insertBits(0, 0, 12), func(w uint64) uint64 { return w & 0xfff }}
	armBits8  = armBits{0xff, 0, func(w, m uint64) uint64 { return w&^0xf0f | m&0xf0<<4 | m&0xf }, func(w uint64) uint64 { return w>>4&0xf0 | w&0xf }}
	armBits10 = armBits{0x3fc, 3, insertBits(2, 0, 8), func(w uint64) uint64 { return w & 0xff << 2 }}
)

const armAdd = 1 << 23 // of a load or a store: its offset is added, not subtracted; of ADD: that it is ADD

// armInsertOffset returns what stores an offset with its sign.
func armInsertOffset(b armBits) func(word, v uint64) uint64 {
	return func(word, v uint64) uint64 {
		if int64(v) < 0 {
			return b.insert(word&^armAdd, -v)
		}
		return b.insert(word|armAdd, v)
	}
}

func armExtractOffset(b armBits) func(word uint64) uint64 {
	return func(word uint64) uint64 {
		if word&armAdd == 0 {
			return -b.extract(word)
		}
		return b.extract(word)
	}
}

// thumbInsertBranch24: the offset of a Thumb branch has its two bits below the sign xored with it, I1 = NOT(J1 EOR S).
func thumbInsertBranch24(word, v uint64) uint64 {
	s := v >> 24 & 1
	j1, j2 := ^(v>>23^s)&1, ^(v>>22^s)&1
	return word&0xf800d000 | s<<26 | v>>12&0x3ff<<16 | j1<<13 | j2<<11 | v>>1&0x7ff
}

func thumbExtractBranch24(word uint64) uint64 {
	s := word >> 26 & 1
	i1, i2 := ^(word>>13^s)&1, ^(word>>11^s)&1
	return uint64(signExtend(s<<24|i1<<23|i2<<22|word>>16&0x3ff<<12|word&0x7ff<<1, 25))
}

// thumbInsertCall makes it BL where the value says, by its lowest bit, that it leads to Thumb code, and BLX elsewhere.
func thumbInsertCall(word, v uint64) uint64 {
	return thumbInsertBranch24(word&^thumbIsBL|v&1<<12, v)
}

const thumbIsBL = 1 << 12

func thumbInsertBranch19(word, v uint64) uint64 {
	return word&0xfbc0d000 | v>>20&1<<26 | v>>12&0x3f<<16 | v>>18&1<<13 | v>>19&1<<11 | v>>1&0x7ff
}

func thumbExtractBranch19(word uint64) uint64 {
	return uint64(signExtend(word>>26&1<<20|word>>11&1<<19|word>>13&1<<18|word>>16&0x3f<<12|word&0x7ff<<1, 21))
}

func thumbInsertBranch6(word, v uint64) uint64 { return word&^0x2f8 | v>>6&1<<9 | v>>1&0x1f<<3 }

// thumbExtractBranch6: a place has the addend -4 as 0x7c, which is all that fits (5.6.1.3).
func thumbExtractBranch6(word uint64) uint64 {
	return (word>>9&1<<6|word>>3&0x1f<<1+4)&0x7f - 4
}

func thumbInsertMov(word, v uint64) uint64 {
	return word&0xfbf08f00 | v>>12&0xf<<16 | v>>11&1<<26 | v>>8&7<<12 | v&0xff
}

func thumbExtractMov(word uint64) uint64 {
	return uint64(signExtend(word>>16&0xf<<12|word>>26&1<<11|word>>12&7<<8|word&0xff, 16))
}

func thumbInsertOffset(word, v uint64) uint64 {
	if int64(v) < 0 {
		return word&^(armAdd|0xfff) | -v&0xfff
	}
	return word&^0xfff | armAdd | v&0xfff
}

func thumbExtractOffset(word uint64) uint64 {
	if word&armAdd == 0 {
		return -(word & 0xfff)
	}
	return word & 0xfff
}

// thumbInsertAdr makes it ADR with an offset that is added (ADDW) or subtracted (SUBW).
func thumbInsertAdr(word, v uint64) uint64 {
	sub := uint64(0)
	if int64(v) < 0 {
		v, sub = -v, 0xa0<<16
	}
	return word&0xfb0f8f00 | sub | v>>11&1<<26 | v>>8&7<<12 | v&0xff
}

func thumbExtractAdr(word uint64) uint64 {
	x := word>>26&1<<11 | word>>12&7<<8 | word&0xff
	if word&(0xa0<<16) != 0 {
		return -x
	}
	return x
}

// thumbExtractLiteral8: like that of a short branch, the addend -4 is all bits set but the lowest two.
func thumbExtractLiteral8(word uint64) uint64 { return (word&0xff<<2+4)&0x3ff - 4 }

// thumbByte is an 8-bit immediate operand with the n-th byte of the value.
func thumbByte(name string, n int) field {
	return armField(name, 2, 1<<31, span32, 0, insertBits(8*n, 0, 8), func(w uint64) uint64 { return w & 0xff }).lossy()
}

var (
	thumbByte0 = thumbByte("thumb byte0", 0)
	thumbByte1 = thumbByte("thumb byte1", 1)
	thumbByte2 = thumbByte("thumb byte2", 2)
	thumbByte3 = thumbByte("thumb byte3", 3)
)

// Group relocations (5.6.8, "Group relocations"): sequences of instructions that add up a value piece by piece, the highest first. A piece is what fits the immediate operand of ADD or
// SUB, 8 bits at an even place; the last instruction of a sequence, a load or a store perhaps, takes what is left. Each relocation is given the whole value, and its number.

// armPieces takes n pieces off a magnitude, and returns what is left and how many of its highest bits are zero, without the last of them.
func armPieces(magnitude uint64, n int) (rest uint32, zeros int) {
	rest = uint32(magnitude)
	for ; ; n-- {
		zeros = bits.LeadingZeros32(rest) &^ 1
		if n == 0 || rest == 0 {
			return rest, zeros
		}
		rest &= 0xffffff >> zeros
	}
}

// armMagnitude returns a value without its sign.
func armMagnitude(v uint64) (uint64, bool) {
	if int64(v) < 0 {
		return -v, true
	}
	return v, false
}

// armGroupAdd is the field of the n-th ADD or SUB.
func armGroupAdd(name string, n int) field {
	return armField(name, 4, 1<<31, span32, 0, func(word, v uint64) uint64 {
		m, negative := armMagnitude(v)
		rest, zeros := armPieces(m, n)
		rotation := uint64(0)
		if zeros < 24 {
			rest, rotation = bits.RotateLeft32(rest, zeros+8), uint64(zeros+8)/2
		}
		op := uint64(armAdd)
		if negative {
			op = armAdd >> 1
		}
		return word&0xff3ff000 | op | rotation<<8 | uint64(rest&0xff)
	}, armExtractAdd).lossy()
}

func armExtractAdd(word uint64) uint64 {
	x := uint64(bits.RotateLeft32(uint32(word&0xff), -int(word>>8&0xf*2)))
	if word&(armAdd>>1) != 0 {
		return -x
	}
	return x
}

// armGroupLoad is the field of a load or store that is the n-th of a sequence.
func armGroupLoad(name string, n int, b armBits) field {
	return armField(name, 4, 1<<31, span32, 0, func(word, v uint64) uint64 {
		m, negative := armMagnitude(v)
		rest, _ := armPieces(m, n)
		if negative {
			return b.insert(word&^armAdd, uint64(rest))
		}
		return b.insert(word|armAdd, uint64(rest))
	}, armExtractOffset(b)).lossy()
}

// armGroups are the fields of group relocations: by their number in the sequence.
var (
	armAdds  = [...]field{armGroupAdd("add g0", 0), armGroupAdd("add g1", 1), armGroupAdd("add g2", 2)}
	armLoads = [...]field{armGroupLoad("ldr g0", 0, armBits12), armGroupLoad("ldr g1", 1, armBits12), armGroupLoad("ldr g2", 2, armBits12)}
	armHalfs = [...]field{armGroupLoad("ldrs g0", 0, armBits8), armGroupLoad("ldrs g1", 1, armBits8), armGroupLoad("ldrs g2", 2, armBits8)}
	armCopro = [...]field{armGroupLoad("ldc g0", 0, armBits10), armGroupLoad("ldc g1", 1, armBits10), armGroupLoad("ldc g2", 2, armBits10)}
)

// An armGroup is the instruction of a group relocation: the n-th of a sequence; that it is a load, and how large an offset it has, if it is none of ADD and SUB.
type armGroup struct {
	n    int
	load *armBits
}

// armGroupOf returns what a group relocation relocates that has to hold all that is left of a value; nil for other relocations.
func armGroupOf(typ elf.R_ARM) *armGroup {
	if int(typ) < len(armGroups) && (armGroups[typ].load != nil || armGroups[typ].n > 0) {
		return &armGroups[typ]
	}
	return nil
}

var armGroups = [...]armGroup{
	elf.R_ARM_ALU_PC_G0: {1, nil}, elf.R_ARM_ALU_PC_G1: {2, nil}, elf.R_ARM_ALU_PC_G2: {3, nil},
	elf.R_ARM_ALU_SB_G0: {1, nil}, elf.R_ARM_ALU_SB_G1: {2, nil}, elf.R_ARM_ALU_SB_G2: {3, nil},
	elf.R_ARM_PC13: {0, &armBits12}, elf.R_ARM_LDR_PC_G1: {1, &armBits12}, elf.R_ARM_LDR_PC_G2: {2, &armBits12},
	elf.R_ARM_LDR_SB_G0: {0, &armBits12}, elf.R_ARM_LDR_SB_G1: {1, &armBits12}, elf.R_ARM_LDR_SB_G2: {2, &armBits12},
	elf.R_ARM_LDRS_PC_G0: {0, &armBits8}, elf.R_ARM_LDRS_PC_G1: {1, &armBits8}, elf.R_ARM_LDRS_PC_G2: {2, &armBits8},
	elf.R_ARM_LDRS_SB_G0: {0, &armBits8}, elf.R_ARM_LDRS_SB_G1: {1, &armBits8}, elf.R_ARM_LDRS_SB_G2: {2, &armBits8},
	elf.R_ARM_LDC_PC_G0: {0, &armBits10}, elf.R_ARM_LDC_PC_G1: {1, &armBits10}, elf.R_ARM_LDC_PC_G2: {2, &armBits10},
	elf.R_ARM_LDC_SB_G0: {0, &armBits10}, elf.R_ARM_LDC_SB_G1: {1, &armBits10}, elf.R_ARM_LDC_SB_G2: {2, &armBits10},
}

// check reports a value of which too much is left to the instruction: anything behind the piece that an ADD takes, or an offset that a load does not hold.
func (g *armGroup) check(f *fixer, x uint64) bool {
	m, _ := armMagnitude(x)
	left, _ := armPieces(m, g.n)
	rest, limit, low := uint64(left), uint64(0), uint64(0)
	if g.load != nil {
		limit, low = g.load.limit, g.load.low
	}
	if rest > limit {
		f.overflow(rest, 0, limit, "it is what the instructions of the group leave")
	} else if rest&low != 0 {
		f.misaligned(x, low+1)
	}
	return rest <= limit && rest&low == 0
}
