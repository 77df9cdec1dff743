# The relocations of BPF that binutils before 2.41 has and LLVM has not: gcc's pointers and debug information.
#
# mcjit rtdyld -triple=bpfel -verify -check=gnu.s -map-section gnu.o,.text=0x10000 -map-section gnu.o,.data=0x71234000 -dummy-extern far=0x123456789abcdef0 \
#   -dummy-extern low=0x7abcdef0 -dummy-extern medium=0x1234 -dummy-extern tiny=0x56 gnu.o

	.text
	.globl start
start:
# rtdyld-check: *{4}(load + 4) = (far + 8)[31:0]
# rtdyld-check: *{4}(load + 12) = (far + 8)[63:32]
load:	lddw %r1, far+8
# rtdyld-check: *{4}(ahead + 4) = (function - ahead - 8)[34:3]
ahead:	call function
	exit
	.globl function
function: exit

	.data
# rtdyld-check: *{8}quad = far + 8
quad:	.quad	far+8
# rtdyld-check: *{4}long = low + 4
long:	.long	low+4
# rtdyld-check: *{2}short = medium
short:	.short	medium
# rtdyld-check: *{1}byte = tiny + 1
byte:	.byte	tiny+1
