# What relocs.s refers to: a datum of 16 bytes and a function that returns 42.
	.data
	.balign	16
	.globl	target
	.type	target, @object
target:	.quad	77, 88
	.size	target, 16

	.text
	.globl	target_function
	.type	target_function, @function
target_function:
	movl	$42, %eax
	ret
	.size	target_function, .-target_function

	.section .note.GNU-stack,"",@progbits
