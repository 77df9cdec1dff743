# What compilers seldom ask of LoongArch, or only those that know extreme code models. Nothing shrinks here.
#
# mcjit rtdyld -triple=loongarch64-linux-gnu -verify -check=more.s -map-section more.o,.text=0x12344 -map-section more.o,.data=0x7ffff100 \
#   -map-section more.o,.got=0x3456700030128 -map-section more.o,.got.tls=0x3456700038128 \
#   -dummy-extern far=0x123456789abc more.o

	.text
	.globl	start
start:
# The GOT, far away: four parts, relative to the first one, or absolute. The upper ones make good that the lower ones are signed.
# rtdyld-check: (*{4}r1)[24:5] = ((got_addr(more.o/.text, far) + 0x800)[63:12] - r1[63:12])[19:0]
	.reloc	., R_LARCH_GOT_PC_HI20, far
r1:	pcalau12i	$a0, 0x5a5
# rtdyld-check: (*{4}r2)[21:10] = (got_addr(more.o/.text, far))[11:0]
	.reloc	., R_LARCH_GOT_PC_LO12, far
r2:	addi.d	$a1, $zero, 0x5a5
# rtdyld-check: (*{4}r3)[24:5] = ((got_addr(more.o/.text, far) + 0x800)[63:12] - r1[63:12] + 0x80000 << 12 - ((got_addr(more.o/.text, far))[11:11] << 33 >> 1))[51:32]
	.reloc	., R_LARCH_GOT64_PC_LO20, far
r3:	lu32i.d	$a0, 0x5a5
# rtdyld-check: (*{4}r4)[21:10] = ((got_addr(more.o/.text, far) + 0x800)[63:12] - r1[63:12] + 0x80000 << 12 - ((got_addr(more.o/.text, far))[11:11] << 33 >> 1))[63:52]
	.reloc	., R_LARCH_GOT64_PC_HI12, far
r4:	lu52i.d	$a0, $a0, 0x5a5
# rtdyld-check: (*{4}r5)[24:5] = (got_addr(more.o/.text, far))[31:12]
	.reloc	., R_LARCH_GOT_HI20, far
r5:	lu12i.w	$a0, 0x5a5
# rtdyld-check: (*{4}r6)[21:10] = (got_addr(more.o/.text, far))[11:0]
	.reloc	., R_LARCH_GOT_LO12, far
r6:	ori	$a0, $a0, 0x5a5
# rtdyld-check: (*{4}r7)[24:5] = (got_addr(more.o/.text, far))[51:32]
	.reloc	., R_LARCH_GOT64_LO20, far
r7:	lu32i.d	$a0, 0x5a5
# rtdyld-check: (*{4}r8)[21:10] = (got_addr(more.o/.text, far))[63:52]
	.reloc	., R_LARCH_GOT64_HI12, far
r8:	lu52i.d	$a0, $a0, 0x5a5

# Thread-local variables: of the second one the offset is 24 from the thread pointer, and 8 within the module. The entries are the pair, the distance, the descriptor.
# rtdyld-check: (*{4}r9)[24:5] = (0x1234567898765fff)[31:12]
	.reloc	., R_LARCH_TLS_LE_HI20, second + 0x1234567898765fe7
r9:	lu12i.w	$a0, 0x5a5
# rtdyld-check: (*{4}r10)[21:10] = (0x1234567898765fff)[11:0]
	.reloc	., R_LARCH_TLS_LE_LO12, second + 0x1234567898765fe7
r10:	ori	$a0, $a0, 0x5a5
# rtdyld-check: (*{4}r11)[24:5] = (0x1234567898765fff)[51:32]
	.reloc	., R_LARCH_TLS_LE64_LO20, second + 0x1234567898765fe7
r11:	lu32i.d	$a0, 0x5a5
# rtdyld-check: (*{4}r12)[21:10] = (0x1234567898765fff)[63:52]
	.reloc	., R_LARCH_TLS_LE64_HI12, second + 0x1234567898765fe7
r12:	lu52i.d	$a0, $a0, 0x5a5
# rtdyld-check: (*{4}r13)[24:5] = 0x12346
	.reloc	., R_LARCH_TLS_LE_HI20_R, second + 0x12345fe8
r13:	lu12i.w	$a0, 0x5a5
# rtdyld-check: *{4}r14 = 0x108884
	.reloc	., R_LARCH_TLS_LE_ADD_R, second
r14:	add.d	$a0, $a0, $tp
# rtdyld-check: (*{4}r15)[21:10] = 0xfff
	.reloc	., R_LARCH_TLS_LE_LO12_R, second + 0x12345fe7
r15:	addi.d	$a0, $a0, 0x5a5
# rtdyld-check: (*{4}r16)[24:5] = ((section_addr(more.o, .got.tls) + 0x800)[63:12] - r16[63:12])[19:0]
	.reloc	., R_LARCH_TLS_IE_PC_HI20, second
r16:	pcalau12i	$a0, 0x5a5
# rtdyld-check: (*{4}r17)[21:10] = (section_addr(more.o, .got.tls))[11:0]
	.reloc	., R_LARCH_TLS_IE_PC_LO12, second
r17:	addi.d	$a1, $zero, 0x5a5
# rtdyld-check: (*{4}r18)[24:5] = ((section_addr(more.o, .got.tls) + 0x800)[63:12] - r16[63:12] + 0x80000 << 12 - ((section_addr(more.o, .got.tls))[11:11] << 33 >> 1))[51:32]
	.reloc	., R_LARCH_TLS_IE64_PC_LO20, second
r18:	lu32i.d	$a0, 0x5a5
# rtdyld-check: (*{4}r19)[21:10] = ((section_addr(more.o, .got.tls) + 0x800)[63:12] - r16[63:12] + 0x80000 << 12 - ((section_addr(more.o, .got.tls))[11:11] << 33 >> 1))[63:52]
	.reloc	., R_LARCH_TLS_IE64_PC_HI12, second
r19:	lu52i.d	$a0, $a0, 0x5a5
# rtdyld-check: (*{4}r20)[24:5] = (section_addr(more.o, .got.tls))[31:12]
	.reloc	., R_LARCH_TLS_IE_HI20, second
r20:	lu12i.w	$a0, 0x5a5
# rtdyld-check: (*{4}r21)[21:10] = (section_addr(more.o, .got.tls))[11:0]
	.reloc	., R_LARCH_TLS_IE_LO12, second
r21:	ori	$a0, $a0, 0x5a5
# rtdyld-check: (*{4}r22)[24:5] = (section_addr(more.o, .got.tls))[51:32]
	.reloc	., R_LARCH_TLS_IE64_LO20, second
r22:	lu32i.d	$a0, 0x5a5
# rtdyld-check: (*{4}r23)[21:10] = (section_addr(more.o, .got.tls))[63:52]
	.reloc	., R_LARCH_TLS_IE64_HI12, second
r23:	lu52i.d	$a0, $a0, 0x5a5
# rtdyld-check: *{8}section_addr(more.o, .got.tls) = 0x18
# rtdyld-check: (*{4}r24)[24:5] = ((section_addr(more.o, .got.tls) + 8 + 0x800)[63:12] - r24[63:12])[19:0]
	.reloc	., R_LARCH_TLS_GD_PC_HI20, second
r24:	pcalau12i	$a0, 0x5a5
# rtdyld-check: (*{4}r25)[21:10] = (section_addr(more.o, .got.tls) + 8)[11:0]
	.reloc	., R_LARCH_GOT_PC_LO12, second
r25:	addi.d	$a1, $zero, 0x5a5
# rtdyld-check: (*{4}r26)[24:5] = ((section_addr(more.o, .got.tls) + 8 + 0x800)[63:12] - r24[63:12] + 0x80000 << 12 - ((section_addr(more.o, .got.tls) + 8)[11:11] << 33 >> 1))[51:32]
	.reloc	., R_LARCH_GOT64_PC_LO20, second
r26:	lu32i.d	$a0, 0x5a5
# rtdyld-check: (*{4}r27)[21:10] = ((section_addr(more.o, .got.tls) + 8 + 0x800)[63:12] - r24[63:12] + 0x80000 << 12 - ((section_addr(more.o, .got.tls) + 8)[11:11] << 33 >> 1))[63:52]
	.reloc	., R_LARCH_GOT64_PC_HI12, second
r27:	lu52i.d	$a0, $a0, 0x5a5
# rtdyld-check: (*{4}g1a)[24:5] = (section_addr(more.o, .got.tls) + 8)[31:12]
	.reloc	., R_LARCH_TLS_GD_HI20, second
g1a:	lu12i.w	$a0, 0x5a5
# rtdyld-check: (*{4}g1b)[21:10] = (section_addr(more.o, .got.tls) + 8)[11:0]
	.reloc	., R_LARCH_GOT_LO12, second
g1b:	ori	$a0, $a0, 0x5a5
# rtdyld-check: (*{4}g1c)[24:5] = (section_addr(more.o, .got.tls) + 8)[51:32]
	.reloc	., R_LARCH_GOT64_LO20, second
g1c:	lu32i.d	$a0, 0x5a5
# rtdyld-check: (*{4}g1d)[21:10] = (section_addr(more.o, .got.tls) + 8)[63:52]
	.reloc	., R_LARCH_GOT64_HI12, second
g1d:	lu52i.d	$a0, $a0, 0x5a5
# rtdyld-check: *{8}(section_addr(more.o, .got.tls) + 8) = 1
# rtdyld-check: *{8}(section_addr(more.o, .got.tls) + 16) = 8
# rtdyld-check: (*{4}g2a)[24:5] = (((section_addr(more.o, .got.tls) + 8) + 0x800)[63:12] - g2a[63:12])[19:0]
	.reloc	., R_LARCH_TLS_LD_PC_HI20, second
g2a:	pcalau12i	$a0, 0x5a5
# rtdyld-check: (*{4}g2b)[21:10] = (section_addr(more.o, .got.tls) + 8)[11:0]
	.reloc	., R_LARCH_GOT_PC_LO12, second
g2b:	addi.d	$a1, $zero, 0x5a5
# rtdyld-check: (*{4}g2c)[24:5] = (((section_addr(more.o, .got.tls) + 8) + 0x800)[63:12] - g2a[63:12] + 0x80000 << 12 - ((section_addr(more.o, .got.tls) + 8)[11:11] << 33 >> 1))[51:32]
	.reloc	., R_LARCH_GOT64_PC_LO20, second
g2c:	lu32i.d	$a0, 0x5a5
# rtdyld-check: (*{4}g2d)[21:10] = (((section_addr(more.o, .got.tls) + 8) + 0x800)[63:12] - g2a[63:12] + 0x80000 << 12 - ((section_addr(more.o, .got.tls) + 8)[11:11] << 33 >> 1))[63:52]
	.reloc	., R_LARCH_GOT64_PC_HI12, second
g2d:	lu52i.d	$a0, $a0, 0x5a5
# rtdyld-check: (*{4}g3a)[24:5] = (section_addr(more.o, .got.tls) + 8)[31:12]
	.reloc	., R_LARCH_TLS_LD_HI20, second
g3a:	lu12i.w	$a0, 0x5a5
# rtdyld-check: (*{4}g3b)[21:10] = (section_addr(more.o, .got.tls) + 8)[11:0]
	.reloc	., R_LARCH_GOT_LO12, second
g3b:	ori	$a0, $a0, 0x5a5
# rtdyld-check: (*{4}g3c)[24:5] = (section_addr(more.o, .got.tls) + 8)[51:32]
	.reloc	., R_LARCH_GOT64_LO20, second
g3c:	lu32i.d	$a0, 0x5a5
# rtdyld-check: (*{4}g3d)[21:10] = (section_addr(more.o, .got.tls) + 8)[63:52]
	.reloc	., R_LARCH_GOT64_HI12, second
g3d:	lu52i.d	$a0, $a0, 0x5a5
# rtdyld-check: (*{4}r31)[24:5] = ((section_addr(more.o, .got.tls) + 24 + 0x800)[63:12] - r31[63:12])[19:0]
	.reloc	., R_LARCH_TLS_DESC_PC_HI20, second
r31:	pcalau12i	$a0, 0x5a5
# rtdyld-check: (*{4}r32)[21:10] = (section_addr(more.o, .got.tls) + 24)[11:0]
	.reloc	., R_LARCH_TLS_DESC_PC_LO12, second
r32:	addi.d	$a1, $zero, 0x5a5
# rtdyld-check: (*{4}r33)[24:5] = ((section_addr(more.o, .got.tls) + 24 + 0x800)[63:12] - r31[63:12] + 0x80000 << 12 - ((section_addr(more.o, .got.tls) + 24)[11:11] << 33 >> 1))[51:32]
	.reloc	., R_LARCH_TLS_DESC64_PC_LO20, second
r33:	lu32i.d	$a0, 0x5a5
# rtdyld-check: (*{4}r34)[21:10] = ((section_addr(more.o, .got.tls) + 24 + 0x800)[63:12] - r31[63:12] + 0x80000 << 12 - ((section_addr(more.o, .got.tls) + 24)[11:11] << 33 >> 1))[63:52]
	.reloc	., R_LARCH_TLS_DESC64_PC_HI12, second
r34:	lu52i.d	$a0, $a0, 0x5a5
# rtdyld-check: (*{4}r35)[24:5] = (section_addr(more.o, .got.tls) + 24)[31:12]
	.reloc	., R_LARCH_TLS_DESC_HI20, second
r35:	lu12i.w	$a0, 0x5a5
# rtdyld-check: (*{4}r36)[21:10] = (section_addr(more.o, .got.tls) + 24)[11:0]
	.reloc	., R_LARCH_TLS_DESC_LO12, second
r36:	ori	$a0, $a0, 0x5a5
# rtdyld-check: (*{4}r37)[24:5] = (section_addr(more.o, .got.tls) + 24)[51:32]
	.reloc	., R_LARCH_TLS_DESC64_LO20, second
r37:	lu32i.d	$a0, 0x5a5
# rtdyld-check: (*{4}r38)[21:10] = (section_addr(more.o, .got.tls) + 24)[63:52]
	.reloc	., R_LARCH_TLS_DESC64_HI12, second
r38:	lu52i.d	$a0, $a0, 0x5a5
# rtdyld-check: *{4}r39 = 0x28c00081
	.reloc	., R_LARCH_TLS_DESC_LD, second
r39:	ld.d	$ra, $a0, 0
# rtdyld-check: *{4}r40 = 0x4c000021
	.reloc	., R_LARCH_TLS_DESC_CALL, second
r40:	jirl	$ra, $ra, 0

# Marks, which change nothing.
# rtdyld-check: *{4}r41 = 0x03400000
	.reloc	., R_LARCH_NONE, far
r41:	nop
# rtdyld-check: *{4}r42 = 0x03400000
	.reloc	., R_LARCH_MARK_LA, far
r42:	nop
# rtdyld-check: *{4}r43 = 0x03400000
	.reloc	., R_LARCH_MARK_PCREL, far
r43:	nop
# rtdyld-check: *{4}r44 = 0x03400000
	.reloc	., R_LARCH_RELAX, far
r44:	nop
behind:

	.data
# rtdyld-check: *{8}r45 = 8
	.reloc	., R_LARCH_TLS_DTPREL64, second
r45:	.dword 0x5a5a
# rtdyld-check: *{4}r46 = 8
	.reloc	., R_LARCH_TLS_DTPREL32, second
r46:	.word 0x5a5a

# Sums of labels.
# rtdyld-check: *{2}r47 = (0x5a5a + start)[15:0]
	.reloc	., R_LARCH_ADD16, start
r47:	.half 0x5a5a
# rtdyld-check: *{2}r48 = (0x5a5a - start)[15:0]
	.reloc	., R_LARCH_SUB16, start
r48:	.half 0x5a5a
# rtdyld-check: *{1}r49 = (0x5a + start)[7:0]
	.reloc	., R_LARCH_ADD8, start
r49:	.byte 0x5a
# rtdyld-check: *{1}r50 = (0x5a - start)[7:0]
	.reloc	., R_LARCH_SUB8, start
r50:	.byte 0x5a
# rtdyld-check: *{4}r51 = (0x5a5a5a + start)[23:0]
	.reloc	., R_LARCH_ADD24, start
r51:	.byte 0x5a, 0x5a, 0x5a, 0
# rtdyld-check: *{4}r52 = (0x5a5a5a - start)[23:0]
	.reloc	., R_LARCH_SUB24, start
r52:	.byte 0x5a, 0x5a, 0x5a, 0
# rtdyld-check: *{1}r53 = 0x80 + (0x15 + start)[5:0]
	.reloc	., R_LARCH_ADD6, start
r53:	.byte 0x95
# rtdyld-check: *{1}r54 = 0x80 + (0x15 - start)[5:0]
	.reloc	., R_LARCH_SUB6, start
r54:	.byte 0x95
# rtdyld-check: *{1}uleb = 0x80 + (behind - start)[6:0]
# rtdyld-check: *{1}(uleb + 1) = (behind - start)[13:7]
uleb:	.reloc	., R_LARCH_ADD_ULEB128, behind
	.reloc	., R_LARCH_SUB_ULEB128, start
	.byte	0x80, 0

	.section .tdata, "awT", @progbits
first:	.dword	1
	.type	second, @object
second:	.dword	2
