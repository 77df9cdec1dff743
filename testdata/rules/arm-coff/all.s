# Every relocation of COFF on ARM, by its name. Addresses of code are odd: all of it is Thumb's.
#
# mcjit rtdyld -triple=thumbv7-pc-windows-msvc -verify -own-stubs -check=all.s -map-section all.o,.text=0x400 -map-section all.o,.data=0x21000 -map-section all.o,.other=0x5000 \
#   -dummy-extern far=0x76543211 -dummy-extern near=0x6001 -dummy-extern imported=0x7f345679 all.o

	.syntax	unified
	.thumb
	.text
	.globl	start
start:	nop
# rtdyld-check: decode_operand(r1, 2) = other - r1 - 4
r1:	bl	other
# rtdyld-check: decode_operand(r2, 0) = other - r2 - 4
r2:	b.w	other
# rtdyld-check: decode_operand(r3, 0) = other - r3 - 4
r3:	beq.w	other
# Through a stub, which has the address behind its instructions.
# rtdyld-check: decode_operand(r4, 2) = stub_addr(all.o/.text, far) - r4 - 4
r4:	bl	far
# rtdyld-check: *{4}stub_addr(all.o/.text, far) = 0xf000f8df
# rtdyld-check: *{4}(stub_addr(all.o/.text, far) + 4) = far
# rtdyld-check: decode_operand(r5, 1) = far[15:0]
r5:	movw	r0, :lower16:far
# rtdyld-check: decode_operand(r6, 2) = far[31:16]
r6:	movt	r0, :upper16:far
# rtdyld-check: decode_operand(r7, 1) = (variable + 8)[15:0]
r7:	movw	r0, :lower16:variable + 8
# rtdyld-check: decode_operand(r8, 2) = (variable + 8)[31:16]
r8:	movt	r0, :upper16:variable + 8
# A pointer to what a DLL has: the GOT entry of the name, since nobody defines the pointer.
# rtdyld-check: decode_operand(r9, 1) = got_addr(all.o/.text, imported)[15:0]
r9:	movw	r0, :lower16:__imp_imported
	movt	r0, :upper16:__imp_imported
# rtdyld-check: *{4}got_addr(all.o/.text, imported) = imported

# rtdyld-check: *{4}(r10) = 0xf800f000 | (((other - r10 - 4)[11:1] << 16)) | (other - r10 - 4)[21:12]
r10:	blx	other

	.section .other, "xr"
	.globl	other
	.def other
	.type 32
	.scl 2
	.endef
	.thumb_func
other:	bx	lr

	.data
	.globl	variable
variable:
	.long	1, 2
# rtdyld-check: *{4}a1 = other | 1
a1:	.long	other
# rtdyld-check: *{4}a2 = variable - section_addr(all.o, .text) + 8
a2:	.rva	variable + 8
# rtdyld-check: *{4}a3 = a3 - section_addr(all.o, .data)
a3:	.secrel32 a3
# rtdyld-check: *{2}a4 = 2
a4:	.secidx	variable
	.short	0
# rtdyld-check: *{4}a5 = (near - a5)[31:0]
a5:	.long	near - .
