package runtimedyld

import (
	"strings"

	"github.com/gomcjit/gomcjit/internal/testenv"
)

// microMIPSAssembler has what compilers write seldom, where GNU ld and we do the same: calls of standard code and back, and addresses in ways of their own.
const microMIPSAssembler = `# gcc
	.set	noreorder
	.text
	.set	micromips
	.globl	here
	.type	here, @function
here:	jal	standard
	nop
	bal	standard
	nop
	jal	here
	nop
	jal	far_function
	nop
	j	here
	nop
	b16	here
	nop
	beqz16	$4, here
	nop
	bnez	$4, here
	nop
	lui	$2, %hi(far_data + 0x12348)
	lw	$2, %lo(far_data + 0x12348)($2)
	addiu	$2, $2, %lo(here)
	lui	$2, %hi(here)
	lw	$2, %got(far_data)($gp)
	.p2align	2
	.set	nomicromips
	.reloc	., R_MICROMIPS_PC23_S2, standard
	.2byte	0x7a00, 0
	.reloc	., R_MICROMIPS_HI0_LO16, far_data
	.2byte	0x3042, 8
	.globl	standard
	.type	standard, @function
standard:
	jal	here
	nop
	bal	here
	nop
	jr	$31
	nop
	.data
	.4byte	here, standard, here + 4, far_function
	.4byte	here - ., standard - .
`

// Objects of microMIPS code, compared with GNU ld: ld.lld 19 does not read R_MICROMIPS_JALR, and knows none of 64-bit registers.
func init() {
	for _, m := range []struct{ name, gnu, clang, flags, emulation string }{
		{"mips micromips", "mips-linux-gnu", "mips-linux-gnu", "-mabi=32 -march=mips32r2", "elf32btsmip"},
		{"mipsel micromips", "mipsel-linux-gnu", "mipsel-linux-gnu", "-mabi=32 -march=mips32r2", "elf32ltsmip"},
		{"mips64 micromips", "mips64-linux-gnuabi64", "", "-mabi=64 -march=mips64r2", "elf64btsmip"},
		{"mips64el micromips", "mips64el-linux-gnuabi64", "", "-mabi=64 -march=mips64r2", "elf64ltsmip"},
		{"mips micromips n32", "mips64-linux-gnuabi64", "", "-mabi=n32 -march=mips64r2", "elf32btsmipn32"},
		{"mipsel micromips n32", "mips64el-linux-gnuabi64", "", "-mabi=n32 -march=mips64r2", "elf32ltsmipn32"},
	} {
		args := " " + m.flags + " -mmicromips -ffreestanding -fno-stack-protector -G0 -msoft-float"
		c := crossTarget{
			compilers: []string{m.gnu + "-gcc" + args}, onlyFlags: true, sources: []crossSource{{lang: testenv.C, text: corpusC}},
			ld: m.gnu + "-ld", link: []string{"-m", m.emulation}, got: ".got", bases: []uint64{0x20_0000}, linked: true, micro: true, adapt: mipsAdapt, least: crossSum{objects: 4, relocs: 400, slots: 100},
			flags: []string{"-O0 -fPIC", "-O2 -fPIC", "-O1 -fno-pic -mno-abicalls", "-O2 -fno-pic", "gcc -Os -fPIC -mxgot -ffunction-sections", "-O3 -fno-pic -mno-abicalls"},
			skip: func(section string) bool {
				return strings.HasPrefix(section, ".reginfo") || strings.HasPrefix(section, ".MIPS.")
			},
		}
		if m.clang != "" {
			c.assembler = []string{microAssembler}
			c.compilers = append(c.compilers, "clang-19 --target="+m.clang+args)
		}
		if strings.Contains(m.flags, "-mabi=32") {
			c.assembler = []string{microMIPSAssembler}
			c.asFlags = "-fno-pic -mno-abicalls"
		}
		crossTargets[m.name] = c
	}
}

// microAssembler has addends of all kinds, of labels that are code in either set, which assemblers often refer to by their section.
const microAssembler = `	.option pic0
	.set micromips
	.set noreorder
	.text
	.align 2
	.globl main
	.type main,@function
	.ent main
main:
	sll $0,$0,0
	nop
local:
	nop
	lui $4, %hi(local+0x8000)
	lui $5, %hi(local)
	lui $7, %hi(std)
	addiu $5, $5, %lo(local)
	addiu $4, $4, %lo(local+0x8000)
	lw $7, %lo(std)($7)
	lui $6, %hi(data-0x8002)
	addiu $6, $6, %lo(data-0x8002)
	b local
	nop
	beqz $2, 1f
	nop
	bal local2
	sll $0,$0,0
	jal local2
	sll $0,$0,0
	jals local2
	nop
	jal std
	sll $0,$0,0
	bal std
	sll $0,$0,0
1:	nop
	jr $31
	nop
	.end main
	.align 2
	.type local2,@function
local2: nop
	jr $31
	nop
	.set nomicromips
	.align 2
	.type std,@function
std:	jal main
	nop
	jal local2
	nop
	bal local2
	nop
	jr $31
	nop
	.data
	.align 2
data:	.word local, local2, local2+4, std, main, data
	.word local2-., local-std
	.hword local2-main
	.section .debug_info
	.word local2, main
`
