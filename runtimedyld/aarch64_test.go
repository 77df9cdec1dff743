package runtimedyld

import (
	"debug/elf"
	"strings"
)

func init() {
	abis["aarch64"] = abi{
		prefix: "R_AARCH64_",
		name: func(typ uint32) string {
			if name := elf.R_AARCH64(typ).String(); !strings.HasPrefix(name, "R_AARCH64_P32_") { // of ILP32
				return name
			}
			return ""
		},
		rows: aarch64ABI(),
		more: map[uint32]string{563: "R_AARCH64_TLSDESC_LD64_LO12", 564: "R_AARCH64_TLSDESC_ADD_LO12"}, // debug/elf has names of before 2019
	}
}

// aarch64ABI is the columns "Operation" of the tables of aaelf64, 5.7.5 to 5.7.14, in the letters of the linker.
func aarch64ABI() map[uint32]abiRow {
	rows := map[uint32]abiRow{0: {"0", 0}, 256: {"0", 0}, 257: {"S + A", 64}, 258: {"S + A", 32}, 259: {"S + A", 16}, 260: {"S + A - P", 64}, 261: {"S + A - P", 32},
		262: {"S + A - P", 16}, 275: {"Page(S + A) - Page(P)", 32}, 276: {"Page(S + A) - Page(P)", 32}, 282: {"L + A - P", 32}, 283: {"L + A - P", 32},
		299: {"(S + A) & 0xfff", 32}, 307: {"S + A - GOT", 64}, 308: {"S + A - GOT", 32}, 309: {"G + GOT - P", 32}, 310: {"G", 32}, 311: {"Page(G + GOT) - Page(P)", 32},
		312: {"(G + GOT) & 0xfff", 32}, 313: {"G + GOT - Page(GOT)", 32}, 314: {"L + A - P", 32}, 315: {"G + GOT + A - P", 32},
		567: {"0", 0}, 568: {"0", 0}, 569: {"0", 0}}
	for text, types := range map[string][]uint32{
		"S + A":                   {263, 264, 265, 266, 267, 268, 269, 270, 271, 272},
		"S + A - P":               {273, 274, 279, 280, 287, 288, 289, 290, 291, 292, 293},
		"(S + A) & 0xfff":         {277, 278, 284, 285, 286},
		"G":                       {300, 301, 302, 303, 304, 305, 306, 515, 516, 520, 521, 539, 540, 565, 566},
		"G + GOT - P":             {512, 517, 522, 543, 560, 561},
		"Page(G + GOT) - Page(P)": {513, 518, 541, 562},
		"(G + GOT) & 0xfff":       {514, 519, 542, 563, 564},
		"D + A":                   {523, 524, 525, 526, 527, 528, 529, 531, 533, 535, 537, 572},
		"(D + A) & 0xfff":         {530, 532, 534, 536, 538, 573},
		"T + A":                   {544, 545, 546, 547, 548, 549, 550, 552, 554, 556, 558, 570},
		"(T + A) & 0xfff":         {551, 553, 555, 557, 559, 571},
	} {
		for _, typ := range types {
			rows[typ] = abiRow{text, 32}
		}
	}
	return rows
}
