# Small data of 32-bit PowerPC: r13 has _SDA_BASE_ and r2 _SDA2_BASE_, which are 32 KiB behind the beginnings of the areas.
#
# mcjit rtdyld -triple=powerpc-linux-gnu -verify -own-stubs -check=small.s -map-section small.o,.text=0x10000 -map-section small.o,.sdata=0x20004000 -map-section small.o,.sbss=0x20004100 \
#   -map-section small.o,.sdata2=0x20000000 -map-section small.o,.data=0x30000000 -map-section small.o,.PPC.EMB.sdata0=0x3000 -map-section small.o,.got=0x20008040 \
#   -dummy-extern far=0x7654abcc -dummy-extern low=0x1234 small.o

	.text
# The bases themselves.
# rtdyld-check: (*{4}b1)[15:0] = (section_addr(small.o, .sdata) + 0x8000 + 0x8000)[31:16]
b1:	lis 13, _SDA_BASE_@ha
# rtdyld-check: (*{4}b2)[15:0] = (section_addr(small.o, .sdata) + 0x8000)[15:0]
b2:	addi 13, 13, _SDA_BASE_@l
# rtdyld-check: (*{4}b3)[15:0] = (section_addr(small.o, .sdata2) + 0x8000 + 0x8000)[31:16]
b3:	lis 2, _SDA2_BASE_@ha
# rtdyld-check: (*{4}b4)[15:0] = (section_addr(small.o, .sdata2) + 0x8000)[15:0]
b4:	addi 2, 2, _SDA2_BASE_@l

# Displacements; one relocation stores the register that has the base, too.
# rtdyld-check: *{4}r1 = 0x806d0000 | (word - section_addr(small.o, .sdata) - 0x8000)[15:0]
r1:	lwz 3, word@sdarel(13)
# rtdyld-check: *{4}r2 = 0x80620000 | (constant - section_addr(small.o, .sdata2) - 0x8000)[15:0]
r2:	lwz 3, constant@sda2rel(2)
# rtdyld-check: *{4}r3 = 0x80ed0000 | (word - section_addr(small.o, .sdata) - 0x8000)[15:0]
r3:	lwz 7, word@sda21(0)
# rtdyld-check: *{4}r4 = 0x90ed0000 | (zeroes + 4 - section_addr(small.o, .sdata) - 0x8000)[15:0]
r4:	stw 7, zeroes+4@sda21(0)
# rtdyld-check: *{4}r5 = 0x38e20000 | (constant - section_addr(small.o, .sdata2) - 0x8000)[15:0]
r5:	la 7, constant@sda21(0)
# rtdyld-check: *{4}r6 = 0x80600000 | (tiny)[15:0]
r6:	lwz 3, tiny@sda21(0)
# rtdyld-check: *{4}r7 = 0x80601234
r7:	lwz 3, low@sda21(0)

# Entries of the GOT, which are pointers in small data elsewhere.
# rtdyld-check: *{4}r8 = 0x806d0000 | (got_addr(small.o/.text, far) - section_addr(small.o, .sdata) - 0x8000)[15:0]
r8:	lwz 3, far@sdai16(13)
# rtdyld-check: *{4}r9 = 0x80620000 | (got_addr(small.o/.text, far) - section_addr(small.o, .sdata2) - 0x8000)[15:0]
r9:	lwz 3, far@sda2i16(2)
# rtdyld-check: *{4}got_addr(small.o/.text, far) = far

# What is undefined and weak is at address 0, whatever has the base.
# rtdyld-check: *{4}r10 = 0x38600000
r10:	addi 3, 13, nowhere@sdarel
	.weak nowhere

# The opposite of addresses.
# rtdyld-check: (*{4}r11)[15:0] = (0 - far)[15:0]
r11:	addi 3, 3, far@naddr@l
# rtdyld-check: (*{4}r12)[15:0] = (0 - far)[31:16]
r12:	lis 3, far@naddr@h
# rtdyld-check: (*{4}r13)[15:0] = (0 - far + 0x8000)[31:16]
r13:	lis 3, far@naddr@ha
# rtdyld-check: (*{4}r14)[15:0] = (0 - low)[15:0]
r14:	addi 3, 3, 0
	.reloc r14 + 2, R_PPC_EMB_NADDR16, low

	.data
# rtdyld-check: *{4}r15 = (0 - far)[31:0]
r15:	.long 0
	.reloc r15, R_PPC_EMB_NADDR32, far

	.section .sdata, "aw"
	.long 1
word:	.long 2
	.section .sbss, "aw", @nobits
zeroes:	.space 8
	.section .sdata2, "a"
constant: .long 3
	.section .PPC.EMB.sdata0, "a"
	.long 4
tiny:	.long 5
