# A relocation of 32-bit PowerPC that binutils do not know. Its name is older than what it means: it is relative.
#
# mcjit rtdyld -triple=powerpc-linux-gnu -verify -own-stubs -check=more.s -map-section more.o,.data=0x71234000 -dummy-extern far=0x7654abcc more.o

	.data
# rtdyld-check: (*{4}place)[31:2] = (far - place)[31:2]
# rtdyld-check: (*{4}place)[1:0] = 3
place:	.long 3
	.reloc place, R_PPC_ADDR30, far
