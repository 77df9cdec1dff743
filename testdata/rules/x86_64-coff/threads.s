# Thread-local variables of Windows on x86-64: the number of the object's block, and distances in it.
#
# mcjit rtdyld -triple=x86_64-pc-windows-msvc -verify -own-stubs -check=threads.s threads.o

	.text
	.globl	start
start:
# rtdyld-check: decode_operand(r1, 4) = section_addr(threads.o, .got.tls) - next_pc(r1)
r1:	movl	_tls_index(%rip), %eax
# rtdyld-check: *{8}section_addr(threads.o, .got.tls) = 1
	movq	%gs:0x58, %rcx
	movq	(%rcx,%rax,8), %rcx
# rtdyld-check: decode_operand(r2, 4) = 24
r2:	leaq	variable@SECREL32+8(%rcx), %rax
# rtdyld-check: decode_operand(r3, 4) = 32
r3:	movl	hidden@SECREL32(%rcx), %eax

	.section	.tls$,"dw"
	.quad	1, 2
	.globl	variable
variable:
	.quad	3, 4
hidden:	.quad	start
