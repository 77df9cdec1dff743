@ The beginning of a program on qemu's board "virt", for ARM, and its end by semihosting (SYS_EXIT_EXTENDED).
	.arch armv7-a
	.section .text.start, "ax"
	.arm
	.globl _start
_start:
	ldr r0, =__image_end
	add sp, r0, #0x10000
	bl main
	ldr r1, =block
	str r0, [r1, #4]
	mov r0, #0x20
	svc 0x123456
	b .
	.data
	.balign 4
block:	.word 0x20026, 0
