# N32, little-endian, release 2. Addends are beside the relocations.
#
# mcjit rtdyld -triple=mips64el-linux-gnuabin32 -verify -own-stubs -check=n32.s -map-section n32.o,.text=0x10000 -map-section n32.o,.data=0x48000 -dummy-extern far=0x51238abc n32.o

	.text
	.set	noreorder
	.globl	start
start:	nop
# rtdyld-check: (*{4}call)[25:0] = stub_addr(n32.o/.text, far)[27:2]
call:	jal	far
	nop
# lui $25, %hi(1f); lw $25, %lo(1f)($25); nop; jr $25; nop; 1: .word far
# rtdyld-check: *{4}stub_addr(n32.o/.text, far) = 0x3c190000 + (stub_addr(n32.o/.text, far) + 20 + 0x8000)[31:16]
# rtdyld-check: *{4}(stub_addr(n32.o/.text, far) + 4) = 0x8f390000 + (stub_addr(n32.o/.text, far) + 20)[15:0]
# rtdyld-check: *{4}(stub_addr(n32.o/.text, far) + 8) = 0
# rtdyld-check: *{4}(stub_addr(n32.o/.text, far) + 12) = 0x3200008
# rtdyld-check: *{4}(stub_addr(n32.o/.text, far) + 16) = 0
# rtdyld-check: *{4}(stub_addr(n32.o/.text, far) + 20) = far
# rtdyld-check: (*{4}high)[15:0] = (far + 0x12348 + 0x8000)[31:16]
high:	lui	$2, %hi(far + 0x12348)
# rtdyld-check: (*{4}low)[15:0] = (far + 0x12348)[15:0]
low:	addiu	$2, $2, %lo(far + 0x12348)
	.data
# rtdyld-check: *{4}word = far + 8
word:	.word	far + 8
