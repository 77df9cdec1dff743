# A relocation of older objects for AArch64, which does nothing.
#
# mcjit rtdyld -triple=aarch64-linux-gnu -verify -own-stubs -check=older.s -map-section older.o,.text=0x10000 -dummy-extern far=0x123456789abc older.o

	.text
# rtdyld-check: *{4}nothing = 0xd503201f
nothing: nop
	.reloc	nothing, R_AARCH64_NULL, far
