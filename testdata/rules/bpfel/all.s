# The relocations of BPF. A call is to an instruction, counted from the one behind it.
#
# mcjit rtdyld -triple=bpfel -verify -check=all.s -map-section all.o,.text=0x10000 -map-section all.o,.data=0x71234000 -dummy-extern far=0x123456789abcdef0 \
#   -dummy-extern low=0x7abcdef0 all.o

	.text
	.globl	start, function
start:
# rtdyld-check: *{4}(load + 4) = (far + 8)[31:0]
# rtdyld-check: *{4}(load + 12) = (far + 8)[63:32]
load:	r1 = far + 8 ll
# rtdyld-check: *{4}(ahead + 4) = (function - ahead - 8)[34:3]
ahead:	call	function
	exit
function: exit

	.data
# rtdyld-check: *{8}quad = far + 8
quad:	.quad	far + 8
# rtdyld-check: *{4}long = low
long:	.long	low
# Offsets of variables are for whoever loads programs, and stay.
# rtdyld-check: *{4}stays = 0
stays:	.long	quad
