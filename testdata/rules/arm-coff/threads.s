# Thread-local variables of Windows on ARM: the number of the object's block, and distances in it.
#
# mcjit rtdyld -triple=thumbv7-pc-windows-msvc -verify -own-stubs -check=threads.s threads.o

	.syntax	unified
	.thumb
	.text
	.globl	start
start:
# rtdyld-check: decode_operand(r1, 1) = section_addr(threads.o, .got.tls)[15:0]
r1:	movw	r1, :lower16:_tls_index
# rtdyld-check: decode_operand(r2, 2) = section_addr(threads.o, .got.tls)[31:16]
r2:	movt	r1, :upper16:_tls_index
# rtdyld-check: *{4}section_addr(threads.o, .got.tls) = 1
	bx	lr
	.p2align 2
# rtdyld-check: *{4}r3 = 12
r3:	.secrel32 variable + 4
# rtdyld-check: *{4}r4 = 16
r4:	.secrel32 hidden

	.section	.tls$,"dw"
	.long	1, 2
	.globl	variable
variable:
	.long	3, 4
hidden:	.long	start
