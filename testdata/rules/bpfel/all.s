# The relocations of BPF. A call counts instructions from the next one; an address is in two instructions.
#
# mcjit rtdyld -triple=bpfel -verify -check=all.s -map-section all.o,.text=0x10000 -map-section all.o,.data=0x20000 \
#   -dummy-extern far=0x123456789abcdef0 -dummy-extern near=0x40000000 -dummy-extern low=0xfabcdef0 all.o

	.text
	.globl	start
start:	r0 = r1
# rtdyld-check: *{4}(forward + 4) = (near - forward - 8)[34:3]
forward: call near
# rtdyld-check: *{4}(back + 4) = (start - back - 8)[34:3]
back:	call start
# rtdyld-check: *{4}(load + 4) = far[31:0]
# rtdyld-check: *{4}(load + 12) = far[63:32]
# rtdyld-check: *{4}load = 0x118
load:	r1 = far ll
# rtdyld-check: *{4}(inside + 4) = variable
inside:	r1 = variable ll
	exit

	.data
	.globl	variable
# rtdyld-check: *{8}variable = far
variable: .quad	far
# rtdyld-check: *{4}word = low
word:	.long	low
