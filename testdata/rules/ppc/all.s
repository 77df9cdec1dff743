# The relocations of 32-bit PowerPC.
#
# mcjit rtdyld -triple=powerpc-linux-gnu -verify -own-stubs -check=all.s -map-section all.o,.text=0x10000 -map-section all.o,.text.near=0x11000 -map-section all.o,.data=0x71234000 -map-section all.o,.got2=0x21234560 \
#   -map-section all.o,.got=0x20000100 -map-section all.o,.got.tls=0x20001200 -dummy-extern far=0x7654abcc -dummy-extern data=0x8765fedc -dummy-extern small=0x1234 \
#   -dummy-extern low=0x123abcc all.o

	.text
	.globl start
start:	nop

# Absolute addresses, in halves, of which the lower one is signed and the upper one rounded for it.
# rtdyld-check: (*{4}r1)[15:0] = (far)[15:0]
r1:	addi 3, 3, 0x5a5
	.reloc r1 + 2, R_PPC_ADDR16_LO, far
# rtdyld-check: (*{4}r2)[15:0] = (far)[31:16]
r2:	addi 3, 3, 0x5a5
	.reloc r2 + 2, R_PPC_ADDR16_HI, far
# rtdyld-check: (*{4}r3)[15:0] = (far + 0x8000)[31:16]
r3:	addi 3, 3, 0x5a5
	.reloc r3 + 2, R_PPC_ADDR16_HA, far
# rtdyld-check: (*{4}r4)[15:0] = (small)[15:0]
r4:	addi 3, 3, 0x5a5
	.reloc r4 + 2, R_PPC_ADDR16, small

# Relative ones.
# rtdyld-check: (*{4}r5)[15:0] = (close - r5 - 2)[15:0]
r5:	addi 3, 3, 0x5a5
	.reloc r5 + 2, R_PPC_REL16, close
# rtdyld-check: (*{4}r6)[15:0] = (far - r6 - 2)[15:0]
r6:	addi 3, 3, 0x5a5
	.reloc r6 + 2, R_PPC_REL16_LO, far
# rtdyld-check: (*{4}r7)[15:0] = (far - r7 - 2)[31:16]
r7:	addi 3, 3, 0x5a5
	.reloc r7 + 2, R_PPC_REL16_HI, far
# rtdyld-check: (*{4}r8)[15:0] = (far - r8 - 2 + 0x8000)[31:16]
r8:	addi 3, 3, 0x5a5
	.reloc r8 + 2, R_PPC_REL16_HA, far
# rtdyld-check: (*{4}r9)[15:6] = (far - r9 + 0x8000)[31:22]
# rtdyld-check: (*{4}r9)[20:16] = (far - r9 + 0x8000)[21:17]
# rtdyld-check: (*{4}r9)[0:0] = (far - r9 + 0x8000)[16:16]
r9:	.long 0x4c600004
	.reloc r9, R_PPC_REL16DX_HA, far

# Branches; what is far away is called through a stub, with or without a PLT.
# rtdyld-check: decode_operand(r10, 0) = low[25:2]
r10:	ba 0
	.reloc r10, R_PPC_ADDR24, low
# rtdyld-check: decode_operand(r11, 2) = small[15:2]
r11:	bca 12, 2, 0
	.reloc r11, R_PPC_ADDR14, small
# rtdyld-check: (*{4}r12)[15:2] = (start - r12)[15:2]
r12:	bc 12, 2, .
	.reloc r12, R_PPC_REL14, start
# rtdyld-check: decode_operand(r13, 2) = small[15:2]
r13:	bca 12, 2, 0
	.reloc r13, R_PPC_ADDR14_BRTAKEN, small
# rtdyld-check: (*{4}r14)[15:2] = (start - r14)[15:2]
r14:	bc 12, 2, .
	.reloc r14, R_PPC_REL14_BRTAKEN, start
# rtdyld-check: decode_operand(r15, 2) = small[15:2]
r15:	bca 12, 2, 0
	.reloc r15, R_PPC_ADDR14_BRNTAKEN, small
# rtdyld-check: (*{4}r16)[15:2] = (start - r16)[15:2]
r16:	bc 12, 2, .
	.reloc r16, R_PPC_REL14_BRNTAKEN, start
# rtdyld-check: (*{4}r17)[25:2] = (stub_addr(all.o/.text, far) - r17)[25:2]
r17:	bl .
	.reloc r17, R_PPC_REL24, far
# rtdyld-check: (*{4}r18)[25:2] = (start - r18)[25:2]
r18:	bl .
	.reloc r18, R_PPC_REL24, start
# rtdyld-check: (*{4}r19)[25:2] = (stub_addr(all.o/.text, far) - r19)[25:2]
r19:	bl .
	.reloc r19, R_PPC_PLTREL24, far + 0x8000
# rtdyld-check: (*{4}r20)[25:2] = (start - r20)[25:2]
r20:	bl .
	.reloc r20, R_PPC_LOCAL24PC, start
# What calls the word before the GOT, to learn its address, gets that from its instructions.
# rtdyld-check: *{4}r20got = 0x93c10018
# rtdyld-check: *{4}(r20got + 4) = 0x3fc02000
# rtdyld-check: *{4}(r20got + 8) = 0x63de0100
r20got:	bl _GLOBAL_OFFSET_TABLE_@local-4
	stw 30, 24(1)
	mflr 30

# The stub: lis %r12, far; addi %r12, %r12, far; mtctr %r12; bctr.
# rtdyld-check: (*{4}stub_addr(all.o/.text, far))[31:16] = 0x3d80
# rtdyld-check: (*{4}stub_addr(all.o/.text, far))[15:0] = (stub_addr(all.o/.text, far) + 16 + 0x8000)[31:16]
# rtdyld-check: (*{4}(stub_addr(all.o/.text, far) + 4))[31:16] = 0x818c
# rtdyld-check: (*{4}(stub_addr(all.o/.text, far) + 4))[15:0] = (stub_addr(all.o/.text, far) + 16)[15:0]
# rtdyld-check: *{4}(stub_addr(all.o/.text, far) + 8) = 0x7d8903a6
# rtdyld-check: *{4}(stub_addr(all.o/.text, far) + 12) = 0x4e800420
# rtdyld-check: *{4}(stub_addr(all.o/.text, far) + 16) = far

# The GOT.
# rtdyld-check: (*{4}r21)[15:0] = (got_addr(all.o/.text, data) - section_addr(all.o, .got))[15:0]
r21:	addi 3, 3, 0x5a5
	.reloc r21 + 2, R_PPC_GOT16, data
# rtdyld-check: (*{4}r22)[15:0] = (got_addr(all.o/.text, data) - section_addr(all.o, .got))[15:0]
r22:	addi 3, 3, 0x5a5
	.reloc r22 + 2, R_PPC_GOT16_LO, data
# rtdyld-check: (*{4}r23)[15:0] = (got_addr(all.o/.text, data) - section_addr(all.o, .got))[31:16]
r23:	addi 3, 3, 0x5a5
	.reloc r23 + 2, R_PPC_GOT16_HI, data
# rtdyld-check: (*{4}r24)[15:0] = (got_addr(all.o/.text, data) - section_addr(all.o, .got) + 0x8000)[31:16]
r24:	addi 3, 3, 0x5a5
	.reloc r24 + 2, R_PPC_GOT16_HA, data
# rtdyld-check: (*{4}r25)[15:0] = (got_addr(all.o/.text, data) - section_addr(all.o, .got))[15:0]
r25:	addi 3, 3, 0x5a5
	.reloc r25 + 2, R_PPC_PLT16_LO, data
# rtdyld-check: (*{4}r26)[15:0] = (got_addr(all.o/.text, data) - section_addr(all.o, .got))[31:16]
r26:	addi 3, 3, 0x5a5
	.reloc r26 + 2, R_PPC_PLT16_HI, data
# rtdyld-check: (*{4}r27)[15:0] = (got_addr(all.o/.text, data) - section_addr(all.o, .got) + 0x8000)[31:16]
r27:	addi 3, 3, 0x5a5
	.reloc r27 + 2, R_PPC_PLT16_HA, data
# rtdyld-check: *{4}got_addr(all.o/.text, data) = data
# Calls that reach everything add the entry's address to the register that the code has: none, or what -fPIC has in r30, an address in .got2.
# rtdyld-check: (*{4}r27a)[15:0] = (got_addr(all.o/.text, data) + 0x8000)[31:16]
r27a:	lis 11, 0
	.reloc r27a + 2, R_PPC_PLT16_HA, data
# rtdyld-check: (*{4}r27b)[15:0] = (got_addr(all.o/.text, data))[15:0]
r27b:	lwz 11, 0(11)
	.reloc r27b + 2, R_PPC_PLT16_LO, data
# rtdyld-check: (*{4}r27c)[15:0] = (got_addr(all.o/.text, data) - section_addr(all.o, .got2) - 0x8000 + 0x8000)[31:16]
r27c:	addis 11, 30, 0
	.reloc r27c + 2, R_PPC_PLT16_HA, data + 0x8000
# rtdyld-check: (*{4}r27d)[15:0] = (got_addr(all.o/.text, data) - section_addr(all.o, .got2) - 0x8000)[15:0]
r27d:	lwz 11, 0(11)
	.reloc r27d + 2, R_PPC_PLT16_LO, data + 0x8000

# Thread-local variables. Of the second one the offset is 24 from the thread pointer, and 8, from which 0x8000 is taken away, within the module.
# rtdyld-check: (*{4}r28)[15:0] = (0x18)[15:0]
r28:	addi 3, 3, 0x5a5
	.reloc r28 + 2, R_PPC_TPREL16, mine
# rtdyld-check: (*{4}r29)[15:0] = (0x18)[15:0]
r29:	addi 3, 3, 0x5a5
	.reloc r29 + 2, R_PPC_TPREL16_LO, mine
# rtdyld-check: (*{4}r30)[15:0] = (0x18)[31:16]
r30:	addi 3, 3, 0x5a5
	.reloc r30 + 2, R_PPC_TPREL16_HI, mine
# rtdyld-check: (*{4}r31)[15:0] = (0x18 + 0x8000)[31:16]
r31:	addi 3, 3, 0x5a5
	.reloc r31 + 2, R_PPC_TPREL16_HA, mine
# rtdyld-check: (*{4}r32)[15:0] = (0x1234c018)[15:0]
r32:	addi 3, 3, 0x5a5
	.reloc r32 + 2, R_PPC_TPREL16_LO, mine + 0x1234c000
# rtdyld-check: (*{4}r33)[15:0] = (0x1234c018)[31:16]
r33:	addi 3, 3, 0x5a5
	.reloc r33 + 2, R_PPC_TPREL16_HI, mine + 0x1234c000
# rtdyld-check: (*{4}r34)[15:0] = (0x1234c018 + 0x8000)[31:16]
r34:	addi 3, 3, 0x5a5
	.reloc r34 + 2, R_PPC_TPREL16_HA, mine + 0x1234c000
# rtdyld-check: (*{4}r35)[15:0] = (0 - 0x7ff8)[15:0]
r35:	addi 3, 3, 0x5a5
	.reloc r35 + 2, R_PPC_DTPREL16, mine
# rtdyld-check: (*{4}r36)[15:0] = (0 - 0x7ff8)[15:0]
r36:	addi 3, 3, 0x5a5
	.reloc r36 + 2, R_PPC_DTPREL16_LO, mine
# rtdyld-check: (*{4}r37)[15:0] = (0 - 0x7ff8)[31:16]
r37:	addi 3, 3, 0x5a5
	.reloc r37 + 2, R_PPC_DTPREL16_HI, mine
# rtdyld-check: (*{4}r38)[15:0] = (0 - 0x7ff8 + 0x8000)[31:16]
r38:	addi 3, 3, 0x5a5
	.reloc r38 + 2, R_PPC_DTPREL16_HA, mine
# rtdyld-check: (*{4}r39)[15:0] = (0x12344008)[15:0]
r39:	addi 3, 3, 0x5a5
	.reloc r39 + 2, R_PPC_DTPREL16_LO, mine + 0x1234c000
# rtdyld-check: (*{4}r40)[15:0] = (0x12344008)[31:16]
r40:	addi 3, 3, 0x5a5
	.reloc r40 + 2, R_PPC_DTPREL16_HI, mine + 0x1234c000
# rtdyld-check: (*{4}r41)[15:0] = (0x12344008 + 0x8000)[31:16]
r41:	addi 3, 3, 0x5a5
	.reloc r41 + 2, R_PPC_DTPREL16_HA, mine + 0x1234c000
# rtdyld-check: (*{4}r42)[15:0] = (section_addr(all.o, .got.tls) - section_addr(all.o, .got))[15:0]
r42:	addi 3, 3, 0x5a5
	.reloc r42 + 2, R_PPC_GOT_TLSGD16, mine
# rtdyld-check: (*{4}r43)[15:0] = (section_addr(all.o, .got.tls) - section_addr(all.o, .got))[15:0]
r43:	addi 3, 3, 0x5a5
	.reloc r43 + 2, R_PPC_GOT_TLSGD16_LO, mine
# rtdyld-check: (*{4}r44)[15:0] = (section_addr(all.o, .got.tls) - section_addr(all.o, .got))[31:16]
r44:	addi 3, 3, 0x5a5
	.reloc r44 + 2, R_PPC_GOT_TLSGD16_HI, mine
# rtdyld-check: (*{4}r45)[15:0] = (section_addr(all.o, .got.tls) - section_addr(all.o, .got) + 0x8000)[31:16]
r45:	addi 3, 3, 0x5a5
	.reloc r45 + 2, R_PPC_GOT_TLSGD16_HA, mine
# rtdyld-check: *{4}section_addr(all.o, .got.tls) = 1
# rtdyld-check: *{4}(section_addr(all.o, .got.tls) + 4) = 0xffff8008
# rtdyld-check: (*{4}r46)[15:0] = (section_addr(all.o, .got.tls) + 8 - section_addr(all.o, .got))[15:0]
r46:	addi 3, 3, 0x5a5
	.reloc r46 + 2, R_PPC_GOT_TLSLD16, mine
# rtdyld-check: (*{4}r47)[15:0] = (section_addr(all.o, .got.tls) + 8 - section_addr(all.o, .got))[15:0]
r47:	addi 3, 3, 0x5a5
	.reloc r47 + 2, R_PPC_GOT_TLSLD16_LO, mine
# rtdyld-check: (*{4}r48)[15:0] = (section_addr(all.o, .got.tls) + 8 - section_addr(all.o, .got))[31:16]
r48:	addi 3, 3, 0x5a5
	.reloc r48 + 2, R_PPC_GOT_TLSLD16_HI, mine
# rtdyld-check: (*{4}r49)[15:0] = (section_addr(all.o, .got.tls) + 8 - section_addr(all.o, .got) + 0x8000)[31:16]
r49:	addi 3, 3, 0x5a5
	.reloc r49 + 2, R_PPC_GOT_TLSLD16_HA, mine
# rtdyld-check: *{4}(section_addr(all.o, .got.tls) + 8) = 1
# rtdyld-check: *{4}(section_addr(all.o, .got.tls) + 12) = 0
# rtdyld-check: (*{4}r50)[15:0] = (section_addr(all.o, .got.tls) + 16 - section_addr(all.o, .got))[15:0]
r50:	addi 3, 3, 0x5a5
	.reloc r50 + 2, R_PPC_GOT_TPREL16, mine
# rtdyld-check: (*{4}r51)[15:0] = (section_addr(all.o, .got.tls) + 16 - section_addr(all.o, .got))[15:0]
r51:	addi 3, 3, 0x5a5
	.reloc r51 + 2, R_PPC_GOT_TPREL16_LO, mine
# rtdyld-check: (*{4}r52)[15:0] = (section_addr(all.o, .got.tls) + 16 - section_addr(all.o, .got))[31:16]
r52:	addi 3, 3, 0x5a5
	.reloc r52 + 2, R_PPC_GOT_TPREL16_HI, mine
# rtdyld-check: (*{4}r53)[15:0] = (section_addr(all.o, .got.tls) + 16 - section_addr(all.o, .got) + 0x8000)[31:16]
r53:	addi 3, 3, 0x5a5
	.reloc r53 + 2, R_PPC_GOT_TPREL16_HA, mine
# rtdyld-check: *{4}(section_addr(all.o, .got.tls) + 16) = 0x18

# Marks, which change nothing.
# rtdyld-check: *{4}r54 = 0x60000000
r54:	nop
	.reloc r54, R_PPC_NONE, far
# rtdyld-check: *{4}r55 = 0x60000000
r55:	nop
	.reloc r55, R_PPC_TLS, mine
# rtdyld-check: *{4}r56 = 0x60000000
r56:	nop
	.reloc r56, R_PPC_TLSGD, mine
# rtdyld-check: *{4}r57 = 0x60000000
r57:	nop
	.reloc r57, R_PPC_TLSLD, mine
# rtdyld-check: *{4}r58 = 0x60000000
r58:	nop
	.reloc r58, R_PPC_PLTSEQ, far
# rtdyld-check: *{4}r59 = 0x60000000
r59:	nop
	.reloc r59, R_PPC_PLTCALL, far
# rtdyld-check: *{4}r60 = 0x60000000
r60:	nop
	.reloc r60, R_PPC_GNU_VTINHERIT, far
# rtdyld-check: *{4}r61 = 0x60000000
r61:	nop
	.reloc r61, R_PPC_GNU_VTENTRY, far

# An indirect function is where its stub is: lis %r12, entry; lwz %r12, entry(%r12); mtctr %r12; bctr.
# rtdyld-check: (*{4}resolved)[31:16] = 0x3d80
# rtdyld-check: (*{4}(resolved + 4))[31:16] = 0x818c
# rtdyld-check: *{4}(resolved + 8) = 0x7d8903a6
# rtdyld-check: *{4}(resolved + 12) = 0x4e800420
	.globl resolved
	.type resolved, @gnu_indirect_function
resolved: blr

	.section .text.near, "ax"
close:	blr

	.section .got2, "aw"
	.long 0

	.data
# rtdyld-check: *{4}r62 = (far + 8)
r62:	.long 0
	.reloc r62, R_PPC_ADDR32, far + 8
# rtdyld-check: *{4}r63 = (far)
r63:	.long 0
	.reloc r63, R_PPC_UADDR32, far
# rtdyld-check: *{4}r64 = (far - r64)[31:0]
r64:	.long 0
	.reloc r64, R_PPC_REL32, far
# rtdyld-check: *{4}r65 = (start - r65)[31:0]
r65:	.long 0
	.reloc r65, R_PPC_PLTREL32, start
# rtdyld-check: *{4}r66 = (0x18)
r66:	.long 0
	.reloc r66, R_PPC_TPREL32, mine
# rtdyld-check: *{4}r67 = (0xffff8008)
r67:	.long 0
	.reloc r67, R_PPC_DTPREL32, mine
# rtdyld-check: *{2}r68 = (small)
r68:	.short 0
	.reloc r68, R_PPC_UADDR16, small

	.section .tbss, "awT", @nobits
	.p2align 3
	.quad 0
	.type mine, @object
mine:	.quad 0
