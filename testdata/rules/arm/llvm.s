# What LLVM's RuntimeDyld makes of ARM: every branch goes through a stub behind its section, wherever the function is.
#
# mcjit rtdyld -triple=armv7-linux-gnueabihf -verify -check=llvm.s -map-section llvm.o,.text=0x10000 -dummy-extern far=0x51238abc llvm.o
# llvm-rtdyld-14: the same

	.syntax	unified
	.text
start:	nop
# rtdyld-check: decode_operand(outside, 0)[31:0] = (stub_addr(llvm.o/.text, far) - outside - 8)[31:0]
outside:	bl	far
# rtdyld-check: decode_operand(again, 0)[31:0] = (stub_addr(llvm.o/.text, far) - again - 8)[31:0]
again:	b	far
# rtdyld-check: decode_operand(inside, 0)[31:0] = (stub_addr(llvm.o/.text, local) - inside - 8)[31:0]
inside:	bl	local
	nop
	.globl	local
	.type	local, %function
local:	nop
# ldr pc, [pc, #-4]
# rtdyld-check: stub_addr(llvm.o/.text, far) = section_addr(llvm.o, .text) + 24
# rtdyld-check: *{4}stub_addr(llvm.o/.text, far) = 0xe51ff004
# rtdyld-check: *{4}(stub_addr(llvm.o/.text, far) + 4) = far
# rtdyld-check: stub_addr(llvm.o/.text, local) = section_addr(llvm.o, .text) + 32
# rtdyld-check: *{4}(stub_addr(llvm.o/.text, local) + 4) = local
