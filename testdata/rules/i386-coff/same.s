# What LLVM's linker knows of COFF on i386.
#
# llvm-rtdyld-14: the same
# mcjit rtdyld -triple=i686-pc-windows-msvc -verify -check=same.s -map-section same.o,.text=0x400 -map-section same.o,.data=0x20000 \
#   -dummy-extern _far=0x7fff0000 same.o

	.text
	.globl	_start
_start:
# rtdyld-check: decode_operand(r1, 0) = _far - next_pc(r1)
r1:	calll	_far
# rtdyld-check: *{4}(r2 + 1) = _variable + 4
r2:	movl	$_variable+4, %eax

	.data
	.globl	_variable
_variable:
	.long	1, 2
# rtdyld-check: *{4}a1 = _far
a1:	.long	_far
# rtdyld-check: *{4}a2 = _variable - section_addr(same.o, .text)
a2:	.rva	_variable
# rtdyld-check: *{4}a3 = a3 - section_addr(same.o, .data)
a3:	.secrel32 a3
