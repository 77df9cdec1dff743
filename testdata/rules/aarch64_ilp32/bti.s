# Stubs begin with bti c where the object says that targets of indirect branches do, and so does the stub that is an indirect function.
#
# mcjit rtdyld -triple=aarch64-linux-gnu_ilp32 -verify -own-stubs -check=bti.s -map-section bti.o,.text=0x10000 -dummy-extern far=0xf2345678 bti.o

	.text
	.globl	start, resolved
start:	bti	c
# rtdyld-check: decode_operand(call, 0)[25:0] = (stub_addr(bti.o/.text, far) - call)[27:2]
call:	bl	far
# bti c; adrp x16, entry; ldr w17, [x16, entry]; br x17
# rtdyld-check: *{4}stub_addr(bti.o/.text, far) = 0xd503245f
# rtdyld-check: (*{4}(stub_addr(bti.o/.text, far) + 4))[4:0] = 16
# rtdyld-check: *{4}(stub_addr(bti.o/.text, far) + 8) = 0xb9400211 + (got_addr(bti.o/.text, far)[11:2] << 10)
# rtdyld-check: *{4}(stub_addr(bti.o/.text, far) + 12) = 0xd61f0220
# rtdyld-check: *{4}resolved = 0xd503245f
# rtdyld-check: (*{4}(resolved + 8))[31:22] = 0x2e5
# rtdyld-check: *{4}(resolved + 12) = 0xd61f0220
	.type	resolved, @gnu_indirect_function
resolved: bti	c
	ret

	.section .note.gnu.property, "a"
	.p2align 2
	.word	4, 12, 5
	.asciz	"GNU"
	.word	0xc0000000, 4, 1
