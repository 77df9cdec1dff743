# What LLVM's RuntimeDyld makes of Windows on AArch64: a stub for each branch to what is undefined.
#
# mcjit rtdyld -triple=aarch64-pc-win32 -verify -check=llvm.s -map-section llvm.o,.text=0x10000 -dummy-extern far=0x123456789abc llvm.o
# llvm-rtdyld-14: the same

	.text
start:	nop
# rtdyld-check: decode_operand(outside, 0)[25:0] = (stub_addr(llvm.o/.text, far) - outside - 20)[27:2]
outside:	bl	far
# rtdyld-check: decode_operand(again, 0)[25:0] = (stub_addr(llvm.o/.text, far) - again)[27:2]
again:	b	far
# rtdyld-check: decode_operand(inside, 0) = (start - inside)[63:2] | 0xc000000000000000
inside:	bl	start
# rtdyld-check: *{4}stub_addr(llvm.o/.text, far) = 0xd2e00010
# rtdyld-check: *{4}(stub_addr(llvm.o/.text, far) + 4) = 0xf2c24690
# rtdyld-check: *{4}(stub_addr(llvm.o/.text, far) + 8) = 0xf2aacf10
# rtdyld-check: *{4}(stub_addr(llvm.o/.text, far) + 12) = 0xf2935790
# rtdyld-check: *{4}(stub_addr(llvm.o/.text, far) + 16) = 0xd61f0200
