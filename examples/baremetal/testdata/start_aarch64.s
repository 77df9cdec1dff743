// The beginning of a program on qemu's board "virt", for AArch64, and its end by semihosting.
	.section .text.start, "ax"
	.globl _start
_start:
	adrp x0, __image_end
	add x0, x0, :lo12:__image_end
	add sp, x0, #0x10000
	mov x1, #(3 << 20)	// numbers with a fraction are allowed (CPACR_EL1.FPEN)
	msr cpacr_el1, x1
	isb
	bl main
	adrp x1, block
	add x1, x1, :lo12:block
	str x0, [x1, #8]
	mov w0, #0x18		// SYS_EXIT
	hlt #0xf000
	b .
	.data
	.balign 8
block:	.quad 0x20026, 0	// ADP_Stopped_ApplicationExit, and the status
