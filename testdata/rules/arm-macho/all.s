# Every relocation of Mach-O on ARM and Thumb, by its name.
#
# mcjit rtdyld -triple=armv7-apple-ios -verify -own-stubs -check=all.s -map-section all.o,__text=0x10000 -map-section all.o,__data=0x71234000 \
#   -map-section all.o,__const=0x71234080 -map-section all.o,__nl_symbol_ptr=0x80000000 -dummy-extern _far=0x91234560 -dummy-extern _near=0x15000 \
#   -dummy-extern _nearthumb=0x15001 -dummy-extern _w=0x1234 -dummy-extern _b=0x55 all.o

	.syntax unified
	.section __TEXT,__text,regular,pure_instructions
	.globl	_start
	.p2align 2
	.code 32
_start:
	nop

# Branches of ARM code (ARM_RELOC_BR24), two through veneers, the third to Thumb code, for which BL becomes BLX.
# rtdyld-check: *{4}r1 = 0xeb000000 | (stub_addr(all.o/__text, _near) - r1 - 8)[25:2]
r1:	bl _near
# rtdyld-check: *{4}r2 = 0xea000000 | (stub_addr(all.o/__text, _far) - r2 - 8)[25:2]
r2:	b _far
# rtdyld-check: *{4}(stub_addr(all.o/__text, _far) + 4) = _far
# rtdyld-check: *{4}r3 = 0xfa000000 | (thumb - r3 - 8)[25:2]
r3:	bl thumb

# Halves of addresses (ARM_RELOC_HALF), and of differences (ARM_RELOC_HALF_SECTDIFF).
# rtdyld-check: *{4}r4 = 0xe3000000 | ((_far + 0x9876)[15:12] << 16) | (_far + 0x9876)[11:0]
r4:	movw r0, :lower16:(_far + 0x9876)
# rtdyld-check: *{4}r5 = 0xe3400000 | ((_far + 0x9876)[31:28] << 16) | (_far + 0x9876)[27:16]
r5:	movt r0, :upper16:(_far + 0x9876)
# rtdyld-check: *{4}r6 = 0xe3000000 | (_variable[15:12] << 16) | _variable[11:0]
r6:	movw r0, :lower16:_variable
# rtdyld-check: *{4}r7 = 0xe3400000 | (_variable[31:28] << 16) | _variable[27:16]
r7:	movt r0, :upper16:_variable
# rtdyld-check: *{4}r8 = 0xe3000000 | ((_variable - r9)[15:12] << 16) | (_variable - r9)[11:0]
r8:	movw r0, :lower16:(_variable - r9)
# rtdyld-check: *{4}r9 = 0xe3400000 | ((_variable - r9)[31:28] << 16) | (_variable - r9)[27:16]
r9:	movt r0, :upper16:(_variable - r9)

	.globl thumb
	.p2align 2
	.code 16
	.thumb_func thumb
thumb:
	nop
	nop
# Branches of Thumb code (ARM_THUMB_RELOC_BR22): to ARM code, for which BL becomes BLX, and to Thumb code.
# rtdyld-check: *{2}t1 = 0xf000 | (_start - t1 - 4)[21:12] | (1 << 10)
# rtdyld-check: *{2}(t1 + 2) = 0xe800 | (_start - t1 - 4)[11:1]
t1:	bl _start
# rtdyld-check: *{2}t2 = 0xf000 | (stub_addr(all.o/__text, _nearthumb) - t2 - 4)[21:12] | ((stub_addr(all.o/__text, _nearthumb) - t2 - 4)[24:24] << 10)
# rtdyld-check: *{2}(t2 + 2) = 0xf800 | (stub_addr(all.o/__text, _nearthumb) - t2 - 4)[11:1]
t2:	bl _nearthumb
# rtdyld-check: *{2}t3 = 0xf240 | (_far[15:12]) | (_far[11:11] << 10)
# rtdyld-check: *{2}(t3 + 2) = (_far[10:8] << 12) | _far[7:0]
t3:	movw r0, :lower16:_far
# rtdyld-check: *{2}t4 = 0xf2c0 | (_far[31:28]) | (_far[27:27] << 10)
# rtdyld-check: *{2}(t4 + 2) = (_far[26:24] << 12) | _far[23:16]
t4:	movt r0, :upper16:_far

# rtdyld-check: *{2}t5 = 0xf240 | (_variable - t6)[15:12] | ((_variable - t6)[11:11] << 10)
# rtdyld-check: *{2}(t5 + 2) = ((_variable - t6)[10:8] << 12) | (_variable - t6)[7:0]
t5:	movw r0, :lower16:(_variable - t6)
# rtdyld-check: *{2}t6 = 0xf2c0 | (_variable - t6)[31:28] | ((_variable - t6)[27:27] << 10)
# rtdyld-check: *{2}(t6 + 2) = ((_variable - t6)[26:24] << 12) | (_variable - t6)[23:16]
t6:	movt r0, :upper16:(_variable - t6)

	.section __DATA,__data
	.globl _variable
	.p2align 2
_variable:
	.long 0x11223344
# rtdyld-check: *{4}d1 = _far + 5
d1:	.long _far + 5
# rtdyld-check: *{4}d2 = thumb
d2:	.long thumb
# rtdyld-check: *{4}d3 = section_addr(all.o, __const) + 8
d3:	.long L_inner
# rtdyld-check: *{4}d4 = section_addr(all.o, __const) - 0x20
d4:	.long L_inner - 0x28
# rtdyld-check: *{4}d5 = (_start - d5)[31:0]
d5:	.long _start - d5

# Small numbers, and small differences.
# rtdyld-check: *{2}s1 = 0x1236
s1:	.short _w + 2
# rtdyld-check: *{1}s2 = 0x57
s2:	.byte _b + 2
# rtdyld-check: *{2}s3 = section_addr(all.o, __const) - _variable + 10
s3:	.short L_inner - _variable + 2
# rtdyld-check: *{1}s4 = section_addr(all.o, __const) - _variable + 8
s4:	.byte L_inner - _variable

	.section __DATA,__nl_symbol_ptr,non_lazy_symbol_pointers
	.p2align 2
# rtdyld-check: *{4}section_addr(all.o, __nl_symbol_ptr) = _far
	.indirect_symbol _far
	.long 0
# rtdyld-check: *{4}(section_addr(all.o, __nl_symbol_ptr) + 4) = _variable
	.indirect_symbol _variable
	.long 0

	.section __TEXT,__const
	.quad 0x1111
L_inner:
	.quad 0x2222
	.subsections_via_symbols
