package runtimedyld

import (
	"strings"

	"github.com/gomcjit/gomcjit/internal/testenv"
)

// mips16Assembler has what compilers write seldom: branches out of a section, calls of standard code and back.
const mips16Assembler = `# gcc
	.set	noreorder
	.text
	.p2align 2
	.set	mips16
	.globl	here
	.type	here, @function
here:	jal	standard
	nop
	jal	here
	nop
	jal	far_function
	nop
	.set	nomips16
	.p2align	2
	.reloc	., R_MIPS16_PC16_S1, there
	.2byte	0xf7ff, 0x101e
	.reloc	., R_MIPS16_HI16, far_data
	.2byte	0xf000, 0x6a01
	.reloc	., R_MIPS16_LO16, far_data
	.2byte	0xf7ef, 0x4a18
	.globl	standard
	.type	standard, @function
standard:
	jal	here
	nop
	bal	here
	nop
	.section .text.second, "ax"
	.set	mips16
	.globl	there
	.type	there, @function
there:	nop
	.data
	.4byte	here, standard, here + 4, far_function
`

// Objects of MIPS16 code, compared with GNU ld: ld.lld knows none.
func init() {
	for _, m := range []struct{ name, gnu, flags, emulation string }{
		{"mips mips16", "mips-linux-gnu", "-mabi=32 -march=mips32r2", "elf32btsmip"},
		{"mipsel mips16", "mipsel-linux-gnu", "-mabi=32 -march=mips32r2", "elf32ltsmip"},
		{"mips64 mips16", "mips64-linux-gnuabi64", "-mabi=64 -march=mips64r2", "elf64btsmip"},
		{"mipsel mips16 n32", "mips64el-linux-gnuabi64", "-mabi=n32 -march=mips64r2", "elf32ltsmipn32"},
	} {
		flags, least := []string{"-O1 -fno-pic -mno-abicalls", "-O0 -fno-pic -mno-abicalls", "-O3 -fno-pic -mno-abicalls -ffunction-sections"}, crossSum{objects: 3, relocs: 100}
		if strings.Contains(m.flags, "-mabi=32") { // gcc has position-independent MIPS16 code for O32 only
			flags, least = append(flags, "-O0 -fPIC", "-O2 -fPIC", "-Os -fPIC -ffunction-sections"), crossSum{objects: 6, relocs: 300, slots: 50}
		}
		assembler := []string(nil)
		if strings.Contains(m.flags, "-mabi=32") {
			assembler = []string{mips16Assembler}
		}
		crossTargets[m.name] = crossTarget{
			assembler: assembler, asFlags: "-fno-pic -mno-abicalls",
			compilers: []string{m.gnu + "-gcc " + m.flags + " -mips16 -ffreestanding -fno-stack-protector -G0 -msoft-float"}, onlyFlags: true,
			sources: []crossSource{{lang: testenv.C, text: corpusC}}, ld: m.gnu + "-ld", link: []string{"-m", m.emulation}, got: ".got", bases: []uint64{0x20_0000}, linked: true, adapt: mipsAdapt,
			least: least, flags: flags,
			skip: func(section string) bool {
				return strings.HasPrefix(section, ".reginfo") || strings.HasPrefix(section, ".MIPS.")
			},
		}
	}
}
