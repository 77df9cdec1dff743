package runtimedyld

import (
	"debug/elf"
	"strings"
)

func init() {
	abis["mipsel"] = abi{prefix: "R_MIPS_", name: func(typ uint32) string { return elf.R_MIPS(typ).String() }, rows: mipsABI(), more: mipsNames}
}

// mipsCalculations are the relocations that relocatable objects have, by what is computed before it is shifted and cut to the field, and the size of what is relocated. The offset of a
// GOT entry from $gp, which the ABI calls G, is G + GOT - GP here. A jump is to S + A, of which it stores 26 bits.
var mipsCalculations = []struct {
	formula string
	bits    int
	names   string
}{
	{"0", 0, "NONE JALR GNU_VTINHERIT GNU_VTENTRY"},
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
}

// mipsNames are those that debug/elf does not have.
var mipsNames = map[uint32]string{
	51: "R_MIPS_GLOB_DAT", 60: "R_MIPS_PC21_S2", 61: "R_MIPS_PC26_S2", 62: "R_MIPS_PC18_S3", 63: "R_MIPS_PC19_S2", 64: "R_MIPS_PCHI16", 65: "R_MIPS_PCLO16", 126: "R_MIPS_COPY",
	127: "R_MIPS_JUMP_SLOT", 249: "R_MIPS_EH", 250: "R_MIPS_GNU_REL16_S2", 253: "R_MIPS_GNU_VTINHERIT", 254: "R_MIPS_GNU_VTENTRY",
	100: "R_MIPS16_26", 113: "R_MIPS16_PC16_S1", 133: "R_MICROMIPS_26_S1", 157: "R_MICROMIPS_HI0_LO16", 173: "R_MICROMIPS_PC23_S2",
}

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
			typ, ok := types["R_MIPS_"+name]
			if !ok {
				panic("no such relocation: " + name)
			}
			rows[typ] = abiRow{c.formula, c.bits}
		}
	}
	return rows
}
