# A relocation of i386 that binutils do not write: an address of a function, or of its stub.
#
# mcjit rtdyld -triple=i386-linux-gnu -verify -own-stubs -check=more.s -map-section more.o,.data=0x71234000 -dummy-extern far=0x7abcdef0 more.o

	.data
# rtdyld-check: *{4}address = far + 8
address: .long	8
	.reloc	address, R_386_32PLT, far
