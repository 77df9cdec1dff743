# What LLVM's RuntimeDyld knows of x86-64, with what it makes of it.
#
# mcjit rtdyld -triple=x86_64-linux-gnu -verify -check=common.s -map-section common.o,.text=0x10000 -map-section common.o,.data=0x7ff00000 \
#   -map-section common.o,.far=0x7fff00000000 -map-section helper.o,.text=0x20000 -dummy-extern far=0x123456789abc -dummy-extern low=0x1234 common.o helper.o
# llvm-rtdyld-14: the same

	.text
	.globl	start
start:
	nop

# Branches: inside the object, out of reach, and to another object.
# rtdyld-check: decode_operand(inside, 0) = start - next_pc(inside)
inside:	call	start@PLT
# rtdyld-check: decode_operand(outside, 0) = stub_addr(common.o/.text, far) - next_pc(outside)
outside:	call	far@PLT
# rtdyld-check: decode_operand(again, 0) = stub_addr(common.o/.text, far) - next_pc(again)
again:	jmp	far@PLT
# rtdyld-check: decode_operand(other, 0) = stub_addr(common.o/.text, helper) - next_pc(other)
other:	call	helper@PLT
# rtdyld-check: decode_operand(direct, 0) = helper - next_pc(direct)
direct:	.byte	0xe8
	.long	helper - . - 4

# A stub is a jump to what is in the GOT.
# rtdyld-check: *{2}stub_addr(common.o/.text, far) = 0x25ff
# rtdyld-check: *{2}(stub_addr(common.o/.text, helper)) = 0x25ff

# Data, relative to the instruction. LLVM counts base, scale, index, displacement and segment.
# rtdyld-check: decode_operand(load, 4) = variable - next_pc(load)
load:	movl	variable(%rip), %eax
# rtdyld-check: decode_operand(store, 3) = variable+8-next_pc(store)
store:	movl	$5, variable+8(%rip)
# rtdyld-check: decode_operand(slot, 4) = section_addr(common.o, .got)+16-next_pc(slot)
slot:	movq	variable@GOTPCREL(%rip), %rcx

# Immediate operands and addresses of 32 bits.
# rtdyld-check: decode_operand(zero, 1) = low
zero:	movl	$low, %edx
# rtdyld-check: decode_operand(sign, 1) = variable
sign:	movq	$variable, %rdx
# rtdyld-check: decode_operand(large, 1) = far
large:	movabsq	$far, %rdx

	.data
	.globl	variable
variable:
	.quad	0, 0
# rtdyld-check: *{8}pointer = far
pointer:	.quad	far
# rtdyld-check: *{8}ahead = ahead + 0x100
ahead:	.quad	ahead + 0x100
# rtdyld-check: *{8}back = start - 2
back:	.quad	start - 2
# rtdyld-check: *{4}narrow = helper + 4
narrow:	.long	helper + 4
# rtdyld-check: *{8}distance = distant - distance
distance:	.quad	distant - .
# rtdyld-check: *{4}relative = (helper - relative)[31:0]
relative:	.long	helper - .

	.section .far, "aw", @progbits
	.globl	distant
distant:
# rtdyld-check: *{8}distant = variable
	.quad	variable
# rtdyld-check: section_addr(common.o, .far) = 0x7fff00000000
# rtdyld-check: distant = section_addr(common.o, .far)

# What no program has in memory is linked for address 0.
	.section .debug_info, "", @progbits
	.long	0
# rtdyld-check: *{8}(section_addr(common.o, .debug_info) + 4) = start
	.quad	start
# rtdyld-check: *{4}(section_addr(common.o, .debug_info) + 12) = 4
	.long	.Ltext
	.section .debug_str, "MS", @progbits, 1
	.asciz	"abc"
.Ltext:
	.asciz	"def"
# rtdyld-check: section_addr(common.o, .debug_info) = 0
