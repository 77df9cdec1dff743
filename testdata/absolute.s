# Absolute symbols: values that no section moves. The narrow relocations of relocs.s refer to them.
	.globl	abs8, abs16, abs32, abs64, abs_negative
	.set	abs8, 0x5a
	.set	abs16, 0x1234
	.set	abs32, 0x7fedcba8
	.set	abs64, 0x123456789abcdef0
	.set	abs_negative, -16

	.text
	.globl	abs_function
	.type	abs_function, @function
abs_function:
	movabsq	$abs64, %rax
	ret
	.size	abs_function, .-abs_function

	.section .note.GNU-stack,"",@progbits
