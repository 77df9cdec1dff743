package runtimedyld

import (
	"encoding/binary"
	"strings"

	"github.com/gomcjit/gomcjit/internal/testenv"
)

// corpusThreads has thread-local variables of all kinds of access.
const corpusThreads = `
extern int far_function(int);
__thread int initial = 7, zero;
static __thread int own[4] = { 1, 2 };
int *of_initial(void) { return &initial; }
int sum(int n) { return initial + zero + own[n & 3] + far_function(own[0]); }
void set(int n) { own[n & 3] = n; zero = n; initial = n; }
`

// corpusRISCV is what compilers write seldom: see corpusAssembler.
const corpusRISCV = `
	.text
	.globl main
	.type main, @function
main:	nop
	.p2align 4
	call far_function
	tail far_function
	jal main
	j local
	beqz a0, main
	la a0, far_data
	lga a1, own_data
	lla a2, own_data+0x1234
	sw a0, own_data+8, a3
	lw a0, far_data
	lui a0, %hi(far_data)
	addi a0, a0, %lo(far_data)
	sw a0, %lo(far_data+4)(a0)
second:	addi a0, a0, %pcrel_lo(first)
	j 1f
first:	auipc a0, %pcrel_hi(own_data+0x800)
	sw a1, %pcrel_lo(first)(a0)
	j second
1:	.option rvc
	c.j local
	c.beqz a0, 1b
	.p2align 3
local:	ret
	.section .rodata
	.word 1b-main
	.half 1b-main
	.byte local-1b
	.uleb128 local-main
	.word far_function@plt-.
	.word main-.
	.reloc ., R_RISCV_GOT32_PCREL, far_data
	.word 0
	.data
	.globl own_data
own_data:
	.long far_data, main, local+3, own_data-8
`

// riscvAdapt compares GOT entries, whose order is each linker's own: an auipc has the one half of where they are, what is paired with it the other one.
func riscvAdapt(c *crossSection, row *howto, i int) bool {
	r := &c.relocs[i]
	if row.name == "R_RISCV_GOT32_PCREL" {
		at := c.addr + r.Offset
		c.entry(row, r, at+uint64(int32(word32(c.ours, r.Offset))), at+uint64(int32(word32(c.theirs, r.Offset))), c.o.arch.slotSize)
		c.same(r.Offset, 4)
	}
	if row.formula == nil || row.formula.text != "S - P" {
		return true
	}
	label := c.symbols[r.Sym].Value
	for i := range c.relocs {
		first := &c.relocs[i]
		row := c.o.arch.row(first.Type)
		if first.Offset != label || !riscv64.isFirst(first.Type) || row.need&(needSlot|needEntry) == 0 {
			continue
		}
		where := func(b []byte) uint64 {
			x := c.addr + label + uint64(int32(word32(b, label)&^0xfff)) + uint64(int32(word32(b, r.Offset))>>20)
			if c.o.arch.narrow {
				x = uint64(uint32(x))
			}
			return x
		}
		size := c.o.arch.slotSize
		if row.need&needPair != 0 {
			size *= 2
		}
		c.entry(row, r, where(c.ours), where(c.theirs), size)
		c.same(label, 4)
		c.same(r.Offset, 4)
		break
	}
	return true
}

// Objects that may be relaxed, and such that may not. Those whose sections shrink by what other sections are near to are left out: ld.lld knows where they will stay. Names of elsewhere are out
// of the reach of jal for ld.lld, too; what may be another object's function in the end is called in full here.
func init() {
	const plain = "-fno-asynchronous-unwind-tables"
	for _, bits := range []string{"32", "64"} {
		c := crossTarget{
			flags: []string{"-O0 -fPIC", "-O2 -fPIC", "-O0 -fno-pic -mcmodel=medlow", "-O2 -fno-pic -mcmodel=medlow", "-O2 -fno-pic -mcmodel=medany", "-Os -fPIE", "-O2 -fPIC -fno-jump-tables"},
			sources: []crossSource{
				{testenv.C, corpusC, plain, ""}, {testenv.C, corpusC, "-ffunction-sections -g", ""}, {testenv.C, corpusThreads, "", ""}, {testenv.CXX, corpusCXX, "", ""},
			},
			compilers: riscvCompilers(bits, " -mno-relax"), onlyFlags: true, assembler: []string{"# clang\n" + corpusRISCV}, high: isPositionIndependent,
			starts: map[string]uint64{".externals": 0x1000_0000, ".text": 0x1100_0000}, bases: []uint64{0x20_0000, 0x70_0000_0000}, all: true, adapt: riscvAdapt,
			least: crossSum{objects: 40, relocs: 3000, slots: 300},
		}
		if bits == "32" {
			c.bases = c.bases[:1]
		}
		crossTargets["riscv"+bits] = c
		c.compilers = riscvCompilers(bits, " -mrelax")
		c.sources = []crossSource{{testenv.C, strings.Replace(corpusC, "__attribute__((weak)) overridable", "__attribute__((noinline)) overridable", 1), plain, ""}}
		c.least = crossSum{objects: 12, relocs: 1000, slots: 100, shrunk: 5}
		crossTargets["riscv"+bits+" relaxed"] = c
	}
}

func riscvCompilers(bits, args string) []string {
	gcc := "riscv64-linux-gnu-gcc" + args
	if bits == "32" {
		gcc += " -march=rv32gc -mabi=ilp32d"
	}
	return []string{"clang-19 --target=riscv" + bits + "-linux-gnu" + args, gcc}
}

func word32(b []byte, off uint64) uint64 { return uint64(binary.LittleEndian.Uint32(b[off:])) }
