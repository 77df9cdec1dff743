package runtimedyld

import (
	"debug/elf"
	"math"
)

// Relocation types of microMIPS, which debug/elf does not have ("MIPS ABIs" as GNU tools have them; the last four are LLVM's, for release 6).
const (
	micro26S1 elf.R_MIPS = 133 + iota
	microHI16
	microLO16
	microGPREL16
	microLITERAL
	microGOT16
	microPC7S1
	microPC10S1
	microPC16S1
	microCALL16
	_
	_
	microGOTDISP
	microGOTPAGE
	microGOTOFST
	microGOTHI16
	microGOTLO16
	microSub
	microHIGHER
	microHIGHEST
	microCALLHI16
	microCALLLO16
	microSCNDISP
	microJALR
	microHI0LO16
)

const (
	microTLSGD elf.R_MIPS = 162 + iota
	microTLSLDM
	microDTPRELHI16
	microDTPRELLO16
	microGOTTPREL
	_
	_
	microTPRELHI16
	microTPRELLO16
	_
	microGPREL7S2
	microPC23S2
	microPC21S1
	microPC26S1
	microPC18S3
	microPC19S2
)

// The formulas of branches in microMIPS code, where S is odd if it is such code, and of loads relative to a place that is rounded down.
var (
	formulaMicroPC = formula{"S - 1 + A - P", func(v *vars) uint64 { return v.S - 1 + v.A - v.P }}
	formulaMipsPC4 = formula{"S + A - (P & ~3)", func(v *vars) uint64 { return v.S + v.A - v.P&^3 }}
)

// microImm returns the field of a 32-bit instruction of MIPS as it is in microMIPS, where a word is two halfwords, the one with the opcode first, in either order of bytes.
func microImm(f field) *field { return f.in(littleHalves) }

var (
	microImm16    = microImm(mipsImm16)
	microLow16    = microImm(mipsLow16)
	microHigh16   = microImm(mipsHigh16)
	microHigher   = microImm(mipsHigher)
	microHighest  = microImm(mipsHighest)
	microJump26   = microImm(mipsField("jump26", 0, math.MaxUint64, 1, 1, 26))
	microBranch7  = microHalf(mipsField("branch7", 1<<7, 1<<8-1, 1, 1, 7))
	microBranch10 = microHalf(mipsField("branch10", 1<<10, 1<<11-1, 1, 1, 10))
	microBranch16 = microImm(mipsField("branch16", 1<<16, 1<<17-1, 1, 1, 16))
	microBranch21 = microImm(mipsField("branch21", 1<<21, 1<<22-1, 1, 1, 21))
	microBranch26 = microImm(mipsField("branch26", 1<<26, 1<<27-1, 1, 1, 26))
	microLoad18   = microImm(mipsLoad18)
	microLoad19   = microImm(mipsLoad19)
	microLoad23   = microImm(mipsField("load23", 1<<24, 1<<25-1, 3, 2, 23))
	microGP7      = microHalf(mipsField("gp7", 1<<8, 1<<9-1, 3, 2, 7))
)

// microHalf returns a field in an instruction of 16 bits.
func microHalf(f field) *field {
	f.size = 2
	return &f
}

// A compressedRow is a row of microMIPS or MIPS16, with the type of standard code of which it does more than what its formula says, if there is one.
type compressedRow struct {
	typ, kind elf.R_MIPS
	row       howto
}

// microMIPSRows are what init enters into the table of MIPS.
var microMIPSRows = []compressedRow{
	{micro26S1, elf.R_MIPS_26, howto{"R_MICROMIPS_26_S1", &formulaAbs, microJump26, needFix | needPlan | needVeneer, ""}},
	{microHI16, elf.R_MIPS_HI16, howto{"R_MICROMIPS_HI16", &formulaAbs, microHigh16, needFix | needPlan, ""}},
	{microLO16, elf.R_MIPS_LO16, howto{"R_MICROMIPS_LO16", &formulaAbs, microLow16, needFix | needPlan, ""}},
	{microGPREL16, elf.R_MIPS_GPREL16, howto{"R_MICROMIPS_GPREL16", &formulaGP, microImm16, needGOT | needPlan, ""}},
	{microLITERAL, elf.R_MIPS_LITERAL, howto{"R_MICROMIPS_LITERAL", &formulaGP, microImm16, needGOT | needPlan, ""}},
	{microGOT16, elf.R_MIPS_GOT16, howto{"R_MICROMIPS_GOT16", &formulaSlotGP, microImm16, needFix | needPlan | needGOT, ""}}, // the entry of a global symbol, the page of a local one
	{microPC7S1, 0, howto{"R_MICROMIPS_PC7_S1", &formulaMicroPC, microBranch7, needPlan, ""}},
	{microPC10S1, 0, howto{"R_MICROMIPS_PC10_S1", &formulaMicroPC, microBranch10, needPlan, ""}},
	{microPC16S1, elf.R_MIPS_PC16, howto{"R_MICROMIPS_PC16_S1", &formulaMicroPC, microBranch16, needPlan | needVeneer, ""}},
	{microCALL16, 0, howto{"R_MICROMIPS_CALL16", &formulaSlotGP, microImm16, needSlot | needGOT | addendInSlot | needPlan, ""}},
	{microGOTDISP, 0, howto{"R_MICROMIPS_GOT_DISP", &formulaSlotGP, microImm16, needSlot | needGOT | addendInSlot | needPlan, ""}},
	{microGOTPAGE, elf.R_MIPS_GOT_PAGE, howto{"R_MICROMIPS_GOT_PAGE", &formulaSlotGP, microImm16, needFix | needPlan | needGOT, ""}}, // the entry of a global symbol, the page of a local one
	{microGOTOFST, elf.R_MIPS_GOT_OFST, howto{"R_MICROMIPS_GOT_OFST", &formulaAbs, microImm16, needFix | needPlan, ""}},              // less the page of a local symbol, or the address of a global one
	{microGOTHI16, 0, howto{"R_MICROMIPS_GOT_HI16", &formulaSlotGP, microHigh16, needSlot | needGOT | addendInSlot | needPlan, ""}},
	{microGOTLO16, 0, howto{"R_MICROMIPS_GOT_LO16", &formulaSlotGP, microLow16, needSlot | needGOT | addendInSlot | needPlan, ""}},
	{microSub, elf.R_MIPS_SUB, howto{"R_MICROMIPS_SUB", &formulaSub, &fieldWord64, needPlan, ""}},
	{microHIGHER, 0, howto{"R_MICROMIPS_HIGHER", &formulaAbs, microHigher, needPlan, ""}},
	{microHIGHEST, 0, howto{"R_MICROMIPS_HIGHEST", &formulaAbs, microHighest, needPlan, ""}},
	{microCALLHI16, 0, howto{"R_MICROMIPS_CALL_HI16", &formulaSlotGP, microHigh16, needSlot | needGOT | addendInSlot | needPlan, ""}},
	{microCALLLO16, 0, howto{"R_MICROMIPS_CALL_LO16", &formulaSlotGP, microLow16, needSlot | needGOT | addendInSlot | needPlan, ""}},
	{microSCNDISP, 0, howto{name: "R_MICROMIPS_SCN_DISP", refusal: refuseObsolete}},
	{microJALR, 0, howto{"R_MICROMIPS_JALR", &formulaNone, &fieldNone, 0, ""}}, // at an odd place where GNU as has a label; calls stay as they are, since most have 16 bits
	{microHI0LO16, elf.R_MIPS_LO16, howto{"R_MICROMIPS_HI0_LO16", &formulaAbs, microLow16, needFix | needPlan, ""}},
	{microTLSGD, 0, howto{"R_MICROMIPS_TLS_GD", &formulaSlotGP, microImm16, needThread | needPair | needGOT | needPlan, ""}},
	{microTLSLDM, 0, howto{"R_MICROMIPS_TLS_LDM", &formulaSlotGP, microImm16, needThread | needModule | needNear | needGOT | needPlan, ""}},
	{microDTPRELHI16, elf.R_MIPS_TLS_DTPREL_HI16, howto{"R_MICROMIPS_TLS_DTPREL_HI16", &formulaModuleOff, microHigh16, needThread | needNear | needFix | needPlan, ""}},
	{microDTPRELLO16, 0, howto{"R_MICROMIPS_TLS_DTPREL_LO16", &formulaModuleOff, microLow16, needThread | needNear | needPlan, ""}},
	{microGOTTPREL, 0, howto{"R_MICROMIPS_TLS_GOTTPREL", &formulaSlotGP, microImm16, needThread | needDistance | needStatic | needGOT | needPlan, ""}},
	{microTPRELHI16, elf.R_MIPS_TLS_TPREL_HI16, howto{"R_MICROMIPS_TLS_TPREL_HI16", &formulaThreadOff, microHigh16, needThread | needStatic | needFix | needPlan, ""}},
	{microTPRELLO16, 0, howto{"R_MICROMIPS_TLS_TPREL_LO16", &formulaThreadOff, microLow16, needThread | needStatic | needPlan, ""}},
	{microGPREL7S2, elf.R_MIPS_GPREL16, howto{"R_MICROMIPS_GPREL7_S2", &formulaGP, microGP7, needGOT | needPlan, ""}},
	{microPC23S2, 0, howto{"R_MICROMIPS_PC23_S2", &formulaMipsPC4, microLoad23, needPlan, ""}},
	{microPC21S1, mipsPC21S2, howto{"R_MICROMIPS_PC21_S1", &formulaMicroPC, microBranch21, needPlan | needVeneer, ""}},
	{microPC26S1, mipsPC26S2, howto{"R_MICROMIPS_PC26_S1", &formulaMicroPC, microBranch26, needFix | needPlan | needVeneer, ""}},
	{microPC18S3, 0, howto{"R_MICROMIPS_PC18_S3", &formulaMipsPC8, microLoad18, needPlan, ""}},
	{microPC19S2, 0, howto{"R_MICROMIPS_PC19_S2", &formulaMipsPC4, microLoad19, needPlan, ""}},
}
