# Every relocation of AArch64's ILP32, by its name: addresses, and entries of the GOT, have 32 bits.
#
# mcjit rtdyld -triple=aarch64-linux-gnu_ilp32 -verify -own-stubs -check=all.s -map-section all.o,.text=0x10000 -map-section all.o,.data=0x71234000 \
#   -dummy-extern far=0xf2345678 -dummy-extern small=0x1234 all.o

	.text
	.globl	start
start:
	nop

# Data.
# rtdyld-check: *{4}abs32 = far + 8
abs32:	.word	far + 8
# rtdyld-check: *{2}abs16 = small + 1
abs16:	.hword	small + 1
# rtdyld-check: *{2}prel16 = (start - prel16)[15:0]
prel16:	.hword	0
	.reloc	prel16, R_AARCH64_P32_PREL16, start
# rtdyld-check: *{4}prel32 = (start - prel32)[31:0]
prel32:	.word	0
	.reloc	prel32, R_AARCH64_P32_PREL32, start
# rtdyld-check: *{4}plt = (stub_addr(all.o/.text, far) - plt)[31:0]
plt:	.word	far@PLT - .

# What is relative to the PC is computed in 64 bits: an address above 2 GiB is in front of one below, however far.
# rtdyld-check: decode_operand(page, 1)[20:0] = (far[31:12] - page[31:12])[20:0]
page:	adrp	x0, far
# rtdyld-check: decode_operand(page, 1)[20:20] = 0
# rtdyld-check: decode_operand(low, 2) = far[11:0]
low:	add	x0, x0, :lo12:far
# rtdyld-check: decode_operand(load8, 2) = (variable + 1)[11:0]
load8:	ldrb	w2, [x1, :lo12:variable + 1]
# rtdyld-check: decode_operand(load16, 2) = (variable + 2)[11:1]
load16:	ldrh	w2, [x1, :lo12:variable + 2]
# rtdyld-check: decode_operand(load32, 2) = (variable + 4)[11:2]
load32:	ldr	w2, [x1, :lo12:variable + 4]
# rtdyld-check: decode_operand(load64, 2) = (variable + 8)[11:3]
load64:	ldr	x2, [x1, :lo12:variable + 8]
# rtdyld-check: decode_operand(load128, 2) = (variable + 16)[11:4]
load128:	ldr	q2, [x1, :lo12:variable + 16]
# rtdyld-check: (*{4}near)[23:5] = (plt - near)[20:2]
near:	ldr	w4, #0x5a4
	.reloc	near, R_AARCH64_P32_LD_PREL_LO19, plt
# rtdyld-check: (*{4}address)[23:5] = (end + 1 - address)[20:2]
# rtdyld-check: (*{4}address)[30:29] = (end + 1 - address)[1:0]
address: adr	x4, #0x5a6
	.reloc	address, R_AARCH64_P32_ADR_PREL_LO21, end + 1

# Branches. A stub loads a word of 32 bits: adrp x16, entry; ldr w17, [x16, entry]; br x17.
# rtdyld-check: decode_operand(call, 0)[25:0] = (stub_addr(all.o/.text, far) - call)[27:2]
call:	bl	far
# rtdyld-check: decode_operand(tail, 0)[25:0] = (stub_addr(all.o/.text, far) - tail)[27:2]
tail:	b	far
# rtdyld-check: (*{4}stub_addr(all.o/.text, far))[4:0] = 16
# rtdyld-check: (*{4}stub_addr(all.o/.text, far))[23:5] = (got_addr(all.o/.text, far)[31:12]-stub_addr(all.o/.text, far)[31:12])[20:2]
# rtdyld-check: (*{4}(stub_addr(all.o/.text, far)+4))[21:10] = got_addr(all.o/.text, far)[11:2]
# rtdyld-check: (*{4}(stub_addr(all.o/.text, far)+4))[31:22] = 0x2e5
# rtdyld-check: (*{4}(stub_addr(all.o/.text, far)+4))[9:0] = 0x211
# rtdyld-check: *{4}(stub_addr(all.o/.text, far)+8) = 0xd61f0220
# rtdyld-check: *{4}got_addr(all.o/.text, far) = far
# rtdyld-check: (*{4}conditional)[23:5] = (end - conditional)[20:2]
conditional:	b.ne	#0x5a4
	.reloc	conditional, R_AARCH64_P32_CONDBR19, end
# rtdyld-check: (*{4}bit)[18:5] = (end - bit)[15:2]
bit:	tbz	x1, #33, #0x5a4
	.reloc	bit, R_AARCH64_P32_TSTBR14, end

# Addresses in groups of moves.
# rtdyld-check: (*{4}r1)[20:5] = small[15:0]
r1:	movz w0, #0x5a5a
	.reloc r1, R_AARCH64_P32_MOVW_UABS_G0, small
# rtdyld-check: (*{4}r1)[30:29] = 2
# rtdyld-check: (*{4}r2)[20:5] = far[15:0]
r2:	movk w0, #0x5a5a
	.reloc r2, R_AARCH64_P32_MOVW_UABS_G0_NC, far
# rtdyld-check: (*{4}r2)[30:29] = 3
# rtdyld-check: (*{4}r3)[20:5] = far[31:16]
r3:	movz w0, #0x5a5a
	.reloc r3, R_AARCH64_P32_MOVW_UABS_G1, far
# rtdyld-check: (*{4}r3)[30:29] = 2
# rtdyld-check: (*{4}r4)[20:5] = small[15:0]
r4:	movn w0, #0x5a5a
	.reloc r4, R_AARCH64_P32_MOVW_SABS_G0, small
# rtdyld-check: (*{4}r4)[30:29] = 2
# rtdyld-check: (*{4}r5)[20:5] = (0-1-(start-r5))[15:0]
r5:	movz w0, #0x5a5a
	.reloc r5, R_AARCH64_P32_MOVW_PREL_G0, start
# rtdyld-check: (*{4}r5)[30:29] = 0
# rtdyld-check: (*{4}r6)[20:5] = (far-r6)[15:0]
r6:	movk w0, #0x5a5a
	.reloc r6, R_AARCH64_P32_MOVW_PREL_G0_NC, far
# rtdyld-check: (*{4}r6)[30:29] = 3
# rtdyld-check: (*{4}r7)[20:5] = (far-r7)[31:16]
r7:	movn w0, #0x5a5a
	.reloc r7, R_AARCH64_P32_MOVW_PREL_G1, far
# rtdyld-check: (*{4}r7)[30:29] = 2

# The GOT.
# rtdyld-check: (*{4}r8)[23:5] = (got_addr(all.o/.text, far)-r8)[20:2]
r8:	ldr w0, #0x5a4
	.reloc r8, R_AARCH64_P32_GOT_LD_PREL19, far
# rtdyld-check: decode_operand(gotpage, 1)[20:0] = (section_addr(all.o, .got)[31:12]-gotpage[31:12])[20:0]
gotpage:	adrp	x3, :got:far
# rtdyld-check: decode_operand(gotload, 2) = got_addr(all.o/.text, other)[11:2]
gotload:	ldr	w3, [x3, :got_lo12:other]
# rtdyld-check: (*{4}r9)[21:10] = (got_addr(all.o/.text, other)-section_addr(all.o, .got)+section_addr(all.o, .got)[11:0])[13:2]
r9:	ldr w0, [x1, #0x5a0]
	.reloc r9, R_AARCH64_P32_LD32_GOTPAGE_LO14, other
# rtdyld-check: *{4}got_addr(all.o/.text, other) = other

# Thread-local variables: module and offset, the module, the distance from the thread pointer, descriptors.
# rtdyld-check: (*{4}r10)[23:5] = ((section_addr(all.o, .got.tls)+0)-r10)[20:2]
r10:	adr x0, start
	.reloc r10, R_AARCH64_P32_TLSGD_ADR_PREL21, mine
# rtdyld-check: (*{4}r11)[23:5] = ((section_addr(all.o, .got.tls)+0)[31:12]-r11[31:12])[20:2]
r11:	adrp x0, 0
	.reloc r11, R_AARCH64_P32_TLSGD_ADR_PAGE21, mine
# rtdyld-check: (*{4}r12)[21:10] = (section_addr(all.o, .got.tls)+0)[11:0]
r12:	add w0, w0, #0x5a5
	.reloc r12, R_AARCH64_P32_TLSGD_ADD_LO12_NC, mine
# rtdyld-check: *{4}section_addr(all.o, .got.tls) = 1
# rtdyld-check: *{4}(section_addr(all.o, .got.tls) + 4) = 8
# rtdyld-check: (*{4}r13)[23:5] = ((section_addr(all.o, .got.tls)+8)-r13)[20:2]
r13:	adr x0, start
	.reloc r13, R_AARCH64_P32_TLSLD_ADR_PREL21, mine
# rtdyld-check: (*{4}r14)[23:5] = ((section_addr(all.o, .got.tls)+8)[31:12]-r14[31:12])[20:2]
r14:	adrp x0, 0
	.reloc r14, R_AARCH64_P32_TLSLD_ADR_PAGE21, mine
# rtdyld-check: (*{4}r15)[21:10] = (section_addr(all.o, .got.tls)+8)[11:0]
r15:	add w0, w0, #0x5a5
	.reloc r15, R_AARCH64_P32_TLSLD_ADD_LO12_NC, mine
# rtdyld-check: (*{4}r16)[23:5] = ((section_addr(all.o, .got.tls)+8)-r16)[20:2]
r16:	ldr w0, start
	.reloc r16, R_AARCH64_P32_TLSLD_LD_PREL19, mine
# rtdyld-check: *{4}(section_addr(all.o, .got.tls) + 8) = 1
# rtdyld-check: *{4}(section_addr(all.o, .got.tls) + 12) = 0
# rtdyld-check: (*{4}r17)[23:5] = ((section_addr(all.o, .got.tls)+16)[31:12]-r17[31:12])[20:2]
r17:	adrp x0, 0
	.reloc r17, R_AARCH64_P32_TLSIE_ADR_GOTTPREL_PAGE21, mine
# rtdyld-check: (*{4}r18)[21:10] = (section_addr(all.o, .got.tls)+16)[11:2]
r18:	ldr w0, [x0]
	.reloc r18, R_AARCH64_P32_TLSIE_LD32_GOTTPREL_LO12_NC, mine
# rtdyld-check: (*{4}r19)[23:5] = ((section_addr(all.o, .got.tls)+16)-r19)[20:2]
r19:	ldr w0, start
	.reloc r19, R_AARCH64_P32_TLSIE_LD_GOTTPREL_PREL19, mine
# rtdyld-check: *{4}(section_addr(all.o, .got.tls) + 16) = 24
# rtdyld-check: (*{4}r20)[23:5] = ((section_addr(all.o, .got.tls)+20)-r20)[20:2]
r20:	ldr w0, start
	.reloc r20, R_AARCH64_P32_TLSDESC_LD_PREL19, mine
# rtdyld-check: (*{4}r21)[23:5] = ((section_addr(all.o, .got.tls)+20)-r21)[20:2]
r21:	adr x0, start
	.reloc r21, R_AARCH64_P32_TLSDESC_ADR_PREL21, mine
# rtdyld-check: (*{4}r22)[23:5] = ((section_addr(all.o, .got.tls)+20)[31:12]-r22[31:12])[20:2]
r22:	adrp x0, 0
	.reloc r22, R_AARCH64_P32_TLSDESC_ADR_PAGE21, mine
# rtdyld-check: (*{4}r23)[21:10] = (section_addr(all.o, .got.tls)+20)[11:2]
r23:	ldr w1, [x0]
	.reloc r23, R_AARCH64_P32_TLSDESC_LD32_LO12, mine
# rtdyld-check: (*{4}r24)[21:10] = (section_addr(all.o, .got.tls)+20)[11:0]
r24:	add w0, w0, #0x5a5
	.reloc r24, R_AARCH64_P32_TLSDESC_ADD_LO12, mine
# rtdyld-check: *{4}r25 = 0xd63f0020
r25:	blr x1
	.reloc r25, R_AARCH64_P32_TLSDESC_CALL, mine
# rtdyld-check: *{4}(section_addr(all.o, .got.tls) + 28) = 1
# rtdyld-check: *{4}(section_addr(all.o, .got.tls) + 32) = 8

# Distances: 8 bytes behind the start of the block, which is 16 bytes behind the thread pointer.
# rtdyld-check: (*{4}r26)[20:5] = (8)[31:16]
r26:	movn w0, #0x5a5a
	.reloc r26, R_AARCH64_P32_TLSLD_MOVW_DTPREL_G1, mine
# rtdyld-check: (*{4}r26)[30:29] = 2
# rtdyld-check: (*{4}r27)[20:5] = (8)[15:0]
r27:	movn w0, #0x5a5a
	.reloc r27, R_AARCH64_P32_TLSLD_MOVW_DTPREL_G0, mine
# rtdyld-check: (*{4}r27)[30:29] = 2
# rtdyld-check: (*{4}r28)[20:5] = (8)[15:0]
r28:	movk w0, #0x5a5a
	.reloc r28, R_AARCH64_P32_TLSLD_MOVW_DTPREL_G0_NC, mine
# rtdyld-check: (*{4}r28)[30:29] = 3
# rtdyld-check: (*{4}r29)[21:10] = (8+0x123000)[23:12]
r29:	add w0, w0, #0x5a5
	.reloc r29, R_AARCH64_P32_TLSLD_ADD_DTPREL_HI12, mine+0x123000
# rtdyld-check: (*{4}r30)[21:10] = (8)[11:0]
r30:	add w0, w0, #0x5a5
	.reloc r30, R_AARCH64_P32_TLSLD_ADD_DTPREL_LO12, mine
# rtdyld-check: (*{4}r31)[21:10] = (8+0x5010)[11:0]
r31:	add w0, w0, #0x5a5
	.reloc r31, R_AARCH64_P32_TLSLD_ADD_DTPREL_LO12_NC, mine+0x5010
# rtdyld-check: (*{4}r32)[21:10] = (8+0)[11:0]
r32:	ldrb w0, [x0]
	.reloc r32, R_AARCH64_P32_TLSLD_LDST8_DTPREL_LO12, mine+0
# rtdyld-check: (*{4}r33)[21:10] = (8+0x5010)[11:0]
r33:	ldrb w0, [x0]
	.reloc r33, R_AARCH64_P32_TLSLD_LDST8_DTPREL_LO12_NC, mine+0x5010
# rtdyld-check: (*{4}r34)[21:10] = (8+0)[11:1]
r34:	ldrh w0, [x0]
	.reloc r34, R_AARCH64_P32_TLSLD_LDST16_DTPREL_LO12, mine+0
# rtdyld-check: (*{4}r35)[21:10] = (8+0x5010)[11:1]
r35:	ldrh w0, [x0]
	.reloc r35, R_AARCH64_P32_TLSLD_LDST16_DTPREL_LO12_NC, mine+0x5010
# rtdyld-check: (*{4}r36)[21:10] = (8+0)[11:2]
r36:	ldr w0, [x0]
	.reloc r36, R_AARCH64_P32_TLSLD_LDST32_DTPREL_LO12, mine+0
# rtdyld-check: (*{4}r37)[21:10] = (8+0x5010)[11:2]
r37:	ldr w0, [x0]
	.reloc r37, R_AARCH64_P32_TLSLD_LDST32_DTPREL_LO12_NC, mine+0x5010
# rtdyld-check: (*{4}r38)[21:10] = (8+0)[11:3]
r38:	ldr x0, [x0]
	.reloc r38, R_AARCH64_P32_TLSLD_LDST64_DTPREL_LO12, mine+0
# rtdyld-check: (*{4}r39)[21:10] = (8+0x5010)[11:3]
r39:	ldr x0, [x0]
	.reloc r39, R_AARCH64_P32_TLSLD_LDST64_DTPREL_LO12_NC, mine+0x5010
# rtdyld-check: (*{4}r40)[21:10] = (8+8)[11:4]
r40:	ldr q0, [x0]
	.reloc r40, R_AARCH64_P32_TLSLD_LDST128_DTPREL_LO12, mine+8
# rtdyld-check: (*{4}r41)[21:10] = (8+0x5018)[11:4]
r41:	ldr q0, [x0]
	.reloc r41, R_AARCH64_P32_TLSLD_LDST128_DTPREL_LO12_NC, mine+0x5018
# rtdyld-check: (*{4}r42)[20:5] = (24)[31:16]
r42:	movn w0, #0x5a5a
	.reloc r42, R_AARCH64_P32_TLSLE_MOVW_TPREL_G1, mine
# rtdyld-check: (*{4}r42)[30:29] = 2
# rtdyld-check: (*{4}r43)[20:5] = (24)[15:0]
r43:	movn w0, #0x5a5a
	.reloc r43, R_AARCH64_P32_TLSLE_MOVW_TPREL_G0, mine
# rtdyld-check: (*{4}r43)[30:29] = 2
# rtdyld-check: (*{4}r44)[20:5] = (24)[15:0]
r44:	movk w0, #0x5a5a
	.reloc r44, R_AARCH64_P32_TLSLE_MOVW_TPREL_G0_NC, mine
# rtdyld-check: (*{4}r44)[30:29] = 3
# rtdyld-check: (*{4}r45)[21:10] = (24+0x123000)[23:12]
r45:	add w0, w0, #0x5a5
	.reloc r45, R_AARCH64_P32_TLSLE_ADD_TPREL_HI12, mine+0x123000
# rtdyld-check: (*{4}r46)[21:10] = (24)[11:0]
r46:	add w0, w0, #0x5a5
	.reloc r46, R_AARCH64_P32_TLSLE_ADD_TPREL_LO12, mine
# rtdyld-check: (*{4}r47)[21:10] = (24+0x5010)[11:0]
r47:	add w0, w0, #0x5a5
	.reloc r47, R_AARCH64_P32_TLSLE_ADD_TPREL_LO12_NC, mine+0x5010
# rtdyld-check: (*{4}r48)[21:10] = (24+0)[11:0]
r48:	ldrb w0, [x0]
	.reloc r48, R_AARCH64_P32_TLSLE_LDST8_TPREL_LO12, mine+0
# rtdyld-check: (*{4}r49)[21:10] = (24+0x5010)[11:0]
r49:	ldrb w0, [x0]
	.reloc r49, R_AARCH64_P32_TLSLE_LDST8_TPREL_LO12_NC, mine+0x5010
# rtdyld-check: (*{4}r50)[21:10] = (24+0)[11:1]
r50:	ldrh w0, [x0]
	.reloc r50, R_AARCH64_P32_TLSLE_LDST16_TPREL_LO12, mine+0
# rtdyld-check: (*{4}r51)[21:10] = (24+0x5010)[11:1]
r51:	ldrh w0, [x0]
	.reloc r51, R_AARCH64_P32_TLSLE_LDST16_TPREL_LO12_NC, mine+0x5010
# rtdyld-check: (*{4}r52)[21:10] = (24+0)[11:2]
r52:	ldr w0, [x0]
	.reloc r52, R_AARCH64_P32_TLSLE_LDST32_TPREL_LO12, mine+0
# rtdyld-check: (*{4}r53)[21:10] = (24+0x5010)[11:2]
r53:	ldr w0, [x0]
	.reloc r53, R_AARCH64_P32_TLSLE_LDST32_TPREL_LO12_NC, mine+0x5010
# rtdyld-check: (*{4}r54)[21:10] = (24+0)[11:3]
r54:	ldr x0, [x0]
	.reloc r54, R_AARCH64_P32_TLSLE_LDST64_TPREL_LO12, mine+0
# rtdyld-check: (*{4}r55)[21:10] = (24+0x5010)[11:3]
r55:	ldr x0, [x0]
	.reloc r55, R_AARCH64_P32_TLSLE_LDST64_TPREL_LO12_NC, mine+0x5010
# rtdyld-check: (*{4}r56)[21:10] = (24+8)[11:4]
r56:	ldr q0, [x0]
	.reloc r56, R_AARCH64_P32_TLSLE_LDST128_TPREL_LO12, mine+8
# rtdyld-check: (*{4}r57)[21:10] = (24+0x5018)[11:4]
r57:	ldr q0, [x0]
	.reloc r57, R_AARCH64_P32_TLSLE_LDST128_TPREL_LO12_NC, mine+0x5018

# What does nothing.
# rtdyld-check: *{4}nothing = 0xd503201f
nothing: nop
	.reloc nothing, R_AARCH64_NONE, far
end:
	.data
	.p2align 4
	.zero	0x120
variable: .xword 0
	.globl	other
other:	.word	0
	.section .tdata, "awT", @progbits
	.p2align 3
	.globl	first, mine
first:	.xword	1
mine:	.xword	2
	.type	first, @object
	.type	mine, @object
