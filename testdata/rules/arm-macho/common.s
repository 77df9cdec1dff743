# What LLVM's RuntimeDyld knows of Mach-O on ARM.
#
# mcjit rtdyld -triple=armv7-apple-ios -verify -check=common.s -map-section common.o,__text=0x10000 -map-section common.o,__data=0x20000 \
#   -map-section common.o,__nl_symbol_ptr=0x30000 -dummy-extern _near=0x15000 common.o
# llvm-rtdyld-14: the same

	.syntax unified
	.section __TEXT,__text,regular,pure_instructions
	.globl	_start
	.p2align 2
	.code 32
_start:
	nop
# rtdyld-check: (*{4}r1)[23:0] = (stub_addr(common.o/__text, _near) - r1 - 8)[25:2]
r1:	bl _near
# rtdyld-check: (*{4}r2)[11:0] = (_variable - r3)[11:0]
r2:	movw r0, :lower16:(_variable - r3)
# rtdyld-check: (*{4}r3)[11:0] = (_variable - r3)[27:16]
r3:	movt r0, :upper16:(_variable - r3)
# rtdyld-check: *{4}section_addr(common.o, __nl_symbol_ptr) = _near

	.section __DATA,__data
	.globl _variable
	.p2align 2
_variable:
	.long 0
# rtdyld-check: *{4}r4 = _near + 5
r4:	.long _near + 5

	.section __DATA,__nl_symbol_ptr,non_lazy_symbol_pointers
	.p2align 2
	.indirect_symbol _near
	.long 0
	.subsections_via_symbols
