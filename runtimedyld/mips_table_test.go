package runtimedyld

import (
	"debug/elf"
	"strings"
)

func init() {
	for i, name := range strings.Fields(mips16Names) {
		mipsNames[100+uint32(i)] = "R_MIPS16_" + name
	}
	for i, name := range strings.Fields(microMIPSNames) {
		if name != "-" {
			mipsNames[133+uint32(i)] = "R_MICROMIPS_" + name
		}
	}
	abis["mipsel"] = abi{prefix: "R_MIPS_", name: func(typ uint32) string { return elf.R_MIPS(typ).String() }, rows: mipsABI(), more: mipsNames}
}

// mipsCalculations are the relocations that relocatable objects have, by what is computed before it is shifted and cut to the field, and the size of what is relocated. The offset of a
// GOT entry from $gp, which the ABI calls G, is G + GOT - GP here. A jump is to S + A, of which it stores 26 bits. MICRO_ and 16_ are those of microMIPS and MIPS16, where S is odd in formulas of branches.
var mipsCalculations = []struct {
	formula string
	bits    int
	names   string
}{
	{"0", 0, "NONE JALR GNU_VTINHERIT GNU_VTENTRY MICRO_JALR"},
	{"S + A", 16, "16"},
	{"S + A", 32, "32 26 HI16 LO16 HIGHER HIGHEST GOT_OFST"},
	{"S + A", 64, "64"},
	{"S + A - P", 32, "PC16 PC21_S2 PC26_S2 PC19_S2 PCHI16 PCLO16 PC32 GNU_REL16_S2"},
	{"S + A - (P & ~7)", 32, "PC18_S3"},
	{"S + A - GP", 32, "GPREL16 LITERAL GPREL32"},
	{"S - A", 64, "SUB"},
	{"G + GOT - GP", 32, "GOT16 CALL16 TLS_GD TLS_LDM TLS_GOTTPREL GOT_DISP GOT_PAGE GOT_HI16 GOT_LO16 CALL_HI16 CALL_LO16"},
	{"D + A", 32, "TLS_DTPREL32 TLS_DTPREL_HI16 TLS_DTPREL_LO16"},
	{"D + A", 64, "TLS_DTPREL64"},
	{"T + A", 32, "TLS_TPREL32 TLS_TPREL_HI16 TLS_TPREL_LO16"},
	{"T + A", 64, "TLS_TPREL64"},
	{"S + A", 32, "MICRO_26_S1 MICRO_HI16 MICRO_LO16 MICRO_HI0_LO16 MICRO_HIGHER MICRO_HIGHEST MICRO_GOT_OFST 16_26 16_HI16 16_LO16"},
	{"S - 1 + A - P", 32, "MICRO_PC16_S1 MICRO_PC21_S1 MICRO_PC26_S1 16_PC16_S1"},
	{"S - 1 + A - P", 16, "MICRO_PC7_S1 MICRO_PC10_S1"},
	{"S + A - (P & ~3)", 32, "MICRO_PC23_S2 MICRO_PC19_S2"},
	{"S + A - (P & ~7)", 32, "MICRO_PC18_S3"},
	{"S + A - GP", 32, "MICRO_GPREL16 MICRO_LITERAL 16_GPREL"},
	{"S + A - GP", 16, "MICRO_GPREL7_S2"},
	{"S - A", 64, "MICRO_SUB"},
	{"G + GOT - GP", 32, "MICRO_GOT16 MICRO_CALL16 MICRO_GOT_DISP MICRO_GOT_PAGE MICRO_GOT_HI16 MICRO_GOT_LO16 MICRO_CALL_HI16 MICRO_CALL_LO16 MICRO_TLS_GD MICRO_TLS_LDM MICRO_TLS_GOTTPREL"},
	{"G + GOT - GP", 32, "16_GOT16 16_CALL16 16_TLS_GD 16_TLS_LDM 16_TLS_GOTTPREL"},
	{"D + A", 32, "MICRO_TLS_DTPREL_HI16 MICRO_TLS_DTPREL_LO16 16_TLS_DTPREL_HI16 16_TLS_DTPREL_LO16"},
	{"T + A", 32, "MICRO_TLS_TPREL_HI16 MICRO_TLS_TPREL_LO16 16_TLS_TPREL_HI16 16_TLS_TPREL_LO16"},
}

// mipsNames are those that debug/elf does not have.
var mipsNames = map[uint32]string{
	51: "R_MIPS_GLOB_DAT", 60: "R_MIPS_PC21_S2", 61: "R_MIPS_PC26_S2", 62: "R_MIPS_PC18_S3", 63: "R_MIPS_PC19_S2", 64: "R_MIPS_PCHI16", 65: "R_MIPS_PCLO16", 126: "R_MIPS_COPY",
	127: "R_MIPS_JUMP_SLOT", 249: "R_MIPS_EH", 250: "R_MIPS_GNU_REL16_S2", 253: "R_MIPS_GNU_VTINHERIT", 254: "R_MIPS_GNU_VTENTRY",
}

// mips16Names are those from 100 on, microMIPSNames those from 133 on (LLVM's ELFRelocs/Mips.def and binutils' elf/mips.h).
const (
	mips16Names    = "26 GPREL GOT16 CALL16 HI16 LO16 TLS_GD TLS_LDM TLS_DTPREL_HI16 TLS_DTPREL_LO16 TLS_GOTTPREL TLS_TPREL_HI16 TLS_TPREL_LO16 PC16_S1"
	microMIPSNames = "26_S1 HI16 LO16 GPREL16 LITERAL GOT16 PC7_S1 PC10_S1 PC16_S1 CALL16 - - GOT_DISP GOT_PAGE GOT_OFST GOT_HI16 GOT_LO16 SUB HIGHER HIGHEST CALL_HI16 CALL_LO16 SCN_DISP JALR HI0_LO16 - - - - " +
		"TLS_GD TLS_LDM TLS_DTPREL_HI16 TLS_DTPREL_LO16 TLS_GOTTPREL - - TLS_TPREL_HI16 TLS_TPREL_LO16 - GPREL7_S2 PC23_S2 PC21_S1 PC26_S1 PC18_S3 PC19_S2"
)

func mipsABI() map[uint32]abiRow {
	types := map[string]uint32{}
	for typ := range uint32(256) {
		types[elf.R_MIPS(typ).String()] = typ
	}
	for typ, name := range mipsNames {
		types[name] = typ
	}
	rows := map[uint32]abiRow{}
	for _, c := range mipsCalculations {
		for _, name := range strings.Fields(c.names) {
			full := "R_MIPS_" + name
			switch rest, micro := strings.CutPrefix(name, "MICRO_"); {
			case micro:
				full = "R_MICROMIPS_" + rest
			case strings.HasPrefix(name, "16_"):
				full = "R_MIPS" + name
			}
			typ, ok := types[full]
			if !ok {
				panic("no such relocation: " + name)
			}
			rows[typ] = abiRow{c.formula, c.bits}
		}
	}
	return rows
}
