# Relocations of SPARC V9 that binutils do not write for any symbol.
#
# mcjit rtdyld -triple=sparcv9-linux-gnu -verify -check=more.s -map-section more.o,.text=0x12340 -dummy-extern far=0x123456789abcdef8 -dummy-extern low=0x6bcdef94 more.o

	.text
	.globl start
start:	nop
# rtdyld-check: (*{4}r18)[21:0] = low[31:10]
# rtdyld-check: (*{4}r18)[31:22] = 0xc
r18:	.word 0x0315a5a5
	.reloc r18, R_SPARC_HIPLT22, low
# rtdyld-check: (*{4}r19)[9:0] = low[9:0]
# rtdyld-check: (*{4}r19)[31:13] = 0x41083
r19:	.word 0x821065a5
	.reloc r19, R_SPARC_LOPLT10, low
# rtdyld-check: (*{4}r20)[21:0] = (low - r20)[31:10]
# rtdyld-check: (*{4}r20)[31:22] = 0xc
r20:	.word 0x0315a5a5
	.reloc r20, R_SPARC_PCPLT22, low
# rtdyld-check: (*{4}r21)[9:0] = (low - r21)[9:0]
# rtdyld-check: (*{4}r21)[31:13] = 0x41083
r21:	.word 0x821065a5
	.reloc r21, R_SPARC_PCPLT10, low
# rtdyld-check: (*{4}r29)[12:0] = low[9:0]
# rtdyld-check: (*{4}r29)[31:13] = 0x41083
r29:	.word 0x821065a5
	.reloc r29, R_SPARC_OLO10, low
# rtdyld-check: *{4}r58 = 0x1000000
r58:	nop
	.reloc r58, R_SPARC_REGISTER, far
# rtdyld-check: *{4}r78 = (start - r78)[31:0]
r78:	.word 0x5a
	.reloc r78, R_SPARC_PCPLT32, start
