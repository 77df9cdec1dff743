package runtimedyld

import (
	"fmt"
	"strings"
	"testing"

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

// riscvSlots compares GOT entries, whose order is each linker's own: an auipc has the one half of where they are, what is paired with it the other one.
func riscvSlots(c *foreignSection, i int) {
	r := &c.relocs[i]
	row := c.o.arch.row(r.Type)
	if row.name == "R_RISCV_GOT32_PCREL" {
		at := c.addr + r.Offset
		c.slot(r, at+uint64(int32(word32(c.ours, r.Offset))), at+uint64(int32(word32(c.theirs, r.Offset))), c.o.arch.slotSize)
		c.same(r.Offset)
	}
	if row.formula == nil || row.formula.text != "S - P" {
		return
	}
	label := c.symbols[r.Sym].Value
	for i := range c.relocs {
		first := &c.relocs[i]
		row := c.o.arch.row(first.Type)
		if first.Offset != label || !riscvIsFirst(first.Type) || row.need&(needSlot|needEntry) == 0 {
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
		c.slot(r, where(c.ours), where(c.theirs), size)
		c.same(label, r.Offset)
		return
	}
}

// riscvCorpus compiles in many ways. Objects whose sections shrink by what other sections are near to are left out: ld.lld knows where they will stay.
func riscvCorpus(t *testing.T, bits int, relax bool) (list []compiled) {
	relaxing := "-mno-relax"
	if relax {
		relaxing = "-mrelax"
	}
	add := func(compiler, lang, source, flags string) {
		all := strings.Fields(flags + " -w " + relaxing)
		if strings.HasPrefix(compiler, "clang") {
			all = append(all, fmt.Sprintf("--target=riscv%d-linux-gnu", bits))
		} else if bits == 32 {
			all = append(all, "-march=rv32gc", "-mabi=ilp32d")
		}
		if bits == 32 {
			source = strings.Replace(source, "__int128", "long long", -1)
		}
		if relax { // what may be another object's function in the end is called in full here
			source = strings.Replace(source, "int __attribute__((weak)) overridable", "int __attribute__((noinline)) overridable", 1)
		}
		data := testenv.CompileBytes(t, compiler, lang, source, all...)
		list = append(list, compiled{name: fmt.Sprintf("%s rv%d %s %s.o", compiler, bits, lang, strings.Join(all, " ")), data: neutral(data), high: strings.Contains(flags, "-fPI")})
	}
	for _, compiler := range []string{"clang-19", "riscv64-linux-gnu-gcc"} {
		for _, flags := range []string{"-O0 -fPIC", "-O2 -fPIC", "-O0 -fno-pic -mcmodel=medlow", "-O2 -fno-pic -mcmodel=medlow", "-O2 -fno-pic -mcmodel=medany", "-Os -fPIE", "-O2 -fPIC -fno-jump-tables"} {
			add(compiler, testenv.C, corpusC, flags+" -fno-asynchronous-unwind-tables")
			if !relax {
				add(compiler, testenv.C, corpusC, flags+" -ffunction-sections -g")
				add(compiler, testenv.C, corpusThreads, flags)
				if strings.HasPrefix(compiler, "clang") {
					add(compiler, testenv.CXX, corpusCXX, flags)
				}
			}
		}
	}
	add("clang-19", testenv.Assembler, corpusRISCV, "")
	return list
}

// TestSameAsLLDRISCV is TestSameAsLLD for RISC-V. Of objects that may be relaxed, the sections have to shrink by the same bytes: names of elsewhere are out of the reach of jal
// for ld.lld, too.
func TestSameAsLLDRISCV(t *testing.T) {
	testenv.WithoutRaceDetector(t)
	lld := testenv.NeedsTool(t, "ld.lld-19", "lld-19")
	for _, bits := range []int{32, 64} {
		for _, relax := range []bool{false, true} {
			for _, base := range []uint64{0x20_0000, 0x70_0000_0000} {
				if base > 1<<32 && bits == 32 {
					continue
				}
				t.Run(fmt.Sprintf("rv%d, relaxed %v, at %#x", bits, relax, base), func(t *testing.T) {
					f := foreign{t: t, lld: lld, base: base, slots: riscvSlots, args: []string{
						fmt.Sprintf("--section-start=.externals=%#x", base+0x1000_0000), fmt.Sprintf("--section-start=.text=%#x", base+0x1100_0000),
					}}
					for _, c := range riscvCorpus(t, bits, relax) {
						if base < 1<<32 || c.high {
							f.compare(c)
						}
					}
					if f.objects < 8 || relax == (f.shrunk == 0) || f.entries < 50 {
						t.Error("too little was compared")
					}
					t.Logf("%d objects, %d sections, %d of them shrunk, %d bytes, %d relocations, %d GOT entries", f.objects, f.sections, f.shrunk, f.bytes, f.relocs, f.entries)
				})
			}
		}
	}
}
