# Big-endian AArch64: instructions stay little-endian, data is not. An indirect function is where its stub is.
#
# mcjit rtdyld -triple=aarch64_be-linux-gnu -verify -own-stubs -check=all.s -map-section all.o,.text=0x10000 -map-section all.o,.data=0x71234000 -dummy-extern far=0x123456789abc all.o

	.text
	.globl	start, resolved
start:	nop
# rtdyld-check: decode_operand(call, 0)[25:0] = (stub_addr(all.o/.text, far) - call)[27:2]
call:	bl	far
# adrp x16, entry; ldr x17, [x16, entry]; br x17
# rtdyld-check: *{1}(stub_addr(all.o/.text, far) + 8) = 0x20
# rtdyld-check: *{1}(stub_addr(all.o/.text, far) + 9) = 0x02
# rtdyld-check: *{1}(stub_addr(all.o/.text, far) + 10) = 0x1f
# rtdyld-check: *{1}(stub_addr(all.o/.text, far) + 11) = 0xd6
# rtdyld-check: *{8}got_addr(all.o/.text, far) = far
# rtdyld-check: decode_operand(page, 1)[20:0] = (variable[63:12] - page[63:12])[20:0]
page:	adrp	x0, variable
# rtdyld-check: decode_operand(low, 2) = variable[11:0]
low:	add	x0, x0, :lo12:variable
# rtdyld-check: *{1}(resolved + 8) = 0x20
# rtdyld-check: *{1}(resolved + 11) = 0xd6
	.type	resolved, @gnu_indirect_function
resolved: ret
	.data
# rtdyld-check: *{8}variable = far + 8
# rtdyld-check: *{1}variable = far[63:56]
variable: .xword far + 8
# rtdyld-check: *{4}distance = (start - distance)[31:0]
distance: .word	start - .
