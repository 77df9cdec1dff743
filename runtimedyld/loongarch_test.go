package runtimedyld

import "debug/elf"

func init() {
	abis["loongarch64"] = abi{prefix: "R_LARCH_", name: func(typ uint32) string { return elf.R_LARCH(typ).String() }, rows: loongarchABI}
}

// loongarchABI is the table of the psABI, of the relocations that relocatable objects have. Its (*(uint32_t *) PC) [24 ... 5] = (S+A) [31 ... 12] and the like are the
// field's business here; what it says of pages is written out.
var loongarchABI = map[uint32]abiRow{
	uint32(elf.R_LARCH_NONE):                {"0", 0},
	uint32(elf.R_LARCH_32):                  {"S + A", 32},
	uint32(elf.R_LARCH_64):                  {"S + A", 64},
	uint32(elf.R_LARCH_MARK_LA):             {"0", 0},
	uint32(elf.R_LARCH_MARK_PCREL):          {"0", 0},
	uint32(elf.R_LARCH_TLS_DTPREL32):        {"D + A", 32},
	uint32(elf.R_LARCH_TLS_DTPREL64):        {"D + A", 64},
	uint32(elf.R_LARCH_ADD8):                {"S + A", 8},
	uint32(elf.R_LARCH_SUB8):                {"S + A", 8},
	uint32(elf.R_LARCH_ADD16):               {"S + A", 16},
	uint32(elf.R_LARCH_SUB16):               {"S + A", 16},
	uint32(elf.R_LARCH_ADD24):               {"S + A", 24},
	uint32(elf.R_LARCH_SUB24):               {"S + A", 24},
	uint32(elf.R_LARCH_ADD32):               {"S + A", 32},
	uint32(elf.R_LARCH_SUB32):               {"S + A", 32},
	uint32(elf.R_LARCH_ADD64):               {"S + A", 64},
	uint32(elf.R_LARCH_SUB64):               {"S + A", 64},
	uint32(elf.R_LARCH_ADD6):                {"S + A", 8},
	uint32(elf.R_LARCH_SUB6):                {"S + A", 8},
	uint32(elf.R_LARCH_ADD_ULEB128):         {"S + A", 0},
	uint32(elf.R_LARCH_SUB_ULEB128):         {"S + A", 0},
	uint32(elf.R_LARCH_B16):                 {"L + A - P", 32},
	uint32(elf.R_LARCH_B21):                 {"L + A - P", 32},
	uint32(elf.R_LARCH_B26):                 {"L + A - P", 32},
	uint32(elf.R_LARCH_CALL36):              {"L + A - P", 64},
	uint32(elf.R_LARCH_ABS_HI20):            {"S + A", 32},
	uint32(elf.R_LARCH_ABS_LO12):            {"S + A", 32},
	uint32(elf.R_LARCH_ABS64_LO20):          {"S + A", 32},
	uint32(elf.R_LARCH_ABS64_HI12):          {"S + A", 32},
	uint32(elf.R_LARCH_PCALA_HI20):          {"Page(S + A + 0x800) - Page(P)", 32},
	uint32(elf.R_LARCH_PCALA_LO12):          {"S + A", 32},
	uint32(elf.R_LARCH_PCALA64_LO20):        {"Page(S + A + 0x800) - Page(P - 8) + 0x80000000 - ((S + A & 0x800) << 21)", 32},
	uint32(elf.R_LARCH_PCALA64_HI12):        {"Page(S + A + 0x800) - Page(P - 12) + 0x80000000 - ((S + A & 0x800) << 21)", 32},
	uint32(elf.R_LARCH_PCREL20_S2):          {"S + A - P", 32},
	uint32(elf.R_LARCH_GOT_PC_HI20):         {"Page(G + GOT + A + 0x800) - Page(P)", 32},
	uint32(elf.R_LARCH_GOT_PC_LO12):         {"G + GOT + A", 32},
	uint32(elf.R_LARCH_GOT64_PC_LO20):       {"Page(G + GOT + A + 0x800) - Page(P - 8) + 0x80000000 - ((G + GOT + A & 0x800) << 21)", 32},
	uint32(elf.R_LARCH_GOT64_PC_HI12):       {"Page(G + GOT + A + 0x800) - Page(P - 12) + 0x80000000 - ((G + GOT + A & 0x800) << 21)", 32},
	uint32(elf.R_LARCH_GOT_HI20):            {"G + GOT + A", 32},
	uint32(elf.R_LARCH_GOT_LO12):            {"G + GOT + A", 32},
	uint32(elf.R_LARCH_GOT64_LO20):          {"G + GOT + A", 32},
	uint32(elf.R_LARCH_GOT64_HI12):          {"G + GOT + A", 32},
	uint32(elf.R_LARCH_TLS_LE_HI20):         {"T + A", 32},
	uint32(elf.R_LARCH_TLS_LE_LO12):         {"T + A", 32},
	uint32(elf.R_LARCH_TLS_LE64_LO20):       {"T + A", 32},
	uint32(elf.R_LARCH_TLS_LE64_HI12):       {"T + A", 32},
	uint32(elf.R_LARCH_TLS_LE_HI20_R):       {"T + A", 32},
	uint32(elf.R_LARCH_TLS_LE_ADD_R):        {"0", 0},
	uint32(elf.R_LARCH_TLS_LE_LO12_R):       {"T + A", 32},
	uint32(elf.R_LARCH_TLS_IE_PC_HI20):      {"Page(G + GOT + A + 0x800) - Page(P)", 32},
	uint32(elf.R_LARCH_TLS_IE_PC_LO12):      {"G + GOT + A", 32},
	uint32(elf.R_LARCH_TLS_IE64_PC_LO20):    {"Page(G + GOT + A + 0x800) - Page(P - 8) + 0x80000000 - ((G + GOT + A & 0x800) << 21)", 32},
	uint32(elf.R_LARCH_TLS_IE64_PC_HI12):    {"Page(G + GOT + A + 0x800) - Page(P - 12) + 0x80000000 - ((G + GOT + A & 0x800) << 21)", 32},
	uint32(elf.R_LARCH_TLS_IE_HI20):         {"G + GOT + A", 32},
	uint32(elf.R_LARCH_TLS_IE_LO12):         {"G + GOT + A", 32},
	uint32(elf.R_LARCH_TLS_IE64_LO20):       {"G + GOT + A", 32},
	uint32(elf.R_LARCH_TLS_IE64_HI12):       {"G + GOT + A", 32},
	uint32(elf.R_LARCH_TLS_LD_PC_HI20):      {"Page(G + GOT + A + 0x800) - Page(P)", 32},
	uint32(elf.R_LARCH_TLS_LD_HI20):         {"G + GOT + A", 32},
	uint32(elf.R_LARCH_TLS_LD_PCREL20_S2):   {"G + GOT + A - P", 32},
	uint32(elf.R_LARCH_TLS_GD_PC_HI20):      {"Page(G + GOT + A + 0x800) - Page(P)", 32},
	uint32(elf.R_LARCH_TLS_GD_HI20):         {"G + GOT + A", 32},
	uint32(elf.R_LARCH_TLS_GD_PCREL20_S2):   {"G + GOT + A - P", 32},
	uint32(elf.R_LARCH_TLS_DESC_PC_HI20):    {"Page(G + GOT + A + 0x800) - Page(P)", 32},
	uint32(elf.R_LARCH_TLS_DESC_PC_LO12):    {"G + GOT + A", 32},
	uint32(elf.R_LARCH_TLS_DESC64_PC_LO20):  {"Page(G + GOT + A + 0x800) - Page(P - 8) + 0x80000000 - ((G + GOT + A & 0x800) << 21)", 32},
	uint32(elf.R_LARCH_TLS_DESC64_PC_HI12):  {"Page(G + GOT + A + 0x800) - Page(P - 12) + 0x80000000 - ((G + GOT + A & 0x800) << 21)", 32},
	uint32(elf.R_LARCH_TLS_DESC_HI20):       {"G + GOT + A", 32},
	uint32(elf.R_LARCH_TLS_DESC_LO12):       {"G + GOT + A", 32},
	uint32(elf.R_LARCH_TLS_DESC64_LO20):     {"G + GOT + A", 32},
	uint32(elf.R_LARCH_TLS_DESC64_HI12):     {"G + GOT + A", 32},
	uint32(elf.R_LARCH_TLS_DESC_PCREL20_S2): {"G + GOT + A - P", 32},
	uint32(elf.R_LARCH_TLS_DESC_LD):         {"0", 0},
	uint32(elf.R_LARCH_TLS_DESC_CALL):       {"0", 0},
	uint32(elf.R_LARCH_32_PCREL):            {"S + A - P", 32},
	uint32(elf.R_LARCH_64_PCREL):            {"S + A - P", 64},
	uint32(elf.R_LARCH_RELAX):               {"0", 0},
	uint32(elf.R_LARCH_ALIGN):               {"0", 0},
}

func init() {
	execTargets["loongarch64"] = execTarget{
		emulator: "qemu-loongarch64", compilers: []string{"clang-19 --target=loongarch64-linux-gnu -mno-lsx"},
		flags: []string{"-O2 -fPIE", "-O2 -fPIC -ffunction-sections" + relaxing, "-O2 -fPIC -mcmodel=medium" + relaxing, "-O2 -fPIC -mcmodel=extreme", "-O2 -fPIC high",
			"-O1 -fno-pic -mcmodel=extreme high", "-O2 -fno-pic -mcmodel=medium top"},
		start: loongarchStart, threadOffset: 64, elfFlags: 0x43, // double-float ABI, version 1 of relocations
	}
}

// loongarchStart is what riscvStart is there, but that descriptors' functions return as others do, and offsets are what they are.
const loongarchStart = `
	.text
	.globl _start
_start:
	la.global $tp, thread_pointer
	bl check
	ori $a7, $zero, 93
	syscall 0
	.globl __tls_get_addr
__tls_get_addr:
	ld.d $t0, $a0, 0
	ld.d $a0, $a0, 8
	add.d $a0, $a0, $t0
	ret
	.globl thread_descriptor
thread_descriptor:
	ld.d $a0, $a0, 8
	ret
`
