# What LLVM's linker knows of COFF on AArch64.
#
# llvm-rtdyld-14: the same
# mcjit rtdyld -triple=aarch64-pc-windows-msvc -verify -check=same.s -map-section same.o,.text=0x400 -map-section same.o,.data=0x21240 \
#   -dummy-extern near=0x6000 same.o

	.text
	.globl	start
start:
# rtdyld-check: decode_operand(r1, 1) = (variable + 8)[32:12] - r1[32:12]
r1:	adrp	x0, variable + 8
# rtdyld-check: decode_operand(r2, 2) = (variable + 8)[11:0]
r2:	add	x0, x0, :lo12:variable + 8
# rtdyld-check: decode_operand(r3, 2) = variable[11:3]
r3:	ldr	x1, [x0, :lo12:variable]

	.data
	.globl	variable
	.p2align 4
variable:
	.quad	1, 2
# rtdyld-check: *{8}a1 = near + 0x123456789a
a1:	.quad	near + 0x123456789a
# rtdyld-check: *{4}a2 = variable - section_addr(same.o, .text) + 8
a2:	.rva	variable + 8
# rtdyld-check: *{4}a3 = a3 - section_addr(same.o, .data)
a3:	.secrel32 a3
