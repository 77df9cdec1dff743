# What LLVM's linker knows of COFF on x86-64.
#
# llvm-rtdyld-14: the same
# mcjit rtdyld -triple=x86_64-pc-windows-msvc -verify -check=same.s -map-section same.o,.text=0x400 -map-section same.o,.data=0x20000 \
#   -dummy-extern far=0x123456789abc same.o

	.text
	.globl	start
start:
# rtdyld-check: decode_operand(r1, 0) = stub_addr(same.o/.text, far) - next_pc(r1)
r1:	callq	far
# rtdyld-check: decode_operand(r2, 4) = (variable + 8) - next_pc(r2)
r2:	leaq	variable+8(%rip), %rax
# rtdyld-check: decode_operand(r3, 3) = variable - next_pc(r3)
r3:	cmpl	$0x12345678, variable(%rip)

	.data
	.globl	variable
variable:
	.quad	1, 2
# rtdyld-check: *{8}a1 = far + 0x123456789a
a1:	.quad	far + 0x123456789a
# rtdyld-check: *{8}a2 = start
a2:	.quad	start
# rtdyld-check: *{4}a3 = variable - section_addr(same.o, .text) + 8
a3:	.rva	variable + 8
# rtdyld-check: *{4}a4 = a4 - section_addr(same.o, .data)
a4:	.secrel32 a4
