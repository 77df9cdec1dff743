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

func init() {
	const start = `
	.globl _start, __tls_get_addr
	.section ".text"
#if _CALL_ELF != 2
	.macro FUNCTION name
	.pushsection .opd, "aw"
	.p2align 3
\name: .quad .L\name, .TOC.@tocbase, 0
	.popsection
	.type \name, @function
.L\name:
	.endm
#else
	.abiversion 2
	.macro FUNCTION name
	.type \name, @function
\name:
	.endm
#endif
	FUNCTION _start
	lis 2, .TOC.@ha
	addi 2, 2, .TOC.@l
	lis 13, thread_pointer@ha
	addi 13, 13, thread_pointer@l
	stdu 1, -128(1)
	bl check
	nop
	li 0, 1
	sc
	FUNCTION __tls_get_addr
	ld 4, 0(3)
	ld 3, 8(3)
	add 3, 3, 4
	addis 3, 3, 1
	addi 3, 3, -0x8000
	blr
`
	e := execTarget{
		emulator: "qemu-ppc64le", cpu: "power10", compilers: []string{"powerpc64le-linux-gnu-gcc", "clang-19 --target=powerpc64le-linux-gnu"}, threadOffset: 16,
		flags: []string{"-O2 -fPIC high", "-Os -fPIC", "-O0 -fPIC -mcmodel=small small", "-O2 -fPIC -mcmodel=small -ftls-model=initial-exec small",
			"-O1 -fPIC -mcmodel=small -ftls-model=local-dynamic small", "-O2 -fPIC -mcmodel=large", "-O2 -fPIC -ftls-model=local-dynamic", "-O1 -fPIC -ftls-model=initial-exec",
			"-O2 -mcpu=power10 -fPIC", "-O1 -mcpu=power10 -fno-pic high"},
		start: start,
	}
	execTargets["ppc64le"] = e
	gcc := e
	gcc.compilers, gcc.onlyFlags = e.compilers[:1], true
	gcc.flags = []string{"-O2 -fPIC -mlongcall", "-O1 -fno-plt -fPIC", "-O2 -mlongcall -fno-pic", "-O2 -mlongcall -mno-pltseq -fPIC", "-O2 -fPIC -mminimal-toc small", "-O2 -mcmodel=small -mlongcall small",
		"-Os -mcmodel=small -fcommon small", "-O2 -mcpu=power9 -mno-fp-in-toc -fPIC"}
	execTargets["ppc64le gcc"] = gcc
	gcc.emulator, gcc.compilers = "qemu-ppc64", []string{"powerpc64-linux-gnu-gcc"}
	execTargets["ppc64 gcc"] = gcc
	e.emulator, e.compilers = "qemu-ppc64", []string{"powerpc64-linux-gnu-gcc", "clang-19 --target=powerpc64-linux-gnu", "clang-19 --target=powerpc64-linux-musl"}
	e.flags = e.flags[:8]
	execTargets["ppc64"] = e
}

func init() {
	c := crossTarget{
		compilers: []string{"clang-19 --target=powerpc64le-linux-gnu", "powerpc64le-linux-gnu-gcc"}, got: ".got", bases: []uint64{0x100_0000},
		link: []string{"--no-toc-optimize", "--no-pcrel-optimize", "--no-relax"},
		adapt: foreignCalls(func(row *howto) uint64 {
			switch {
			case row.formula != &formulaBranch:
				return 0
			case row.need&needTOC == 0:
				return 4
			}
			return 8
		}),
		flags: []string{"-O2 -mcpu=power10 -fPIC", "-O0 -mcpu=power10 -fno-pic", "-O1 -mcpu=power10 -fPIC -ffunction-sections", "clang -O2 -mcmodel=large", "clang -O2 -fPIC -mcpu=power9",
			"-O2 -mcpu=power9 -fno-pic", "-O2 -mcmodel=small -fPIC", "-O0 -mcmodel=small -fPIC -ftls-model=initial-exec", "-O1 -mcmodel=small -fno-pic -ffunction-sections"},
		assembler: []string{ppc64Assembler},
	}
	crossTargets["ppc64le"] = c
	c.compilers = []string{"clang-19 --target=powerpc64-linux-musl"} // version 2, which is what ld.lld knows
	c.flags = append(c.flags, "-O0 -mcpu=power10 -fPIC", "-O3 -mcpu=power10 -fPIC", "-O2 -mcpu=power8 -fPIC", "-O2 -mcpu=power8 -fno-pic", "-O1 -mcpu=power8 -fPIE", "-O0 -mcpu=power8 -fPIC -ffunction-sections",
		"-Os -mcpu=power9 -fno-pic", "-O1 -mcpu=power10 -fno-pic -fdata-sections")
	crossTargets["ppc64"] = c
}

// ppc64Assembler has what compilers write seldom.
const ppc64Assembler = `
	.abiversion 2
	.text
	.globl main
main:
	lis 3, own_data@highest
	ori 3, 3, own_data@higher
	lis 4, own_data@highesta
	ori 4, 4, own_data@highera
	lis 5, own_data@h
	lis 6, own_data@ha
	addi 6, 6, own_data@l
	ld 7, own_data@l(6)
	lwz 8, own_data@l+4(6)
	addis 9, 2, own_data@toc@ha
	addi 9, 9, own_data@toc@l
	ld 10, own_data@toc@l(9)
	addis 9, 2, own_data@toc@h
	addis 9, 2, far_data@got@ha
	ld 9, far_data@got@l(9)
	addis 9, 2, far_data@got@h
	ld 9, far_data@got(2)
	ld 9, own_data@got(2)
	bc 12, 2, local
	bc 4, 2, main
	ba 0x1000
	b local
	lis 4, local-main@ha
	.reloc ., R_PPC64_REL16_HA, far_data
	lis 4, 0
	.reloc ., R_PPC64_REL16_LO, far_data
	addi 4, 4, 0
	.reloc ., R_PPC64_REL16_HI, far_data
	lis 4, 0
local:	blr
	.data
	.p2align 3
	.globl own_data
own_data:
	.quad far_data, far_data+0x100000000, main, local+3, own_data-8
	.quad far_data-., main-own_data
	.long main-., absolute
	.short absolute-0x100
	.quad far_data@toc
	.quad .TOC.@tocbase
	.globl absolute
	.set absolute, 0x1234
`
