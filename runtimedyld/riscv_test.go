package runtimedyld

import (
	"debug/elf"
	"strings"
)

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

// riscvStart has the entry, and what thread-local variables need: the module's number is the address of its block here, and offsets in it are 0x800 less than they
// are. A descriptor's function is called with the descriptor in a0 and returns, in a0, the distance from the thread pointer; it keeps all other registers but t0.
func riscvStart(load string) string {
	return strings.ReplaceAll(`
	.text
	.globl _start
_start:
	la tp, thread_pointer
	call check
	li a7, 93
	ecall
	.globl __tls_get_addr
__tls_get_addr:
	LOAD a1, 0(a0)
	LOAD a0, WORD(a0)
	add a0, a0, a1
	li a1, 0x800
	add a0, a0, a1
	ret
	.globl thread_descriptor
thread_descriptor:
	LOAD a0, WORD(a0)
	jr t0
`, "LOAD", load)
}

func init() {
	flags := []string{"-O2 -fPIE", "-Os -fPIC -mno-relax", "-O2 -fPIC -fno-common -ffunction-sections", "-O2 -fPIC high"}
	execTargets["riscv64"] = execTarget{
		emulator: "qemu-riscv64", compilers: []string{"riscv64-linux-gnu-gcc", "clang-19 --target=riscv64-linux-gnu"}, flags: flags,
		start: strings.ReplaceAll(riscvStart("ld"), "WORD", "8"), threadOffset: 64, elfFlags: 5, // RVC, double-float ABI
	}
	execTargets["riscv32"] = execTarget{
		emulator: "qemu-riscv32", compilers: []string{"riscv64-linux-gnu-gcc -march=rv32gc -mabi=ilp32d", "clang-19 --target=riscv32-linux-gnu"},
		flags: []string{"-O2 -fPIE", "-Os -fPIC -mno-relax", "-O2 -fPIC -fno-common -ffunction-sections"},
		start: strings.ReplaceAll(riscvStart("lw"), "WORD", "4"), threadOffset: 64, elfFlags: 5,
	}
}
