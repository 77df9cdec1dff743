# The relocations of SPARC V9.
#
# mcjit rtdyld -triple=sparcv9-linux-gnu -verify -check=all.s -map-section all.o,.text=0x12340 -map-section all.o,.data=0x71234000 -map-section all.o,.data.near=0x71234078 \
#   -map-section all.o,.got=0x30000 -map-section all.o,.got.tls=0x31560 -dummy-extern far=0x123456789abcdef8 -dummy-extern low=0x6bcdef94 -dummy-extern wide34=0x345678abc \
#   -dummy-extern wide44=0x123456789ab -dummy-extern minus=0xffffffff87654321 -dummy-extern small22=0x3abcde -dummy-extern small13=0x9ab -dummy-extern small11=0x2ab \
#   -dummy-extern small10=0x1ab -dummy-extern small7=0x5b -dummy-extern small6=0x2b -dummy-extern small5=0x1b -dummy-extern __tls_get_addr=0x41234 all.o

	.register %g2, #scratch
	.text
	.globl start
start:	nop

# The GOT has an entry before that of far.
# rtdyld-check: (*{4}r1)[12:0] = got_addr(all.o/.text, low) - section_addr(all.o, .got)
# rtdyld-check: (*{4}r1)[31:13] = 0x41083
r1:	.word 0x821065a5
	.reloc r1, R_SPARC_GOT13, low

# Addresses in pieces: of 32, 34, 44 and 64 bits, and negative ones.
# rtdyld-check: (*{4}r2)[21:0] = low[31:10]
# rtdyld-check: (*{4}r2)[31:22] = 0xc
r2:	.word 0x0315a5a5
	.reloc r2, R_SPARC_HI22, low
# rtdyld-check: (*{4}r3)[9:0] = low[9:0]
# rtdyld-check: (*{4}r3)[31:13] = 0x41083
r3:	.word 0x821065a5
	.reloc r3, R_SPARC_LO10, low
# rtdyld-check: (*{4}r4)[21:0] = wide34[33:12]
# rtdyld-check: (*{4}r4)[31:22] = 0xc
r4:	.word 0x0315a5a5
	.reloc r4, R_SPARC_H34, wide34
# rtdyld-check: (*{4}r5)[21:0] = wide44[43:22]
# rtdyld-check: (*{4}r5)[31:22] = 0xc
r5:	.word 0x0315a5a5
	.reloc r5, R_SPARC_H44, wide44
# rtdyld-check: (*{4}r6)[9:0] = wide44[21:12]
# rtdyld-check: (*{4}r6)[31:13] = 0x41083
r6:	.word 0x821065a5
	.reloc r6, R_SPARC_M44, wide44
# rtdyld-check: (*{4}r7)[11:0] = wide44[11:0]
# rtdyld-check: (*{4}r7)[31:13] = 0x41083
r7:	.word 0x821065a5
	.reloc r7, R_SPARC_L44, wide44
# rtdyld-check: (*{4}r8)[21:0] = far[63:42]
# rtdyld-check: (*{4}r8)[31:22] = 0xc
r8:	.word 0x0315a5a5
	.reloc r8, R_SPARC_HH22, far
# rtdyld-check: (*{4}r9)[9:0] = far[41:32]
# rtdyld-check: (*{4}r9)[31:13] = 0x41083
r9:	.word 0x821065a5
	.reloc r9, R_SPARC_HM10, far
# rtdyld-check: (*{4}r10)[21:0] = far[31:10]
# rtdyld-check: (*{4}r10)[31:22] = 0xc
r10:	.word 0x0315a5a5
	.reloc r10, R_SPARC_LM22, far
# rtdyld-check: (*{4}r11)[21:0] = (0 - 1 - minus)[31:10]
# rtdyld-check: (*{4}r11)[31:22] = 0xc
r11:	.word 0x0315a5a5
	.reloc r11, R_SPARC_HIX22, minus
# rtdyld-check: (*{4}r12)[12:0] = 0x1c00 + minus[9:0]
# rtdyld-check: (*{4}r12)[31:13] = 0x41083
r12:	.word 0x821065a5
	.reloc r12, R_SPARC_LOX10, minus
# rtdyld-check: (*{4}r13)[21:0] = (low - r13)[31:10]
# rtdyld-check: (*{4}r13)[31:22] = 0xc
r13:	.word 0x0315a5a5
	.reloc r13, R_SPARC_PC22, low
# rtdyld-check: (*{4}r14)[9:0] = (low - r14)[9:0]
# rtdyld-check: (*{4}r14)[31:13] = 0x41083
r14:	.word 0x821065a5
	.reloc r14, R_SPARC_PC10, low
# rtdyld-check: (*{4}r15)[21:0] = (far - r15)[63:42]
# rtdyld-check: (*{4}r15)[31:22] = 0xc
r15:	.word 0x0315a5a5
	.reloc r15, R_SPARC_PC_HH22, far
# rtdyld-check: (*{4}r16)[9:0] = (far - r16)[41:32]
# rtdyld-check: (*{4}r16)[31:13] = 0x41083
r16:	.word 0x821065a5
	.reloc r16, R_SPARC_PC_HM10, far
# rtdyld-check: (*{4}r17)[21:0] = (far - r17)[31:10]
# rtdyld-check: (*{4}r17)[31:22] = 0xc
r17:	.word 0x0315a5a5
	.reloc r17, R_SPARC_PC_LM22, far

# Immediates.
# rtdyld-check: (*{4}r22)[21:0] = small22
# rtdyld-check: (*{4}r22)[31:22] = 0xc
r22:	.word 0x0315a5a5
	.reloc r22, R_SPARC_22, small22
# rtdyld-check: (*{4}r23)[12:0] = small13
# rtdyld-check: (*{4}r23)[31:13] = 0x41083
r23:	.word 0x821065a5
	.reloc r23, R_SPARC_13, small13
# rtdyld-check: (*{4}r24)[10:0] = small11
# rtdyld-check: (*{4}r24)[31:13] = 0x41083
r24:	.word 0x821065a5
	.reloc r24, R_SPARC_11, small11
# rtdyld-check: (*{4}r25)[9:0] = small10
# rtdyld-check: (*{4}r25)[31:13] = 0x41083
r25:	.word 0x821065a5
	.reloc r25, R_SPARC_10, small10
# rtdyld-check: (*{4}r26)[6:0] = small7
# rtdyld-check: (*{4}r26)[31:13] = 0x41083
r26:	.word 0x821065a5
	.reloc r26, R_SPARC_7, small7
# rtdyld-check: (*{4}r27)[5:0] = small6
# rtdyld-check: (*{4}r27)[31:13] = 0x41083
r27:	.word 0x821065a5
	.reloc r27, R_SPARC_6, small6
# rtdyld-check: (*{4}r28)[4:0] = small5
# rtdyld-check: (*{4}r28)[31:13] = 0x41083
r28:	.word 0x821065a5
	.reloc r28, R_SPARC_5, small5

# Calls and branches.
# rtdyld-check: (*{4}r30)[29:0] = (stub_addr(all.o/.text, far) - r30)[31:2]
# rtdyld-check: (*{4}r30)[31:30] = 1
r30:	.word 0x4005a5a5
	.reloc r30, R_SPARC_WDISP30, far
# rtdyld-check: (*{4}r31)[29:0] = (stub_addr(all.o/.text, far) - r31)[31:2]
r31:	.word 0x4005a5a5
	.reloc r31, R_SPARC_WPLT30, far
# rtdyld-check: (*{4}r32)[29:0] = (start - r32)[31:2]
r32:	.word 0x4005a5a5
	.reloc r32, R_SPARC_WDISP30, start
# rtdyld-check: (*{4}r33)[21:0] = (start - r33)[23:2]
r33:	.word 0x1085a5a5
	.reloc r33, R_SPARC_WDISP22, start
# rtdyld-check: (*{4}r34)[18:0] = (start - r34)[20:2]
r34:	.word 0x106da5a5
	.reloc r34, R_SPARC_WDISP19, start
# rtdyld-check: (*{4}r35)[13:0] = (start - r35)[15:2]
# rtdyld-check: (*{4}r35)[21:20] = (start - r35)[17:16]
r35:	.word 0x02c865a5
	.reloc r35, R_SPARC_WDISP16, start
# rtdyld-check: (*{4}r36)[12:5] = (start - r36)[9:2]
# rtdyld-check: (*{4}r36)[20:19] = (start - r36)[11:10]
r36:	.word 0x12c065a5
	.reloc r36, R_SPARC_WDISP10, start

# The stub: sethi %hh(far), %g1; sethi %lm(far), %g5; or %g1, %hm(far), %g1; sllx %g1, 32, %g1; or %g1, %g5, %g1; jmp %g1 + %lo(far); nop.
# rtdyld-check: (*{4}stub_addr(all.o/.text, far))[31:22] = 0xc
# rtdyld-check: (*{4}stub_addr(all.o/.text, far))[21:0] = (stub_addr(all.o/.text, far) + 32)[63:42]
# rtdyld-check: (*{4}(stub_addr(all.o/.text, far) + 4))[31:22] = 0x2c
# rtdyld-check: (*{4}(stub_addr(all.o/.text, far) + 4))[21:0] = (stub_addr(all.o/.text, far) + 32)[31:10]
# rtdyld-check: (*{4}(stub_addr(all.o/.text, far) + 8))[31:13] = 0x41083
# rtdyld-check: (*{4}(stub_addr(all.o/.text, far) + 8))[12:0] = (stub_addr(all.o/.text, far) + 32)[41:32]
# rtdyld-check: *{4}(stub_addr(all.o/.text, far) + 12) = 0x83287020
# rtdyld-check: *{4}(stub_addr(all.o/.text, far) + 16) = 0x82104005
# rtdyld-check: (*{4}(stub_addr(all.o/.text, far) + 20))[31:13] = 0x612c3
# rtdyld-check: (*{4}(stub_addr(all.o/.text, far) + 20))[12:0] = (stub_addr(all.o/.text, far) + 32)[9:0]
# rtdyld-check: *{4}(stub_addr(all.o/.text, far) + 24) = 0x81c06000
# rtdyld-check: *{4}(stub_addr(all.o/.text, far) + 28) = 0x1000000
# rtdyld-check: *{8}(stub_addr(all.o/.text, far) + 32) = far

# The GOT. Loads of entries stay, for relaxation is off.
# rtdyld-check: (*{4}r37)[9:0] = (got_addr(all.o/.text, far) - section_addr(all.o, .got))[9:0]
# rtdyld-check: (*{4}r37)[31:13] = 0x41083
r37:	.word 0x821065a5
	.reloc r37, R_SPARC_GOT10, far
# rtdyld-check: (*{4}r38)[12:0] = (got_addr(all.o/.text, far) - section_addr(all.o, .got))
# rtdyld-check: (*{4}r38)[31:13] = 0x41083
r38:	.word 0x821065a5
	.reloc r38, R_SPARC_GOT13, far
# rtdyld-check: (*{4}r39)[21:0] = (got_addr(all.o/.text, far) - section_addr(all.o, .got))[31:10]
# rtdyld-check: (*{4}r39)[31:22] = 0xc
r39:	.word 0x0315a5a5
	.reloc r39, R_SPARC_GOT22, far
# rtdyld-check: *{8}got_addr(all.o/.text, far) = far
# rtdyld-check: (*{4}r40)[21:0] = (low - section_addr(all.o, .got))[31:10]
# rtdyld-check: (*{4}r40)[31:22] = 0xc
r40:	.word 0x0315a5a5
	.reloc r40, R_SPARC_GOTDATA_HIX22, low
# rtdyld-check: (*{4}r41)[12:0] = (low - section_addr(all.o, .got))[9:0]
# rtdyld-check: (*{4}r41)[31:13] = 0x41083
r41:	.word 0x821065a5
	.reloc r41, R_SPARC_GOTDATA_LOX10, low
# rtdyld-check: (*{4}r42)[21:0] = (got_addr(all.o/.text, far) - section_addr(all.o, .got))[31:10]
# rtdyld-check: (*{4}r42)[31:22] = 0xc
r42:	.word 0x0315a5a5
	.reloc r42, R_SPARC_GOTDATA_OP_HIX22, far
# rtdyld-check: (*{4}r43)[12:0] = (got_addr(all.o/.text, far) - section_addr(all.o, .got))[9:0]
# rtdyld-check: (*{4}r43)[31:13] = 0x41083
r43:	.word 0x821065a5
	.reloc r43, R_SPARC_GOTDATA_OP_LOX10, far
# rtdyld-check: *{4}r44 = 0xc25dc001
r44:	.word 0xc25dc001
	.reloc r44, R_SPARC_GOTDATA_OP, far

# Thread-local variables: the block ends at the thread pointer. The entries are pairs, the module, and distances.
# rtdyld-check: (*{4}r45)[21:0] = (section_addr(all.o, .got.tls) - section_addr(all.o, .got))[31:10]
# rtdyld-check: (*{4}r45)[31:22] = 0xc
r45:	.word 0x0315a5a5
	.reloc r45, R_SPARC_TLS_GD_HI22, mine
# rtdyld-check: (*{4}r46)[9:0] = (section_addr(all.o, .got.tls) - section_addr(all.o, .got))[9:0]
# rtdyld-check: (*{4}r46)[31:13] = 0x41083
r46:	.word 0x821065a5
	.reloc r46, R_SPARC_TLS_GD_LO10, mine
# rtdyld-check: *{8}section_addr(all.o, .got.tls) = 1
# rtdyld-check: *{8}(section_addr(all.o, .got.tls) + 8) = 8
# rtdyld-check: (*{4}r47)[29:0] = (__tls_get_addr - r47)[31:2]
r47:	.word 0x4005a5a5
	.reloc r47, R_SPARC_TLS_GD_CALL, mine
# rtdyld-check: (*{4}r48)[21:0] = (section_addr(all.o, .got.tls) + 16 - section_addr(all.o, .got))[31:10]
# rtdyld-check: (*{4}r48)[31:22] = 0xc
r48:	.word 0x0315a5a5
	.reloc r48, R_SPARC_TLS_LDM_HI22, mine
# rtdyld-check: (*{4}r49)[9:0] = (section_addr(all.o, .got.tls) + 16 - section_addr(all.o, .got))[9:0]
# rtdyld-check: (*{4}r49)[31:13] = 0x41083
r49:	.word 0x821065a5
	.reloc r49, R_SPARC_TLS_LDM_LO10, mine
# rtdyld-check: *{8}(section_addr(all.o, .got.tls) + 16) = 1
# rtdyld-check: *{8}(section_addr(all.o, .got.tls) + 24) = 0
# rtdyld-check: (*{4}r50)[29:0] = (__tls_get_addr - r50)[31:2]
r50:	.word 0x4005a5a5
	.reloc r50, R_SPARC_TLS_LDM_CALL, mine
# rtdyld-check: (*{4}r51)[21:0] = 0
# rtdyld-check: (*{4}r51)[31:22] = 0xc
r51:	.word 0x0315a5a5
	.reloc r51, R_SPARC_TLS_LDO_HIX22, mine
# rtdyld-check: (*{4}r52)[9:0] = 8
# rtdyld-check: (*{4}r52)[31:13] = 0x41083
r52:	.word 0x821065a5
	.reloc r52, R_SPARC_TLS_LDO_LOX10, mine
# rtdyld-check: (*{4}r53)[21:0] = (section_addr(all.o, .got.tls) + 32 - section_addr(all.o, .got))[31:10]
# rtdyld-check: (*{4}r53)[31:22] = 0xc
r53:	.word 0x0315a5a5
	.reloc r53, R_SPARC_TLS_IE_HI22, mine
# rtdyld-check: (*{4}r54)[9:0] = (section_addr(all.o, .got.tls) + 32 - section_addr(all.o, .got))[9:0]
# rtdyld-check: (*{4}r54)[31:13] = 0x41083
r54:	.word 0x821065a5
	.reloc r54, R_SPARC_TLS_IE_LO10, mine
# rtdyld-check: *{8}(section_addr(all.o, .got.tls) + 32) = 0xfffffffffffffff8
# rtdyld-check: (*{4}r55)[21:0] = 0
# rtdyld-check: (*{4}r55)[31:22] = 0xc
r55:	.word 0x0315a5a5
	.reloc r55, R_SPARC_TLS_LE_HIX22, mine
# rtdyld-check: (*{4}r56)[12:0] = 0x1ff8
# rtdyld-check: (*{4}r56)[31:13] = 0x41083
r56:	.word 0x821065a5
	.reloc r56, R_SPARC_TLS_LE_LOX10, mine

# Marks, which change nothing.
# rtdyld-check: *{4}r57 = 0x1000000
r57:	nop
	.reloc r57, R_SPARC_NONE, far
# rtdyld-check: *{4}r59 = 0x1000000
r59:	nop
	.reloc r59, R_SPARC_TLS_GD_ADD, mine
# rtdyld-check: *{4}r60 = 0x1000000
r60:	nop
	.reloc r60, R_SPARC_TLS_LDM_ADD, mine
# rtdyld-check: *{4}r61 = 0x1000000
r61:	nop
	.reloc r61, R_SPARC_TLS_LDO_ADD, mine
# rtdyld-check: *{4}r62 = 0x1000000
r62:	nop
	.reloc r62, R_SPARC_TLS_IE_LD, mine
# rtdyld-check: *{4}r63 = 0x1000000
r63:	nop
	.reloc r63, R_SPARC_TLS_IE_LDX, mine
# rtdyld-check: *{4}r64 = 0x1000000
r64:	nop
	.reloc r64, R_SPARC_TLS_IE_ADD, mine
# rtdyld-check: *{4}r65 = 0x1000000
r65:	nop
	.reloc r65, R_SPARC_GNU_VTINHERIT, far
# rtdyld-check: *{4}r66 = 0x1000000
r66:	nop
	.reloc r66, R_SPARC_GNU_VTENTRY, far

# An indirect function is where its stub is, which ends in ldx [%g1 + %lo(entry)], %g1; jmp %g1; nop.
# rtdyld-check: (*{4}(resolved + 20))[31:13] = 0x612c3
# rtdyld-check: *{4}(resolved + 24) = 0x81c06000
# rtdyld-check: *{4}(resolved + 28) = 0x1000000
	.globl resolved
	.type resolved, @gnu_indirect_function
resolved: retl
	nop

	.data
	.p2align 3
# rtdyld-check: *{8}r67 = (far + 8)
r67:	.xword 0x5a
	.reloc r67, R_SPARC_64, far + 8
# rtdyld-check: *{8}r68 = (__tls_get_addr)
r68:	.xword 0x5a
	.reloc r68, R_SPARC_64, __tls_get_addr
# rtdyld-check: *{8}r69 = (far)
r69:	.xword 0x5a
	.reloc r69, R_SPARC_UA64, far
# rtdyld-check: *{8}r70 = (far - r70)
r70:	.xword 0x5a
	.reloc r70, R_SPARC_DISP64, far
# rtdyld-check: *{8}r71 = (far)
r71:	.xword 0x5a
	.reloc r71, R_SPARC_PLT64, far
# rtdyld-check: *{8}r72 = (7)
r72:	.xword 0x5a
	.reloc r72, R_SPARC_SIZE64, sized
# rtdyld-check: *{8}r73 = (8)
r73:	.xword 0x5a
	.reloc r73, R_SPARC_TLS_DTPOFF64, mine
# rtdyld-check: *{4}r74 = (low)
r74:	.word 0x5a
	.reloc r74, R_SPARC_32, low
# rtdyld-check: *{4}r75 = (low)
r75:	.word 0x5a
	.reloc r75, R_SPARC_UA32, low
# rtdyld-check: *{4}r76 = (low - r76)[31:0]
r76:	.word 0x5a
	.reloc r76, R_SPARC_DISP32, low
# rtdyld-check: *{4}r77 = (stub_addr(all.o/.data, low))
r77:	.word 0x5a
	.reloc r77, R_SPARC_PLT32, low
# rtdyld-check: *{4}r79 = (7)
r79:	.word 0x5a
	.reloc r79, R_SPARC_SIZE32, sized
# rtdyld-check: *{4}r80 = (8)
r80:	.word 0x5a
	.reloc r80, R_SPARC_TLS_DTPOFF32, mine
# rtdyld-check: *{1}r81 = low[7:0]
# rtdyld-check: *{1}(r81 + 3) = low[31:24]
r81:	.word 0x5a
	.reloc r81, R_SPARC_REV32, low
# rtdyld-check: *{2}r82 = (small13)
r82:	.half 0x5a
	.reloc r82, R_SPARC_16, small13
# rtdyld-check: *{2}r83 = (small13)
r83:	.half 0x5a
	.reloc r83, R_SPARC_UA16, small13
# rtdyld-check: *{2}r84 = (sized - r84)[15:0]
r84:	.half 0x5a
	.reloc r84, R_SPARC_DISP16, sized
# rtdyld-check: *{1}r85 = (small5)
r85:	.byte 0x5a
	.reloc r85, R_SPARC_8, small5
# rtdyld-check: *{1}r86 = (sized - r86)[7:0]
r86:	.byte 0x5a
	.reloc r86, R_SPARC_DISP8, sized

	.section .data.near, "aw"
	.globl sized
	.size sized, 7
sized:	.xword 0

	.section .tbss, "awT", @nobits
	.p2align 3
	.xword 0
	.type mine, @object
mine:	.xword 0
