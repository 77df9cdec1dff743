package runtimedyld

import (
	"debug/elf"
	"strings"
)

func init() {
	more := map[uint32]string{37: "R_PPC_ADDR30", 95: "R_PPC_TLSGD", 96: "R_PPC_TLSLD", 119: "R_PPC_PLTSEQ", 120: "R_PPC_PLTCALL", 246: "R_PPC_REL16DX_HA", 248: "R_PPC_IRELATIVE",
		249: "R_PPC_REL16", 250: "R_PPC_REL16_LO", 251: "R_PPC_REL16_HI", 252: "R_PPC_REL16_HA", 253: "R_PPC_GNU_VTINHERIT", 254: "R_PPC_GNU_VTENTRY", 255: "R_PPC_TOC16"}
	for i, name := range strings.Fields("REL8 REL15 REL24 LO16A LO16D HI16A HI16D HA16A HA16D SDA21 SDA21_LO SDAREL_LO16A SDAREL_LO16D SDAREL_HI16A SDAREL_HI16D SDAREL_HA16A SDAREL_HA16D ADDR20") {
		more[216+uint32(i)] = "R_PPC_VLE_" + name
	}
	abis["ppc"] = abi{prefix: "R_PPC_", name: func(typ uint32) string { return elf.R_PPC(typ).String() }, more: more, rows: ppcABI(more)}
	crossTargets["ppc"] = crossTarget{
		compilers: []string{"clang-19 --target=powerpc-linux-gnu", "powerpc-linux-gnu-gcc"}, got: ".got", bases: []uint64{0x100_0000}, outline: true,
		adapt: foreignCalls(func(row *howto) uint64 {
			if row.formula == &formulaBranch || row.formula == &formulaPLTBranch {
				return 4
			}
			return 0
		}),
		flags: []string{"-O2 -fpic -msecure-plt", "-O0 -fpie -msecure-plt", "-O1 -fPIC -ffunction-sections", "-O3 -fPIC", "-Os -fno-pic", "-O1 -fno-pic -ffunction-sections", "-O1 -fpic -msecure-plt -fdata-sections"},
	}
	execTargets["ppc"] = execTarget{
		emulator: "qemu-ppc", compilers: []string{"powerpc-linux-gnu-gcc", "clang-19 --target=powerpc-linux-gnu"}, threadOffset: 16,
		flags: []string{"-O2 -fpic -msecure-plt -DNO_THREADS", "-O2 -fpic -msecure-plt", "-O2 -fPIC -ftls-model=local-dynamic", "-O1 -fPIC -ftls-model=initial-exec", "-O2 -fpic", "-O0 -fpic"},
		start: ppcStart("thread_pointer"),
	}
	gcc := execTargets["ppc"]
	gcc.compilers, gcc.onlyFlags = gcc.compilers[:1], true
	gcc.flags = []string{"-O2 -mbss-plt -fpic", "-O0 -mbss-plt -fpic", "-O3 -mbss-plt -fPIC", "-Os -mbss-plt -fpic", "-O2 -mlongcall -fno-pic", "-O2 -mlongcall -fpic -msecure-plt", "-O0 -mlongcall -fPIC -msecure-plt",
		"-O1 -fno-plt -fPIC", "-Os -fno-pic", "-Os -fPIC", "-Os -fpic -msecure-plt", "-Os -mmultiple -fno-pic", "-O2 -mcpu=476fp -fpic -mbss-plt", "-O2 -mcpu=7450 -maltivec -fPIC"}
	execTargets["ppc gcc"] = gcc
	small := execTargets["ppc"]
	small.compilers, small.onlyFlags = small.compilers[:1], true
	small.flags = []string{"-O0 -fno-pic -msdata=sysv small", "-O2 -fno-pic -msdata=sysv -G 64 small", "-O1 -fno-pic -msdata=sysv -fcommon -fdata-sections small", "-O2 -fno-pic -msdata=sysv small / -O2 -fPIC small"}
	execTargets["ppc small"] = small
	small.flags = []string{"-O0 -fno-pic -msdata=eabi -meabi -DNO_THREADS small", "-O2 -fno-pic -msdata=eabi -meabi -G 64 -DNO_THREADS small", "-O2 -fno-pic -msdata=eabi -meabi -fcommon -DNO_THREADS small",
		"-O1 -fno-pic -msdata=eabi -meabi -DNO_THREADS small / -O2 -fno-pic -msdata=sysv -DNO_THREADS small"}
	small.start = ppcStart("_SDA2_BASE_")
	execTargets["ppc constants"] = small
}

// ppcStart is what begins a program; r2 is the thread pointer, or the base of constants.
func ppcStart(r2 string) string {
	return `
	.globl _start, __tls_get_addr
_start:	lis 2, ` + r2 + `@ha
	addi 2, 2, ` + r2 + `@l
	lis 13, _SDA_BASE_@ha
	addi 13, 13, _SDA_BASE_@l
	stwu 1, -64(1)
	bl check
	li 0, 1
	sc
__tls_get_addr:
	lwz 4, 0(3)
	lwz 3, 4(3)
	add 3, 3, 4
	addis 3, 3, 1
	addi 3, 3, -0x8000
	blr
`
}

// ppcABI is the columns "Field" and "Expression" of the ABI's table; #lo, #hi and #ha are matters of the field here.
func ppcABI(more map[uint32]string) map[uint32]abiRow {
	types, rows := map[string]uint32{}, map[uint32]abiRow{}
	for typ := range uint32(256) {
		types[elf.R_PPC(typ).String()] = typ
		if name := more[typ]; name != "" {
			types[name] = typ
		}
	}
	for _, group := range []struct {
		names, endings, formula string
		bits                    int
	}{
		{"NONE TLS TLSGD TLSLD PLTSEQ PLTCALL GNU_VTINHERIT GNU_VTENTRY", "", "0", 0},
		{"ADDR32 UADDR32 ADDR24 ADDR14 ADDR14_BRTAKEN ADDR14_BRNTAKEN", "", "S + A", 32},
		{"UADDR16", "", "S + A", 16},
		{"ADDR16", " _LO _HI _HA", "S + A", 16},
		{"REL24 PLTREL32", "", "L + A - P", 32},
		{"PLTREL24", "", "L - P", 32},
		{"REL14 REL14_BRTAKEN REL14_BRNTAKEN REL32 LOCAL24PC ADDR30 REL16DX_HA", "", "S + A - P", 32},
		{"REL16", " _LO _HI _HA", "S + A - P", 16},
		{"GOT16 GOT_TLSGD16 GOT_TLSLD16 GOT_TPREL16", " _LO _HI _HA", "G + A", 16},
		{"PLT16", "_LO _HI _HA", "G + GOT", 16},
		{"TPREL16", " _LO _HI _HA", "T + A", 16},
		{"DTPREL16", " _LO _HI _HA", "D + A", 16},
		{"TPREL32", "", "T + A", 32},
		{"DTPREL32", "", "D + A", 32},
		{"SDAREL16", "", "S + A - SDA", 16},
		{"EMB_SDA21", "", "S + A - SDA", 32},
		{"EMB_SDA2REL", "", "S + A - SDA2", 16},
		{"EMB_SDAI16", "", "G + GOT - SDA", 16},
		{"EMB_SDA2I16", "", "G + GOT - SDA2", 16},
		{"EMB_NADDR32", "", "A - S", 32},
		{"EMB_NADDR16", " _LO _HI _HA", "A - S", 16},
	} {
		for _, name := range strings.Fields(group.names) {
			for _, ending := range strings.Split(group.endings, " ") {
				rows[types["R_PPC_"+name+ending]] = abiRow{group.formula, group.bits}
			}
		}
	}
	return rows
}

// foreignCalls takes calls for equal that are other ones here than in an executable, because the function is outside: of as many bytes as size says.
func foreignCalls(size func(row *howto) uint64) func(c *crossSection, row *howto, i int) bool {
	return func(c *crossSection, row *howto, i int) bool {
		r := &c.relocs[i]
		n := size(row)
		if n == 0 || !c.isForeign(r.Sym) {
			return false
		}
		c.same(r.Offset, n)
		return true
	}
}
