# Stubs begin with bti c where the object says that targets of indirect branches do, and so does the stub that is an indirect function.
#
# mcjit rtdyld -triple=aarch64-linux-gnu -verify -own-stubs -check=bti.s -map-section bti.o,.text=0x10000 -dummy-extern far=0x123456789abc bti.o

	.text
	.globl	start, resolved
start:	bti	c
# rtdyld-check: decode_operand(call, 0)[25:0] = (stub_addr(bti.o/.text, far) - call)[27:2]
call:	bl	far
# bti c; adrp x16, entry; ldr x17, [x16, entry]; br x17
# rtdyld-check: *{4}stub_addr(bti.o/.text, far) = 0xd503245f
# rtdyld-check: (*{4}(stub_addr(bti.o/.text, far) + 4))[4:0] = 16
# rtdyld-check: (*{4}(stub_addr(bti.o/.text, far) + 8))[21:10] = got_addr(bti.o/.text, far)[11:3]
# rtdyld-check: *{4}(stub_addr(bti.o/.text, far) + 12) = 0xd61f0220
# rtdyld-check: *{4}resolved = 0xd503245f
# rtdyld-check: *{4}(resolved + 12) = 0xd61f0220
	.type	resolved, @gnu_indirect_function
resolved: bti	c
	ret

	.section .note.gnu.property, "a"
	.p2align 3
	.word	4, 16, 5
	.asciz	"GNU"
	.word	0xc0000000, 4, 1, 0
