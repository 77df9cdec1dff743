package runtimedyld

// armAssembler has what compilers write seldom: all branches between the instruction sets, to functions and to labels; MOVW and MOVT of all kinds; data of all kinds.
const armAssembler = `
	.syntax unified
	.arch armv7-a
	.text
	.arm
	.globl main
	.type main, %function
main:	bl far_function
	blx far_function
	b far_function
	blne far_function
	bne local
	bl local
	bl tlocal
	b tlocal
	b .Lout
	movw r0, #:lower16:far_data
	movt r0, #:upper16:far_data
	movw r1, #:lower16:(far_data - .)
	movt r1, #:upper16:(far_data - .)
	movw r1, #:lower16:(far_data + 0x7000)
	movw r1, #:lower16:(tlocal)
	movt r1, #:upper16:(tlocal)
	.word far_function, far_data, far_data+3, local, tlocal, tlocal-., far_function-.
	.word far_data(TARGET1)
	.word far_data(GOT_PREL)
	.word far_data(GOT)
	.word own_data(GOTOFF)
	.word tlocal(GOTOFF)
	.word _GLOBAL_OFFSET_TABLE_-(.+8)
	.reloc ., R_ARM_PREL31, far_function
	.word 0x80000000
	.reloc ., R_ARM_PREL31, main
	.word 4
	.word far_data(TARGET2)
	bx lr
	.section .text.second, "ax"
	.type local, %function
local:	bl main
	bx lr
	nop
.Lout:	b main
	.section .text.third, "ax"
	.thumb
	.thumb_func
	.type tlocal, %function
tlocal:	bl far_function
	blx far_function
	b.w far_function
	bl main
	bl tlocal2
	nop
	bl main
	beq.w tlocal2
	b.w main
	b.w tlocal2
	bl .Lthumb
	movw r0, #:lower16:far_data
	movt r0, #:upper16:far_data
	movw r3, #:lower16:(far_function - .)
	movt r3, #:upper16:(far_function - .)
	.section .text.fourth, "ax"
	.thumb
	.thumb_func
	.type tlocal2, %function
tlocal2: nop
.Lthumb: bx lr
	.data
	.globl own_data
own_data: .word main, local, tlocal
`

// armGroupsAssembler has group relocations, which only GNU as knows, and the narrow Thumb branches and loads that it leaves to linkers.
const armGroupsAssembler = `# gcc
	.syntax unified
	.arch armv7-a
	.text
	.arm
main:	.irp n, own_data, far_data, main, absolute
	add r0, pc, #:pc_g0_nc:(\n)
	add r0, r0, #:pc_g1_nc:(\n + 4)
	ldr r0, [r0, #:pc_g2:(\n + 8)]
	add r0, pc, #:pc_g0_nc:(\n - 8)
	add r0, r0, #:pc_g1_nc:(\n - 4)
	add r0, r0, #:pc_g2:(\n)
	ldrd r2, [r0, #:pc_g2:(\n)]
	ldrh r0, [r0, #:pc_g2:(\n + 0x10)]
	.endr
	add r0, pc, #:pc_g0_nc:(own_data)
	ldr r0, [r0, #:pc_g1:(own_data)]
	ldr r0, [pc, #:pc_g0:(near)]
	ldrsh r0, [pc, #:pc_g0:(near)]
	add r0, pc, #:pc_g0:(near + 0x30)
near:	.word 5
	.thumb
	.section .text.thumb, "ax"
	.thumb_func
	.globl short
short:	b.n other
	beq.n other
	.thumb_func
	.globl other
other:	adr.w r0, other
	ldr.w r0, literal
	ldr.n r0, literal
	nop
	.balign 4
	.globl literal
literal: .word 7
	.data
own_data: .word 1
	.globl absolute
	.set absolute, 0xfe1000
`
