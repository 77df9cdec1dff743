# Every relocation of COFF on AArch64, by its name.
#
# mcjit rtdyld -triple=aarch64-pc-windows-msvc -verify -own-stubs -check=all.s -map-section all.o,.text=0x400 -map-section all.o,.data=0x21240 -map-section all.o,.other=0x5000 \
#   -dummy-extern far=0x123456789abc -dummy-extern near=0x6000 -dummy-extern imported=0x7fff12345678 all.o

	.text
	.globl	start
start:	nop
# rtdyld-check: decode_operand(r1, 0)[25:0] = (other - r1)[27:2]
r1:	bl	other
# rtdyld-check: decode_operand(r2, 0)[25:0] = (stub_addr(all.o/.text, far) - r2)[27:2]
r2:	b	far
# rtdyld-check: *{8}got_addr(all.o/.text, far) = far
# rtdyld-check: decode_operand(r3, 1) = (near - r3)[20:2]
r3:	b.eq	near
# rtdyld-check: decode_operand(r4, 2) = (other - r4)[15:2]
r4:	tbz	x0, #1, other

# Pages, and what is in them: of loads and stores in units of what is loaded.
# rtdyld-check: decode_operand(r5, 1) = (variable + 8)[32:12] - r5[32:12]
r5:	adrp	x0, variable + 8
# rtdyld-check: decode_operand(r6, 2) = (variable + 8)[11:0]
r6:	add	x0, x0, :lo12:variable + 8
# rtdyld-check: decode_operand(r7, 2) = (variable + 8)[11:3]
r7:	ldr	x1, [x0, :lo12:variable + 8]
# rtdyld-check: decode_operand(r8, 2) = (variable + 8)[11:2]
r8:	ldr	w1, [x0, :lo12:variable + 8]
# rtdyld-check: decode_operand(r9, 2) = (variable + 9)[11:0]
r9:	ldrb	w1, [x0, :lo12:variable + 9]
# rtdyld-check: decode_operand(r10, 2) = variable[11:4]
r10:	ldr	q1, [x0, :lo12:variable]
# rtdyld-check: decode_operand(r11, 1) = variable - r11
r11:	adr	x0, variable

# A pointer to what a DLL has: the GOT entry of the name, since nobody defines the pointer.
# rtdyld-check: decode_operand(r12, 1) = got_addr(all.o/.text, imported)[32:12] - r12[32:12]
r12:	adrp	x8, __imp_imported
# rtdyld-check: decode_operand(r13, 2) = got_addr(all.o/.text, imported)[11:3]
r13:	ldr	x8, [x8, :lo12:__imp_imported]
# rtdyld-check: *{8}got_addr(all.o/.text, imported) = imported

# Offsets in a section.
# rtdyld-check: decode_operand(r14, 2) = (inside - section_addr(all.o, .data))[11:0]
r14:	add	x0, x0, :secrel_lo12:inside
# rtdyld-check: decode_operand(r15, 2) = (inside - section_addr(all.o, .data))[23:12]
r15:	add	x0, x0, :secrel_hi12:inside
# rtdyld-check: decode_operand(r16, 2) = (inside - section_addr(all.o, .data))[11:3]
r16:	ldr	x0, [x0, :secrel_lo12:inside]

	.section .other, "xr"
other:	ret

	.data
	.globl	variable, inside
	.p2align 4
variable:
	.quad	1, 2
# rtdyld-check: *{8}a1 = near + 0x123456789a
a1:	.quad	near + 0x123456789a
# rtdyld-check: *{4}a2 = near + 4
a2:	.long	near + 4
# rtdyld-check: *{4}a3 = variable - section_addr(all.o, .text) + 8
a3:	.rva	variable + 8
# rtdyld-check: *{4}a4 = stub_addr(all.o/.data, far) - section_addr(all.o, .text)
a4:	.rva	far
# rtdyld-check: *{4}a5 = inside - section_addr(all.o, .data)
a5:	.secrel32 inside
# rtdyld-check: *{2}a6 = 2
a6:	.secidx	variable
	.short	0
# rtdyld-check: *{4}a7 = (near - a7)[31:0]
a7:	.long	near - .
	.zero	0x2000
	.p2align 3
inside:	.quad	0
