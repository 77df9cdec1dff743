# What LLVM's RuntimeDyld knows of Mach-O on x86-64.
#
# mcjit rtdyld -triple=x86_64-apple-macosx -verify -check=common.s -map-section common.o,__text=0x10000 -map-section common.o,__data=0x20000 \
#   -dummy-extern _near=0x15000 common.o
# llvm-rtdyld-14: the same

	.section __TEXT,__text,regular,pure_instructions
	.globl	_start
_start:
	nop
# rtdyld-check: decode_operand(r1, 0) = _near - next_pc(r1)
r1:	callq _near
# rtdyld-check: decode_operand(r2, 4) = _variable - next_pc(r2)
r2:	movl _variable(%rip), %eax
# rtdyld-check: decode_operand(r3, 3) = _variable - next_pc(r3)
r3:	movl $0x12345678, _variable(%rip)
# rtdyld-check: decode_operand(r4, 3) = _variable - next_pc(r4)
r4:	movb $0x12, _variable(%rip)
# rtdyld-check: decode_operand(r5, 4) = got_addr(common.o/__text, _near) - next_pc(r5)
r5:	movq _near@GOTPCREL(%rip), %rax
# rtdyld-check: *{8}got_addr(common.o/__text, _near) = _near

	.section __DATA,__data
	.globl _variable
_variable:
	.quad 0
# rtdyld-check: *{8}r6 = _near + 5
r6:	.quad _near + 5
# rtdyld-check: *{8}r7 = _variable - _start + 3
r7:	.quad _variable - _start + 3
# rtdyld-check: *{4}r8 = _variable
r8:	.long _variable
	.subsections_via_symbols
