package runtimedyld

import "math"

func init() { sparcv9.rows = sparcELF[:] }

// formulaThreadCall is where a call of a sequence for thread-local variables goes: its relocation's symbol is the variable.
var formulaThreadCall = formula{"__tls_get_addr - P", nil}

// formulaTwoAddends is that of R_SPARC_OLO10, whose second addend O is in the type.
var formulaTwoAddends = formula{"((S + A) & 0x3ff) + O", nil}

// Fields of instructions. Those of sethi have 22 bits, immediates of others 13, of which most relocations fill 10.
var (
	sparc5   = sparcPart("imm5", 5, 0, 0, 1<<5-1)
	sparc6   = sparcPart("imm6", 6, 0, 0, 1<<6-1)
	sparc7   = sparcPart("imm7", 7, 0, 0, 1<<7-1)
	sparc10  = sparcPart("simm10", 10, 0, 1<<9, 1<<10-1)
	sparc11  = sparcPart("simm11", 11, 0, 1<<10, 1<<11-1)
	sparc13  = sparcPart("simm13", 13, 0, 1<<12, 1<<13-1)
	sparc22  = sparcPart("imm22", 22, 0, 0, 1<<22-1)
	sparcLo  = sparcPart("lo10", 10, 0, 0, all)
	sparcLo4 = sparcPart("l44", 12, 0, 0, all)
	sparcMi4 = sparcPart("m44", 10, 12, 0, all)
	sparcHi4 = sparcPart("h44", 22, 22, 0, 1<<44-1)
	sparcHi3 = sparcPart("h34", 22, 12, 0, 1<<34-1)
	sparcHi  = sparcPart("hi22", 22, 10, 0, math.MaxUint32)
	sparcPC  = sparcPart("pc22", 22, 10, 1<<31, math.MaxUint32)
	sparcHH  = sparcPart("hh22", 22, 42, 0, all)
	sparcHM  = sparcPart("hm10", 10, 32, 0, all)
	sparcLM  = sparcPart("lm22", 22, 10, 0, all)

	// Negative values: sethi of the complement, and xor with an immediate that has the upper bits set.
	sparcHix = &field{name: "hix22", size: 4, bias: 1 << 32, span: math.MaxUint32, order: bigEndian, code: &code{insert: func(w, v uint64) uint64 {
		return w&^0x3f_ffff | ^v>>10&0x3f_ffff
	}}}
	sparcLox = &field{name: "lox10", size: 4, span: all, order: bigEndian, code: &code{insert: func(w, v uint64) uint64 { return w&^0x1fff | v&0x3ff | 0x1c00 }}}
	// Values of either sign, in the same way.
	sparcData22 = &field{name: "gdop_hix22", size: 4, bias: 1 << 31, span: math.MaxUint32, order: bigEndian, code: &code{insert: func(w, v uint64) uint64 {
		return w&^0x3f_ffff | (v^uint64(int64(v)>>63))>>10&0x3f_ffff
	}}}
	sparcData13 = &field{name: "gdop_lox10", size: 4, span: all, order: bigEndian, code: &code{insert: func(w, v uint64) uint64 {
		return w&^0x1fff | v&0x3ff | uint64(int64(v)>>63)&0x1c00
	}}}

	// Distances in words.
	sparcDisp30 = sparcBranch("disp30", 30, func(w, v uint64) uint64 { return w&^0x3fff_ffff | v&0x3fff_ffff })
	sparcDisp22 = sparcBranch("disp22", 22, func(w, v uint64) uint64 { return w&^0x3f_ffff | v&0x3f_ffff })
	sparcDisp19 = sparcBranch("disp19", 19, func(w, v uint64) uint64 { return w&^0x7_ffff | v&0x7_ffff })
	sparcDisp16 = sparcBranch("disp16", 16, func(w, v uint64) uint64 { return w&^0x30_3fff | v&0xc000<<6 | v&0x3fff })
	sparcDisp10 = sparcBranch("disp10", 10, func(w, v uint64) uint64 { return w&^0x18_1fe0 | v&0x300<<11 | v&0xff<<5 })

	sparcWord64 = fieldWord64.in(bigEndian)
	sparcWord32 = fieldWord32.in(bigEndian)
	sparcInt32  = fieldInt32.in(bigEndian)
	sparcWord16 = fieldWord16.in(bigEndian)
	sparcInt16  = fieldInt16.in(bigEndian)
)

// sparcPart is a part of the value, so many bits from shift on, that is the end of the instruction.
func sparcPart(name string, width, shift uint, bias, span uint64) *field {
	return &field{name: name, size: 4, bias: bias, span: span, order: bigEndian, code: immediate(0, width, shift)}
}

// sparcBranch is a distance, of which insert gets the words.
func sparcBranch(name string, width int, insert func(w, v uint64) uint64) *field {
	return &field{name: name, size: 4, bias: 1 << (width + 1), span: 1<<(width+2) - 1, low: 3, order: bigEndian,
		code: &code{insert: func(w, v uint64) uint64 { return insert(w, v>>2) }}}
}

// What the groups of relocations need.
const (
	sparcGOT    = needSlot | needGOT | addendInSlot
	sparcLoad   = sparcGOT | relaxable | needFix
	sparcPair   = needThread | needGOT | needPair | addendInSlot
	sparcModule = needThread | needGOT | needModule | needNear
	sparcTPSlot = needThread | needGOT | needDistance | needStatic | addendInSlot
)

// Numbers that code has to know.
const (
	sparcOLO10       = 33
	sparcGOTDataHigh = 82
	sparcGOTDataLow  = 83
)

// sparcELF is the table of the Linker and Libraries Guide, "SPARC: Relocation Types", and what GNU as has beside it. What the guide shifts is shifted by the field here.
var sparcELF = [...]howto{
	0:  {"R_SPARC_NONE", &formulaNone, &fieldNone, 0, ""},
	1:  {"R_SPARC_8", &formulaAbs, &fieldWord8, 0, ""},
	2:  {"R_SPARC_16", &formulaAbs, sparcWord16, 0, ""},
	3:  {"R_SPARC_32", &formulaAbs, sparcWord32, needReach, ""},
	4:  {"R_SPARC_DISP8", &formulaPC, &fieldInt8, 0, ""},
	5:  {"R_SPARC_DISP16", &formulaPC, sparcInt16, 0, ""},
	6:  {"R_SPARC_DISP32", &formulaPC, sparcInt32, needReach, ""},
	7:  {"R_SPARC_WDISP30", &formulaBranch, sparcDisp30, needStub, ""},
	8:  {"R_SPARC_WDISP22", &formulaBranch, sparcDisp22, needStub, ""},
	9:  {"R_SPARC_HI22", &formulaAbs, sparcHi, needReach, ""},
	10: {"R_SPARC_22", &formulaAbs, sparc22, 0, ""},
	11: {"R_SPARC_13", &formulaAbs, sparc13, 0, ""},
	12: {"R_SPARC_LO10", &formulaAbs, sparcLo, 0, ""},
	13: {"R_SPARC_GOT10", &formulaEntryOff, sparcLo, sparcGOT, ""},
	14: {"R_SPARC_GOT13", &formulaEntryOff, sparc13, sparcGOT, ""},
	15: {"R_SPARC_GOT22", &formulaEntryOff, sparcHi, sparcGOT, ""},
	16: {"R_SPARC_PC10", &formulaPC, sparcLo, 0, ""},
	17: {"R_SPARC_PC22", &formulaPC, sparcPC, 0, ""},
	18: {"R_SPARC_WPLT30", &formulaBranch, sparcDisp30, needStub, ""},
	23: {"R_SPARC_UA32", &formulaAbs, sparcWord32, needReach, ""},
	24: {"R_SPARC_PLT32", &formulaPLTAbs, sparcWord32, needStub, ""},
	25: {"R_SPARC_HIPLT22", &formulaPLTAbs, sparcHi, 0, ""},
	26: {"R_SPARC_LOPLT10", &formulaPLTAbs, sparcLo, 0, ""},
	27: {"R_SPARC_PCPLT32", &formulaBranch, sparcInt32, needStub, ""},
	28: {"R_SPARC_PCPLT22", &formulaBranch, sparcPC, 0, ""},
	29: {"R_SPARC_PCPLT10", &formulaBranch, sparcLo, 0, ""},
	30: {"R_SPARC_10", &formulaAbs, sparc10, 0, ""},
	31: {"R_SPARC_11", &formulaAbs, sparc11, 0, ""},
	32: {"R_SPARC_64", &formulaAbs, sparcWord64, 0, ""},

	sparcOLO10: {"R_SPARC_OLO10", &formulaTwoAddends, sparc13, needFix, ""},

	34: {"R_SPARC_HH22", &formulaAbs, sparcHH, 0, ""},
	35: {"R_SPARC_HM10", &formulaAbs, sparcHM, 0, ""},
	36: {"R_SPARC_LM22", &formulaAbs, sparcLM, 0, ""},
	37: {"R_SPARC_PC_HH22", &formulaPC, sparcHH, 0, ""},
	38: {"R_SPARC_PC_HM10", &formulaPC, sparcHM, 0, ""},
	39: {"R_SPARC_PC_LM22", &formulaPC, sparcLM, 0, ""},
	40: {"R_SPARC_WDISP16", &formulaPC, sparcDisp16, 0, ""},
	41: {"R_SPARC_WDISP19", &formulaBranch, sparcDisp19, needStub, ""},
	43: {"R_SPARC_7", &formulaAbs, sparc7, 0, ""},
	44: {"R_SPARC_5", &formulaAbs, sparc5, 0, ""},
	45: {"R_SPARC_6", &formulaAbs, sparc6, 0, ""},
	46: {"R_SPARC_DISP64", &formulaPC, sparcWord64, 0, ""},
	47: {"R_SPARC_PLT64", &formulaPLTAbs, sparcWord64, 0, ""},
	48: {"R_SPARC_HIX22", &formulaAbs, sparcHix, 0, ""},
	49: {"R_SPARC_LOX10", &formulaAbs, sparcLox, 0, ""},
	50: {"R_SPARC_H44", &formulaAbs, sparcHi4, 0, ""},
	51: {"R_SPARC_M44", &formulaAbs, sparcMi4, 0, ""},
	52: {"R_SPARC_L44", &formulaAbs, sparcLo4, 0, ""},
	53: {"R_SPARC_REGISTER", &formulaNone, &fieldNone, 0, ""}, // initial contents of a register, which there is nobody to set
	54: {"R_SPARC_UA64", &formulaAbs, sparcWord64, 0, ""},
	55: {"R_SPARC_UA16", &formulaAbs, sparcWord16, 0, ""},

	// Thread-local variables: "SPARC: Thread-Local Variable Access". Those named ADD, LD and LDX mark instructions, which stay.
	56: {"R_SPARC_TLS_GD_HI22", &formulaEntryOff, sparcHi, sparcPair, ""},
	57: {"R_SPARC_TLS_GD_LO10", &formulaEntryOff, sparcLo, sparcPair, ""},
	58: {"R_SPARC_TLS_GD_ADD", &formulaNone, &fieldNone, 0, ""},
	59: {"R_SPARC_TLS_GD_CALL", &formulaThreadCall, sparcDisp30, needThread | needPlan | needFix, ""},
	60: {"R_SPARC_TLS_LDM_HI22", &formulaEntryOff, sparcHi, sparcModule, ""},
	61: {"R_SPARC_TLS_LDM_LO10", &formulaEntryOff, sparcLo, sparcModule, ""},
	62: {"R_SPARC_TLS_LDM_ADD", &formulaNone, &fieldNone, 0, ""},
	63: {"R_SPARC_TLS_LDM_CALL", &formulaThreadCall, sparcDisp30, needThread | needPlan | needFix, ""},
	64: {"R_SPARC_TLS_LDO_HIX22", &formulaModuleOff, sparcHi, needThread | needNear, ""},
	65: {"R_SPARC_TLS_LDO_LOX10", &formulaModuleOff, sparcLo, needThread | needNear, ""},
	66: {"R_SPARC_TLS_LDO_ADD", &formulaNone, &fieldNone, 0, ""},
	67: {"R_SPARC_TLS_IE_HI22", &formulaEntryOff, sparcHi, sparcTPSlot, ""},
	68: {"R_SPARC_TLS_IE_LO10", &formulaEntryOff, sparcLo, sparcTPSlot, ""},
	69: {"R_SPARC_TLS_IE_LD", &formulaNone, &fieldNone, 0, ""},
	70: {"R_SPARC_TLS_IE_LDX", &formulaNone, &fieldNone, 0, ""},
	71: {"R_SPARC_TLS_IE_ADD", &formulaNone, &fieldNone, 0, ""},
	72: {"R_SPARC_TLS_LE_HIX22", &formulaThreadOff, sparcHix, needThread | needStatic, ""},
	73: {"R_SPARC_TLS_LE_LOX10", &formulaThreadOff, sparcLox, needThread | needStatic, ""},
	76: {"R_SPARC_TLS_DTPOFF32", &formulaModuleOff, sparcWord32, needThread, ""}, // in debug information
	77: {"R_SPARC_TLS_DTPOFF64", &formulaModuleOff, sparcWord64, needThread, ""},

	80: {"R_SPARC_GOTDATA_HIX22", &formulaGOTOff, sparcData22, needGOT, ""},
	81: {"R_SPARC_GOTDATA_LOX10", &formulaGOTOff, sparcData13, needGOT, ""},

	sparcGOTDataHigh: {"R_SPARC_GOTDATA_OP_HIX22", &formulaEntryOff, sparcData22, sparcLoad, ""},
	sparcGOTDataLow:  {"R_SPARC_GOTDATA_OP_LOX10", &formulaEntryOff, sparcData13, sparcLoad, ""},

	84: {"R_SPARC_GOTDATA_OP", &formulaNone, &fieldNone, needGOT | relaxable, ""}, // marks the load
	85: {"R_SPARC_H34", &formulaAbs, sparcHi3, 0, ""},
	86: {"R_SPARC_SIZE32", &formulaSymbolSize, sparcWord32, needSize, ""},
	87: {"R_SPARC_SIZE64", &formulaSymbolSize, sparcWord64, needSize, ""},
	88: {"R_SPARC_WDISP10", &formulaPC, sparcDisp10, 0, ""},

	250: {"R_SPARC_GNU_VTINHERIT", &formulaNone, &fieldNone, 0, ""}, // tell which entries of virtual tables are used
	251: {"R_SPARC_GNU_VTENTRY", &formulaNone, &fieldNone, 0, ""},
	252: {"R_SPARC_REV32", &formulaAbs, &fieldWord32, needReach, ""}, // little-endian

	19:  {name: "R_SPARC_COPY", refusal: refuseDynamic},
	20:  {name: "R_SPARC_GLOB_DAT", refusal: refuseDynamic},
	21:  {name: "R_SPARC_JMP_SLOT", refusal: refuseDynamic},
	22:  {name: "R_SPARC_RELATIVE", refusal: refuseDynamic},
	42:  {name: "R_SPARC_GLOB_JMP", refusal: refuseObsolete},
	74:  {name: "R_SPARC_TLS_DTPMOD32", refusal: refuseDynamic},
	75:  {name: "R_SPARC_TLS_DTPMOD64", refusal: refuseDynamic},
	78:  {name: "R_SPARC_TLS_TPOFF32", refusal: refuseDynamic},
	79:  {name: "R_SPARC_TLS_TPOFF64", refusal: refuseDynamic},
	248: {name: "R_SPARC_JMP_IREL", refusal: refuseDynamic},
	249: {name: "R_SPARC_IRELATIVE", refusal: refuseDynamic},
}
