# What LLVM's RuntimeDyld makes of N64: every jump goes through a stub.
#
# mcjit rtdyld -triple=mips64-linux-gnuabi64 -verify -check=llvm.s -map-section llvm.o,.text=0x10000 -dummy-extern far=0x123456789abc llvm.o
# llvm-rtdyld-14: the same

	.text
	.set	noreorder
	nop
# rtdyld-check: (*{4}outside)[25:0] = stub_addr(llvm.o/.text, far)[27:2]
outside:	jal	far
	nop
# rtdyld-check: (*{4}inside)[25:0] = stub_addr(llvm.o/.text, local)[27:2]
inside:	jal	local
	nop
	.globl	local
local:	nop
# rtdyld-check: stub_addr(llvm.o/.text, far) = section_addr(llvm.o, .text) + 32
# rtdyld-check: *{4}stub_addr(llvm.o/.text, far) = 0x3c190000
# rtdyld-check: *{4}(stub_addr(llvm.o/.text, far) + 4) = 0x67391234
# rtdyld-check: *{4}(stub_addr(llvm.o/.text, far) + 8) = 0x19cc38
# rtdyld-check: *{4}(stub_addr(llvm.o/.text, far) + 12) = 0x67395679
# rtdyld-check: *{4}(stub_addr(llvm.o/.text, far) + 20) = 0x67399abc
# rtdyld-check: *{4}(stub_addr(llvm.o/.text, far) + 24) = 0x3200008
