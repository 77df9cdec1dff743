package runtimedyld

import "debug/elf"

func init() {
	abis["s390x"] = abi{
		prefix: "R_390_", name: func(typ uint32) string { return elf.R_390(typ).String() },
		more: map[uint32]string{34: "R_390_PLTOFF16", 35: "R_390_PLTOFF32", 36: "R_390_PLTOFF64", 61: "R_390_IRELATIVE", 62: "R_390_PC12DBL", 63: "R_390_PLT12DBL", 64: "R_390_PC24DBL", 65: "R_390_PLT24DBL",
			250: "R_390_GNU_VTINHERIT", 251: "R_390_GNU_VTENTRY"},
		rows: map[uint32]abiRow{
			0: {"0", 0}, 1: {"S + A", 8}, 2: {"S + A", 16}, 3: {"S + A", 16}, 4: {"S + A", 32}, 5: {"S + A - P", 32}, 6: {"G + A", 16}, 7: {"G + A", 32}, 8: {"L + A - P", 32},
			13: {"S + A - GOT", 32}, 14: {"GOT + A - P", 64}, 15: {"G + A", 16}, 16: {"S + A - P", 16}, 17: {"S + A - P", 16}, 18: {"L + A - P", 16},
			19: {"S + A - P", 32}, 20: {"L + A - P", 32}, 21: {"GOT + A - P", 32}, 22: {"S + A", 64}, 23: {"S + A - P", 64}, 24: {"G + A", 64}, 25: {"L + A - P", 64},
			26: {"G + GOT + A - P", 32}, 27: {"S + A - GOT", 16}, 28: {"S + A - GOT", 64}, 29: {"G + A", 16}, 30: {"G + A", 16}, 31: {"G + A", 32}, 32: {"G + A", 64},
			33: {"G + GOT + A - P", 32}, 34: {"L + A - GOT", 16}, 35: {"L + A - GOT", 32}, 36: {"L + A - GOT", 64}, 37: {"0", 0}, 38: {"0", 0}, 39: {"0", 0},
			41: {"G + A", 64}, 42: {"G + A", 16}, 44: {"G + A", 64}, 46: {"G + A", 64}, 48: {"G + GOT + A", 64}, 49: {"G + GOT + A - P", 32}, 51: {"T + A", 64},
			53: {"D + A", 64}, 57: {"S + A", 32}, 58: {"G + A", 32}, 59: {"G + A", 32}, 60: {"G + A", 32}, 62: {"S + A - P", 16}, 63: {"L + A - P", 16},
			64: {"S + A - P", 24}, 65: {"L + A - P", 24}, 250: {"0", 0}, 251: {"0", 0},
		},
	}
	crossTargets["s390x"] = crossTarget{
		compilers: []string{"clang-19 --target=s390x-linux-gnu", "s390x-linux-gnu-gcc"}, link: []string{"--no-relax"}, got: ".got", bases: []uint64{0x20_0000, 0x7000_0000_0000},
		flags:     []string{"-O2 -fpic", "-O2 -fPIC -march=z10", "-O3 -fno-pic -march=z13 -ffunction-sections", "-O3 -fPIC -fno-plt", "-O1 -fpic -ffunction-sections", "-Os -fno-pic -fdata-sections"},
		assembler: systemzAssembler,
	}
	execTargets["s390x"] = execTarget{
		emulator: "qemu-s390x", compilers: []string{"s390x-linux-gnu-gcc", "clang-19 --target=s390x-linux-gnu"},
		flags: []string{"-O2 -fPIC high", "-O2 -fpic -ftls-model=local-dynamic", "-O1 -fPIC -ftls-model=initial-exec", "-O1 -fno-pic -ftls-model=initial-exec", "-Os -fPIC -fno-plt"},
		start: `
	.globl _start, __tls_get_offset
_start:	lgrl %r1, pointer
	sar %a1, %r1
	srlg %r1, %r1, 32
	sar %a0, %r1
	aghi %r15, -160
	brasl %r14, check
	svc 1
__tls_get_offset:
	la %r1, 0(%r2,%r12)
	lg %r2, 0(%r1)
	ag %r2, 8(%r1)
	lgrl %r1, pointer
	sgr %r2, %r1
	br %r14
	.data
	.p2align 3
pointer: .quad thread_pointer
`,
	}
}

// systemzAssembler has what compilers write seldom.
var systemzAssembler = []string{`
	.text
	.globl main
main:	brasl %r14, far_function
	brasl %r14, far_function@PLT
	jg far_function@PLT
	jgne local
	bras %r14, local
	j local
	larl %r12, _GLOBAL_OFFSET_TABLE_
	larl %r1, far_data
	larl %r1, own_data+0x1234
	lgrl %r1, own_data
	la %r1, small
	lay %r1, medium
	lg %r1, small(%r2)
	lhi %r1, medium2
	.section .text.second, "ax"
local:	brasl %r14, main
	.data
	.globl own_data
	.p2align 3
own_data:
	.quad far_data, far_data+0x100000000, main, local+3, own_data-8, weak_data
	.quad far_data-.
	.long far_data-., main-.
	.short medium2
	.byte tiny
	.quad far_data
	.weak weak_data
	.globl small, medium, medium2, tiny
	small = 0x765
	medium = -0x12345
	medium2 = 0x1234
	tiny = 77
`, `# clang
	.text
	lgrl %r1, far_data@GOT
	larl %r1, own_data@GOT
	.data
own_data: .quad 0
`, `# gcc
	.machine zEC12
	.text
	lg %r1, far_data@GOT(%r12)
	l %r1, own_data@GOT(%r12)
	ly %r1, own_data@GOT(%r12)
	lhi %r1, other@GOT
	lgrl %r1, far_data@GOTENT
	larl %r1, own_data@GOTENT
	lgf %r1, far_function@GOT(%r12)
	bprp 1, near, other
	bprp 1, near@PLT, other@PLT
near:	bpp 1, near, 0
	.section .text.other, "ax"
other:	br %r14
	.data
	.globl own_data
own_data: .quad far_function@PLTOFF, far_function@PLT - ., own_data@GOTOFF
	.long own_data@GOTOFF, far_function@PLTOFF, far_function@PLT - .
	.short own_data@GOTOFF, own_data@GOT
	.long own_data@GOT
	.quad own_data@GOT, _GLOBAL_OFFSET_TABLE_-.
`}
