# microMIPS of release 6, big-endian: it has no jalx, so that all calls of standard code go through a stub. far is microMIPS code, as its lowest bit says. GNU as does not know it.
#
# mcjit rtdyld -triple=mips-linux-gnu -mcpu=mips32r6 -verify -own-stubs -check=micromips.s -map-section micromips.o,.text=0x10000 -dummy-extern far=0x51238abd -dummy-extern plain=0x18000 micromips.o

	.text
	.set	noreorder
	.set	noat
	.set	micromips
	.globl	start
	.type	start, @function
start:
	nop
	nop
	nop
# rtdyld-check: (*{2}l1)[15:10] = 0x2d
# rtdyld-check: decode_operand(l1, 0) = start - next_pc(l1)
l1:	balc	start
# rtdyld-check: decode_operand(l2, 0) = stub_addr(micromips.o/.text, far) - next_pc(l2)
l2:	balc	far
# rtdyld-check: *{2}(stub_addr(micromips.o/.text, far) + 0) = 0x1320
# rtdyld-check: *{2}(stub_addr(micromips.o/.text, far) + 2) = (stub_addr(micromips.o/.text, far) + 20 + 0x8000)[31:16]
# rtdyld-check: *{4}(stub_addr(micromips.o/.text, far) + 4) = 0xff390000 + (stub_addr(micromips.o/.text, far) + 20)[15:0]
# rtdyld-check: *{4}(stub_addr(micromips.o/.text, far) + 8) = 0
# rtdyld-check: *{4}(stub_addr(micromips.o/.text, far) + 12) = 0x00190f3c
# rtdyld-check: *{4}(stub_addr(micromips.o/.text, far) + 16) = 0
# rtdyld-check: *{4}(stub_addr(micromips.o/.text, far) + 20) = far
# rtdyld-check: (*{2}l3)[15:10] = 0x25
# rtdyld-check: decode_operand(l3, 0) = stub_addr(micromips.o/.text, plain) - next_pc(l3)
# rtdyld-check: *{4}(stub_addr(micromips.o/.text, plain) + 20) = plain
l3:	bc	plain
# rtdyld-check: *{2}l4 = 0x8080 + ((start - 4 - l4)[21:17])
# rtdyld-check: *{2}(l4 + 2) = (start - 4 - l4)[16:1]
l4:	beqzc	$4, start
# rtdyld-check: *{2}(l5 + 2) = (stub_addr(micromips.o/.text, plain) - 4 - l5)[16:1]
l5:	bnezc	$4, plain
	.p2align	2
	.2byte	0x0c00
# rtdyld-check: (*{2}l6)[15:3] = 0xf10
# rtdyld-check: decode_operand(l6, 1) = near - l6 + 2
l6:	lapc	$4, near
	nop
	.p2align	2
# rtdyld-check: decode_operand(l7, 1) = near - l7
l7:	lwpc	$4, near

	.section	.rodata
	.globl	near
	.p2align	2
near:	.4byte	1
