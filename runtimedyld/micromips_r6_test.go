package runtimedyld

import (
	"testing"

	"github.com/gomcjit/gomcjit/internal/qemurun"
	"github.com/gomcjit/gomcjit/internal/testenv"
)

// microR6Main calls functions of standard and of microMIPS code, near and far, by all that calls in release 6, and through pointers and the GOT; its result is 0 if each of them was called, and returned.
const microR6Main = `
	.set	noreorder
	.set	micromips
	.text
	.globl	check
	.type	check, @function
check:
	addiu	$sp, $sp, -32
	sw	$ra, 28($sp)
	sw	$16, 24($sp)
	li	$16, 0
	balc	near_micro
	addu	$16, $16, $2
	balc	near_standard
	addu	$16, $16, $2
	balc	far_micro
	addu	$16, $16, $2
	balc	far_standard
	addu	$16, $16, $2
	lui	$4, %hi(pointers)
	addiu	$4, $4, %lo(pointers)
	lw	$25, 0($4)
	jalrc	$25
	addu	$16, $16, $2
	lui	$4, %hi(pointers)
	addiu	$4, $4, %lo(pointers)
	lw	$25, 4($4)
	jalrc	$25
	addu	$16, $16, $2
	li	$4, 0
	balc	conditional
	addu	$16, $16, $2
	lwpc	$4, constant
	addu	$2, $16, $4
	lw	$16, 24($sp)
	lw	$ra, 28($sp)
	addiu	$sp, $sp, 32
	jrc	$31
	.type	conditional, @function
conditional:
	beqzc	$4, far_standard
	jrc	$31
	.type	near_micro, @function
near_micro:
	li	$2, 1
	jrc	$31
	.globl	near_twice
	.type	near_twice, @function
near_twice:
	li	$2, 2
	jrc	$31
	.p2align	2
constant:
	.4byte	-79
	.section	.text.standard, "ax", @progbits
	.set	nomicromips
	.globl	near_standard
	.type	near_standard, @function
near_standard:
	bc	near_twice
	.data
pointers:
	.4byte	near_micro, far_standard
`

const microR6Far = `
	.set	noreorder
	.set	nomicromips
	.text
	.globl	far_standard
	.type	far_standard, @function
far_standard:
	jr	$31
	addiu	$2, $0, 20
	.set	micromips
	.globl	far_micro
	.type	far_micro, @function
far_micro:
	li	$2, 15
	jrc	$31
`

// TestMicroMIPSRelease6 runs microMIPS code of release 6, in assembly: see microMIPSMachines.
func TestMicroMIPSRelease6(t *testing.T) {
	testenv.WithoutRaceDetector(t)
	for _, m := range microMIPSMachines {
		a := archByName(t, m.arch)
		mm := newTestMM()
		mm.at = execPlacer([]string{"lower"})
		b := &bench{RuntimeDyld: New(mm, knows(map[string]uint64{"thread_pointer": execThread})), mm: mm, t: t}
		flags := uint32(0)
		load := func(name, source string) {
			o := parseObject(t, name, testenv.CompileBytes(t, "clang-19", testenv.Assembler, source, "--target="+m.gnu, "-march=mips32r6", "-mnan=2008", "-mmicromips"))
			noteShown("run", o)
			b.loadImage(o)
			flags |= o.ELFFlags()
		}
		load("main.o", microR6Main)
		load("far.o", microR6Far)
		b.loadImage(parseObject(t, "start.o", testenv.CompileBytes(t, m.gnu+"-gcc", "assembler-with-cpp", mipsStart, "-mabi=32", "-march=mips32r6", "-mnan=2008")))
		b.finalize()
		img := &qemurun.Image{Machine: a.machine, Big: a.big, Flags: flags, Entry: b.addr("_start"), Segments: mm.segments()}
		img.Segments = append(img.Segments, qemurun.Segment{Addr: execThread - execBlock, Data: make([]byte, 2*execBlock), Write: true})
		t.Setenv("QEMU_CPU", "mips32r6-generic")
		if status, output := qemurun.Run(t, testenv.NeedsTool(t, m.emulator, "qemu-user"), img); status != 0 {
			t.Errorf("%s: %d; %s", m.arch, status, output)
		}
		b.Close()
	}
}
