# N64, big-endian, release 2.
#
# mcjit rtdyld -triple=mips64-linux-gnuabi64 -verify -own-stubs -check=stubs.s -map-section stubs.o,.text=0x10000 -map-section stubs.o,.data=0x48000 \
#   -dummy-extern far=0x5678923489abcdec stubs.o

	.text
	.set	noreorder
	.globl	start
start:	nop
# rtdyld-check: (*{4}call)[25:0] = stub_addr(stubs.o/.text, far)[27:2]
call:	jal	far
	nop
# lui $25, %highest(1f); daddiu $25, $25, %higher(1f); dsll $25, $25, 16; daddiu $25, $25, %hi(1f); dsll $25, $25, 16; ld $25, %lo(1f)($25); jr $25; nop; 1: .dword far
# rtdyld-check: *{4}(stub_addr(stubs.o/.text, far) + 0) = 0x3c190000 + (stub_addr(stubs.o/.text, far) + 32 + 0x800080008000)[63:48]
# rtdyld-check: *{4}(stub_addr(stubs.o/.text, far) + 4) = 0x67390000 + (stub_addr(stubs.o/.text, far) + 32 + 0x80008000)[47:32]
# rtdyld-check: *{4}(stub_addr(stubs.o/.text, far) + 8) = 0x0019cc38
# rtdyld-check: *{4}(stub_addr(stubs.o/.text, far) + 12) = 0x67390000 + (stub_addr(stubs.o/.text, far) + 32 + 0x8000)[31:16]
# rtdyld-check: *{4}(stub_addr(stubs.o/.text, far) + 16) = 0x0019cc38
# rtdyld-check: *{4}(stub_addr(stubs.o/.text, far) + 20) = 0xdf390000 + (stub_addr(stubs.o/.text, far) + 32)[15:0]
# rtdyld-check: *{4}(stub_addr(stubs.o/.text, far) + 24) = 0x03200008
# rtdyld-check: *{4}(stub_addr(stubs.o/.text, far) + 28) = 0
# rtdyld-check: *{8}(stub_addr(stubs.o/.text, far) + 32) = far
# Several operations in one relocation.
# rtdyld-check: (*{4}high)[15:0] = (section_addr(stubs.o, .got) + 0x7ff0 - start + 0x8000)[31:16]
high:	lui	$gp, %hi(%neg(%gp_rel(start)))
# rtdyld-check: (*{4}low)[15:0] = (section_addr(stubs.o, .got) + 0x7ff0 - start)[15:0]
low:	daddiu	$gp, $gp, %lo(%neg(%gp_rel(start)))
# rtdyld-check: (*{4}entry)[15:0] = (got_addr(stubs.o/.text, far) - section_addr(stubs.o, .got) - 0x7ff0)[15:0]
entry:	ld	$2, %got_disp(far)($gp)
# rtdyld-check: *{8}got_addr(stubs.o/.text, far) = far
	.data
# rtdyld-check: *{8}word = far + 8
word:	.dword	far + 8
