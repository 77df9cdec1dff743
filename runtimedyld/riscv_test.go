package runtimedyld

import "debug/elf"

func init() {
	abis["riscv64"] = abi{prefix: "R_RISCV_", name: func(typ uint32) string { return elf.R_RISCV(typ).String() }, rows: riscvABI, more: map[uint32]string{
		12: "R_RISCV_TLSDESC", 41: "R_RISCV_GOT32_PCREL", 58: "R_RISCV_IRELATIVE", 59: "R_RISCV_PLT32", 60: "R_RISCV_SET_ULEB128", 61: "R_RISCV_SUB_ULEB128",
		62: "R_RISCV_TLSDESC_HI20", 63: "R_RISCV_TLSDESC_LOAD_LO12", 64: "R_RISCV_TLSDESC_ADD_LO12", 65: "R_RISCV_TLSDESC_CALL", 191: "R_RISCV_VENDOR",
	}}
}

// riscvABI is the table of the psABI, 8.4, with the column "Calculation", of the relocations that relocatable objects have. Of sums, V + S + A and V - S - A, V is what the
// field adds to.
var riscvABI = map[uint32]abiRow{
	0: {"0", 0}, 1: {"S + A", 32}, 2: {"S + A", 64}, 8: {"D + A", 32}, 9: {"D + A", 64},
	16: {"S + A - P", 32}, 17: {"L + A - P", 32}, 18: {"L + A - P", 64}, 19: {"L + A - P", 64}, 20: {"G + GOT + A - P", 32}, 21: {"G + GOT + A - P", 32},
	22: {"G + GOT + A - P", 32}, 23: {"S + A - P", 32}, 24: {"S - P", 32}, 25: {"S - P", 32}, 26: {"S + A", 32}, 27: {"S + A", 32}, 28: {"S + A", 32},
	29: {"T + A", 32}, 30: {"T + A", 32}, 31: {"T + A", 32}, 32: {"0", 0}, 33: {"S + A", 8}, 34: {"S + A", 16}, 35: {"S + A", 32}, 36: {"S + A", 64},
	37: {"S + A", 8}, 38: {"S + A", 16}, 39: {"S + A", 32}, 40: {"S + A", 64}, 41: {"G + GOT + A - P", 32}, 43: {"0", 0}, 44: {"S + A - P", 16},
	45: {"S + A - P", 16}, 46: {"S + A", 16}, 51: {"0", 0}, 52: {"S + A", 8}, 53: {"S + A", 8}, 54: {"S + A", 8}, 55: {"S + A", 16}, 56: {"S + A", 32},
	57: {"S + A - P", 32}, 59: {"L + A - P", 32}, 60: {"S + A", 0}, 61: {"S + A", 0}, 62: {"G + GOT + A - P", 32}, 63: {"S - P", 32}, 64: {"S - P", 32}, 65: {"0", 0},
}
