package runtimedyld

import (
	"strings"
	"testing"

	"github.com/gomcjit/gomcjit/internal/testenv"
)

// corpusLoongArch is what compilers write seldom: see corpusAssembler.
const corpusLoongArch = `
	.text
	.globl main
	.type main, @function
main:	nop
	.p2align 5
	bl far_function
	b local
	beqz $a0, main
	beq $a0, $a1, local
	bceqz $fcc0, main
	pcaddu18i $ra, %call36(far_function)
	jirl $ra, $ra, 0
	pcaddi $a0, %pcrel_20(main)
	la.local $a0, own_data
	la.global $a1, own_data+0
	la.local $a2, $a3, own_data+0x1800
	la.global $a2, $a3, far_data
	la.abs $a4, far_data
	la.abs $a4, own_data+0x800
	pcalau12i $a0, %pc_hi20(far_function)
	jirl $ra, $a0, %pc_lo12(far_function)
	lu12i.w $a0, %got_hi20(far_data)
	ori $a0, $a0, %got_lo12(far_data)
	lu32i.d $a0, %got64_lo20(far_data)
	lu52i.d $a0, $a0, %got64_hi12(far_data)
	.p2align 4, , 8
local:	ret
	.section .rodata
	.word local-main
	.half local-main
	.byte local-main
	.uleb128 local-main
	.word main-.
	.dword main-.
	.word far_data-.
	.data
	.globl own_data
own_data:
	.dword far_data, main, local+3, own_data-8
`

// loongarchAdapt compares GOT entries, whose order is each linker's own. Code that has the upper bits of where one is has the lower ones, too, with the same symbol.
func loongarchAdapt(c *crossSection, row *howto, i int) bool {
	r, rows := &c.relocs[i], c.o.arch.rows
	if row.field != &loongarchLo12 || !strings.Contains(row.formula.text, "G") {
		return true
	}
	var high, far20, far12 uint64 // places, plus 1
	absolute := false
	for k := max(0, i-8); k < min(len(c.relocs), i+8); k++ {
		other := &c.relocs[k]
		if other.Sym != r.Sym || !strings.Contains(rows[other.Type].formula.text, "G") {
			continue
		}
		switch field := rows[other.Type].field; {
		case field == &loongarchHi20 && k < i:
			high, absolute = other.Offset+1, !strings.Contains(rows[other.Type].formula.text, "P")
		case field == &loongarchFar20 && k > i && far20 == 0:
			far20 = other.Offset + 1
		case field == &loongarchFar12 && k > i && far12 == 0:
			far12 = other.Offset + 1
		}
	}
	if high == 0 {
		return true
	}
	where := func(b []byte) uint64 {
		x := uint64(int32(word32(b, high-1) >> 5 << 12))
		low := word32(b, r.Offset) >> 10 & 0xfff
		if !absolute {
			x += pageOf(c.addr + high - 1)
			low = uint64(signExtend(low, 12))
		}
		if far20 != 0 && far12 != 0 {
			upper := word32(b, far20-1)>>5&0xf_ffff<<32 | word32(b, far12-1)>>10<<52
			if absolute {
				return x&0xffff_ffff | low | upper
			}
			low = low&0xffff_ffff | upper
		}
		return x + low
	}
	size := uint64(8)
	if c.o.tls != nil && c.o.tls.entries[threadEntry{sym: r.Sym, kind: needPair}] != 0 {
		size = 16
	}
	c.entry(row, r, where(c.ours), where(c.theirs), size)
	c.same(high-1, 4)
	c.same(r.Offset, 4)
	if far20 != 0 && far12 != 0 {
		c.same(far20-1, 4)
		c.same(far12-1, 4)
	}
	return true
}

// relaxing are clang-19's options for objects that may be relaxed.
const relaxing = " -Xclang -target-feature -Xclang +relax"

// Objects that may be relaxed, and such that may not. ld.lld leaves calls of the medium model as they are.
func init() {
	const clang = "clang-19 --target=loongarch64-linux-gnu"
	crossTargets["loongarch64"] = crossTarget{
		compilers: []string{clang}, onlyFlags: true, assembler: []string{corpusLoongArch}, high: isPositionIndependent,
		flags: []string{
			"-O0 -fPIC", "-O2 -fPIC", "-O0 -fno-pic", "-O2 -fno-pic", "-Os -fPIE", "-O2 -fPIC -mcmodel=medium", "-O2 -fno-pic -mcmodel=medium", "-O2 -fPIC -mcmodel=extreme",
			"-O0 -fno-pic -mcmodel=extreme", "-O1 -fPIE -mcmodel=extreme",
		},
		sources: []crossSource{
			{testenv.C, corpusC, "-fno-asynchronous-unwind-tables", ""}, {testenv.C, corpusC, "-ffunction-sections -g", ""}, {testenv.CXX, corpusCXX, "", ""}, {testenv.C, corpusThreads, "", ""},
			{testenv.C, strings.Replace(corpusC, "int __attribute__((weak)) overridable", "__attribute__((aligned(64))) int overridable", 1), relaxing, "medium"},
		},
		more: func(t *testing.T) []compiled {
			var c crossTarget
			return []compiled{c.compile(t, clang, crossSource{lang: testenv.CXX, text: "__asm__(R\"(" + corpusLoongArch + ")\");", flags: relaxing}, "-O2")}
		},
		bases: []uint64{0x20_0000, 0x70_0000_0000}, all: true, adapt: loongarchAdapt, least: crossSum{objects: 45, relocs: 5000, slots: 700, shrunk: 8},
	}
}
