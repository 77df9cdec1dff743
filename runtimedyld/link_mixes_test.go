package runtimedyld

import "debug/elf"

// A mixReloc is a relocation of a mix: its type, its symbol, and the two words that a compiler has there, if the linker looks at them.
type mixReloc struct {
	typ           uint32
	symbol        mixSymbol
	first, second uint32
	addend        int64
}

type mixSymbol int

const (
	symbolLocal  mixSymbol = iota
	symbolGlobal           // of the object
	symbolFar              // of another object
	symbolSame             // that of the relocation before
	symbolPlace            // a label at the place of the relocation before
)

// linkMixes are relocations in the proportions in which compilers emit them for position-independent code, where there is such code, by architecture.
var linkMixes = map[string][]mixReloc{
	"x86_64": mixX86_64(elf.R_X86_64_REX_GOTPCRELX, elf.R_X86_64_64), "x86_64_x32": mixX86_64(elf.R_X86_64_GOTPCRELX, elf.R_X86_64_32),
	"i386": {
		{typ: uint32(elf.R_386_PLT32), symbol: symbolGlobal, first: 0xffff_fffc}, {typ: uint32(elf.R_386_PLT32), symbol: symbolFar, first: 0xffff_fffc},
		{typ: uint32(elf.R_386_GOTOFF)}, {typ: uint32(elf.R_386_GOTOFF), second: 0x838b_0000 /* mov disp(%ebx), %eax */}, {typ: 43 /* GOT32X */, symbol: symbolFar}, {typ: uint32(elf.R_386_32)},
	},
	"aarch64": mixAArch64, "aarch64_be": mixAArch64,
	"aarch64_ilp32": mixILP32, "aarch64_be_ilp32": mixILP32,
	"arm": mixARM, "armeb": mixARM,
	"mips": mixMips, "mipsel": mixMips,
	"mips64": mixMips64, "mips64el": mixMips64,
	"ppc": {
		{typ: uint32(elf.R_PPC_REL24), symbol: symbolGlobal}, {typ: uint32(elf.R_PPC_PLTREL24), symbol: symbolFar},
		{typ: uint32(elf.R_PPC_ADDR16_HA)}, {typ: uint32(elf.R_PPC_ADDR16_LO), symbol: symbolSame},
		{typ: uint32(elf.R_PPC_GOT16), symbol: symbolFar}, {typ: uint32(elf.R_PPC_ADDR32)},
	},
	"ppc64le": mixPPC64, "ppc64": mixPPC64,
	"s390x": {
		{typ: uint32(elf.R_390_PLT32DBL), symbol: symbolGlobal, addend: 2}, {typ: uint32(elf.R_390_PLT32DBL), symbol: symbolFar, addend: 2},
		{typ: uint32(elf.R_390_PC32DBL), addend: 2}, {typ: uint32(elf.R_390_PC32DBL), addend: 2},
		{typ: uint32(elf.R_390_GOTENT), symbol: symbolFar, addend: 2}, {typ: uint32(elf.R_390_64)},
	},
	"riscv64": mixRISCV(elf.R_RISCV_64), "riscv32": mixRISCV(elf.R_RISCV_32),
	"loongarch64": {
		{typ: uint32(elf.R_LARCH_B26), symbol: symbolGlobal}, {typ: uint32(elf.R_LARCH_B26), symbol: symbolFar},
		{typ: uint32(elf.R_LARCH_PCALA_HI20)}, {typ: uint32(elf.R_LARCH_PCALA_LO12), symbol: symbolSame},
		{typ: uint32(elf.R_LARCH_GOT_PC_HI20), symbol: symbolFar}, {typ: uint32(elf.R_LARCH_GOT_PC_LO12), symbol: symbolSame}, {typ: uint32(elf.R_LARCH_64)},
	},
	"bpfel": mixBPF, "bpfeb": mixBPF,
	"sparcv9": {
		{typ: uint32(elf.R_SPARC_WPLT30), symbol: symbolGlobal}, {typ: uint32(elf.R_SPARC_WPLT30), symbol: symbolFar},
		{typ: uint32(elf.R_SPARC_PC22)}, {typ: uint32(elf.R_SPARC_PC10), symbol: symbolSame},
		{typ: uint32(elf.R_SPARC_GOT22), symbol: symbolFar}, {typ: uint32(elf.R_SPARC_GOT10), symbol: symbolSame}, {typ: uint32(elf.R_SPARC_64)},
	},
	"m68k": {
		{typ: 13 /* PLT32 */, symbol: symbolGlobal}, {typ: 13, symbol: symbolFar}, {typ: 4 /* PC32 */}, {typ: 4}, {typ: 10 /* GOT32O */, symbol: symbolFar}, {typ: 1 /* 32 */},
	},
}

func mixX86_64(load, word elf.R_X86_64) []mixReloc {
	return []mixReloc{
		{typ: uint32(elf.R_X86_64_PLT32), symbol: symbolGlobal, addend: -4}, {typ: uint32(elf.R_X86_64_PLT32), symbol: symbolFar, addend: -4},
		{typ: uint32(elf.R_X86_64_PC32), addend: -4}, {typ: uint32(elf.R_X86_64_PC32), addend: -4},
		{typ: uint32(load), symbol: symbolFar, addend: -4}, {typ: uint32(word)},
	}
}

var mixAArch64 = []mixReloc{
	{typ: uint32(elf.R_AARCH64_CALL26), symbol: symbolGlobal}, {typ: uint32(elf.R_AARCH64_CALL26), symbol: symbolFar},
	{typ: uint32(elf.R_AARCH64_ADR_PREL_PG_HI21)}, {typ: uint32(elf.R_AARCH64_ADD_ABS_LO12_NC)},
	{typ: uint32(elf.R_AARCH64_ADR_GOT_PAGE), symbol: symbolFar}, {typ: uint32(elf.R_AARCH64_LD64_GOT_LO12_NC), symbol: symbolFar}, {typ: uint32(elf.R_AARCH64_ABS64)},
}

var mixILP32 = []mixReloc{
	{typ: uint32(elf.R_AARCH64_P32_CALL26), symbol: symbolGlobal}, {typ: uint32(elf.R_AARCH64_P32_CALL26), symbol: symbolFar},
	{typ: uint32(elf.R_AARCH64_P32_ADR_PREL_PG_HI21)}, {typ: uint32(elf.R_AARCH64_P32_ADD_ABS_LO12_NC)},
	{typ: uint32(elf.R_AARCH64_P32_ADR_GOT_PAGE), symbol: symbolFar}, {typ: uint32(elf.R_AARCH64_P32_LD32_GOT_LO12_NC), symbol: symbolFar}, {typ: uint32(elf.R_AARCH64_P32_ABS32)},
}

var mixARM = []mixReloc{
	{typ: uint32(elf.R_ARM_CALL), symbol: symbolGlobal, first: 0xebff_fffe}, {typ: uint32(elf.R_ARM_CALL), symbol: symbolFar, first: 0xebff_fffe},
	{typ: uint32(elf.R_ARM_MOVW_PREL_NC), first: 0xe300_0000}, {typ: uint32(elf.R_ARM_MOVT_PREL), symbol: symbolSame, first: 0xe340_0000},
	{typ: uint32(elf.R_ARM_REL32)}, {typ: uint32(elf.R_ARM_GOT_PREL), symbol: symbolFar}, {typ: uint32(elf.R_ARM_ABS32)},
}

var mixMips = []mixReloc{
	{typ: uint32(elf.R_MIPS_26), symbol: symbolGlobal, first: 0x0c00_0000}, {typ: uint32(elf.R_MIPS_CALL16), symbol: symbolFar, first: 0x8f99_0000},
	{typ: uint32(elf.R_MIPS_GOT16), first: 0x8f82_0000}, {typ: uint32(elf.R_MIPS_LO16), symbol: symbolSame, first: 0x2442_0000},
	{typ: uint32(elf.R_MIPS_HI16), first: 0x3c02_0000}, {typ: uint32(elf.R_MIPS_LO16), symbol: symbolSame, first: 0x2442_0000},
	{typ: uint32(elf.R_MIPS_GOT16), symbol: symbolFar, first: 0x8f82_0000}, {typ: uint32(elf.R_MIPS_32)},
}

var mixMips64 = []mixReloc{
	{typ: uint32(elf.R_MIPS_CALL16), symbol: symbolGlobal, first: 0xdf99_0000}, {typ: uint32(elf.R_MIPS_CALL16), symbol: symbolFar, first: 0xdf99_0000},
	{typ: uint32(elf.R_MIPS_GOT_PAGE), first: 0xdf82_0000}, {typ: uint32(elf.R_MIPS_GOT_OFST), symbol: symbolSame, first: 0x6442_0000},
	{typ: uint32(elf.R_MIPS_GOT_DISP), symbol: symbolFar, first: 0xdf82_0000}, {typ: uint32(elf.R_MIPS_64)},
}

var mixPPC64 = []mixReloc{
	{typ: uint32(elf.R_PPC64_REL24), symbol: symbolGlobal, first: 0x4800_0001, second: ppcNop}, {typ: uint32(elf.R_PPC64_REL24), symbol: symbolFar, first: 0x4800_0001, second: ppcNop},
	{typ: uint32(elf.R_PPC64_TOC16_HA)}, {typ: uint32(elf.R_PPC64_TOC16_LO), symbol: symbolSame},
	{typ: uint32(elf.R_PPC64_TOC16_HA)}, {typ: uint32(elf.R_PPC64_TOC16_LO_DS), symbol: symbolSame}, {typ: uint32(elf.R_PPC64_ADDR64)},
}

var mixBPF = []mixReloc{
	{typ: 1 /* 64_64 */, first: 0x18}, {typ: 10 /* 64_32 */, symbol: symbolGlobal}, {typ: 10, symbol: symbolFar}, {typ: 2 /* 64_ABS64 */},
}

// mixRISCV has the pair of a GOT entry, whose second half names the instruction with the first.
func mixRISCV(word elf.R_RISCV) []mixReloc {
	return []mixReloc{
		{typ: uint32(elf.R_RISCV_CALL_PLT), symbol: symbolGlobal}, {typ: uint32(elf.R_RISCV_CALL_PLT), symbol: symbolFar},
		{typ: riscvPCRelHi20}, {typ: uint32(elf.R_RISCV_PCREL_LO12_I), symbol: symbolPlace},
		{typ: riscvGOTHi20, symbol: symbolFar}, {typ: uint32(elf.R_RISCV_PCREL_LO12_I), symbol: symbolPlace}, {typ: uint32(word)},
	}
}
