# Thread-local variables of Windows on AArch64: the number of the object's block, and distances in it.
#
# mcjit rtdyld -triple=aarch64-pc-windows-msvc -verify -own-stubs -check=threads.s threads.o

	.text
	.globl	start
start:
# rtdyld-check: decode_operand(r1, 1) = section_addr(threads.o, .got.tls)[32:12] - r1[32:12]
r1:	adrp	x8, _tls_index
# rtdyld-check: decode_operand(r2, 2) = section_addr(threads.o, .got.tls)[11:2]
r2:	ldr	w8, [x8, :lo12:_tls_index]
# rtdyld-check: *{8}section_addr(threads.o, .got.tls) = 1
	ldr	x9, [x18, #0x58]
	ldr	x8, [x9, x8, lsl #3]
# rtdyld-check: decode_operand(r3, 2) = 1
r3:	add	x8, x8, :secrel_hi12:variable
# rtdyld-check: decode_operand(r4, 2) = 0x10
r4:	add	x0, x8, :secrel_lo12:variable
# rtdyld-check: decode_operand(r5, 2) = 4
r5:	ldr	x0, [x8, :secrel_lo12:hidden]

	.section	.tls$,"dw"
	.space	0x1010
	.globl	variable
variable:
	.quad	3, 4
hidden:	.quad	start
