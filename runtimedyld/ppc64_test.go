package runtimedyld

import (
	"debug/elf"
	"strings"
)

func init() {
	abis["ppc64le"] = abi{prefix: "R_PPC64_", name: func(typ uint32) string { return elf.R_PPC64(typ).String() }, rows: ppc64ABI()}
}

// ppc64ABI is the columns "Field" and "Expression" of table 3.25 of the ABI, by bits and expression; #lo, #hi, #ha and so on are matters of the field here. The endings
// of a name are of a family that differs in nothing else.
func ppc64ABI() map[uint32]abiRow {
	const half = " _LO _HI _HA _DS _LO_DS "
	rows := map[uint32]abiRow{}
	for _, group := range []struct {
		names, endings, formula string
		bits                    int
	}{
		{"NONE TLS TLSGD TLSLD TOCSAVE ENTRY PLTSEQ PLTCALL PLTSEQ_NOTOC PLTCALL_NOTOC PCREL_OPT GNU_VTINHERIT GNU_VTENTRY", "", "0", 0},
		{"ADDR32 UADDR32 ADDR24 ADDR14 ADDR14_BRTAKEN ADDR14_BRNTAKEN", "", "S + A", 32},
		{"UADDR16", "", "S + A", 16},
		{"ADDR16", half + "_HIGH _HIGHA _HIGHER _HIGHERA _HIGHEST _HIGHESTA _HIGHER34 _HIGHERA34 _HIGHEST34 _HIGHESTA34", "S + A", 16},
		{"ADDR64 UADDR64 ADDR64_LOCAL D34 D34_LO D34_HI30 D34_HA30 D28", "", "S + A", 64},
		{"REL24 REL24_NOTOC REL24_P9NOTOC", "", "L + A - P", 32},
		{"REL14 REL14_BRTAKEN REL14_BRNTAKEN REL32 REL30 REL16DX_HA", "", "S + A - P", 32},
		{"REL64 PCREL34 PCREL28", "", "S + A - P", 64},
		{"REL16", " _LO _HI _HA _HIGH _HIGHA _HIGHER _HIGHERA _HIGHEST _HIGHESTA _HIGHER34 _HIGHERA34 _HIGHEST34 _HIGHESTA34", "S + A - P", 16},
		{"GOT16", half, "G + GOT + A - TOC", 16},
		{"PLT16", "_LO _HI _HA _LO_DS", "G + GOT + A - TOC", 16},
		{"GOT_PCREL34 PLT_PCREL34 PLT_PCREL34_NOTOC GOT_TLSGD_PCREL34 GOT_TLSLD_PCREL34 GOT_TPREL_PCREL34", "", "G + GOT + A - P", 64},
		{"TOC16", half, "S + A - TOC", 16},
		{"TOC", "", "TOC", 64},
		{"GOT_TLSGD16 GOT_TLSLD16", " _LO _HI _HA", "G + GOT + A - TOC", 16},
		{"GOT_TPREL16", "_DS _LO_DS _HI _HA", "G + GOT + A - TOC", 16},
		{"TPREL16", half + "_HIGH _HIGHA _HIGHER _HIGHERA _HIGHEST _HIGHESTA", "T + A", 16},
		{"DTPREL16", half + "_HIGH _HIGHA _HIGHER _HIGHERA _HIGHEST _HIGHESTA", "D + A", 16},
		{"TPREL64 TPREL34", "", "T + A", 64},
		{"DTPREL64 DTPREL34", "", "D + A", 64},
	} {
		for _, name := range strings.Fields(group.names) {
			for _, ending := range strings.Split(strings.TrimRight(group.endings, " "), " ") {
				if typ, ok := ppc64Types["R_PPC64_"+name+ending]; ok {
					rows[typ] = abiRow{group.formula, group.bits}
				}
			}
		}
	}
	return rows
}

// ppc64Types are the numbers of the relocation types, by name.
var ppc64Types = func() map[string]uint32 {
	types := map[string]uint32{}
	for typ := range uint32(256) {
		types[elf.R_PPC64(typ).String()] = typ
	}
	return types
}()
