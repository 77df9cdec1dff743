# Stubs begin with endbr64 where the object says that targets of indirect branches do, and so does the stub that is an indirect function.
#
# mcjit rtdyld -triple=x86_64-linux-gnu -verify -own-stubs -check=cet.s -map-section cet.o,.text=0x10000 -dummy-extern far=0x123456789abc cet.o

	.text
	.globl	start, resolved
start:	endbr64
# rtdyld-check: decode_operand(call, 0) = stub_addr(cet.o/.text, far) - next_pc(call)
call:	call	far@PLT
# endbr64; jmp *entry(%rip)
# rtdyld-check: *{4}stub_addr(cet.o/.text, far) = 0xfa1e0ff3
# rtdyld-check: *{2}(stub_addr(cet.o/.text, far) + 4) = 0x25ff
# rtdyld-check: *{4}(stub_addr(cet.o/.text, far) + 6) = (got_addr(cet.o/.text, far) - stub_addr(cet.o/.text, far) - 10)[31:0]
# rtdyld-check: *{4}resolved = 0xfa1e0ff3
# rtdyld-check: *{2}(resolved + 4) = 0x25ff
	.type	resolved, @gnu_indirect_function
resolved: endbr64
	ret

	.section .note.gnu.property, "a"
	.p2align 3
	.long	4, 16, 5
	.asciz	"GNU"
	.long	0xc0000002, 4, 1, 0
