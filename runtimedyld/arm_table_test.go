package runtimedyld

import (
	"debug/elf"
	"strings"
)

func init() {
	abis["arm"] = abi{prefix: "R_ARM_", name: func(typ uint32) string { return elf.R_ARM(typ).String() }, rows: armABI(), more: armNames()}
}

// armCalculations are the relocations that relocatable objects have, by the column "Operation" of table 14 of AAELF32, 5.6.1, and the size of what is relocated. B(S), the
// static base, and GOT_ORG are GOT here, GOT(S) is G + GOT, Pa is P & ~3.
var armCalculations = []struct {
	formula string
	bits    int
	names   string
}{
	{"0", 0, "NONE V4BX GNU_VTENTRY GNU_VTINHERIT"},
	{"0", 32, "TLS_CALL THM_TLS_CALL"},
	{"(S + A) | T", 32, "ABS32 TARGET1 MOVW_ABS_NC THM_MOVW_ABS_NC PLT32_ABS"},
	{"((S + A) | T) - P", 32, `PC24 REL32 THM_CALL PLT32 CALL JUMP24 THM_JUMP24 PREL31 MOVW_PREL_NC THM_MOVW_PREL_NC THM_JUMP19
		ALU_PC_G0_NC ALU_PC_G0 ALU_PC_G1_NC ALU_PC_G1 ALU_PC_G2`},
	{"S + A - P", 32, "LDR_PC_G0 MOVT_PREL THM_MOVT_PREL REL32_NOI LDR_PC_G1 LDR_PC_G2 LDRS_PC_G0 LDRS_PC_G1 LDRS_PC_G2 LDC_PC_G0 LDC_PC_G1 LDC_PC_G2"},
	{"S + A - P", 16, "THM_JUMP6 THM_JUMP11 THM_JUMP8"},
	{"S + A", 32, "ABS12 MOVT_ABS THM_MOVT_ABS ABS32_NOI"},
	{"S + A", 16, "ABS16 THM_ABS5 THM_ALU_ABS_G1_NC THM_ALU_ABS_G2_NC THM_ALU_ABS_G3"},
	{"(S + A) | T", 16, "THM_ALU_ABS_G0_NC"},
	{"S + A", 8, "ABS8"},
	{"((S + A) | T) - GOT", 32, `SBREL32 GOTOFF32 SBREL31 ALU_SB_G0_NC ALU_SB_G0 ALU_SB_G1_NC ALU_SB_G1 ALU_SB_G2
		MOVW_BREL_NC MOVW_BREL THM_MOVW_BREL_NC THM_MOVW_BREL`},
	{"S + A - GOT", 32, `LDR_SB_G0 LDR_SB_G1 LDR_SB_G2 LDRS_SB_G0 LDRS_SB_G1 LDRS_SB_G2 LDC_SB_G0 LDC_SB_G1 LDC_SB_G2
		MOVT_BREL THM_MOVT_BREL GOTOFF12`},
	{"S + A - (P & ~3)", 16, "THM_PC8"},
	{"S + A - (P & ~3)", 32, "THM_PC12"},
	{"((S + A) | T) - (P & ~3)", 32, "THM_ALU_PREL_11_0"},
	{"GOT + A - P", 32, "BASE_PREL"},
	{"GOT + A", 32, "BASE_ABS"},
	{"G + A", 32, "GOT_BREL GOT_BREL12 THM_GOT_BREL12"},
	{"G + GOT + A - P", 32, "GOT_PREL TARGET2 TLS_GD32 TLS_LDM32 TLS_IE32 TLS_GOTDESC"},
	{"G + GOT + A", 32, "GOT_ABS"},
	{"D + A", 32, "TLS_LDO32 TLS_LDO12"},
	{"T + A", 32, "TLS_LE32 TLS_LE12"},
}

// armNames are the ABI's names where debug/elf has those of a time before the ABI, or none.
func armNames() map[uint32]string {
	names := map[uint32]string{}
	for typ, name := range map[elf.R_ARM]string{
		4: "LDR_PC_G0", 10: "THM_CALL", 12: "BREL_ADJ", 13: "TLS_DESC", 24: "GOTOFF32", 25: "BASE_PREL", 26: "GOT_BREL", 35: "LDR_SBREL_11_0_NC",
		136: "THM_BF16", 137: "THM_BF12", 138: "THM_BF18", 161: "GOTFUNCDESC", 162: "GOTOFFFUNCDESC", 163: "FUNCDESC", 164: "FUNCDESC_VALUE",
		165: "TLS_GD32_FDPIC", 166: "TLS_LDM32_FDPIC", 167: "TLS_IE32_FDPIC",
	} {
		names[uint32(typ)] = "R_ARM_" + name
	}
	return names
}

func armABI() map[uint32]abiRow {
	types := map[string]uint32{}
	for typ := range uint32(256) {
		types[elf.R_ARM(typ).String()] = typ
	}
	for typ, name := range armNames() {
		types[name] = typ
	}
	rows := map[uint32]abiRow{}
	for _, c := range armCalculations {
		for _, name := range strings.Fields(c.names) {
			typ, ok := types["R_ARM_"+name]
			if !ok {
				panic("no such relocation: " + name)
			}
			rows[typ] = abiRow{c.formula, c.bits}
		}
	}
	return rows
}
