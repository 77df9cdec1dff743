# Big-endian ARM: what is linked has its instructions in that order, too (BE32).
#
# mcjit rtdyld -triple=armebv7-linux-gnueabihf -verify -own-stubs -check=all.s -map-section all.o,.text=0x10000 -map-section all.o,.data=0x71234000 -dummy-extern far=0x61234568 all.o

	.syntax	unified
	.text
	.arm
	.globl	start
	.type	start, %function
start:	nop
# rtdyld-check: (*{4}call)[31:24] = 0xeb
# rtdyld-check: (*{4}call)[23:0] = (stub_addr(all.o/.text, far) - call - 8)[25:2]
call:	bl	far
# ldr pc, [pc]; for Thumb code ldr.w pc, [pc]; the address
# rtdyld-check: *{4}stub_addr(all.o/.text, far) = 0xe51ff004
# rtdyld-check: *{4}(stub_addr(all.o/.text, far) + 4) = far
# rtdyld-check: (*{4}low)[11:0] = far[11:0]
# rtdyld-check: (*{4}low)[19:16] = far[15:12]
low:	movw	r0, :lower16:far
# rtdyld-check: (*{4}high)[11:0] = far[27:16]
# rtdyld-check: (*{4}high)[19:16] = far[31:28]
high:	movt	r0, :upper16:far
	.data
# rtdyld-check: *{4}word = far + 8
# rtdyld-check: *{1}word = far[31:24]
word:	.long	far + 8
