package runtimedyld

import "strings"

func init() {
	const names = `NONE 32 16 8 PC32 PC16 PC8 GOT32 GOT16 GOT8 GOT32O GOT16O GOT8O PLT32 PLT16 PLT8 PLT32O PLT16O PLT8O COPY GLOB_DAT JMP_SLOT RELATIVE GNU_VTINHERIT GNU_VTENTRY
		TLS_GD32 TLS_GD16 TLS_GD8 TLS_LDM32 TLS_LDM16 TLS_LDM8 TLS_LDO32 TLS_LDO16 TLS_LDO8 TLS_IE32 TLS_IE16 TLS_IE8 TLS_LE32 TLS_LE16 TLS_LE8 TLS_DTPMOD32 TLS_DTPREL32 TLS_TPREL32`
	doc := abi{prefix: "R_68K_", name: func(uint32) string { return "" }, more: map[uint32]string{}, rows: map[uint32]abiRow{0: {"0", 0}, 23: {"0", 0}, 24: {"0", 0},
		4: {"S + A - P", 32}, 5: {"L + A - P", 16}, 6: {"S + A - P", 8}}}
	for i, name := range strings.Fields(names) {
		doc.more[uint32(i)] = "R_68K_" + name
	}
	for first, formula := range map[uint32]string{1: "S + A", 7: "G + GOT + A - P", 10: "G + A", 13: "L + A - P", 25: "G + A", 28: "G + A", 31: "D + A", 34: "G + A", 37: "T + A"} {
		for i := range uint32(3) {
			doc.rows[first+i] = abiRow{formula, 32 >> i}
		}
	}
	abis["m68k"] = doc
	crossTargets["m68k"] = crossTarget{
		compilers: []string{"m68k-linux-gnu-gcc"}, ld: "m68k-linux-gnu-ld", bases: []uint64{0x10_0000, 0x7000_0000},
		flags: []string{"-O2 -fpic", "-O1 -fpic", "-O2 -m68000 -fno-pic", "-O2 -m68040 -fPIC", "-O3 -fPIC -ffunction-sections", "-O3 -fno-pic", "-Os -fno-pic -mcpu=5475",
			"-O2 -fPIC -mcpu=5475", "-O2 -m68000 -fPIC", "-O2 -m68060 -fno-pic", "-O0 -fpic -fcommon", "-O0 -fno-pic -m68000", "-O1 -fPIC -m68020-40", "-Og -fPIC", "-Og -fno-pic", "-O0 -mcpu=5475",
			"-O2 -m68030 -fno-pic -fno-jump-tables", "-O1 -m68020-60 -fpic", "-O2 -mcpu32 -fPIC", "-Os -mcpu=5206 -fPIC", "-O1 -mcpu=5307 -fno-pic", "-O2 -mcpu=5407 -fpic", "-O3 -m68060 -fPIC",
			"-Os -m68000 -fpic", "-O3 -funroll-loops -fPIC", "-O2 -fPIC -fcommon -fdata-sections", "-O1 -m68010 -fno-pic", "-O2 -fPIC -mxgot", "-O0 -fPIE -m68040", "-O3 -mcpu=5475 -fPIE -ffunction-sections",
			"-O1 -fPIC -fvisibility=protected", "-Og -mcpu=5307 -fPIC"},
		assembler: []string{m68kAssembler},
	}
	execTargets["m68k"] = execTarget{
		emulator: "qemu-m68k", compilers: []string{"m68k-linux-gnu-gcc"}, threadOffset: -0x7000,
		flags: []string{"-O2 -fpic", "-O2 -fPIC -ftls-model=local-dynamic", "-O1 -fPIC -ftls-model=initial-exec", "-O1 -fno-pic -ftls-model=initial-exec"},
		start: `
	.globl _start, __m68k_read_tp, __tls_get_addr
_start:	jsr check
	move.l %d0, %d1
	moveq #1, %d0
	trap #0
__m68k_read_tp:
	lea thread_pointer, %a0
	rts
__tls_get_addr:
	move.l 4(%sp), %a0
	move.l (%a0)+, %d0
	add.l (%a0), %d0
	add.l #0x8000, %d0
	move.l %d0, %a0
	rts
`,
	}
}

// m68kAssembler has what compilers write seldom.
const m68kAssembler = `
	.text
	.globl main
main:	jsr far_function
	bsr.l far_function@PLTPC
	bsr.w local
	bra.s near
	nop
near:	lea (%pc, _GLOBAL_OFFSET_TABLE_@GOTPC), %a5
	move.l (far_data@GOT, %a5), %a0
	move.l far_data@GOT.w(%a5), %a0
	move.l (far_function@GOTPC, %pc), %a0
	move.l own_data@GOT.w(%a5), %a0
	lea own_data, %a1
	lea (own_data+8, %pc), %a1
	.reloc ., R_68K_PLT16, local
	.short 0
	.section .text.second, "ax"
local:	rts
	.data
	.globl own_data
own_data:
	.long far_data, far_data+0x10000000, own_data-8, main, weak_data
	.long far_data-., main-.
	.short medium
	.byte tiny
	.reloc ., R_68K_PC8, own_data
	.byte 0
	.weak weak_data
	.globl medium, tiny
	medium = 0x1234
	tiny = 77
`
