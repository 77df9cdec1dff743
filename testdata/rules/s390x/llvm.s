# What LLVM's RuntimeDyld makes of SystemZ: stubs are the GOT entries, too, and are used wherever the symbol is.
#
# mcjit rtdyld -triple=s390x-linux-gnu -verify -check=llvm.s -map-section llvm.o,.text=0x10000 -dummy-extern far=0x123456789abc llvm.o
# llvm-rtdyld-14: the same

	.text
	.globl	local
local:	nopr
# rtdyld-check: *{4}(outside + 2) = (stub_addr(llvm.o/.text, far) - outside)[32:1]
outside:	brasl	%r14, far@PLT
# rtdyld-check: *{4}(inside + 2) = (stub_addr(llvm.o/.text, local) - inside)[32:1]
inside:	brasl	%r14, local@PLT
# rtdyld-check: *{4}(entry + 2) = (8+stub_addr(llvm.o/.text, far) - entry)[32:1]
entry:	lgrl	%r1, far@GOT
# lgrl %r1, .+8; br %r1
# rtdyld-check: stub_addr(llvm.o/.text, far) = section_addr(llvm.o, .text) + 24
# rtdyld-check: *{8}stub_addr(llvm.o/.text, far) = 0xc4180000000407f1
# rtdyld-check: *{8}(stub_addr(llvm.o/.text, far) + 8) = far
# rtdyld-check: *{8}(stub_addr(llvm.o/.text, local) + 8) = local
