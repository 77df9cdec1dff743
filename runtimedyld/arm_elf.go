package runtimedyld

import (
	"debug/elf"
	"encoding/binary"

	"github.com/gomcjit/gomcjit/objimage"
)

// The formulas of ARM that have the Thumb bit, or the place rounded down to 4, Pa in the ABI. B(S) is the GOT.
var (
	formulaArmAbs    = formula{"(S + A) | T", func(v *vars) uint64 { return v.S + v.A | v.T }}
	formulaArmPC     = formula{"((S + A) | T) - P", func(v *vars) uint64 { return (v.S + v.A | v.T) - v.P }}
	formulaArmGOTOff = formula{"((S + A) | T) - GOT", func(v *vars) uint64 { return (v.S + v.A | v.T) - v.GOT }}
	formulaArmPage   = formula{"S + A - (P & ~3)", func(v *vars) uint64 { return v.S + v.A - v.P&^3 }}
	formulaArmPageT  = formula{"((S + A) | T) - (P & ~3)", func(v *vars) uint64 { return (v.S + v.A | v.T) - v.P&^3 }}
	formulaSlotAbs   = formula{"G + GOT + A", func(v *vars) uint64 { return v.G + v.GOT + v.A }}
	formulaGOTAbs    = formula{"GOT + A", func(v *vars) uint64 { return v.GOT + v.A }}
)

// Reasons for the rows that are refused.
const (
	refuseObsolete      = "it is obsolete in the ABI, and no compiler emits it"
	refuseArmDescriptor = "TLS descriptors are supported as calls, which gcc makes of them, and not as sequences of instructions (.tlsdescseq)"
	refuseArmIE12       = "no compiler emits it: it reaches GOT entries from a register, by 12 bits"
	refuseArmFuture     = "branch-future instructions (Armv8.1-M) are not supported"
	refuseFDPIC         = "function descriptors (FDPIC) are not supported: compile for arm-*-eabi or -gnueabi"
)

func init() {
	for typ := elf.R_ARM_PRIVATE_0; typ <= elf.R_ARM_PRIVATE_15; typ++ {
		armELF[typ] = howto{name: typ.String(), refusal: "it is for the private use of a vendor's tools"}
	}
	arm.rows = armELF[:]
	big := arm.inBigEndian("armeb", true)
	big.stub, big.indirect = armStub(binary.BigEndian, binary.BigEndian), armIndirect(binary.BigEndian, binary.BigEndian)
	big.thumbStub = thumbStub(binary.BigEndian, binary.BigEndian)
	be8 := *big
	be8.name, be8.finish = "armeb (BE8)", armTurnCode
	be8.stub, be8.indirect = armStub(binary.LittleEndian, binary.BigEndian), armIndirect(binary.LittleEndian, binary.BigEndian)
	be8.thumbStub = thumbStub(binary.LittleEndian, binary.BigEndian)
	big.choose = func(img *objimage.Object) *arch {
		if img.ELFFlags()&armFlagBE8 != 0 {
			return &be8
		}
		return big
	}
	elfArches[objimage.ArchARM][0], elfArches[objimage.ArchARMEB][0] = &arm, big
}

// armELF is table 14 of AAELF32, 5.6.1 "Relocation codes". debug/elf has older names for some.
var armELF = [...]howto{
	elf.R_ARM_NONE:               {"R_ARM_NONE", &formulaNone, &fieldNone, 0, ""},
	elf.R_ARM_PC24:               {"R_ARM_PC24", &formulaArmPC, &armBranch24, needFix | needPlan | needVeneer, ""},
	elf.R_ARM_ABS32:              {"R_ARM_ABS32", &formulaArmAbs, &fieldWord32, needFix, ""},
	elf.R_ARM_REL32:              {"R_ARM_REL32", &formulaArmPC, &fieldWord32, needFix, ""},
	elf.R_ARM_PC13:               {"R_ARM_LDR_PC_G0", &formulaPC, &armLoads[0], needFix, ""},
	elf.R_ARM_ABS16:              {"R_ARM_ABS16", &formulaAbs, &fieldWord16, needFix, ""},
	elf.R_ARM_ABS12:              {"R_ARM_ABS12", &formulaAbs, &armOffset12, needFix, ""},
	elf.R_ARM_THM_ABS5:           {"R_ARM_THM_ABS5", &formulaAbs, &thumbLoad5, needFix, ""},
	elf.R_ARM_ABS8:               {"R_ARM_ABS8", &formulaAbs, &fieldWord8, needFix, ""},
	elf.R_ARM_SBREL32:            {"R_ARM_SBREL32", &formulaArmGOTOff, &fieldWord32, needFix | needGOT, ""},
	elf.R_ARM_THM_PC22:           {"R_ARM_THM_CALL", &formulaArmPC, &thumbCall, needFix | needPlan | needVeneer, ""},
	elf.R_ARM_THM_PC8:            {"R_ARM_THM_PC8", &formulaArmPage, &thumbLiteral8, needFix, ""},
	elf.R_ARM_AMP_VCALL9:         {name: "R_ARM_BREL_ADJ", refusal: refuseDynamic},
	elf.R_ARM_SWI24:              {name: "R_ARM_TLS_DESC", refusal: refuseDynamic},
	elf.R_ARM_THM_SWI8:           {name: "R_ARM_THM_SWI8", refusal: refuseObsolete},
	elf.R_ARM_XPC25:              {name: "R_ARM_XPC25", refusal: refuseObsolete},
	elf.R_ARM_THM_XPC22:          {name: "R_ARM_THM_XPC22", refusal: refuseObsolete},
	elf.R_ARM_TLS_DTPMOD32:       {name: "R_ARM_TLS_DTPMOD32", refusal: refuseDynamic},
	elf.R_ARM_TLS_DTPOFF32:       {name: "R_ARM_TLS_DTPOFF32", refusal: refuseDynamic},
	elf.R_ARM_TLS_TPOFF32:        {name: "R_ARM_TLS_TPOFF32", refusal: refuseDynamic},
	elf.R_ARM_COPY:               {name: "R_ARM_COPY", refusal: refuseDynamic},
	elf.R_ARM_GLOB_DAT:           {name: "R_ARM_GLOB_DAT", refusal: refuseDynamic},
	elf.R_ARM_JUMP_SLOT:          {name: "R_ARM_JUMP_SLOT", refusal: refuseDynamic},
	elf.R_ARM_RELATIVE:           {name: "R_ARM_RELATIVE", refusal: refuseDynamic},
	elf.R_ARM_GOTOFF:             {"R_ARM_GOTOFF32", &formulaArmGOTOff, &fieldWord32, needFix | needGOT, ""},
	elf.R_ARM_GOTPC:              {"R_ARM_BASE_PREL", &formulaGOTPC, &fieldWord32, needGOT, ""},
	elf.R_ARM_GOT32:              {"R_ARM_GOT_BREL", &formulaSlotOff, &fieldWord32, needSlot | needGOT, ""},
	elf.R_ARM_PLT32:              {"R_ARM_PLT32", &formulaArmPC, &armBranch24, needFix | needPlan | needVeneer, ""},
	elf.R_ARM_CALL:               {"R_ARM_CALL", &formulaArmPC, &armBranch24, needFix | needPlan | needVeneer, ""},
	elf.R_ARM_JUMP24:             {"R_ARM_JUMP24", &formulaArmPC, &armBranch24, needFix | needPlan | needVeneer, ""},
	elf.R_ARM_THM_JUMP24:         {"R_ARM_THM_JUMP24", &formulaArmPC, &thumbBranch24, needFix | needPlan | needVeneer, ""},
	elf.R_ARM_BASE_ABS:           {"R_ARM_BASE_ABS", &formulaGOTAbs, &fieldWord32, needGOT, ""},
	elf.R_ARM_ALU_PCREL_7_0:      {name: "R_ARM_ALU_PCREL_7_0", refusal: refuseObsolete},
	elf.R_ARM_ALU_PCREL_15_8:     {name: "R_ARM_ALU_PCREL_15_8", refusal: refuseObsolete},
	elf.R_ARM_ALU_PCREL_23_15:    {name: "R_ARM_ALU_PCREL_23_15", refusal: refuseObsolete},
	elf.R_ARM_LDR_SBREL_11_10_NC: {name: "R_ARM_LDR_SBREL_11_0_NC", refusal: refuseObsolete},
	elf.R_ARM_ALU_SBREL_19_12_NC: {name: "R_ARM_ALU_SBREL_19_12_NC", refusal: refuseObsolete},
	elf.R_ARM_ALU_SBREL_27_20_CK: {name: "R_ARM_ALU_SBREL_27_20_CK", refusal: refuseObsolete},
	elf.R_ARM_TARGET1:            {"R_ARM_TARGET1", &formulaArmAbs, &fieldWord32, needFix, ""},
	elf.R_ARM_SBREL31:            {"R_ARM_SBREL31", &formulaArmGOTOff, &armPrel31, needFix | needGOT, ""},
	elf.R_ARM_V4BX:               {"R_ARM_V4BX", &formulaNone, &fieldNone, 0, ""}, // marks BX, which stays: every core that runs this has it
	elf.R_ARM_TARGET2:            {"R_ARM_TARGET2", &formulaSlotPC, &fieldWord32, needSlot | needGOT, ""},
	elf.R_ARM_PREL31:             {"R_ARM_PREL31", &formulaArmPC, &armPrel31, needFix, ""},
	elf.R_ARM_MOVW_ABS_NC:        {"R_ARM_MOVW_ABS_NC", &formulaArmAbs, &armMovw, needFix, ""},
	elf.R_ARM_MOVT_ABS:           {"R_ARM_MOVT_ABS", &formulaAbs, &armMovt, needFix, ""},
	elf.R_ARM_MOVW_PREL_NC:       {"R_ARM_MOVW_PREL_NC", &formulaArmPC, &armMovw, needFix, ""},
	elf.R_ARM_MOVT_PREL:          {"R_ARM_MOVT_PREL", &formulaPC, &armMovt, needFix, ""},
	elf.R_ARM_THM_MOVW_ABS_NC:    {"R_ARM_THM_MOVW_ABS_NC", &formulaArmAbs, &thumbMovw, needFix, ""},
	elf.R_ARM_THM_MOVT_ABS:       {"R_ARM_THM_MOVT_ABS", &formulaAbs, &thumbMovt, needFix, ""},
	elf.R_ARM_THM_MOVW_PREL_NC:   {"R_ARM_THM_MOVW_PREL_NC", &formulaArmPC, &thumbMovw, needFix, ""},
	elf.R_ARM_THM_MOVT_PREL:      {"R_ARM_THM_MOVT_PREL", &formulaPC, &thumbMovt, needFix, ""},
	elf.R_ARM_THM_JUMP19:         {"R_ARM_THM_JUMP19", &formulaArmPC, &thumbBranch19, needFix | needPlan | needVeneer, ""},
	elf.R_ARM_THM_JUMP6:          {"R_ARM_THM_JUMP6", &formulaPC, &thumbBranch6, needFix, ""},
	elf.R_ARM_THM_ALU_PREL_11_0:  {"R_ARM_THM_ALU_PREL_11_0", &formulaArmPageT, &thumbAdr12, needFix, ""},
	elf.R_ARM_THM_PC12:           {"R_ARM_THM_PC12", &formulaArmPage, &thumbOffset12, needFix, ""},
	elf.R_ARM_ABS32_NOI:          {"R_ARM_ABS32_NOI", &formulaAbs, &fieldWord32, needFix, ""},
	elf.R_ARM_REL32_NOI:          {"R_ARM_REL32_NOI", &formulaPC, &fieldWord32, needFix, ""},
	elf.R_ARM_ALU_PC_G0_NC:       {"R_ARM_ALU_PC_G0_NC", &formulaArmPC, &armAdds[0], needFix, ""},
	elf.R_ARM_ALU_PC_G0:          {"R_ARM_ALU_PC_G0", &formulaArmPC, &armAdds[0], needFix, ""},
	elf.R_ARM_ALU_PC_G1_NC:       {"R_ARM_ALU_PC_G1_NC", &formulaArmPC, &armAdds[1], needFix, ""},
	elf.R_ARM_ALU_PC_G1:          {"R_ARM_ALU_PC_G1", &formulaArmPC, &armAdds[1], needFix, ""},
	elf.R_ARM_ALU_PC_G2:          {"R_ARM_ALU_PC_G2", &formulaArmPC, &armAdds[2], needFix, ""},
	elf.R_ARM_LDR_PC_G1:          {"R_ARM_LDR_PC_G1", &formulaPC, &armLoads[1], needFix, ""},
	elf.R_ARM_LDR_PC_G2:          {"R_ARM_LDR_PC_G2", &formulaPC, &armLoads[2], needFix, ""},
	elf.R_ARM_LDRS_PC_G0:         {"R_ARM_LDRS_PC_G0", &formulaPC, &armHalfs[0], needFix, ""},
	elf.R_ARM_LDRS_PC_G1:         {"R_ARM_LDRS_PC_G1", &formulaPC, &armHalfs[1], needFix, ""},
	elf.R_ARM_LDRS_PC_G2:         {"R_ARM_LDRS_PC_G2", &formulaPC, &armHalfs[2], needFix, ""},
	elf.R_ARM_LDC_PC_G0:          {"R_ARM_LDC_PC_G0", &formulaPC, &armCopro[0], needFix, ""},
	elf.R_ARM_LDC_PC_G1:          {"R_ARM_LDC_PC_G1", &formulaPC, &armCopro[1], needFix, ""},
	elf.R_ARM_LDC_PC_G2:          {"R_ARM_LDC_PC_G2", &formulaPC, &armCopro[2], needFix, ""},
	elf.R_ARM_ALU_SB_G0_NC:       {"R_ARM_ALU_SB_G0_NC", &formulaArmGOTOff, &armAdds[0], needFix | needGOT, ""},
	elf.R_ARM_ALU_SB_G0:          {"R_ARM_ALU_SB_G0", &formulaArmGOTOff, &armAdds[0], needFix | needGOT, ""},
	elf.R_ARM_ALU_SB_G1_NC:       {"R_ARM_ALU_SB_G1_NC", &formulaArmGOTOff, &armAdds[1], needFix | needGOT, ""},
	elf.R_ARM_ALU_SB_G1:          {"R_ARM_ALU_SB_G1", &formulaArmGOTOff, &armAdds[1], needFix | needGOT, ""},
	elf.R_ARM_ALU_SB_G2:          {"R_ARM_ALU_SB_G2", &formulaArmGOTOff, &armAdds[2], needFix | needGOT, ""},
	elf.R_ARM_LDR_SB_G0:          {"R_ARM_LDR_SB_G0", &formulaGOTOff, &armLoads[0], needFix | needGOT, ""},
	elf.R_ARM_LDR_SB_G1:          {"R_ARM_LDR_SB_G1", &formulaGOTOff, &armLoads[1], needFix | needGOT, ""},
	elf.R_ARM_LDR_SB_G2:          {"R_ARM_LDR_SB_G2", &formulaGOTOff, &armLoads[2], needFix | needGOT, ""},
	elf.R_ARM_LDRS_SB_G0:         {"R_ARM_LDRS_SB_G0", &formulaGOTOff, &armHalfs[0], needFix | needGOT, ""},
	elf.R_ARM_LDRS_SB_G1:         {"R_ARM_LDRS_SB_G1", &formulaGOTOff, &armHalfs[1], needFix | needGOT, ""},
	elf.R_ARM_LDRS_SB_G2:         {"R_ARM_LDRS_SB_G2", &formulaGOTOff, &armHalfs[2], needFix | needGOT, ""},
	elf.R_ARM_LDC_SB_G0:          {"R_ARM_LDC_SB_G0", &formulaGOTOff, &armCopro[0], needFix | needGOT, ""},
	elf.R_ARM_LDC_SB_G1:          {"R_ARM_LDC_SB_G1", &formulaGOTOff, &armCopro[1], needFix | needGOT, ""},
	elf.R_ARM_LDC_SB_G2:          {"R_ARM_LDC_SB_G2", &formulaGOTOff, &armCopro[2], needFix | needGOT, ""},
	elf.R_ARM_MOVW_BREL_NC:       {"R_ARM_MOVW_BREL_NC", &formulaArmGOTOff, &armMovw, needFix | needGOT, ""},
	elf.R_ARM_MOVT_BREL:          {"R_ARM_MOVT_BREL", &formulaGOTOff, &armMovt, needFix | needGOT, ""},
	elf.R_ARM_MOVW_BREL:          {"R_ARM_MOVW_BREL", &formulaArmGOTOff, &armMovw16, needFix | needGOT, ""},
	elf.R_ARM_THM_MOVW_BREL_NC:   {"R_ARM_THM_MOVW_BREL_NC", &formulaArmGOTOff, &thumbMovw, needFix | needGOT, ""},
	elf.R_ARM_THM_MOVT_BREL:      {"R_ARM_THM_MOVT_BREL", &formulaGOTOff, &thumbMovt, needFix | needGOT, ""},
	elf.R_ARM_THM_MOVW_BREL:      {"R_ARM_THM_MOVW_BREL", &formulaArmGOTOff, &thumbMovw16, needFix | needGOT, ""},
	elf.R_ARM_TLS_GOTDESC:        {"R_ARM_TLS_GOTDESC", &formulaSlotPC, &fieldWord32, needThread | needDistance | needStatic | needFix, ""},
	elf.R_ARM_TLS_CALL:           {"R_ARM_TLS_CALL", &formulaNone, &armWhole, needThread | needStatic | needFix, ""},
	elf.R_ARM_TLS_DESCSEQ:        {name: "R_ARM_TLS_DESCSEQ", refusal: refuseArmDescriptor},
	elf.R_ARM_THM_TLS_CALL:       {"R_ARM_THM_TLS_CALL", &formulaNone, &thumbWhole, needThread | needStatic | needFix, ""},
	elf.R_ARM_PLT32_ABS:          {"R_ARM_PLT32_ABS", &formulaArmAbs, &fieldWord32, needFix, ""},
	elf.R_ARM_GOT_ABS:            {"R_ARM_GOT_ABS", &formulaSlotAbs, &fieldWord32, needSlot | needGOT, ""},
	elf.R_ARM_GOT_PREL:           {"R_ARM_GOT_PREL", &formulaSlotPC, &fieldWord32, needSlot | needGOT, ""},
	elf.R_ARM_GOT_BREL12:         {"R_ARM_GOT_BREL12", &formulaSlotOff, &armOffset12, needSlot | needGOT, ""},
	elf.R_ARM_GOTOFF12:           {"R_ARM_GOTOFF12", &formulaGOTOff, &armOffset12, needFix | needGOT, ""},
	elf.R_ARM_GOTRELAX:           {name: "R_ARM_GOTRELAX", refusal: refuseObsolete},
	elf.R_ARM_GNU_VTENTRY:        {"R_ARM_GNU_VTENTRY", &formulaNone, &fieldNone, 0, ""}, // tell which entries of virtual tables are used
	elf.R_ARM_GNU_VTINHERIT:      {"R_ARM_GNU_VTINHERIT", &formulaNone, &fieldNone, 0, ""},
	elf.R_ARM_THM_JUMP11:         {"R_ARM_THM_JUMP11", &formulaPC, &thumbBranch11, needFix, ""},
	elf.R_ARM_THM_JUMP8:          {"R_ARM_THM_JUMP8", &formulaPC, &thumbBranch8, needFix, ""},
	elf.R_ARM_TLS_GD32:           {"R_ARM_TLS_GD32", &formulaSlotPC, &fieldWord32, needThread | needPair, ""},
	elf.R_ARM_TLS_LDM32:          {"R_ARM_TLS_LDM32", &formulaSlotPC, &fieldWord32, needThread | needModule | needNear, ""},
	elf.R_ARM_TLS_LDO32:          {"R_ARM_TLS_LDO32", &formulaModuleOff, &fieldWord32, needThread | needNear, ""},
	elf.R_ARM_TLS_IE32:           {"R_ARM_TLS_IE32", &formulaSlotPC, &fieldWord32, needThread | needDistance | needStatic, ""},
	elf.R_ARM_TLS_LE32:           {"R_ARM_TLS_LE32", &formulaThreadOff, &fieldWord32, needThread | needStatic, ""},
	elf.R_ARM_TLS_LDO12:          {"R_ARM_TLS_LDO12", &formulaModuleOff, &armOffset12, needThread | needNear, ""},
	elf.R_ARM_TLS_LE12:           {"R_ARM_TLS_LE12", &formulaThreadOff, &armOffset12, needThread | needStatic, ""},
	elf.R_ARM_TLS_IE12GP:         {name: "R_ARM_TLS_IE12GP", refusal: refuseArmIE12},
	elf.R_ARM_ME_TOO:             {name: "R_ARM_ME_TOO", refusal: refuseObsolete},
	elf.R_ARM_THM_TLS_DESCSEQ16:  {name: "R_ARM_THM_TLS_DESCSEQ16", refusal: refuseArmDescriptor},
	elf.R_ARM_THM_TLS_DESCSEQ32:  {name: "R_ARM_THM_TLS_DESCSEQ32", refusal: refuseArmDescriptor},
	elf.R_ARM_THM_GOT_BREL12:     {"R_ARM_THM_GOT_BREL12", &formulaSlotOff, &thumbLoad12, needSlot | needGOT, ""},
	elf.R_ARM_THM_ALU_ABS_G0_NC:  {"R_ARM_THM_ALU_ABS_G0_NC", &formulaArmAbs, &thumbByte0, needFix, ""},
	elf.R_ARM_THM_ALU_ABS_G1_NC:  {"R_ARM_THM_ALU_ABS_G1_NC", &formulaAbs, &thumbByte1, needFix, ""},
	elf.R_ARM_THM_ALU_ABS_G2_NC:  {"R_ARM_THM_ALU_ABS_G2_NC", &formulaAbs, &thumbByte2, needFix, ""},
	elf.R_ARM_THM_ALU_ABS_G3:     {"R_ARM_THM_ALU_ABS_G3", &formulaAbs, &thumbByte3, needFix, ""},
	136:                          {name: "R_ARM_THM_BF16", refusal: refuseArmFuture},
	137:                          {name: "R_ARM_THM_BF12", refusal: refuseArmFuture},
	138:                          {name: "R_ARM_THM_BF18", refusal: refuseArmFuture},
	elf.R_ARM_IRELATIVE:          {name: "R_ARM_IRELATIVE", refusal: refuseDynamic},
	161:                          {name: "R_ARM_GOTFUNCDESC", refusal: refuseFDPIC},
	162:                          {name: "R_ARM_GOTOFFFUNCDESC", refusal: refuseFDPIC},
	163:                          {name: "R_ARM_FUNCDESC", refusal: refuseFDPIC},
	164:                          {name: "R_ARM_FUNCDESC_VALUE", refusal: refuseFDPIC},
	165:                          {name: "R_ARM_TLS_GD32_FDPIC", refusal: refuseFDPIC},
	166:                          {name: "R_ARM_TLS_LDM32_FDPIC", refusal: refuseFDPIC},
	167:                          {name: "R_ARM_TLS_IE32_FDPIC", refusal: refuseFDPIC},
	249:                          {name: "R_ARM_RXPC25", refusal: refuseObsolete},
	250:                          {name: "R_ARM_RSBREL32", refusal: refuseObsolete},
	251:                          {name: "R_ARM_THM_RPC22", refusal: refuseObsolete},
	252:                          {name: "R_ARM_RREL32", refusal: refuseObsolete},
	253:                          {name: "R_ARM_RABS32", refusal: refuseObsolete},
	254:                          {name: "R_ARM_RPC24", refusal: refuseObsolete},
	255:                          {name: "R_ARM_RBASE", refusal: refuseObsolete},
}
