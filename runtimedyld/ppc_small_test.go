package runtimedyld

import (
	"github.com/gomcjit/gomcjit/internal/testenv"
)

// Small data, in all ways in which gcc uses it, and those that only assemblers write.
func init() {
	calls := foreignCalls(func(row *howto) uint64 {
		if row.formula == &formulaBranch {
			return 4
		}
		return 0
	})
	crossTargets["ppc small"] = crossTarget{
		compilers: []string{"powerpc-linux-gnu-gcc"}, ld: "powerpc-linux-gnu-ld", bases: []uint64{0x100_0000}, outside: ".sbss.externals", onlyFlags: true,
		flags: []string{"-O0 -fno-pic -msdata=sysv", "-O2 -fno-pic -msdata=sysv", "-O2 -fno-pic -msdata=sysv -G 64", "-O1 -fno-pic -msdata=sysv -G 4", "-O0 -fno-pic -msdata=eabi -meabi",
			"-O2 -fno-pic -msdata=eabi -meabi", "-O1 -fno-pic -msdata=eabi -meabi -G 64", "-O2 -fno-pic -msdata=eabi -meabi -mreadonly-in-sdata -mcpu=8548"},
		link:      []string{"-z", "max-page-size=0x1000"}, // so that the GOT is in reach of both bases
		starts:    map[string]uint64{".sdata": 1<<64 - 0x4000},
		sources:   []crossSource{{lang: testenv.C, text: smallC}},
		assembler: []string{smallAssembler},
		adapt: func(c *crossSection, row *howto, i int) bool {
			base := uint64(0)
			switch row.formula {
			case &formulaSlotSmall:
				base = c.img.symbols["_SDA_BASE_"]
			case &formulaSlotConst:
				base = c.img.symbols["_SDA2_BASE_"]
			default:
				return calls(c, row, i)
			}
			r := &c.relocs[i]
			entry := func(sec []byte) uint64 { return base + uint64(signExtend(bigEndian.load(sec[r.Offset:], 2), 16)) }
			c.entry(row, r, entry(c.ours), entry(c.theirs), 4)
			c.same(r.Offset, 2)
			return true
		},
		least: crossSum{objects: 8, relocs: 200, slots: 4},
	}
}

const smallC = `
extern int out, far_call(int);
extern char out_byte;
extern short out_half;
extern double out_double;
int first = 1, second, *pointer = &first;
static short counter = 3;
static char letters[6];
const int constant = 77;
static const double half = 0.5;
double use(int n)
{
	second += n + first + counter++ + constant + *pointer;
	letters[n & 3] = n;
	out += out_byte + out_half;
	out_double += half;
	return far_call(letters[1] + out) + out_double;
}
int *address(int n) { return n ? &out : &second; }
const int *constants(void) { return &constant; }
`

const smallAssembler = `
	.text
	.globl main
main:	lis 13, _SDA_BASE_@ha
	addi 13, 13, _SDA_BASE_@l
	lis 2, _SDA2_BASE_@ha
	addi 2, 2, _SDA2_BASE_@l
	lwz 3, word@sda21(0)
	lwz 31, constant@sda21+4(0)
	stw 3, zeroes@sdarel(13)
	lwz 3, constant@sda2rel(2)
	lwz 3, word@sdai16(13)
	lwz 3, zeroes@sdai16(13)
	lwz 3, word@sda2i16(2)
	lwz 3, constant@sda2i16(2)
	lwz 3, word@got(30)
	lwz 3, zeroes@got(30)
	lwz 3, constant@got(30)
	lis 3, word@naddr@ha
	lis 3, word@naddr@h
	addi 3, 3, word@naddr@l
	.data
	.long 0
	.reloc .-4, R_PPC_EMB_NADDR32, word
	.section .sdata, "aw"
	.long 5
word:	.long 6
	.section .sbss, "aw", @nobits
zeroes:	.space 8
	.section .sdata2, "a"
	.globl constant
constant: .long 7, 8
`
