# What LLVM's RuntimeDyld knows of Mach-O on AArch64.
#
# mcjit rtdyld -triple=arm64-apple-macosx -verify -check=common.s -map-section common.o,__text=0x10000 -map-section common.o,__data=0x20000 \
#   -dummy-extern _near=0x15010 common.o
# llvm-rtdyld-14: the same

	.section __TEXT,__text,regular,pure_instructions
	.globl	_start
	.p2align 2
_start:
	nop
# rtdyld-check: (*{4}r1)[25:0] = (_near - r1)[27:2]
r1:	bl _near
# rtdyld-check: (*{4}r2)[23:5] = ((_variable - 0x10000) >> 12)[20:2]
r2:	adrp x0, _variable@PAGE
# rtdyld-check: (*{4}r3)[21:10] = _variable[11:0]
r3:	add x0, x0, _variable@PAGEOFF
# rtdyld-check: (*{4}r4)[21:10] = _variable[11:3]
r4:	ldr x1, [x0, _variable@PAGEOFF]
# rtdyld-check: (*{4}r5)[21:10] = (_variable + 0x18)[11:3]
r5:	ldr x1, [x0, _variable@PAGEOFF + 0x18]
# rtdyld-check: *{8}got_addr(common.o/__text, _near) = _near
# rtdyld-check: (*{4}r6)[21:10] = got_addr(common.o/__text, _near)[11:3]
r6:	ldr x0, [x0, _near@GOTPAGEOFF]

	.section __DATA,__data
	.globl _variable
	.p2align 4
	.zero 0x550
_variable:
	.quad 0
# rtdyld-check: *{8}r7 = _near + 5
r7:	.quad _near + 5
# rtdyld-check: *{8}r8 = _variable - _start + 3
r8:	.quad _variable - _start + 3
	.subsections_via_symbols
