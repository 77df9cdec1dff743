# The relocations of 64-bit PowerPC, big-endian, version 1 of the ABI.
#
# mcjit rtdyld -triple=powerpc64-linux-gnu -verify -own-stubs -check=version1.s -map-section version1.o,.text=0x10000 -map-section version1.o,.text.near=0x11000 \
#   -map-section version1.o,.toc=0x20000000 -map-section version1.o,.data=0x21000000 -map-section version1.o,.got=0x20000100 -map-section version1.o,.got.tls=0x20000200 \
#   -dummy-extern far=0x123487659876abcc -dummy-extern edge=0x1234fffffffff000 -dummy-extern near=0x5432abcc -dummy-extern wide=0x1abcd8765 -dummy-extern small=0x1234 \
#   -dummy-extern low=0x123abcc version1.o

	.machine power10
	.text
	.globl start
start:	nop

# Absolute addresses, of which each half has an instruction. Those that end in A are rounded, for what is added to them is signed.
# rtdyld-check: (*{4}r1)[15:0] = (near)[31:16]
r1:	addi 3, 3, 0x5a5
	.reloc r1 + 2, R_PPC64_ADDR16_HI, near
# rtdyld-check: (*{4}r2)[15:0] = (near + 0x8000)[31:16]
r2:	addi 3, 3, 0x5a5
	.reloc r2 + 2, R_PPC64_ADDR16_HA, near
# rtdyld-check: (*{4}r3)[15:0] = (near)[15:0]
r3:	addi 3, 3, 0x5a5
	.reloc r3 + 2, R_PPC64_ADDR16_LO, near
# rtdyld-check: (*{4}r4)[15:2] = (near)[15:2]
# rtdyld-check: (*{4}r4)[1:0] = 0
r4:	ld 3, 0x5a4(3)
	.reloc r4 + 2, R_PPC64_ADDR16_LO_DS, near
# rtdyld-check: (*{4}r5)[15:0] = (far)[15:0]
r5:	addi 3, 3, 0x5a5
	.reloc r5 + 2, R_PPC64_ADDR16_LO, far
# rtdyld-check: (*{4}r6)[15:2] = (far)[15:2]
# rtdyld-check: (*{4}r6)[1:0] = 0
r6:	ld 3, 0x5a4(3)
	.reloc r6 + 2, R_PPC64_ADDR16_LO_DS, far
# rtdyld-check: (*{4}r7)[15:0] = (far)[31:16]
r7:	addi 3, 3, 0x5a5
	.reloc r7 + 2, R_PPC64_ADDR16_HIGH, far
# rtdyld-check: (*{4}r8)[15:0] = (far + 0x8000)[31:16]
r8:	addi 3, 3, 0x5a5
	.reloc r8 + 2, R_PPC64_ADDR16_HIGHA, far
# rtdyld-check: (*{4}r9)[15:0] = (far)[47:32]
r9:	addi 3, 3, 0x5a5
	.reloc r9 + 2, R_PPC64_ADDR16_HIGHER, far
# rtdyld-check: (*{4}r10)[15:0] = (far + 0x8000)[47:32]
r10:	addi 3, 3, 0x5a5
	.reloc r10 + 2, R_PPC64_ADDR16_HIGHERA, far
# rtdyld-check: (*{4}r11)[15:0] = (far)[63:48]
r11:	addi 3, 3, 0x5a5
	.reloc r11 + 2, R_PPC64_ADDR16_HIGHEST, far
# rtdyld-check: (*{4}r12)[15:0] = (far + 0x8000)[63:48]
r12:	addi 3, 3, 0x5a5
	.reloc r12 + 2, R_PPC64_ADDR16_HIGHESTA, far
# rtdyld-check: (*{4}r13)[15:0] = (far)[49:34]
r13:	addi 3, 3, 0x5a5
	.reloc r13 + 2, R_PPC64_ADDR16_HIGHER34, far
# rtdyld-check: (*{4}r14)[15:0] = (far + 0x200000000)[49:34]
r14:	addi 3, 3, 0x5a5
	.reloc r14 + 2, R_PPC64_ADDR16_HIGHERA34, far
# rtdyld-check: (*{4}r15)[15:0] = (far)[63:50]
r15:	addi 3, 3, 0x5a5
	.reloc r15 + 2, R_PPC64_ADDR16_HIGHEST34, far
# rtdyld-check: (*{4}r16)[15:0] = (far + 0x200000000)[63:50]
r16:	addi 3, 3, 0x5a5
	.reloc r16 + 2, R_PPC64_ADDR16_HIGHESTA34, far
# rtdyld-check: (*{4}r17)[15:0] = (edge + 0x8000)[47:32]
r17:	addi 3, 3, 0x5a5
	.reloc r17 + 2, R_PPC64_ADDR16_HIGHERA, edge
# rtdyld-check: (*{4}r18)[15:0] = (edge + 0x8000)[63:48]
r18:	addi 3, 3, 0x5a5
	.reloc r18 + 2, R_PPC64_ADDR16_HIGHESTA, edge
# rtdyld-check: (*{4}r19)[15:0] = (edge + 0x200000000)[49:34]
r19:	addi 3, 3, 0x5a5
	.reloc r19 + 2, R_PPC64_ADDR16_HIGHERA34, edge
# rtdyld-check: (*{4}r20)[15:0] = (edge + 0x200000000)[63:50]
r20:	addi 3, 3, 0x5a5
	.reloc r20 + 2, R_PPC64_ADDR16_HIGHESTA34, edge
# rtdyld-check: (*{4}r21)[15:0] = (small)[15:0]
r21:	addi 3, 3, 0x5a5
	.reloc r21 + 2, R_PPC64_ADDR16, small
# rtdyld-check: (*{4}r22)[15:2] = (small)[15:2]
# rtdyld-check: (*{4}r22)[1:0] = 0
r22:	ld 3, 0x5a4(3)
	.reloc r22 + 2, R_PPC64_ADDR16_DS, small

# Relative ones.
# rtdyld-check: (*{4}r23)[15:0] = (close - r23 - 2)[15:0]
r23:	addi 3, 3, 0x5a5
	.reloc r23 + 2, R_PPC64_REL16, close
# rtdyld-check: (*{4}r24)[15:0] = (near - r24 - 2)[15:0]
r24:	addi 3, 3, 0x5a5
	.reloc r24 + 2, R_PPC64_REL16_LO, near
# rtdyld-check: (*{4}r25)[15:0] = (near - r25 - 2)[31:16]
r25:	addi 3, 3, 0x5a5
	.reloc r25 + 2, R_PPC64_REL16_HI, near
# rtdyld-check: (*{4}r26)[15:0] = (near - r26 - 2 + 0x8000)[31:16]
r26:	addi 3, 3, 0x5a5
	.reloc r26 + 2, R_PPC64_REL16_HA, near
# rtdyld-check: (*{4}r27)[15:0] = (far - r27 - 2)[31:16]
r27:	addi 3, 3, 0x5a5
	.reloc r27 + 2, R_PPC64_REL16_HIGH, far
# rtdyld-check: (*{4}r28)[15:0] = (far - r28 - 2 + 0x8000)[31:16]
r28:	addi 3, 3, 0x5a5
	.reloc r28 + 2, R_PPC64_REL16_HIGHA, far
# rtdyld-check: (*{4}r29)[15:0] = (far - r29 - 2)[47:32]
r29:	addi 3, 3, 0x5a5
	.reloc r29 + 2, R_PPC64_REL16_HIGHER, far
# rtdyld-check: (*{4}r30)[15:0] = (far - r30 - 2 + 0x8000)[47:32]
r30:	addi 3, 3, 0x5a5
	.reloc r30 + 2, R_PPC64_REL16_HIGHERA, far
# rtdyld-check: (*{4}r31)[15:0] = (far - r31 - 2)[63:48]
r31:	addi 3, 3, 0x5a5
	.reloc r31 + 2, R_PPC64_REL16_HIGHEST, far
# rtdyld-check: (*{4}r32)[15:0] = (far - r32 - 2 + 0x8000)[63:48]
r32:	addi 3, 3, 0x5a5
	.reloc r32 + 2, R_PPC64_REL16_HIGHESTA, far
# rtdyld-check: (*{4}r33)[15:0] = (far - r33 - 2)[49:34]
r33:	addi 3, 3, 0x5a5
	.reloc r33 + 2, R_PPC64_REL16_HIGHER34, far
# rtdyld-check: (*{4}r34)[15:0] = (far - r34 - 2 + 0x200000000)[49:34]
r34:	addi 3, 3, 0x5a5
	.reloc r34 + 2, R_PPC64_REL16_HIGHERA34, far
# rtdyld-check: (*{4}r35)[15:0] = (far - r35 - 2)[63:50]
r35:	addi 3, 3, 0x5a5
	.reloc r35 + 2, R_PPC64_REL16_HIGHEST34, far
# rtdyld-check: (*{4}r36)[15:0] = (far - r36 - 2 + 0x200000000)[63:50]
r36:	addi 3, 3, 0x5a5
	.reloc r36 + 2, R_PPC64_REL16_HIGHESTA34, far
# rtdyld-check: (*{4}r37)[15:6] = (near - r37 + 0x8000)[31:22]
# rtdyld-check: (*{4}r37)[20:16] = (near - r37 + 0x8000)[21:17]
# rtdyld-check: (*{4}r37)[0:0] = (near - r37 + 0x8000)[16:16]
r37:	addpcis 3, 0
	.reloc r37, R_PPC64_REL16DX_HA, near

# Branches.
# rtdyld-check: decode_operand(r38, 0) = low[25:2]
r38:	ba 0
	.reloc r38, R_PPC64_ADDR24, low
# rtdyld-check: decode_operand(r39, 2) = small[15:2]
r39:	bca 12, 2, 0
	.reloc r39, R_PPC64_ADDR14, small
# rtdyld-check: (*{4}r40)[15:2] = (start - r40)[15:2]
r40:	bc 12, 2, .
	.reloc r40, R_PPC64_REL14, start
# rtdyld-check: decode_operand(r41, 2) = small[15:2]
r41:	bca 12, 2, 0
	.reloc r41, R_PPC64_ADDR14_BRTAKEN, small
# rtdyld-check: (*{4}r42)[15:2] = (start - r42)[15:2]
r42:	bc 12, 2, .
	.reloc r42, R_PPC64_REL14_BRTAKEN, start
# rtdyld-check: decode_operand(r43, 2) = small[15:2]
r43:	bca 12, 2, 0
	.reloc r43, R_PPC64_ADDR14_BRNTAKEN, small
# rtdyld-check: (*{4}r44)[15:2] = (start - r44)[15:2]
r44:	bc 12, 2, .
	.reloc r44, R_PPC64_REL14_BRNTAKEN, start
# rtdyld-check: (*{4}outside)[25:2] = (stub_addr(version1.o/.text, far) - outside)[25:2]
# rtdyld-check: *{4}(outside + 4) = 0xe8410028
outside:	bl .
	nop
	.reloc outside, R_PPC64_REL24, far

# The stub: std %r2, 40(%r1); addis %r11, %r2, entry; ld %r11, entry(%r11); ld %r12, 0(%r11); mtctr %r12; ld %r2, 8(%r11); ld %r11, 16(%r11); bctr.
# rtdyld-check: *{4}stub_addr(version1.o/.text, far) = 0xf8410028
# rtdyld-check: (*{4}(stub_addr(version1.o/.text, far) + 4))[31:16] = 0x3d62
# rtdyld-check: (*{4}(stub_addr(version1.o/.text, far) + 4))[15:0] = (got_addr(version1.o/.text, far) - (section_addr(version1.o, .toc) + 0x8000) + 0x8000)[31:16]
# rtdyld-check: (*{4}(stub_addr(version1.o/.text, far) + 8))[31:16] = 0xe96b
# rtdyld-check: (*{4}(stub_addr(version1.o/.text, far) + 8))[15:0] = (got_addr(version1.o/.text, far) - (section_addr(version1.o, .toc) + 0x8000))[15:0]
# rtdyld-check: *{4}(stub_addr(version1.o/.text, far) + 12) = 0xe98b0000
# rtdyld-check: *{4}(stub_addr(version1.o/.text, far) + 16) = 0x7d8903a6
# rtdyld-check: *{4}(stub_addr(version1.o/.text, far) + 20) = 0xe84b0008
# rtdyld-check: *{4}(stub_addr(version1.o/.text, far) + 24) = 0xe96b0010
# rtdyld-check: *{4}(stub_addr(version1.o/.text, far) + 28) = 0x4e800420
# rtdyld-check: *{8}got_addr(version1.o/.text, far) = far

# A function of the object is called at its code, to which its descriptor in .opd points.
# rtdyld-check: (*{4}r46)[25:2] = (inside_code - r46)[25:2]
# rtdyld-check: *{4}(r46 + 4) = 0x60000000
r46:	bl .
	nop
	.reloc r46, R_PPC64_REL24, inside

# The TOC: its base is 32 KiB into .toc.
# rtdyld-check: (*{4}r47)[15:0] = (variable - (section_addr(version1.o, .toc) + 0x8000))[15:0]
r47:	addi 3, 3, 0x5a5
	.reloc r47 + 2, R_PPC64_TOC16, variable
# rtdyld-check: (*{4}r48)[15:0] = (variable - (section_addr(version1.o, .toc) + 0x8000))[15:0]
r48:	addi 3, 3, 0x5a5
	.reloc r48 + 2, R_PPC64_TOC16_LO, variable
# rtdyld-check: (*{4}r49)[15:0] = (variable - (section_addr(version1.o, .toc) + 0x8000))[31:16]
r49:	addi 3, 3, 0x5a5
	.reloc r49 + 2, R_PPC64_TOC16_HI, variable
# rtdyld-check: (*{4}r50)[15:0] = (variable - (section_addr(version1.o, .toc) + 0x8000) + 0x8000)[31:16]
r50:	addi 3, 3, 0x5a5
	.reloc r50 + 2, R_PPC64_TOC16_HA, variable
# rtdyld-check: (*{4}r51)[15:2] = (variable - (section_addr(version1.o, .toc) + 0x8000))[15:2]
# rtdyld-check: (*{4}r51)[1:0] = 0
r51:	ld 3, 0x5a4(3)
	.reloc r51 + 2, R_PPC64_TOC16_DS, variable
# rtdyld-check: (*{4}r52)[15:2] = (variable - (section_addr(version1.o, .toc) + 0x8000))[15:2]
# rtdyld-check: (*{4}r52)[1:0] = 0
r52:	ld 3, 0x5a4(3)
	.reloc r52 + 2, R_PPC64_TOC16_LO_DS, variable
# rtdyld-check: (*{4}r53)[15:0] = (low - (section_addr(version1.o, .toc) + 0x8000) + 0x8000)[31:16]
r53:	addi 3, 3, 0x5a5
	.reloc r53 + 2, R_PPC64_TOC16_HA, low
# rtdyld-check: (*{4}r54)[15:0] = (low - (section_addr(version1.o, .toc) + 0x8000))[31:16]
r54:	addi 3, 3, 0x5a5
	.reloc r54 + 2, R_PPC64_TOC16_HI, low
# rtdyld-check: (*{4}r55)[15:0] = (low - (section_addr(version1.o, .toc) + 0x8000))[15:0]
r55:	addi 3, 3, 0x5a5
	.reloc r55 + 2, R_PPC64_TOC16_LO, low

# The GOT, relative to the TOC base.
# rtdyld-check: (*{4}r56)[15:0] = (got_addr(version1.o/.text, far) - (section_addr(version1.o, .toc) + 0x8000))[15:0]
r56:	addi 3, 3, 0x5a5
	.reloc r56 + 2, R_PPC64_GOT16, far
# rtdyld-check: (*{4}r57)[15:0] = (got_addr(version1.o/.text, far) - (section_addr(version1.o, .toc) + 0x8000))[15:0]
r57:	addi 3, 3, 0x5a5
	.reloc r57 + 2, R_PPC64_GOT16_LO, far
# rtdyld-check: (*{4}r58)[15:0] = (got_addr(version1.o/.text, far) - (section_addr(version1.o, .toc) + 0x8000))[31:16]
r58:	addi 3, 3, 0x5a5
	.reloc r58 + 2, R_PPC64_GOT16_HI, far
# rtdyld-check: (*{4}r59)[15:0] = (got_addr(version1.o/.text, far) - (section_addr(version1.o, .toc) + 0x8000) + 0x8000)[31:16]
r59:	addi 3, 3, 0x5a5
	.reloc r59 + 2, R_PPC64_GOT16_HA, far
# rtdyld-check: (*{4}r60)[15:2] = (got_addr(version1.o/.text, far) - (section_addr(version1.o, .toc) + 0x8000))[15:2]
# rtdyld-check: (*{4}r60)[1:0] = 0
r60:	ld 3, 0x5a4(3)
	.reloc r60 + 2, R_PPC64_GOT16_DS, far
# rtdyld-check: (*{4}r61)[15:2] = (got_addr(version1.o/.text, far) - (section_addr(version1.o, .toc) + 0x8000))[15:2]
# rtdyld-check: (*{4}r61)[1:0] = 0
r61:	ld 3, 0x5a4(3)
	.reloc r61 + 2, R_PPC64_GOT16_LO_DS, far
# rtdyld-check: (*{4}r62)[15:0] = (got_addr(version1.o/.text, far) - (section_addr(version1.o, .toc) + 0x8000))[15:0]
r62:	addi 3, 3, 0x5a5
	.reloc r62 + 2, R_PPC64_PLT16_LO, far
# rtdyld-check: (*{4}r63)[15:0] = (got_addr(version1.o/.text, far) - (section_addr(version1.o, .toc) + 0x8000))[31:16]
r63:	addi 3, 3, 0x5a5
	.reloc r63 + 2, R_PPC64_PLT16_HI, far
# rtdyld-check: (*{4}r64)[15:0] = (got_addr(version1.o/.text, far) - (section_addr(version1.o, .toc) + 0x8000) + 0x8000)[31:16]
r64:	addi 3, 3, 0x5a5
	.reloc r64 + 2, R_PPC64_PLT16_HA, far
# rtdyld-check: (*{4}r65)[15:2] = (got_addr(version1.o/.text, far) - (section_addr(version1.o, .toc) + 0x8000))[15:2]
# rtdyld-check: (*{4}r65)[1:0] = 0
r65:	ld 3, 0x5a4(3)
	.reloc r65 + 2, R_PPC64_PLT16_LO_DS, far

# Prefixed instructions: 18 bits are in the prefix, and 16 in the suffix.
	.p2align 4
# rtdyld-check: (*{4}r66)[17:0] = (wide)[33:16]
# rtdyld-check: (*{4}(r66 + 4))[15:0] = (wide)[15:0]
r66:	paddi 3, 3, 0, 0
	.reloc r66, R_PPC64_D34, wide
	.p2align 4
# rtdyld-check: (*{4}r67)[17:0] = (far)[33:16]
# rtdyld-check: (*{4}(r67 + 4))[15:0] = (far)[15:0]
r67:	paddi 3, 3, 0, 0
	.reloc r67, R_PPC64_D34_LO, far
	.p2align 4
# rtdyld-check: (*{4}r68)[13:0] = (far)[63:50]
# rtdyld-check: (*{4}(r68 + 4))[15:0] = (far)[49:34]
r68:	paddi 3, 3, 0, 0
	.reloc r68, R_PPC64_D34_HI30, far
	.p2align 4
# rtdyld-check: (*{4}r69)[13:0] = (edge + 0x200000000)[63:50]
# rtdyld-check: (*{4}(r69 + 4))[15:0] = (edge + 0x200000000)[49:34]
r69:	paddi 3, 3, 0, 0
	.reloc r69, R_PPC64_D34_HA30, edge
	.p2align 4
# rtdyld-check: (*{4}r70)[17:0] = (wide - r70)[33:16]
# rtdyld-check: (*{4}(r70 + 4))[15:0] = (wide - r70)[15:0]
r70:	pla 3, 0
	.reloc r70, R_PPC64_PCREL34, wide
	.p2align 4
# rtdyld-check: (*{4}r71)[17:0] = (got_addr(version1.o/.text, far) - r71)[33:16]
# rtdyld-check: (*{4}(r71 + 4))[15:0] = (got_addr(version1.o/.text, far) - r71)[15:0]
r71:	pld 3, 0(0), 1
	.reloc r71, R_PPC64_GOT_PCREL34, far
	.p2align 4
# rtdyld-check: (*{4}r72)[17:0] = (got_addr(version1.o/.text, far) - r72)[33:16]
# rtdyld-check: (*{4}(r72 + 4))[15:0] = (got_addr(version1.o/.text, far) - r72)[15:0]
r72:	pld 3, 0(0), 1
	.reloc r72, R_PPC64_PLT_PCREL34, far
	.p2align 4
# rtdyld-check: (*{4}r73)[17:0] = (got_addr(version1.o/.text, far) - r73)[33:16]
# rtdyld-check: (*{4}(r73 + 4))[15:0] = (got_addr(version1.o/.text, far) - r73)[15:0]
r73:	pld 3, 0(0), 1
	.reloc r73, R_PPC64_PLT_PCREL34_NOTOC, far
	.p2align 4
# rtdyld-check: (*{4}r74)[11:0] = (low)[27:16]
# rtdyld-check: (*{4}(r74 + 4))[15:0] = (low)[15:0]
r74:	paddi 3, 3, 0, 0
	.reloc r74, R_PPC64_D28, low
	.p2align 4
# rtdyld-check: (*{4}r75)[11:0] = (low - r75)[27:16]
# rtdyld-check: (*{4}(r75 + 4))[15:0] = (low - r75)[15:0]
r75:	paddi 3, 3, 0, 0
	.reloc r75, R_PPC64_PCREL28, low

# Thread-local variables. Of the second one the offset is 24 from the thread pointer, and 8, from which 0x8000 is taken away, within the module.
# rtdyld-check: (*{4}r76)[15:0] = (0x18)[15:0]
r76:	addi 3, 3, 0x5a5
	.reloc r76 + 2, R_PPC64_TPREL16, mine
# rtdyld-check: (*{4}r77)[15:0] = (0x18)[15:0]
r77:	addi 3, 3, 0x5a5
	.reloc r77 + 2, R_PPC64_TPREL16_LO, mine
# rtdyld-check: (*{4}r78)[15:0] = (0x18)[31:16]
r78:	addi 3, 3, 0x5a5
	.reloc r78 + 2, R_PPC64_TPREL16_HI, mine
# rtdyld-check: (*{4}r79)[15:0] = (0x18 + 0x8000)[31:16]
r79:	addi 3, 3, 0x5a5
	.reloc r79 + 2, R_PPC64_TPREL16_HA, mine
# rtdyld-check: (*{4}r80)[15:2] = (0x18)[15:2]
# rtdyld-check: (*{4}r80)[1:0] = 0
r80:	ld 3, 0x5a4(3)
	.reloc r80 + 2, R_PPC64_TPREL16_DS, mine
# rtdyld-check: (*{4}r81)[15:2] = (0x18)[15:2]
# rtdyld-check: (*{4}r81)[1:0] = 0
r81:	ld 3, 0x5a4(3)
	.reloc r81 + 2, R_PPC64_TPREL16_LO_DS, mine
# rtdyld-check: (*{4}r82)[15:0] = (0x18)[31:16]
r82:	addi 3, 3, 0x5a5
	.reloc r82 + 2, R_PPC64_TPREL16_HIGH, mine
# rtdyld-check: (*{4}r83)[15:0] = (0x18 + 0x8000)[31:16]
r83:	addi 3, 3, 0x5a5
	.reloc r83 + 2, R_PPC64_TPREL16_HIGHA, mine
# rtdyld-check: (*{4}r84)[15:0] = (0x18)[47:32]
r84:	addi 3, 3, 0x5a5
	.reloc r84 + 2, R_PPC64_TPREL16_HIGHER, mine
# rtdyld-check: (*{4}r85)[15:0] = (0x18 + 0x8000)[47:32]
r85:	addi 3, 3, 0x5a5
	.reloc r85 + 2, R_PPC64_TPREL16_HIGHERA, mine
# rtdyld-check: (*{4}r86)[15:0] = (0x18)[63:48]
r86:	addi 3, 3, 0x5a5
	.reloc r86 + 2, R_PPC64_TPREL16_HIGHEST, mine
# rtdyld-check: (*{4}r87)[15:0] = (0x18 + 0x8000)[63:48]
r87:	addi 3, 3, 0x5a5
	.reloc r87 + 2, R_PPC64_TPREL16_HIGHESTA, mine
# rtdyld-check: (*{4}r88)[15:0] = (0x12348018)[31:16]
r88:	addi 3, 3, 0x5a5
	.reloc r88 + 2, R_PPC64_TPREL16_HI, mine + 0x12348000
# rtdyld-check: (*{4}r89)[15:0] = (0x12348018 + 0x8000)[31:16]
r89:	addi 3, 3, 0x5a5
	.reloc r89 + 2, R_PPC64_TPREL16_HA, mine + 0x12348000
# rtdyld-check: (*{4}r90)[15:0] = (0x12348018)[31:16]
r90:	addi 3, 3, 0x5a5
	.reloc r90 + 2, R_PPC64_TPREL16_HIGH, mine + 0x12348000
# rtdyld-check: (*{4}r91)[15:0] = (0x12348018 + 0x8000)[31:16]
r91:	addi 3, 3, 0x5a5
	.reloc r91 + 2, R_PPC64_TPREL16_HIGHA, mine + 0x12348000
# rtdyld-check: (*{4}r92)[15:0] = (0 - 0x7ff8)[15:0]
r92:	addi 3, 3, 0x5a5
	.reloc r92 + 2, R_PPC64_DTPREL16, mine
# rtdyld-check: (*{4}r93)[15:0] = (0 - 0x7ff8)[15:0]
r93:	addi 3, 3, 0x5a5
	.reloc r93 + 2, R_PPC64_DTPREL16_LO, mine
# rtdyld-check: (*{4}r94)[15:0] = (0 - 0x7ff8)[31:16]
r94:	addi 3, 3, 0x5a5
	.reloc r94 + 2, R_PPC64_DTPREL16_HI, mine
# rtdyld-check: (*{4}r95)[15:0] = (0 - 0x7ff8 + 0x8000)[31:16]
r95:	addi 3, 3, 0x5a5
	.reloc r95 + 2, R_PPC64_DTPREL16_HA, mine
# rtdyld-check: (*{4}r96)[15:2] = (0 - 0x7ff8)[15:2]
# rtdyld-check: (*{4}r96)[1:0] = 0
r96:	ld 3, 0x5a4(3)
	.reloc r96 + 2, R_PPC64_DTPREL16_DS, mine
# rtdyld-check: (*{4}r97)[15:2] = (0 - 0x7ff8)[15:2]
# rtdyld-check: (*{4}r97)[1:0] = 0
r97:	ld 3, 0x5a4(3)
	.reloc r97 + 2, R_PPC64_DTPREL16_LO_DS, mine
# rtdyld-check: (*{4}r98)[15:0] = (0 - 0x7ff8)[31:16]
r98:	addi 3, 3, 0x5a5
	.reloc r98 + 2, R_PPC64_DTPREL16_HIGH, mine
# rtdyld-check: (*{4}r99)[15:0] = (0 - 0x7ff8 + 0x8000)[31:16]
r99:	addi 3, 3, 0x5a5
	.reloc r99 + 2, R_PPC64_DTPREL16_HIGHA, mine
# rtdyld-check: (*{4}r100)[15:0] = (0 - 0x7ff8)[47:32]
r100:	addi 3, 3, 0x5a5
	.reloc r100 + 2, R_PPC64_DTPREL16_HIGHER, mine
# rtdyld-check: (*{4}r101)[15:0] = (0 - 0x7ff8 + 0x8000)[47:32]
r101:	addi 3, 3, 0x5a5
	.reloc r101 + 2, R_PPC64_DTPREL16_HIGHERA, mine
# rtdyld-check: (*{4}r102)[15:0] = (0 - 0x7ff8)[63:48]
r102:	addi 3, 3, 0x5a5
	.reloc r102 + 2, R_PPC64_DTPREL16_HIGHEST, mine
# rtdyld-check: (*{4}r103)[15:0] = (0 - 0x7ff8 + 0x8000)[63:48]
r103:	addi 3, 3, 0x5a5
	.reloc r103 + 2, R_PPC64_DTPREL16_HIGHESTA, mine
	.p2align 4
# rtdyld-check: (*{4}r104)[17:0] = (0x18)[33:16]
# rtdyld-check: (*{4}(r104 + 4))[15:0] = (0x18)[15:0]
r104:	paddi 3, 3, 0, 0
	.reloc r104, R_PPC64_TPREL34, mine
	.p2align 4
# rtdyld-check: (*{4}r105)[17:0] = (0 - 0x7ff8)[33:16]
# rtdyld-check: (*{4}(r105 + 4))[15:0] = (0 - 0x7ff8)[15:0]
r105:	paddi 3, 3, 0, 0
	.reloc r105, R_PPC64_DTPREL34, mine
# rtdyld-check: (*{4}r106)[15:0] = (section_addr(version1.o, .got.tls) - (section_addr(version1.o, .toc) + 0x8000))[15:0]
r106:	addi 3, 3, 0x5a5
	.reloc r106 + 2, R_PPC64_GOT_TLSGD16, mine
# rtdyld-check: (*{4}r107)[15:0] = (section_addr(version1.o, .got.tls) - (section_addr(version1.o, .toc) + 0x8000))[15:0]
r107:	addi 3, 3, 0x5a5
	.reloc r107 + 2, R_PPC64_GOT_TLSGD16_LO, mine
# rtdyld-check: (*{4}r108)[15:0] = (section_addr(version1.o, .got.tls) - (section_addr(version1.o, .toc) + 0x8000))[31:16]
r108:	addi 3, 3, 0x5a5
	.reloc r108 + 2, R_PPC64_GOT_TLSGD16_HI, mine
# rtdyld-check: (*{4}r109)[15:0] = (section_addr(version1.o, .got.tls) - (section_addr(version1.o, .toc) + 0x8000) + 0x8000)[31:16]
r109:	addi 3, 3, 0x5a5
	.reloc r109 + 2, R_PPC64_GOT_TLSGD16_HA, mine
# rtdyld-check: *{8}section_addr(version1.o, .got.tls) = 1
# rtdyld-check: *{8}(section_addr(version1.o, .got.tls) + 8) = 0 - 0x7ff8
	.p2align 4
# rtdyld-check: (*{4}r110)[17:0] = (section_addr(version1.o, .got.tls) - r110)[33:16]
# rtdyld-check: (*{4}(r110 + 4))[15:0] = (section_addr(version1.o, .got.tls) - r110)[15:0]
r110:	paddi 3, 3, 0, 0
	.reloc r110, R_PPC64_GOT_TLSGD_PCREL34, mine
# rtdyld-check: (*{4}r111)[15:0] = (section_addr(version1.o, .got.tls) + 16 - (section_addr(version1.o, .toc) + 0x8000))[15:0]
r111:	addi 3, 3, 0x5a5
	.reloc r111 + 2, R_PPC64_GOT_TLSLD16, mine
# rtdyld-check: (*{4}r112)[15:0] = (section_addr(version1.o, .got.tls) + 16 - (section_addr(version1.o, .toc) + 0x8000))[15:0]
r112:	addi 3, 3, 0x5a5
	.reloc r112 + 2, R_PPC64_GOT_TLSLD16_LO, mine
# rtdyld-check: (*{4}r113)[15:0] = (section_addr(version1.o, .got.tls) + 16 - (section_addr(version1.o, .toc) + 0x8000))[31:16]
r113:	addi 3, 3, 0x5a5
	.reloc r113 + 2, R_PPC64_GOT_TLSLD16_HI, mine
# rtdyld-check: (*{4}r114)[15:0] = (section_addr(version1.o, .got.tls) + 16 - (section_addr(version1.o, .toc) + 0x8000) + 0x8000)[31:16]
r114:	addi 3, 3, 0x5a5
	.reloc r114 + 2, R_PPC64_GOT_TLSLD16_HA, mine
# rtdyld-check: *{8}(section_addr(version1.o, .got.tls) + 16) = 1
# rtdyld-check: *{8}(section_addr(version1.o, .got.tls) + 24) = 0
	.p2align 4
# rtdyld-check: (*{4}r115)[17:0] = (section_addr(version1.o, .got.tls) + 16 - r115)[33:16]
# rtdyld-check: (*{4}(r115 + 4))[15:0] = (section_addr(version1.o, .got.tls) + 16 - r115)[15:0]
r115:	paddi 3, 3, 0, 0
	.reloc r115, R_PPC64_GOT_TLSLD_PCREL34, mine
# rtdyld-check: (*{4}r116)[15:2] = (section_addr(version1.o, .got.tls) + 32 - (section_addr(version1.o, .toc) + 0x8000))[15:2]
# rtdyld-check: (*{4}r116)[1:0] = 0
r116:	ld 3, 0x5a4(3)
	.reloc r116 + 2, R_PPC64_GOT_TPREL16_DS, mine
# rtdyld-check: (*{4}r117)[15:2] = (section_addr(version1.o, .got.tls) + 32 - (section_addr(version1.o, .toc) + 0x8000))[15:2]
# rtdyld-check: (*{4}r117)[1:0] = 0
r117:	ld 3, 0x5a4(3)
	.reloc r117 + 2, R_PPC64_GOT_TPREL16_LO_DS, mine
# rtdyld-check: (*{4}r118)[15:0] = (section_addr(version1.o, .got.tls) + 32 - (section_addr(version1.o, .toc) + 0x8000))[31:16]
r118:	addi 3, 3, 0x5a5
	.reloc r118 + 2, R_PPC64_GOT_TPREL16_HI, mine
# rtdyld-check: (*{4}r119)[15:0] = (section_addr(version1.o, .got.tls) + 32 - (section_addr(version1.o, .toc) + 0x8000) + 0x8000)[31:16]
r119:	addi 3, 3, 0x5a5
	.reloc r119 + 2, R_PPC64_GOT_TPREL16_HA, mine
# rtdyld-check: *{8}(section_addr(version1.o, .got.tls) + 32) = 0x18
	.p2align 4
# rtdyld-check: (*{4}r120)[17:0] = (section_addr(version1.o, .got.tls) + 32 - r120)[33:16]
# rtdyld-check: (*{4}(r120 + 4))[15:0] = (section_addr(version1.o, .got.tls) + 32 - r120)[15:0]
r120:	paddi 3, 3, 0, 0
	.reloc r120, R_PPC64_GOT_TPREL_PCREL34, mine

# Marks, which change nothing.
# rtdyld-check: *{4}r121 = 0x60000000
r121:	nop
	.reloc r121, R_PPC64_NONE, far
# rtdyld-check: *{4}r122 = 0x60000000
r122:	nop
	.reloc r122, R_PPC64_TLS, mine
# rtdyld-check: *{4}r123 = 0x60000000
r123:	nop
	.reloc r123, R_PPC64_TLSGD, mine
# rtdyld-check: *{4}r124 = 0x60000000
r124:	nop
	.reloc r124, R_PPC64_TLSLD, mine
# rtdyld-check: *{4}r125 = 0x60000000
r125:	nop
	.reloc r125, R_PPC64_TOCSAVE, far
# rtdyld-check: *{4}r126 = 0x60000000
r126:	nop
	.reloc r126, R_PPC64_ENTRY, far
# rtdyld-check: *{4}r127 = 0x60000000
r127:	nop
	.reloc r127, R_PPC64_PLTSEQ, far
# rtdyld-check: *{4}r128 = 0x60000000
r128:	nop
	.reloc r128, R_PPC64_PLTCALL, far
# rtdyld-check: *{4}r129 = 0x60000000
r129:	nop
	.reloc r129, R_PPC64_PLTSEQ_NOTOC, far
# rtdyld-check: *{4}r130 = 0x60000000
r130:	nop
	.reloc r130, R_PPC64_PLTCALL_NOTOC, far
# rtdyld-check: *{4}r131 = 0x60000000
r131:	nop
	.reloc r131, R_PPC64_PCREL_OPT, far
# rtdyld-check: *{4}r132 = 0x60000000
r132:	nop
	.reloc r132, R_PPC64_GNU_VTINHERIT, far
# rtdyld-check: *{4}r133 = 0x60000000
r133:	nop
	.reloc r133, R_PPC64_GNU_VTENTRY, far

	.type inside_code, @function
inside_code: blr

# A call of an indirect function is one into another module. Its stub has the address of the function's descriptor.
# rtdyld-check: (*{4}indirect_call)[25:2] = (stub_addr(version1.o/.text, resolved) - indirect_call)[25:2]
# rtdyld-check: *{4}(indirect_call + 4) = 0xe8410028
# rtdyld-check: *{8}got_addr(version1.o/.text, resolved) = resolved
indirect_call: bl resolved
	nop

# An indirect function is where its stub is, which begins with a descriptor: the code behind it, and the address of the entry that has the implementation's descriptor, for r2.
# The code is ld %r11, 0(%r2); ld %r12, 0(%r11); mtctr %r12; ld %r2, 8(%r11); ld %r11, 16(%r11); bctr.
# rtdyld-check: *{8}resolved = resolved + 24
# rtdyld-check: *{8}(resolved + 8) = section_addr(version1.o, .igot)
# rtdyld-check: *{8}(resolved + 16) = 0
# rtdyld-check: *{4}(resolved + 24) = 0xe9620000
# rtdyld-check: *{4}(resolved + 28) = 0xe98b0000
# rtdyld-check: *{4}(resolved + 32) = 0x7d8903a6
# rtdyld-check: *{4}(resolved + 36) = 0xe84b0008
# rtdyld-check: *{4}(resolved + 40) = 0xe96b0010
# rtdyld-check: *{4}(resolved + 44) = 0x4e800420

# A descriptor: the code, the base of the TOC, an environment.
	.section .opd, "aw"
	.p2align 3
	.type inside, @function
	.globl inside
# rtdyld-check: *{8}inside = inside_code
# rtdyld-check: *{8}(inside + 8) = (section_addr(version1.o, .toc) + 0x8000)
# rtdyld-check: *{8}(inside + 16) = 0
inside:	.quad inside_code, .TOC.@tocbase, 0
	.globl resolved
	.type resolved, @gnu_indirect_function
resolved: .quad inside_code, .TOC.@tocbase, 0

	.section .text.near, "ax"
close:	blr

	.section .toc, "aw"
	.p2align 3
variable: .quad 0

	.data
	.p2align 3
# rtdyld-check: *{8}indirect_pointer = resolved
indirect_pointer: .quad resolved
# rtdyld-check: *{8}r134 = (far + 8)
r134:	.quad 0
	.reloc r134, R_PPC64_ADDR64, far + 8
# rtdyld-check: *{8}r135 = (far)
r135:	.quad 0
	.reloc r135, R_PPC64_UADDR64, far
# rtdyld-check: *{8}r136 = (far - r136)
r136:	.quad 0
	.reloc r136, R_PPC64_REL64, far
# rtdyld-check: *{8}tocbase = (section_addr(version1.o, .toc) + 0x8000)
tocbase: .quad .TOC.@tocbase
# rtdyld-check: *{8}r137 = (0x18)
r137:	.quad 0
	.reloc r137, R_PPC64_TPREL64, mine
# rtdyld-check: *{8}r138 = (0 - 0x7ff8)
r138:	.quad 0
	.reloc r138, R_PPC64_DTPREL64, mine
# rtdyld-check: *{4}r139 = (near)
r139:	.long 0
	.reloc r139, R_PPC64_ADDR32, near
# rtdyld-check: *{4}r140 = (near)
r140:	.long 0
	.reloc r140, R_PPC64_UADDR32, near
# rtdyld-check: *{4}r141 = (near - r141)[31:0]
r141:	.long 0
	.reloc r141, R_PPC64_REL32, near
# rtdyld-check: (*{4}r142)[31:2] = (near - r142)[31:2]
# rtdyld-check: (*{4}r142)[1:0] = 3
r142:	.long 3
	.reloc r142, R_PPC64_REL30, near
# rtdyld-check: *{2}r143 = (small)
r143:	.short 0
	.reloc r143, R_PPC64_UADDR16, small

	.section .tbss, "awT", @nobits
	.p2align 3
	.quad 0
	.type mine, @object
mine:	.quad 0
