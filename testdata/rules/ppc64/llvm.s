# What LLVM's RuntimeDyld makes of version 1 of the ABI: stubs that take everything from a function's descriptor, and the TOC base in .toc.
#
# mcjit rtdyld -triple=powerpc64-linux-gnu -verify -check=llvm.s -map-section llvm.o,.text=0x10000 -map-section llvm.o,.toc=0x40000 -dummy-extern far=0x123456789abc llvm.o
# llvm-rtdyld-14: the same

	.text
	nop
# rtdyld-check: decode_operand(outside, 0)[23:0] = (stub_addr(llvm.o/.text, far) - outside)[25:2]
outside:	bl	far
# rtdyld-check: *{4}restore = 0xe8410028
restore:	nop
# rtdyld-check: decode_operand(load, 1) = 0xffffffffffff8008
load:	ld	3, entry@toc(2)
# rtdyld-check: stub_addr(llvm.o/.text, far) = section_addr(llvm.o, .text) + 16
# rtdyld-check: *{4}stub_addr(llvm.o/.text, far) = 0x3d800000
# rtdyld-check: *{4}(stub_addr(llvm.o/.text, far) + 4) = 0x618c1234
# rtdyld-check: *{4}(stub_addr(llvm.o/.text, far) + 12) = 0x658c5678
# rtdyld-check: *{4}(stub_addr(llvm.o/.text, far) + 16) = 0x618c9abc
# rtdyld-check: *{4}(stub_addr(llvm.o/.text, far) + 20) = 0xf8410028
# rtdyld-check: *{4}(stub_addr(llvm.o/.text, far) + 40) = 0x4e800420

	.section	.toc, "aw"
	.quad	0
# rtdyld-check: *{8}entry = far
entry:	.quad	far
# rtdyld-check: *{8}base = section_addr(llvm.o, .toc) + 0x8000
base:	.quad	.TOC.@tocbase
