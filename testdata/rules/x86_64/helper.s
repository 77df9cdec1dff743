# What another object has to offer: see common.s and more.s.
	.text
	.globl	helper
	.type	helper, @function
helper:
	nop
	ret
	.size	helper, . - helper
	.globl	sized
	.type	sized, @object
	.data
sized:	.zero	24
	.size	sized, 24
	.comm	shared, 16, 16
	.section .tbss, "awT", @nobits
	.globl	remote
	.type	remote, @object
remote:	.zero	8
	.size	remote, 8
