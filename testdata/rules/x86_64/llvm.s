# What LLVM's RuntimeDyld makes of x86-64: a GOT entry for each use, and stubs of six bytes that have one each.
#
# mcjit rtdyld -triple=x86_64-linux-gnu -verify -check=llvm.s -map-section llvm.o,.text=0x10000 -map-section llvm.o,.got=0x40000 -dummy-extern far=0x123456789abc llvm.o
# llvm-rtdyld-14: the same

	.text
start:	nop
# rtdyld-check: decode_operand(first, 4) = section_addr(llvm.o, .got) - next_pc(first)
first:	movq	far@GOTPCREL(%rip), %rax
# rtdyld-check: decode_operand(second, 4) = section_addr(llvm.o, .got) - next_pc(second) + 8
second:	movq	far@GOTPCREL(%rip), %rax
# rtdyld-check: decode_operand(call, 0) = stub_addr(llvm.o/.text, far) - next_pc(call)
call:	callq	far@PLT
# rtdyld-check: decode_operand(third, 4) = section_addr(llvm.o, .got) - next_pc(third) + 24
third:	movq	start@GOTPCREL(%rip), %rax
# rtdyld-check: decode_operand(offset, 1) = 32
offset:	movabsq	$far@GOT, %rax
# rtdyld-check: *{2}stub_addr(llvm.o/.text, far) = 0x25ff
# rtdyld-check: *{4}(stub_addr(llvm.o/.text, far) + 2) = section_addr(llvm.o, .got) - stub_addr(llvm.o/.text, far) + 10
# rtdyld-check: *{8}(section_addr(llvm.o, .got) + 16) = far
# rtdyld-check: *{8}(section_addr(llvm.o, .got) + 24) = start
