package runtimedyld

import (
	"debug/elf"
	"slices"
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
		more: map[uint32]string{563: "R_AARCH64_TLSDESC_LD64_LO12", 564: "R_AARCH64_TLSDESC_ADD_LO12", 1041: "R_AARCH64_AUTH_RELATIVE"}, // debug/elf has names of before 2019
	}
}

func init() {
	c := crossTarget{
		compilers: []string{"clang-19 --target=aarch64-linux-gnu", "aarch64-linux-gnu-gcc"}, link: []string{"--no-relax"}, got: ".got", bases: []uint64{0x20_0000, 0x7000_0000_0000},
		flags: []string{"-O2 -fno-pic -mcmodel=tiny", "-O2 -fno-pic -mcmodel=large", "-O2 -fPIC -mbranch-protection=standard", "gcc -O2 -fpic", "clang -O2 -fno-pic -fno-direct-access-external-data",
			"-O3 -fPIC -fno-plt"},
		assembler: aarch64Assembler,
	}
	crossTargets["aarch64"] = c
	c.compilers = []string{"clang-19 --target=aarch64_be-linux-gnu"}
	c.flags = append(slices.Clone(c.flags), "-O1 -fPIC", "-Os -fno-pic", "-O3 -fPIC", "-O0 -fPIE -ffunction-sections", "-O1 -fno-pic -fdata-sections", "-O1 -fPIE -ffunction-sections", "-O3 -fno-pic -ffunction-sections",
		"-O0 -fno-pic -mbranch-protection=standard")
	crossTargets["aarch64_be"] = c
}

func init() {
	e := execTarget{
		emulator: "qemu-aarch64", compilers: []string{"aarch64-linux-gnu-gcc", "clang-19 --target=aarch64-linux-gnu"}, threadOffset: 16,
		flags: []string{"-O2 -fPIC high", "-O0 -fPIC high -mbranch-protection=standard", "-O2 -fno-pic -mcmodel=large -DNO_THREADS high", "-O2 -fPIC -ftls-model=local-dynamic",
			"-O1 -fPIC -ftls-model=initial-exec", "-Os -fPIC -fno-plt high"},
		start: `
	.globl _start, __tls_get_addr, thread_descriptor
_start:	ldr x0, =thread_pointer
	msr tpidr_el0, x0
	bl check
	mov x8, #93
	svc #0
__tls_get_addr:
	ldp x0, x1, [x0]
	add x0, x0, x1
	ret
thread_descriptor:
	ldr x0, [x0, #8]
	ret
`,
	}
	execTargets["aarch64"] = e
	e.emulator, e.compilers = "qemu-aarch64_be", []string{"clang-19 --target=aarch64_be-linux-gnu"}
	execTargets["aarch64_be"] = e
}

// aarch64Assembler has what compilers write seldom.
var aarch64Assembler = []string{`
	.text
	.globl main
main:	b far_function
	bl far_function
	bl weak_function
	b weak_function
	cbz x0, local
	b.ne local
	tbz x0, #3, local
	tbnz w1, #7, weak_function
	b.eq weak_function
	ldr x0, literal
	ldr w1, weak_data
	adr x2, literal + 3
	adr x3, weak_data
	adrp x4, far_data
	add x4, x4, :lo12:far_data
	ldrb w5, [x4, :lo12:own_data + 1]
	ldrh w5, [x4, :lo12:own_data + 2]
	ldr w5, [x4, :lo12:own_data + 4]
	ldr x5, [x4, :lo12:own_data + 8]
	ldr q5, [x4, :lo12:own_data + 16]
	str x5, [x4, :lo12:own_data + 8]
	adrp x4, :pg_hi21_nc:own_data + 0x12345
	movz x6, :abs_g0:0x1234
	movz x6, :abs_g3:far_data
	movk x6, :abs_g2_nc:far_data
	movk x6, :abs_g1_nc:far_data
	movk x6, :abs_g0_nc:far_data + 7
	movz x7, :abs_g2:own_data
	movz x8, :prel_g3:far_data
	movk x8, :prel_g2_nc:far_data
	movk x8, :prel_g1_nc:main
	movk x8, :prel_g0_nc:main
	movz x8, :prel_g2:far_data
	movz x8, :prel_g2:main
	movz x8, :prel_g1:main
	movn x8, :prel_g1:own_data
	movn x8, :abs_g2_s:own_data
	adrp x9, :got:far_data
	ldr x9, [x9, :got_lo12:far_data]
	adrp x10, :got:far_data
	ldr x10, [x10, :gotpage_lo15:far_data]
	ldr x9, :got:own_data
	.section .text.second, "ax"
local:	bl main
literal: .xword far_data
	.data
	.p2align 4
	.globl own_data
own_data:
	.xword far_data, far_data+0x100000000, main, local+3, own_data-8
	.xword far_data-., main-own_data, weak_data-.
	.word main-., far_data-.-8
	.hword absolute, .Lend-.
	.byte 1
	.xword far_data
	.weak weak_function, weak_data
	.globl absolute
	absolute = 0x7654
.Lend:
`, `# clang alone knows these
	.data
table:	.word far_function@PLT - .
	.word table@PLT - . + 4
	.word far_data@GOTPCREL - .
	.word far_data@GOTPCREL + 4 - .
	.word weak_function@PLT - .
	.weak weak_function
`}

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
