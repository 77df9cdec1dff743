# Every other relocation of AArch64, by its name.
#
# mcjit rtdyld -triple=aarch64-linux-gnu -verify -own-stubs -check=all.s -map-section all.o,.text=0x10000 -map-section all.o,.data=0x71234000 \
#   -dummy-extern far=0x123456789abc -dummy-extern small=0x1234 -dummy-extern minus=0xffffffffffff8765 all.o

	.text
	.globl	start
start:
	nop


# Absolute addresses in groups of moves. A signed one makes MOVN or MOVZ of the instruction.
# rtdyld-check: (*{4}r1)[20:5] = (small)[15:0]
r1:	movz x0, #0x5a5a
	.reloc r1, R_AARCH64_MOVW_UABS_G0, small
# rtdyld-check: (*{4}r1)[30:29] = 2
# rtdyld-check: (*{4}r2)[20:5] = (far)[15:0]
r2:	movk x0, #0x5a5a
	.reloc r2, R_AARCH64_MOVW_UABS_G0_NC, far
# rtdyld-check: (*{4}r2)[30:29] = 3
# rtdyld-check: (*{4}r3)[20:5] = (variable)[31:16]
r3:	movz x0, #0x5a5a
	.reloc r3, R_AARCH64_MOVW_UABS_G1, variable
# rtdyld-check: (*{4}r3)[30:29] = 2
# rtdyld-check: (*{4}r4)[20:5] = (far)[31:16]
r4:	movk x0, #0x5a5a
	.reloc r4, R_AARCH64_MOVW_UABS_G1_NC, far
# rtdyld-check: (*{4}r4)[30:29] = 3
# rtdyld-check: (*{4}r5)[20:5] = (far)[47:32]
r5:	movz x0, #0x5a5a
	.reloc r5, R_AARCH64_MOVW_UABS_G2, far
# rtdyld-check: (*{4}r5)[30:29] = 2
# rtdyld-check: (*{4}r6)[20:5] = (far)[47:32]
r6:	movk x0, #0x5a5a
	.reloc r6, R_AARCH64_MOVW_UABS_G2_NC, far
# rtdyld-check: (*{4}r6)[30:29] = 3
# rtdyld-check: (*{4}r7)[20:5] = (far)[63:48]
r7:	movz x0, #0x5a5a
	.reloc r7, R_AARCH64_MOVW_UABS_G3, far
# rtdyld-check: (*{4}r7)[30:29] = 2
# rtdyld-check: (*{4}r8)[20:5] = (small)[15:0]
r8:	movn x0, #0x5a5a
	.reloc r8, R_AARCH64_MOVW_SABS_G0, small
# rtdyld-check: (*{4}r8)[30:29] = 2
# rtdyld-check: (*{4}r9)[20:5] = ((0-1-(minus)))[15:0]
r9:	movz x0, #0x5a5a
	.reloc r9, R_AARCH64_MOVW_SABS_G0, minus
# rtdyld-check: (*{4}r9)[30:29] = 0
# rtdyld-check: (*{4}r10)[20:5] = (variable)[31:16]
r10:	movn x0, #0x5a5a
	.reloc r10, R_AARCH64_MOVW_SABS_G1, variable
# rtdyld-check: (*{4}r10)[30:29] = 2
# rtdyld-check: (*{4}r11)[20:5] = ((0-1-(minus)))[31:16]
r11:	movz x0, #0x5a5a
	.reloc r11, R_AARCH64_MOVW_SABS_G1, minus
# rtdyld-check: (*{4}r11)[30:29] = 0
# rtdyld-check: (*{4}r12)[20:5] = (far)[47:32]
r12:	movn x0, #0x5a5a
	.reloc r12, R_AARCH64_MOVW_SABS_G2, far
# rtdyld-check: (*{4}r12)[30:29] = 2
# rtdyld-check: (*{4}r13)[20:5] = ((0-1-(minus)))[47:32]
r13:	movz x0, #0x5a5a
	.reloc r13, R_AARCH64_MOVW_SABS_G2, minus
# rtdyld-check: (*{4}r13)[30:29] = 0

# Relative ones.
# rtdyld-check: (*{4}r14)[20:5] = ((0-1-(start-r14)))[15:0]
r14:	movz x0, #0x5a5a
	.reloc r14, R_AARCH64_MOVW_PREL_G0, start
# rtdyld-check: (*{4}r14)[30:29] = 0
# rtdyld-check: (*{4}r15)[20:5] = (end-r15)[15:0]
r15:	movn x0, #0x5a5a
	.reloc r15, R_AARCH64_MOVW_PREL_G0, end
# rtdyld-check: (*{4}r15)[30:29] = 2
# rtdyld-check: (*{4}r16)[20:5] = (far-r16)[15:0]
r16:	movk x0, #0x5a5a
	.reloc r16, R_AARCH64_MOVW_PREL_G0_NC, far
# rtdyld-check: (*{4}r16)[30:29] = 3
# rtdyld-check: (*{4}r17)[20:5] = (variable-r17)[31:16]
r17:	movn x0, #0x5a5a
	.reloc r17, R_AARCH64_MOVW_PREL_G1, variable
# rtdyld-check: (*{4}r17)[30:29] = 2
# rtdyld-check: (*{4}r18)[20:5] = (far-r18)[31:16]
r18:	movk x0, #0x5a5a
	.reloc r18, R_AARCH64_MOVW_PREL_G1_NC, far
# rtdyld-check: (*{4}r18)[30:29] = 3
# rtdyld-check: (*{4}r19)[20:5] = (far-r19)[47:32]
r19:	movn x0, #0x5a5a
	.reloc r19, R_AARCH64_MOVW_PREL_G2, far
# rtdyld-check: (*{4}r19)[30:29] = 2
# rtdyld-check: (*{4}r20)[20:5] = (far-r20)[47:32]
r20:	movk x0, #0x5a5a
	.reloc r20, R_AARCH64_MOVW_PREL_G2_NC, far
# rtdyld-check: (*{4}r20)[30:29] = 3
# rtdyld-check: (*{4}r21)[20:5] = (far-r21)[63:48]
r21:	movk x0, #0x5a5a
	.reloc r21, R_AARCH64_MOVW_PREL_G3, far
# rtdyld-check: (*{4}r21)[30:29] = 3

# Pages, of which only a part is stored.
# rtdyld-check: (*{4}r22)[23:5] = (far[63:12]-r22[63:12])[20:2]
r22:	adrp x0, 0
	.reloc r22, R_AARCH64_ADR_PREL_PG_HI21_NC, far
# rtdyld-check: (*{4}r23)[21:10] = (variable+1)[11:0]
r23:	ldrb w0, [x1]
	.reloc r23, R_AARCH64_LDST8_ABS_LO12_NC, variable+1

# A stub: adrp x16, entry; ldr x17, [x16, entry]; br x17.
# rtdyld-check: (*{4}r24)[25:0] = (stub_addr(all.o/.text, far)-r24)[27:2]
r24:	b start
	.reloc r24, R_AARCH64_JUMP26, far
# rtdyld-check: (*{4}stub_addr(all.o/.text, far))[4:0] = 16
# rtdyld-check: (*{4}stub_addr(all.o/.text, far))[23:5] = (got_addr(all.o/.text, far)[63:12]-stub_addr(all.o/.text, far)[63:12])[20:2]
# rtdyld-check: (*{4}(stub_addr(all.o/.text, far)+4))[21:10] = got_addr(all.o/.text, far)[11:3]
# rtdyld-check: (*{4}(stub_addr(all.o/.text, far)+4))[9:0] = 0x211
# rtdyld-check: *{4}(stub_addr(all.o/.text, far)+8) = 0xd61f0220
# rtdyld-check: *{8}got_addr(all.o/.text, far) = far

# The GOT, relative to its first entry, its page, or the place.
# rtdyld-check: (*{4}r25)[20:5] = (got_addr(all.o/.text, far)-section_addr(all.o, .got))[15:0]
r25:	movn x0, #0x5a5a
	.reloc r25, R_AARCH64_MOVW_GOTOFF_G0, far
# rtdyld-check: (*{4}r25)[30:29] = 2
# rtdyld-check: (*{4}r26)[20:5] = (got_addr(all.o/.text, far)-section_addr(all.o, .got))[15:0]
r26:	movk x0, #0x5a5a
	.reloc r26, R_AARCH64_MOVW_GOTOFF_G0_NC, far
# rtdyld-check: (*{4}r26)[30:29] = 3
# rtdyld-check: (*{4}r27)[20:5] = (got_addr(all.o/.text, far)-section_addr(all.o, .got))[31:16]
r27:	movn x0, #0x5a5a
	.reloc r27, R_AARCH64_MOVW_GOTOFF_G1, far
# rtdyld-check: (*{4}r27)[30:29] = 2
# rtdyld-check: (*{4}r28)[20:5] = (got_addr(all.o/.text, far)-section_addr(all.o, .got))[31:16]
r28:	movk x0, #0x5a5a
	.reloc r28, R_AARCH64_MOVW_GOTOFF_G1_NC, far
# rtdyld-check: (*{4}r28)[30:29] = 3
# rtdyld-check: (*{4}r29)[20:5] = (got_addr(all.o/.text, far)-section_addr(all.o, .got))[47:32]
r29:	movn x0, #0x5a5a
	.reloc r29, R_AARCH64_MOVW_GOTOFF_G2, far
# rtdyld-check: (*{4}r29)[30:29] = 2
# rtdyld-check: (*{4}r30)[20:5] = (got_addr(all.o/.text, far)-section_addr(all.o, .got))[47:32]
r30:	movk x0, #0x5a5a
	.reloc r30, R_AARCH64_MOVW_GOTOFF_G2_NC, far
# rtdyld-check: (*{4}r30)[30:29] = 3
# rtdyld-check: (*{4}r31)[20:5] = (got_addr(all.o/.text, far)-section_addr(all.o, .got))[63:48]
r31:	movk x0, #0x5a5a
	.reloc r31, R_AARCH64_MOVW_GOTOFF_G3, far
# rtdyld-check: (*{4}r31)[30:29] = 3
# rtdyld-check: (*{4}r32)[23:5] = (got_addr(all.o/.text, far)-r32)[20:2]
r32:	ldr x0, start
	.reloc r32, R_AARCH64_GOT_LD_PREL19, far
# rtdyld-check: (*{4}r33)[21:10] = (got_addr(all.o/.text, far)-section_addr(all.o, .got))[14:3]
r33:	ldr x0, [x1, #0x5a0]
	.reloc r33, R_AARCH64_LD64_GOTOFF_LO15, far
# rtdyld-check: (*{4}r34)[21:10] = (got_addr(all.o/.text, far)-section_addr(all.o, .got)+section_addr(all.o, .got)[11:0])[14:3]
r34:	ldr x0, [x1, #0x5a0]
	.reloc r34, R_AARCH64_LD64_GOTPAGE_LO15, far

# Thread-local variables: module and offset, the module, the distance from the thread pointer, descriptors.
# rtdyld-check: (*{4}r35)[23:5] = ((section_addr(all.o, .got.tls)+0)-r35)[20:2]
r35:	adr x0, start
	.reloc r35, R_AARCH64_TLSGD_ADR_PREL21, mine
# rtdyld-check: (*{4}r36)[23:5] = ((section_addr(all.o, .got.tls)+0)[63:12]-r36[63:12])[20:2]
r36:	adrp x0, 0
	.reloc r36, R_AARCH64_TLSGD_ADR_PAGE21, mine
# rtdyld-check: (*{4}r37)[21:10] = ((section_addr(all.o, .got.tls)+0))[11:0]
r37:	add x0, x0, #0x5a5
	.reloc r37, R_AARCH64_TLSGD_ADD_LO12_NC, mine
# rtdyld-check: (*{4}r38)[20:5] = ((section_addr(all.o, .got.tls)+0)-section_addr(all.o, .got))[31:16]
r38:	movz x0, #0x5a5a
	.reloc r38, R_AARCH64_TLSGD_MOVW_G1, mine
# rtdyld-check: (*{4}r38)[30:29] = 2
# rtdyld-check: (*{4}r39)[20:5] = ((section_addr(all.o, .got.tls)+0)-section_addr(all.o, .got))[15:0]
r39:	movk x0, #0x5a5a
	.reloc r39, R_AARCH64_TLSGD_MOVW_G0_NC, mine
# rtdyld-check: (*{4}r39)[30:29] = 3
# rtdyld-check: *{8}section_addr(all.o, .got.tls) = 1
# rtdyld-check: *{8}(section_addr(all.o, .got.tls) + 8) = 8
# rtdyld-check: (*{4}r40)[23:5] = ((section_addr(all.o, .got.tls)+16)-r40)[20:2]
r40:	adr x0, start
	.reloc r40, R_AARCH64_TLSLD_ADR_PREL21, mine
# rtdyld-check: (*{4}r41)[23:5] = ((section_addr(all.o, .got.tls)+16)[63:12]-r41[63:12])[20:2]
r41:	adrp x0, 0
	.reloc r41, R_AARCH64_TLSLD_ADR_PAGE21, mine
# rtdyld-check: (*{4}r42)[21:10] = ((section_addr(all.o, .got.tls)+16))[11:0]
r42:	add x0, x0, #0x5a5
	.reloc r42, R_AARCH64_TLSLD_ADD_LO12_NC, mine
# rtdyld-check: (*{4}r43)[20:5] = ((section_addr(all.o, .got.tls)+16)-section_addr(all.o, .got))[31:16]
r43:	movz x0, #0x5a5a
	.reloc r43, R_AARCH64_TLSLD_MOVW_G1, mine
# rtdyld-check: (*{4}r43)[30:29] = 2
# rtdyld-check: (*{4}r44)[20:5] = ((section_addr(all.o, .got.tls)+16)-section_addr(all.o, .got))[15:0]
r44:	movk x0, #0x5a5a
	.reloc r44, R_AARCH64_TLSLD_MOVW_G0_NC, mine
# rtdyld-check: (*{4}r44)[30:29] = 3
# rtdyld-check: (*{4}r45)[23:5] = ((section_addr(all.o, .got.tls)+16)-r45)[20:2]
r45:	ldr x0, start
	.reloc r45, R_AARCH64_TLSLD_LD_PREL19, mine
# rtdyld-check: *{8}(section_addr(all.o, .got.tls) + 16) = 1
# rtdyld-check: *{8}(section_addr(all.o, .got.tls) + 24) = 0
# rtdyld-check: (*{4}r46)[23:5] = ((section_addr(all.o, .got.tls)+32)[63:12]-r46[63:12])[20:2]
r46:	adrp x0, 0
	.reloc r46, R_AARCH64_TLSIE_ADR_GOTTPREL_PAGE21, mine
# rtdyld-check: (*{4}r47)[21:10] = ((section_addr(all.o, .got.tls)+32))[11:3]
r47:	ldr x0, [x0]
	.reloc r47, R_AARCH64_TLSIE_LD64_GOTTPREL_LO12_NC, mine
# rtdyld-check: (*{4}r48)[20:5] = ((section_addr(all.o, .got.tls)+32)-section_addr(all.o, .got))[31:16]
r48:	movz x0, #0x5a5a
	.reloc r48, R_AARCH64_TLSIE_MOVW_GOTTPREL_G1, mine
# rtdyld-check: (*{4}r48)[30:29] = 2
# rtdyld-check: (*{4}r49)[20:5] = ((section_addr(all.o, .got.tls)+32)-section_addr(all.o, .got))[15:0]
r49:	movk x0, #0x5a5a
	.reloc r49, R_AARCH64_TLSIE_MOVW_GOTTPREL_G0_NC, mine
# rtdyld-check: (*{4}r49)[30:29] = 3
# rtdyld-check: (*{4}r50)[23:5] = ((section_addr(all.o, .got.tls)+32)-r50)[20:2]
r50:	ldr x0, start
	.reloc r50, R_AARCH64_TLSIE_LD_GOTTPREL_PREL19, mine
# rtdyld-check: *{8}(section_addr(all.o, .got.tls) + 32) = 24
# rtdyld-check: (*{4}r51)[23:5] = ((section_addr(all.o, .got.tls)+40)-r51)[20:2]
r51:	adr x0, start
	.reloc r51, R_AARCH64_TLSDESC_ADR_PREL21, mine
# rtdyld-check: (*{4}r52)[23:5] = ((section_addr(all.o, .got.tls)+40)[63:12]-r52[63:12])[20:2]
r52:	adrp x0, 0
	.reloc r52, R_AARCH64_TLSDESC_ADR_PAGE21, mine
# rtdyld-check: (*{4}r53)[21:10] = ((section_addr(all.o, .got.tls)+40))[11:0]
r53:	add x0, x0, #0x5a5
	.reloc r53, R_AARCH64_TLSDESC_ADD_LO12, mine
# rtdyld-check: (*{4}r54)[20:5] = ((section_addr(all.o, .got.tls)+40)-section_addr(all.o, .got))[31:16]
r54:	movz x0, #0x5a5a
	.reloc r54, R_AARCH64_TLSDESC_OFF_G1, mine
# rtdyld-check: (*{4}r54)[30:29] = 2
# rtdyld-check: (*{4}r55)[20:5] = ((section_addr(all.o, .got.tls)+40)-section_addr(all.o, .got))[15:0]
r55:	movk x0, #0x5a5a
	.reloc r55, R_AARCH64_TLSDESC_OFF_G0_NC, mine
# rtdyld-check: (*{4}r55)[30:29] = 3
# rtdyld-check: (*{4}r56)[21:10] = ((section_addr(all.o, .got.tls)+40))[11:3]
r56:	ldr x0, [x0]
	.reloc r56, R_AARCH64_TLSDESC_LD64_LO12, mine
# rtdyld-check: (*{4}r57)[23:5] = ((section_addr(all.o, .got.tls)+40)-r57)[20:2]
r57:	ldr x0, start
	.reloc r57, R_AARCH64_TLSDESC_LD_PREL19, mine
# rtdyld-check: *{4}r58 = *{4}plain58
r58:	ldr x1, [x0]
	.reloc r58, R_AARCH64_TLSDESC_LDR, mine
plain58:	ldr x1, [x0]
# rtdyld-check: *{4}r59 = *{4}plain59
r59:	add x0, x0, #0x5a5
	.reloc r59, R_AARCH64_TLSDESC_ADD, mine
plain59:	add x0, x0, #0x5a5
# rtdyld-check: *{4}r60 = *{4}plain60
r60:	blr x1
	.reloc r60, R_AARCH64_TLSDESC_CALL, mine
plain60:	blr x1

# Distances: 8 bytes behind the start of the block, which is 16 bytes behind the thread pointer.
# rtdyld-check: (*{4}r61)[20:5] = (8)[47:32]
r61:	movn x0, #0x5a5a
	.reloc r61, R_AARCH64_TLSLD_MOVW_DTPREL_G2, mine
# rtdyld-check: (*{4}r61)[30:29] = 2
# rtdyld-check: (*{4}r62)[20:5] = (8)[31:16]
r62:	movn x0, #0x5a5a
	.reloc r62, R_AARCH64_TLSLD_MOVW_DTPREL_G1, mine
# rtdyld-check: (*{4}r62)[30:29] = 2
# rtdyld-check: (*{4}r63)[20:5] = (8)[31:16]
r63:	movk x0, #0x5a5a
	.reloc r63, R_AARCH64_TLSLD_MOVW_DTPREL_G1_NC, mine
# rtdyld-check: (*{4}r63)[30:29] = 3
# rtdyld-check: (*{4}r64)[20:5] = (8)[15:0]
r64:	movn x0, #0x5a5a
	.reloc r64, R_AARCH64_TLSLD_MOVW_DTPREL_G0, mine
# rtdyld-check: (*{4}r64)[30:29] = 2
# rtdyld-check: (*{4}r65)[20:5] = (8)[15:0]
r65:	movk x0, #0x5a5a
	.reloc r65, R_AARCH64_TLSLD_MOVW_DTPREL_G0_NC, mine
# rtdyld-check: (*{4}r65)[30:29] = 3
# rtdyld-check: (*{4}r66)[21:10] = (8+0x123000)[23:12]
r66:	add x0, x0, #0x5a5
	.reloc r66, R_AARCH64_TLSLD_ADD_DTPREL_HI12, mine+0x123000
# rtdyld-check: (*{4}r67)[21:10] = (8)[11:0]
r67:	add x0, x0, #0x5a5
	.reloc r67, R_AARCH64_TLSLD_ADD_DTPREL_LO12, mine
# rtdyld-check: (*{4}r68)[21:10] = (8+0x5010)[11:0]
r68:	add x0, x0, #0x5a5
	.reloc r68, R_AARCH64_TLSLD_ADD_DTPREL_LO12_NC, mine+0x5010
# rtdyld-check: (*{4}r69)[21:10] = (8)[11:0]
r69:	ldrb w0, [x0]
	.reloc r69, R_AARCH64_TLSLD_LDST8_DTPREL_LO12, mine
# rtdyld-check: (*{4}r70)[21:10] = (8+0x5010)[11:0]
r70:	ldrb w0, [x0]
	.reloc r70, R_AARCH64_TLSLD_LDST8_DTPREL_LO12_NC, mine+0x5010
# rtdyld-check: (*{4}r71)[21:10] = (8)[11:1]
r71:	ldrh w0, [x0]
	.reloc r71, R_AARCH64_TLSLD_LDST16_DTPREL_LO12, mine
# rtdyld-check: (*{4}r72)[21:10] = (8+0x5010)[11:1]
r72:	ldrh w0, [x0]
	.reloc r72, R_AARCH64_TLSLD_LDST16_DTPREL_LO12_NC, mine+0x5010
# rtdyld-check: (*{4}r73)[21:10] = (8)[11:2]
r73:	ldr w0, [x0]
	.reloc r73, R_AARCH64_TLSLD_LDST32_DTPREL_LO12, mine
# rtdyld-check: (*{4}r74)[21:10] = (8+0x5010)[11:2]
r74:	ldr w0, [x0]
	.reloc r74, R_AARCH64_TLSLD_LDST32_DTPREL_LO12_NC, mine+0x5010
# rtdyld-check: (*{4}r75)[21:10] = (8)[11:3]
r75:	ldr x0, [x0]
	.reloc r75, R_AARCH64_TLSLD_LDST64_DTPREL_LO12, mine
# rtdyld-check: (*{4}r76)[21:10] = (8+0x5010)[11:3]
r76:	ldr x0, [x0]
	.reloc r76, R_AARCH64_TLSLD_LDST64_DTPREL_LO12_NC, mine+0x5010
# rtdyld-check: (*{4}r77)[21:10] = (8+8)[11:4]
r77:	ldr q0, [x0]
	.reloc r77, R_AARCH64_TLSLD_LDST128_DTPREL_LO12, mine+8
# rtdyld-check: (*{4}r78)[21:10] = (8+0x5018)[11:4]
r78:	ldr q0, [x0]
	.reloc r78, R_AARCH64_TLSLD_LDST128_DTPREL_LO12_NC, mine+0x5018
# rtdyld-check: (*{4}r79)[20:5] = (24)[47:32]
r79:	movn x0, #0x5a5a
	.reloc r79, R_AARCH64_TLSLE_MOVW_TPREL_G2, mine
# rtdyld-check: (*{4}r79)[30:29] = 2
# rtdyld-check: (*{4}r80)[20:5] = (24)[31:16]
r80:	movn x0, #0x5a5a
	.reloc r80, R_AARCH64_TLSLE_MOVW_TPREL_G1, mine
# rtdyld-check: (*{4}r80)[30:29] = 2
# rtdyld-check: (*{4}r81)[20:5] = (24)[31:16]
r81:	movk x0, #0x5a5a
	.reloc r81, R_AARCH64_TLSLE_MOVW_TPREL_G1_NC, mine
# rtdyld-check: (*{4}r81)[30:29] = 3
# rtdyld-check: (*{4}r82)[20:5] = (24)[15:0]
r82:	movn x0, #0x5a5a
	.reloc r82, R_AARCH64_TLSLE_MOVW_TPREL_G0, mine
# rtdyld-check: (*{4}r82)[30:29] = 2
# rtdyld-check: (*{4}r83)[20:5] = (24)[15:0]
r83:	movk x0, #0x5a5a
	.reloc r83, R_AARCH64_TLSLE_MOVW_TPREL_G0_NC, mine
# rtdyld-check: (*{4}r83)[30:29] = 3
# rtdyld-check: (*{4}r84)[21:10] = (24+0x123000)[23:12]
r84:	add x0, x0, #0x5a5
	.reloc r84, R_AARCH64_TLSLE_ADD_TPREL_HI12, mine+0x123000
# rtdyld-check: (*{4}r85)[21:10] = (24)[11:0]
r85:	add x0, x0, #0x5a5
	.reloc r85, R_AARCH64_TLSLE_ADD_TPREL_LO12, mine
# rtdyld-check: (*{4}r86)[21:10] = (24+0x5010)[11:0]
r86:	add x0, x0, #0x5a5
	.reloc r86, R_AARCH64_TLSLE_ADD_TPREL_LO12_NC, mine+0x5010
# rtdyld-check: (*{4}r87)[21:10] = (24)[11:0]
r87:	ldrb w0, [x0]
	.reloc r87, R_AARCH64_TLSLE_LDST8_TPREL_LO12, mine
# rtdyld-check: (*{4}r88)[21:10] = (24+0x5010)[11:0]
r88:	ldrb w0, [x0]
	.reloc r88, R_AARCH64_TLSLE_LDST8_TPREL_LO12_NC, mine+0x5010
# rtdyld-check: (*{4}r89)[21:10] = (24)[11:1]
r89:	ldrh w0, [x0]
	.reloc r89, R_AARCH64_TLSLE_LDST16_TPREL_LO12, mine
# rtdyld-check: (*{4}r90)[21:10] = (24+0x5010)[11:1]
r90:	ldrh w0, [x0]
	.reloc r90, R_AARCH64_TLSLE_LDST16_TPREL_LO12_NC, mine+0x5010
# rtdyld-check: (*{4}r91)[21:10] = (24)[11:2]
r91:	ldr w0, [x0]
	.reloc r91, R_AARCH64_TLSLE_LDST32_TPREL_LO12, mine
# rtdyld-check: (*{4}r92)[21:10] = (24+0x5010)[11:2]
r92:	ldr w0, [x0]
	.reloc r92, R_AARCH64_TLSLE_LDST32_TPREL_LO12_NC, mine+0x5010
# rtdyld-check: (*{4}r93)[21:10] = (24)[11:3]
r93:	ldr x0, [x0]
	.reloc r93, R_AARCH64_TLSLE_LDST64_TPREL_LO12, mine
# rtdyld-check: (*{4}r94)[21:10] = (24+0x5010)[11:3]
r94:	ldr x0, [x0]
	.reloc r94, R_AARCH64_TLSLE_LDST64_TPREL_LO12_NC, mine+0x5010
# rtdyld-check: (*{4}r95)[21:10] = (24+8)[11:4]
r95:	ldr q0, [x0]
	.reloc r95, R_AARCH64_TLSLE_LDST128_TPREL_LO12, mine+8
# rtdyld-check: (*{4}r96)[21:10] = (24+0x5018)[11:4]
r96:	ldr q0, [x0]
	.reloc r96, R_AARCH64_TLSLE_LDST128_TPREL_LO12_NC, mine+0x5018

# What does nothing.
# rtdyld-check: *{4}nothing = 0xd503201f
nothing: nop
	.reloc nothing, R_AARCH64_NONE, far

# Near literals and addresses, and an entry of the GOT behind its page.
# rtdyld-check: (*{4}literal)[23:5] = (end - literal)[20:2]
literal: ldr	x0, #0x5a4
	.reloc literal, R_AARCH64_LD_PREL_LO19, end
# rtdyld-check: (*{4}adrlo)[23:5] = (end + 1 - adrlo)[20:2]
# rtdyld-check: (*{4}adrlo)[30:29] = (end + 1 - adrlo)[1:0]
adrlo:	adr	x0, #0x5a6
	.reloc adrlo, R_AARCH64_ADR_PREL_LO21, end + 1
# rtdyld-check: (*{4}gotlow)[21:10] = got_addr(all.o/.text, far)[11:3]
gotlow:	ldr	x0, [x1, #0x5a0]
	.reloc gotlow, R_AARCH64_LD64_GOT_LO12_NC, far
end:
	.data
variable: .xword	0
# rtdyld-check: *{8}rel64 = variable - section_addr(all.o, .got)
rel64:	.xword	0
	.reloc rel64, R_AARCH64_GOTREL64, variable
# rtdyld-check: *{4}rel32 = (variable - section_addr(all.o, .got))[31:0]
rel32:	.word	0
	.reloc rel32, R_AARCH64_GOTREL32, variable
# rtdyld-check: *{4}plt = (start - plt)[31:0]
plt:	.word	start@PLT - .
# rtdyld-check: *{4}entry = (got_addr(all.o/.data, far) + 4 - entry)[31:0]
entry:	.word	far@GOTPCREL + 4
# rtdyld-check: *{8}prel64 = far - prel64
prel64:	.xword	far - .
# rtdyld-check: *{2}prel16 = (variable - prel16)[15:0]
prel16:	.hword	variable - .
# rtdyld-check: *{2}abs16 = small
abs16:	.hword	small

	.section .tbss, "awT", @nobits
	.xword	0
	.type	mine, @tls_object
mine:	.xword	0
