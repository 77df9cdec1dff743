# microMIPS with addresses of 64 bits, release 2, big-endian: stubs have all of the address.
#
# mcjit rtdyld -triple=mips64-linux-gnuabi64 -verify -own-stubs -check=micromips.s -map-section micromips.o,.text=0x10000 -dummy-extern far=0x1234567851238abd micromips.o

	.text
	.set	noreorder
	.set	micromips
	.globl	start
	.type	start, @function
start:
	nop
# rtdyld-check: *{2}l1 = 0xf400 + stub_addr(micromips.o/.text, far)[26:17]
# rtdyld-check: *{2}(l1 + 2) = stub_addr(micromips.o/.text, far)[16:1]
l1:	jal	far
	nop
# rtdyld-check: *{4}(stub_addr(micromips.o/.text, far) + 0) = 0x41b90000 + (stub_addr(micromips.o/.text, far) + 32 + 0x800080008000)[63:48]
# rtdyld-check: *{4}(stub_addr(micromips.o/.text, far) + 4) = 0x5f390000 + (stub_addr(micromips.o/.text, far) + 32 + 0x80008000)[47:32]
# rtdyld-check: *{4}(stub_addr(micromips.o/.text, far) + 8) = 0x5b398000
# rtdyld-check: *{4}(stub_addr(micromips.o/.text, far) + 12) = 0x5f390000 + (stub_addr(micromips.o/.text, far) + 32 + 0x8000)[31:16]
# rtdyld-check: *{4}(stub_addr(micromips.o/.text, far) + 16) = 0x5b398000
# rtdyld-check: *{4}(stub_addr(micromips.o/.text, far) + 20) = 0xdf390000 + (stub_addr(micromips.o/.text, far) + 32)[15:0]
# rtdyld-check: *{4}(stub_addr(micromips.o/.text, far) + 24) = 0x00190f3c
# rtdyld-check: *{4}(stub_addr(micromips.o/.text, far) + 28) = 0
# rtdyld-check: *{8}(stub_addr(micromips.o/.text, far) + 32) = far
# rtdyld-check: *{2}(l2 + 2) = ((far + 0x800080008000)[63:48])
l2:	lui	$4, %highest(far)
# rtdyld-check: *{2}(l3 + 2) = ((far + 0x80008000)[47:32])
l3:	daddiu	$4, $4, %higher(far)
# rtdyld-check: *{2}(l4 + 2) = ((section_addr(micromips.o, .got) + 0x7ff0 - data + 0x8000)[31:16])
l4:	lui	$4, %hi(%neg(%gp_rel(data)))
	.sdata
data:	.4byte	0
