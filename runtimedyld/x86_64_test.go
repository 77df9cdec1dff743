package runtimedyld

import "debug/elf"

func init() {
	abis["x86_64"] = abi{prefix: "R_X86_64_", name: func(typ uint32) string { return elf.R_X86_64(typ).String() }, rows: x86_64ABI, more: map[uint32]string{250: "R_X86_64_GNU_VTINHERIT", 251: "R_X86_64_GNU_VTENTRY"}}
}

// x86_64ABI is the column "Calculation" of table 4.9 of the psABI, and "Field", of the relocations that relocatable objects have.
var x86_64ABI = map[uint32]abiRow{
	250: {"0", 0}, 251: {"0", 0}, uint32(elf.R_X86_64_64): {"S + A", 64}, uint32(elf.R_X86_64_PC32): {"S + A - P", 32}, uint32(elf.R_X86_64_GOT32): {"G + A", 32},
	uint32(elf.R_X86_64_PLT32): {"L + A - P", 32}, uint32(elf.R_X86_64_GOTPCREL): {"G + GOT + A - P", 32}, uint32(elf.R_X86_64_32): {"S + A", 32},
	uint32(elf.R_X86_64_32S): {"S + A", 32}, uint32(elf.R_X86_64_16): {"S + A", 16}, uint32(elf.R_X86_64_PC16): {"S + A - P", 16}, uint32(elf.R_X86_64_8): {"S + A", 8},
	uint32(elf.R_X86_64_PC8): {"S + A - P", 8}, uint32(elf.R_X86_64_PC64): {"S + A - P", 64}, uint32(elf.R_X86_64_GOTOFF64): {"S + A - GOT", 64},
	uint32(elf.R_X86_64_GOTPC32): {"GOT + A - P", 32}, uint32(elf.R_X86_64_GOT64): {"G + A", 64}, uint32(elf.R_X86_64_GOTPCREL64): {"G + GOT + A - P", 64},
	uint32(elf.R_X86_64_GOTPC64): {"GOT + A - P", 64}, uint32(elf.R_X86_64_GOTPLT64): {"G + A", 64}, uint32(elf.R_X86_64_PLTOFF64): {"L + A - GOT", 64},
	uint32(elf.R_X86_64_PC32_BND): {"S + A - P", 32}, uint32(elf.R_X86_64_PLT32_BND): {"L + A - P", 32},
	uint32(elf.R_X86_64_SIZE32): {"Z + A", 32}, uint32(elf.R_X86_64_SIZE64): {"Z + A", 64},
	uint32(elf.R_X86_64_GOTPCRELX): {"G + GOT + A - P", 32}, uint32(elf.R_X86_64_REX_GOTPCRELX): {"G + GOT + A - P", 32}, uint32(elf.R_X86_64_NONE): {"0", 0},
	uint32(elf.R_X86_64_TLSGD): {"G + GOT + A - P", 32}, uint32(elf.R_X86_64_TLSLD): {"G + GOT + A - P", 32}, uint32(elf.R_X86_64_GOTTPOFF): {"G + GOT + A - P", 32},
	uint32(elf.R_X86_64_GOTPC32_TLSDESC): {"G + GOT + A - P", 32}, uint32(elf.R_X86_64_TLSDESC_CALL): {"0", 0},
	uint32(elf.R_X86_64_DTPOFF32): {"D + A", 32}, uint32(elf.R_X86_64_DTPOFF64): {"D + A", 64}, uint32(elf.R_X86_64_TPOFF32): {"T + A", 32}, uint32(elf.R_X86_64_TPOFF64): {"T + A", 64},
}
