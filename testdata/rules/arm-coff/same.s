# What LLVM's linker knows of COFF on ARM. Of branches it smashes its stack.
#
# llvm-rtdyld-14: the same
# mcjit rtdyld -triple=thumbv7-pc-windows-msvc -verify -check=same.s -map-section same.o,.text=0x10000 -map-section same.o,.data=0x20000 same.o

	.syntax	unified
	.thumb
	.text
	.globl	start
	.def start
	.type 32
	.scl 2
	.endef
	.thumb_func
start:	bx lr
# rtdyld-check: decode_operand(r1, 1) = variable[15:0]
r1:	movw	r0, :lower16:variable
# rtdyld-check: decode_operand(r2, 2) = variable[31:16]
r2:	movt	r0, :upper16:variable

	.data
	.globl	variable
variable:
	.long	1, 2
# rtdyld-check: *{4}a1 = variable
a1:	.long	variable
# rtdyld-check: *{4}a2 = start | 1
a2:	.long	start
# rtdyld-check: *{4}a3 = variable - section_addr(same.o, .text)
a3:	.rva	variable
# rtdyld-check: *{4}a4 = a4 - section_addr(same.o, .data)
a4:	.secrel32 a4
