package runtimedyld

import (
	"debug/elf"
)

// MIPS16 to a linker: MIPS in instructions of 16 bits, with a prefix of 16 more for larger immediates, whose bits it scrambles: word, with the prefix first, has bits 10 to 5 of the value, 15 to 11, and at its end 4 to 0.
// Addresses are odd as those of microMIPS code are. There is one jump to what is far, jal, which becomes jalx where the instruction set changes; so a stub is in standard code, and nothing but calls switches. A branch reaches
// 64 KiB. $gp is computed by an instruction that takes the program counter rounded down to 4. Numbers in floating-point registers are the business of stubs in the object: see objimage/mips16.go.
//
// "MIPS32 Architecture for Programmers, Volume IV-a: The MIPS16e Application-Specific Extension" (MD00076), 3; relocations are those of GNU tools.

// Relocation types of MIPS16, which debug/elf does not have.
const (
	mips16Call26 elf.R_MIPS = 100 + iota
	mips16GPREL
	mips16GOT16
	mips16CALL16
	mips16HI16
	mips16LO16
	mips16TLSGD
	mips16TLSLDM
	mips16DTPRELHI16
	mips16DTPRELLO16
	mips16GOTTPREL
	mips16TPRELHI16
	mips16TPRELLO16
	mips16PC16S1
)

// mips16Field returns the field of an extended instruction, whose 16 bits hold what those of a standard one do.
func mips16Field(f field) *field {
	plain := *f.code
	scattered := plain
	scattered.insert = func(word, v uint64) uint64 {
		x := plain.insert(0, v)
		return word&^0x07ff001f | x>>5&0x3f<<21 | x>>11&0x1f<<16 | x&0x1f
	}
	scattered.extract = func(word uint64) uint64 {
		return plain.extract(word>>21&0x3f<<5 | word>>16&0x1f<<11 | word&0x1f)
	}
	f.code = &scattered
	return f.in(littleHalves)
}

// mips16Jump26 is that of jal: bits 20 to 16 of a quarter of the address, 25 to 21, and the rest.
var mips16Jump26 = func() *field {
	f := mipsJump26
	swap := func(x uint64) uint64 { return x&0x1f0000<<5 | x>>5&0x1f0000 | x&0xffff }
	f.code = &code{
		insert:  func(word, v uint64) uint64 { return word&^0x3ffffff | swap(v>>2&0x3ffffff) },
		extract: func(word uint64) uint64 { return uint64(signExtend(swap(word&0x3ffffff), 26)) << 2 },
	}
	return f.in(littleHalves)
}()

var (
	mips16Imm    = mips16Field(mipsImm16)
	mips16Low    = mips16Field(mipsLow16)
	mips16High   = mips16Field(mipsHigh16)
	mips16Branch = mips16Field(mipsField("branch16", 1<<16, 1<<17-1, 1, 1, 16))
)

// mips16Rows are what init enters into the table of MIPS.
var mips16Rows = []compressedRow{
	{mips16Call26, elf.R_MIPS_26, howto{"R_MIPS16_26", &formulaAbs, mips16Jump26, needFix | needPlan | needVeneer, ""}},
	{mips16GPREL, elf.R_MIPS_GPREL16, howto{"R_MIPS16_GPREL", &formulaGP, mips16Imm, needGOT | needPlan, ""}},
	{mips16GOT16, elf.R_MIPS_GOT16, howto{"R_MIPS16_GOT16", &formulaSlotGP, mips16Imm, needFix | needPlan | needGOT, ""}}, // the entry of a global symbol, the page of a local one
	{mips16CALL16, 0, howto{"R_MIPS16_CALL16", &formulaSlotGP, mips16Imm, needSlot | needGOT | addendInSlot | needPlan, ""}},
	{mips16HI16, elf.R_MIPS_HI16, howto{"R_MIPS16_HI16", &formulaAbs, mips16High, needFix | needPlan, ""}},
	{mips16LO16, elf.R_MIPS_LO16, howto{"R_MIPS16_LO16", &formulaAbs, mips16Low, needFix | needPlan, ""}},
	{mips16TLSGD, 0, howto{"R_MIPS16_TLS_GD", &formulaSlotGP, mips16Imm, needThread | needPair | needGOT | needPlan, ""}},
	{mips16TLSLDM, 0, howto{"R_MIPS16_TLS_LDM", &formulaSlotGP, mips16Imm, needThread | needModule | needNear | needGOT | needPlan, ""}},
	{mips16DTPRELHI16, elf.R_MIPS_TLS_DTPREL_HI16, howto{"R_MIPS16_TLS_DTPREL_HI16", &formulaModuleOff, mips16High, needThread | needNear | needFix | needPlan, ""}},
	{mips16DTPRELLO16, 0, howto{"R_MIPS16_TLS_DTPREL_LO16", &formulaModuleOff, mips16Low, needThread | needNear | needPlan, ""}},
	{mips16GOTTPREL, 0, howto{"R_MIPS16_TLS_GOTTPREL", &formulaSlotGP, mips16Imm, needThread | needDistance | needStatic | needGOT | needPlan, ""}},
	{mips16TPRELHI16, elf.R_MIPS_TLS_TPREL_HI16, howto{"R_MIPS16_TLS_TPREL_HI16", &formulaThreadOff, mips16High, needThread | needStatic | needFix | needPlan, ""}},
	{mips16TPRELLO16, 0, howto{"R_MIPS16_TLS_TPREL_LO16", &formulaThreadOff, mips16Low, needThread | needStatic | needPlan, ""}},
	{mips16PC16S1, 0, howto{"R_MIPS16_PC16_S1", &formulaMicroPC, mips16Branch, needPlan, ""}},
}

// gpDisp returns what the symbol _gp_disp is for code of an instruction set: the distance of $gp from $25, which is at the function's first instruction. That is the place of the high half; the low one is 4 bytes behind it.
func (isa mipsISA) gpDisp(v *vars, low bool) uint64 {
	back := uint64(0)
	if low {
		back = 4
	}
	if isa == mips16 { // li $2, %hi(_gp_disp); addiupc $3, %lo(_gp_disp)
		return v.GP - (v.P+4-back)&^3
	}
	return v.GP - v.P - isa.bit() + back
}
