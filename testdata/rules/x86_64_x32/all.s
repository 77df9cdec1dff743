# x32: pointers in data have 32 bits, entries of the GOT, through which stubs jump, 64. A thread-local variable has the distances and entries that it has in 64-bit objects.
#
# mcjit rtdyld -triple=x86_64-linux-gnux32 -verify -own-stubs -check=all.s -map-section all.o,.text=0x10000 -map-section all.o,.data=0x20000 -dummy-extern far=0xf2345678 all.o

	.text
	.globl	start, resolved
start:	nop
# rtdyld-check: decode_operand(call, 0) = stub_addr(all.o/.text, far) - next_pc(call)
call:	call	far@PLT
# jmp *entry(%rip)
# rtdyld-check: *{2}stub_addr(all.o/.text, far) = 0x25ff
# rtdyld-check: *{4}(stub_addr(all.o/.text, far) + 2) = (got_addr(all.o/.text, far) - stub_addr(all.o/.text, far) - 6)[31:0]
# rtdyld-check: *{8}got_addr(all.o/.text, far) = far
# rtdyld-check: decode_operand(load, 4) = got_addr(all.o/.text, far) - next_pc(load)
load:	movl	far@GOTPCREL(%rip), %eax
# rtdyld-check: decode_operand(near, 4) = variable - next_pc(near)
near:	leal	variable(%rip), %eax
# rtdyld-check: decode_operand(immediate, 1)[31:0] = far
immediate: movl	$far, %eax
# rtdyld-check: *{4}(local + 4) = (0 - 16)[31:0]
local:	movl	%fs:mine@tpoff, %eax
# rtdyld-check: *{4}(initial + 3) = (section_addr(all.o, .got.tls) - next_pc(initial))[31:0]
initial: addl	mine@gottpoff(%rip), %eax
# rtdyld-check: *{8}section_addr(all.o, .got.tls) = 0 - 16
# rtdyld-check: *{2}resolved = 0x25ff
	.type	resolved, @gnu_indirect_function
resolved: ret
	.data
# rtdyld-check: *{4}variable = far + 8
variable: .long	far + 8
# rtdyld-check: *{4}distance = (start - distance)[31:0]
distance: .long	start - .
# rtdyld-check: *{8}wide = far
wide:	.quad	far
	.section .tdata, "awT", @progbits
	.p2align 3
mine:	.quad	1
