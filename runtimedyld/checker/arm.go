package checker

import (
	"encoding/binary"
	"strings"
)

var (
	armTable               = newTable(armWords+armSystemWords, armFuncs)
	armAlwaysTable         = newTable(armUnconditional+armSystemUnconditional, armFuncs)
	thumbLiteralsTable     = newTable(thumbLiterals, thumbFuncs)
	thumbTable             = newTable(thumbWords+thumbSystemWords, thumbFuncs)
	thumbHalfwordsTable    = newTable(thumbHalves, thumbFuncs)
	armFPTable             = newTable(armFPWords, armVectorFuncs)
	armV8Table             = newTable(armV8Words, nil)
	thumbV8Table           = newTable(thumbV8Words, nil)
	armCoprocessorTable    = newTable(armCoprocessorWords, nil)
	armCoprocessor2Table   = newTable(armCoprocessor2Words, nil)
	thumbCoprocessor2Table = newTable(thumbCoprocessor2Words, nil)
	thumbMTable            = newTable(thumbMWords, thumbFuncs)
	thumbHeliumTable       = newTable(thumbHeliumWords, thumbHeliumFuncs)
	thumbSecureTable       = newTable(thumbSecureHalves, nil)
	armVectorTable         = newTable(armVectorWords+armVectorLoads, armVectorFuncs)
)

// decodeARM decodes one instruction of A32.
func decodeARM(code []byte, order binary.ByteOrder) (Inst, bool) {
	if len(code) < 4 {
		return Inst{}, false
	}
	word := uint64(order.Uint32(code))
	if word>>28 == 15 {
		return lookup(word, 4, armAlwaysTable, armVectorTable, armCoprocessor2Table)
	}
	return lookup(word, 4, armTable, armFPTable, armV8Table, armCoprocessorTable)
}

// decodeThumb decodes one instruction of T32, of two halves if the first begins with 11101 or 1111. It is taken to stand outside an IT block and a VPT
// block.
func decodeThumb(code []byte, order binary.ByteOrder, profile thumbProfile) (Inst, bool) {
	if len(code) < 2 {
		return Inst{}, false
	}
	half := uint64(order.Uint16(code))
	if half>>11 < 0b11101 {
		return lookup(half, 2, thumbHalfwordsTable, thumbSecureTable)
	}
	if len(code) < 4 {
		return Inst{}, false
	}
	word := half<<16 | uint64(order.Uint16(code[2:]))
	if inst, ok := lookup(word, 4, profile.tables()...); ok {
		return inst, true
	}
	return decodeThumbVector(word, profile)
}

// A thumbProfile says which instructions of T32 a processor has where they exclude each other.
type thumbProfile byte

const (
	profileA      thumbProfile = iota // A and R
	profileM                          // other special registers
	profileHelium                     // M with MVE in place of Advanced SIMD
)

// profile returns that of a processor.
func (t Target) profile() thumbProfile {
	switch t.CPU {
	case heliumCPU, "cortex-m52", "cortex-m85":
		return profileHelium
	case "sc000", "sc300":
		return profileM
	}
	if strings.HasPrefix(t.CPU, "cortex-m") {
		return profileM
	}
	return profileA
}

// tables returns those for words, the first of which that has an instruction counts.
func (p thumbProfile) tables() []*table {
	switch p {
	case profileM:
		return []*table{thumbMTable, thumbLiteralsTable, thumbTable, thumbV8Table}
	case profileHelium:
		return []*table{thumbHeliumTable, thumbMTable, thumbLiteralsTable, thumbTable, thumbV8Table}
	}
	return []*table{thumbLiteralsTable, thumbTable, thumbV8Table}
}

// decodeThumbVector decodes what has the encoding of A32 but for the first byte.
func decodeThumbVector(word uint64, profile thumbProfile) (Inst, bool) {
	switch word >> 24 {
	case 0xec, 0xed, 0xee:
		return lookup(word, 4, armFPTable, armCoprocessorTable)
	case 0xfc, 0xfd, 0xfe:
		if profile != profileA { // whose coprocessors are others
			return lookup(word, 4, thumbCoprocessor2Table, armVectorTable)
		}
		return lookup(word, 4, armVectorTable, thumbCoprocessor2Table)
	case 0xef, 0xff:
		return lookup(0xf2<<24|word>>4&(1<<24)|word&0xffffff, 4, armVectorTable)
	case 0xf9:
		return lookup(0xf4<<24|word&0xffffff, 4, armVectorTable)
	}
	return Inst{}, false
}

// LLVM encodes several operands of these instructions as its code generator wants them (ARMAddressingModes.h); what follows makes them of
// the instruction. Offsets that are subtracted are negative, and minus zero is the lowest 32-bit number.

// armFuncs are the operands of A32 that are no fields.
var armFuncs = map[string]func(uint64) int64{
	"offset12": func(w uint64) int64 { return int64(uint32(signed(w>>23&1, w&0xfff))) },
	"shiftImm": func(w uint64) int64 { return shiftOperand(w>>5&3, w>>7&31) },
	"shiftReg": func(w uint64) int64 { return shiftKinds[w>>5&3] },
	"bitMask":  func(w uint64) int64 { return invertedMask(w>>7&31, w>>16&31) },
	"index":    armIndex,
	"mode2":    armMode2,
	"mode3":    armMode3,
}

// armVectorFuncs are those of instructions on vectors.
var armVectorFuncs = map[string]func(uint64) int64{
	"singles":  func(w uint64) int64 { return registers(w>>11&0x1e|w>>22&1, w&0xff) },
	"doubles":  func(w uint64) int64 { return min(registers(w>>18&0x10|w>>12&15, w>>1&0x7f), 16) },
	"align":    func(w uint64) int64 { return [4]int64{0, 8, 16, 32}[w>>4&3] },
	"alignAll": func(w uint64) int64 { return int64(w>>4&1) << (2 + w>>6&1 + w>>7&1) },
	"modified": func(w uint64) int64 { return int64(w>>5&1<<12 | w&0xf00 | w>>17&0x80 | w>>12&0x70 | w&15) },
}

// thumbFuncs are those of T32.
var thumbFuncs = map[string]func(uint64) int64{
	"offset12":  func(w uint64) int64 { return signed(w>>23&1, w&0xfff) },
	"offset8":   func(w uint64) int64 { return signed(w>>9&1, w&0xff) },
	"offset8x4": func(w uint64) int64 { return signed(w>>23&1, w&0xff<<2) },
	"shiftImm":  func(w uint64) int64 { return shiftOperand(w>>4&3, w>>10&0x1c|w>>6&3) },
	"bitMask":   func(w uint64) int64 { return invertedMask(w>>10&0x1c|w>>6&3, w&31) },
	"branch":    thumbBranch,
	"expanded":  thumbExpanded,
	"address":   func(w uint64) int64 { return int64(uint32(-(w>>15&0x800 | w>>4&0x700 | w&0xff))) },
	"itMask":    thumbITMask,
	"special":   func(w uint64) int64 { return int64(w & 0xcff) },
}

// thumbHeliumFuncs are those of ARMv8.1-M.
var thumbHeliumFuncs = map[string]func(uint64) int64{
	"singles":      armVectorFuncs["singles"],
	"doubles":      armVectorFuncs["doubles"],
	"offset7":      func(w uint64) int64 { return signed(w>>23&1, w&0x7f) },
	"offset7x2":    func(w uint64) int64 { return signed(w>>23&1, w&0x7f<<1) },
	"offset7x4":    func(w uint64) int64 { return signed(w>>23&1, w&0x7f<<2) },
	"offset7x8":    func(w uint64) int64 { return signed(w>>23&1, w&0x7f<<3) },
	"step":         func(w uint64) int64 { return 1 << (w>>6&2 | w&1) },
	"shift32":      func(w uint64) int64 { return int64((w>>10&0x1c|w>>6&3)-1)&31 + 1 },
	"shiftHigh":    func(w uint64) int64 { return int64(w>>16-1)&31 + 1 },
	"modifiedBits": func(w uint64) int64 { return int64(w&0x600 | w>>21&0x80 | w>>12&0x70 | w&15) },
	"vptMask":      func(w uint64) int64 { return vptMasks[w>>19&8|w>>13&7] },
	"branchElse":   func(w uint64) int64 { return int64(w>>23&15*2 + w>>17&1*2 + 2) },
}

// vptMasks are LLVM's masks of VPT blocks: of the bits that are encoded each but the lowest that is set says whether it differs from the one before.
var vptMasks = [16]int64{0, 1, 2, 3, 4, 7, 6, 5, 8, 15, 14, 13, 12, 9, 10, 11}

// registers returns how many registers a list has that begins with the first of 32 and is to have n: at least one.
func registers(first, n uint64) int64 { return int64(max(min(n, 32-first), 1)) }

// signed returns an offset that is added or subtracted.
func signed(add, offset uint64) int64 {
	switch {
	case add != 0:
		return int64(offset)
	case offset == 0:
		return -1 << 31
	}
	return -int64(offset)
}

// shiftKinds are LLVM's numbers of lsl, lsr, asr and ror; shiftRRX that of rrx, which is encoded as ror by 0.
var shiftKinds = [4]int64{2, 3, 1, 4}

const shiftRRX = 5

// shiftOperand returns the kind and the amount of a shift by an immediate.
func shiftOperand(kind, amount uint64) int64 {
	if kind == 3 && amount == 0 {
		return shiftRRX
	}
	return shiftKinds[kind] | int64(amount)<<3
}

// invertedMask returns the bits that bfc and bfi do not change.
func invertedMask(first, last uint64) int64 {
	first = min(first, last)
	return int64(^uint32(1<<(last+1) - 1<<first))
}

// armIndex returns the index register's shift of word and byte loads and stores, and whether it is subtracted.
func armIndex(w uint64) int64 {
	kind, amount := w>>5&3, int64(w>>7&31)
	operand := amount | int64(^w>>23&1)<<12
	if kind == 3 && amount == 0 {
		return operand | shiftRRX<<13
	}
	return operand | shiftKinds[kind]<<13
}

// armMode2 returns the same for those that change their base register, with a mark for those that do so afterwards.
func armMode2(w uint64) int64 {
	if w>>24&1 == 0 {
		return armIndex(w) | 2<<16
	}
	return armIndex(w)
}

// armMode3 returns the offset of halfword, signed and doubleword loads and stores.
func armMode3(w uint64) int64 {
	operand := int64(^w>>23&1) << 8
	if w>>22&1 != 0 {
		operand |= int64(w>>4&0xf0 | w&0xf)
	}
	switch {
	case w>>24&1 == 0: // post-indexed
		operand |= 2 << 9
	case w>>21&1 != 0: // pre-indexed
		operand |= 1 << 9
	}
	return operand
}

// thumbBranch returns the offset of a branch with a range of 16 MB: S:I1:I2:imm10:imm11:0, where I1 and I2 are encoded relative to S.
func thumbBranch(w uint64) int64 {
	s := w >> 26 & 1
	i1, i2 := ^(w>>13^s)&1, ^(w>>11^s)&1
	offset := s<<24 | i1<<23 | i2<<22 | w>>16&0x3ff<<12 | w&0x7ff<<1
	return int64(offset<<39) >> 39
}

// thumbExpanded returns the constant of data processing: a byte, repeated or rotated (ThumbExpandImm).
func thumbExpanded(w uint64) int64 {
	b := uint32(w & 0xff)
	code := uint32(w>>26&1<<11 | w>>12&7<<8 | w&0xff)
	switch code >> 8 {
	case 0:
		return int64(b)
	case 1:
		return int64(b | b<<16)
	case 2:
		return int64(b<<8 | b<<24)
	case 3:
		return int64(b * 0x01010101)
	}
	rotate := code >> 7
	return int64((0x80|b&0x7f)>>rotate | (0x80|b&0x7f)<<(32-rotate))
}

// thumbITMask returns the mask of it, which LLVM keeps as if the condition were even.
func thumbITMask(w uint64) int64 {
	if w>>4&1 != 0 {
		return int64(-w & 15)
	}
	return int64(w & 15)
}
