# What LLVM's RuntimeDyld knows of AArch64, with what it makes of it.
#
# mcjit rtdyld -triple=aarch64-linux-gnu -verify -check=common.s -map-section common.o,.text=0x10000 -map-section common.o,.data=0x71234000 \
#   -dummy-extern far=0x123456789abc common.o
# llvm-rtdyld-14: the same

	.text
	.globl	start
start:
	nop

# Branches. Operands count words, as the fields do.
# rtdyld-check: decode_operand(inside, 0)[25:0] = (start - inside)[27:2]
inside:	bl	start
# rtdyld-check: decode_operand(outside, 0)[25:0] = (stub_addr(common.o/.text, far) - outside)[27:2]
outside:	bl	far
# rtdyld-check: decode_operand(tail, 0)[25:0] = (stub_addr(common.o/.text, far) - tail)[27:2]
tail:	b	far
# rtdyld-check: (*{4}conditional)[23:5] = (start - conditional)[20:2]
conditional:	b.ne	start
# rtdyld-check: (*{4}compare)[23:5] = (start - compare)[20:2]
compare:	cbz	x0, start
# rtdyld-check: (*{4}bit)[18:5] = (start - bit)[15:2]
bit:	tbz	x1, #33, start

# Absolute addresses, 16 bits an instruction.
# rtdyld-check: decode_operand(g3, 1) = far[63:48]
g3:	movz	x0, #:abs_g3:far
# rtdyld-check: decode_operand(g2, 2) = far[47:32]
g2:	movk	x0, #:abs_g2_nc:far
# rtdyld-check: decode_operand(g1, 2) = far[31:16]
g1:	movk	x0, #:abs_g1_nc:far
# rtdyld-check: decode_operand(g0, 2) = far[15:0]
g0:	movk	x0, #:abs_g0_nc:far

# Pages, and what is behind their start. Loads count by their size.
# rtdyld-check: decode_operand(page, 1)[20:0] = (variable[63:12]-page[63:12])[20:0]
page:	adrp	x1, variable
# rtdyld-check: decode_operand(low, 2) = variable[11:0]
low:	add	x1, x1, :lo12:variable
# rtdyld-check: decode_operand(load8, 2) = variable[11:0]
load8:	ldrb	w2, [x1, :lo12:variable]
# rtdyld-check: decode_operand(load16, 2) = variable[11:1]
load16:	ldrh	w2, [x1, :lo12:variable]
# rtdyld-check: decode_operand(load32, 2) = variable[11:2]
load32:	ldr	w2, [x1, :lo12:variable]
# rtdyld-check: decode_operand(load64, 2) = variable[11:3]
load64:	ldr	x2, [x1, :lo12:variable]
# rtdyld-check: decode_operand(load128, 2) = variable[11:4]
load128:	ldr	q2, [x1, :lo12:variable]
# rtdyld-check: decode_operand(gotpage, 1)[20:0] = (section_addr(common.o, .got)[63:12]-gotpage[63:12])[20:0]
gotpage:	adrp	x3, :got:far
# rtdyld-check: decode_operand(gotload, 2) = section_addr(common.o, .got)[11:3]
gotload:	ldr	x3, [x3, :got_lo12:far]
# rtdyld-check: (*{4}near)[23:5] = (word - near)[20:2]
near:	ldr	x4, word
# rtdyld-check: decode_operand(address, 1)[20:0] = (word+1-address)[20:0]
address:	adr	x4, word + 1

	.p2align 3
# rtdyld-check: *{8}word = far
word:	.quad	far

	.data
	.zero	0x120
	.globl	variable
variable:
# rtdyld-check: *{8}variable = start
	.quad	start
# rtdyld-check: *{4}narrow = variable + 4
narrow:	.long	variable + 4
# rtdyld-check: *{4}relative = (start - relative)[31:0]
relative:	.long	start - .
# rtdyld-check: *{8}wide = start+5-wide
wide:	.quad	start + 5 - .
	.section .debug_info, "", @progbits
# rtdyld-check: *{8}section_addr(common.o, .debug_info) = start
	.quad	start
