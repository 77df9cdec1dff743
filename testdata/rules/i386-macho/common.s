# What LLVM's RuntimeDyld knows of Mach-O on i386.
#
# mcjit rtdyld -triple=i386-apple-macosx -verify -check=common.s -map-section common.o,__text=0x10000 -map-section common.o,__data=0x20000 \
#   -map-section common.o,__pointers=0x30000 -dummy-extern _near=0x15000 common.o
# llvm-rtdyld-14: the same

	.section __TEXT,__text,regular,pure_instructions
	.globl	_start
_start:
	nop
# rtdyld-check: *{4}(r1 + 1) = (_near - next_pc(r1))[31:0]
r1:	calll _near
# rtdyld-check: *{4}(r2 + 1) = _variable
r2:	movl _variable, %eax
# rtdyld-check: *{4}(r3 + 2) = _variable - r3
r3:	leal _variable - r3(%eax), %eax
# rtdyld-check: *{4}(r4 + 2) = section_addr(common.o, __pointers) - r3
r4:	movl L_pointer - r3(%eax), %eax
# rtdyld-check: *{4}section_addr(common.o, __pointers) = _near

	.section __DATA,__data
	.globl _variable
_variable:
	.long 0
# rtdyld-check: *{4}r5 = _near + 5
r5:	.long _near + 5

	.section __IMPORT,__pointers,non_lazy_symbol_pointers
L_pointer:
	.indirect_symbol _near
	.long 0
	.subsections_via_symbols
