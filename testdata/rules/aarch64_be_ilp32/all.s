# Big-endian ILP32 of AArch64: instructions stay little-endian, data and entries of the GOT are not.
#
# mcjit rtdyld -triple=aarch64_be-linux-gnu_ilp32 -verify -own-stubs -check=all.s -map-section all.o,.text=0x10000 -map-section all.o,.data=0x71234000 -dummy-extern far=0xf2345678 all.o

	.text
	.globl	start, resolved
start:	nop
# rtdyld-check: decode_operand(call, 0)[25:0] = (stub_addr(all.o/.text, far) - call)[27:2]
call:	bl	far
# adrp x16, entry; ldr w17, [x16, entry]; br x17
# rtdyld-check: *{1}(stub_addr(all.o/.text, far) + 4) = 0x11
# rtdyld-check: *{1}(stub_addr(all.o/.text, far) + 7) = 0xb9
# rtdyld-check: *{1}(stub_addr(all.o/.text, far) + 8) = 0x20
# rtdyld-check: *{1}(stub_addr(all.o/.text, far) + 11) = 0xd6
# rtdyld-check: *{4}got_addr(all.o/.text, far) = far
# rtdyld-check: *{1}got_addr(all.o/.text, far) = far[31:24]
# rtdyld-check: decode_operand(page, 1)[20:0] = (variable[31:12] - page[31:12])[20:0]
page:	adrp	x0, variable
# rtdyld-check: decode_operand(low, 2) = variable[11:0]
low:	add	x0, x0, :lo12:variable
# rtdyld-check: decode_operand(gotload, 2) = got_addr(all.o/.text, far)[11:2]
gotload: ldr	w1, [x0, :got_lo12:far]
# rtdyld-check: *{1}(resolved + 8) = 0x20
# rtdyld-check: *{1}(resolved + 11) = 0xd6
	.type	resolved, @gnu_indirect_function
resolved: ret
	.data
# rtdyld-check: *{4}variable = far + 8
# rtdyld-check: *{1}variable = far[31:24]
variable: .word far + 8
# rtdyld-check: *{4}distance = (start - distance)[31:0]
distance: .word	start - .
# rtdyld-check: *{2}near = small
near:	.hword	small
	.globl	small
	small = 0x1234
