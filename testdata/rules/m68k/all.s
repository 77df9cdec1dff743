# The relocations of m68k, which LLVM's RuntimeDyld does not know.
#
# mcjit rtdyld -triple=m68k-linux-gnu -verify -check=all.s -map-section all.o,.text=0x12340 -map-section all.o,.text.near=0x13000 -map-section all.o,.got=0x13010 \
#   -map-section all.o,.got.tls=0x13034 -map-section all.o,.stubs=0x13400 -dummy-extern far=0x7abcdef0 -dummy-extern near=0x12344 -dummy-extern small=0x1234 -dummy-extern tiny=0x7f all.o

	.text
	.globl start
start:	nop

# The GOT has an entry before that of far.
# rtdyld-check: *{4}r1 = (got_addr(all.o/.text, near) - r1)[31:0]
r1:	.long 0x5a5a5a5a
	.reloc r1, R_68K_GOT32, near

# Addresses and distances of any size.
# rtdyld-check: *{4}r2 = (far + 8)[31:0]
r2:	.long 0x5a5a5a5a
	.reloc r2, R_68K_32, far + 8
# rtdyld-check: *{2}r3 = (small)[15:0]
r3:	.short 0x5a5a
	.reloc r3, R_68K_16, small
# rtdyld-check: *{1}r4 = (tiny)[7:0]
r4:	.byte 0x5a, 0
	.reloc r4, R_68K_8, tiny
# rtdyld-check: *{4}r5 = (far - r5)[31:0]
r5:	.long 0x5a5a5a5a
	.reloc r5, R_68K_PC32, far
# rtdyld-check: *{2}r6 = (start - r6)[15:0]
r6:	.short 0x5a5a
	.reloc r6, R_68K_PC16, start
# rtdyld-check: *{1}r7 = (start - r7)[7:0]
r7:	.byte 0x5a, 0
	.reloc r7, R_68K_PC8, start
# rtdyld-check: *{4}r8 = (far - r8)[31:0]
r8:	.long 0x5a5a5a5a
	.reloc r8, R_68K_PLT32, far
# rtdyld-check: *{1}r9 = (start - r9)[7:0]
r9:	.byte 0x5a, 0
	.reloc r9, R_68K_PLT8, start

# What a branch of 16 bits does not reach has a stub: jmp far; nop.
# rtdyld-check: *{2}r10 = (stub_addr(all.o/.text, far) - r10)[15:0]
r10:	.short 0x5a5a
	.reloc r10, R_68K_PC16, far
# rtdyld-check: *{2}r11 = (stub_addr(all.o/.text, far) - r11)[15:0]
r11:	.short 0x5a5a
	.reloc r11, R_68K_PLT16, far
# rtdyld-check: *{2}stub_addr(all.o/.text, far) = 0x4e71
# rtdyld-check: *{2}(stub_addr(all.o/.text, far) + 2) = 0x4ef9
# rtdyld-check: *{4}(stub_addr(all.o/.text, far) + 4) = far

# Entries of the GOT, from the place and from the start of the GOT.
# rtdyld-check: *{4}r12 = (got_addr(all.o/.text, far) - r12)[31:0]
r12:	.long 0x5a5a5a5a
	.reloc r12, R_68K_GOT32, far
# rtdyld-check: *{2}r13 = (got_addr(all.o/.text, far) - r13)[15:0]
r13:	.short 0x5a5a
	.reloc r13, R_68K_GOT16, far
# rtdyld-check: *{4}got_addr(all.o/.text, far) = far
# rtdyld-check: *{4}r14 = (got_addr(all.o/.text, far) - section_addr(all.o, .got))[31:0]
r14:	.long 0x5a5a5a5a
	.reloc r14, R_68K_GOT32O, far
# rtdyld-check: *{2}r15 = (got_addr(all.o/.text, far) - section_addr(all.o, .got))[15:0]
r15:	.short 0x5a5a
	.reloc r15, R_68K_GOT16O, far
# rtdyld-check: *{1}r16 = (got_addr(all.o/.text, far) - section_addr(all.o, .got))[7:0]
r16:	.byte 0x5a, 0
	.reloc r16, R_68K_GOT8O, far

# Thread-local variables. Of the second one the offset is 20 from the thread pointer, and 4, from which 0x8000 is taken away, within the module.
# rtdyld-check: *{4}r17 = (section_addr(all.o, .got.tls) + 0 - section_addr(all.o, .got))[31:0]
r17:	.long 0x5a5a5a5a
	.reloc r17, R_68K_TLS_GD32, mine
# rtdyld-check: *{2}r18 = (section_addr(all.o, .got.tls) + 0 - section_addr(all.o, .got))[15:0]
r18:	.short 0x5a5a
	.reloc r18, R_68K_TLS_GD16, mine
# rtdyld-check: *{1}r19 = (section_addr(all.o, .got.tls) + 0 - section_addr(all.o, .got))[7:0]
r19:	.byte 0x5a, 0
	.reloc r19, R_68K_TLS_GD8, mine
# rtdyld-check: *{4}r20 = (section_addr(all.o, .got.tls) + 8 - section_addr(all.o, .got))[31:0]
r20:	.long 0x5a5a5a5a
	.reloc r20, R_68K_TLS_LDM32, mine
# rtdyld-check: *{2}r21 = (section_addr(all.o, .got.tls) + 8 - section_addr(all.o, .got))[15:0]
r21:	.short 0x5a5a
	.reloc r21, R_68K_TLS_LDM16, mine
# rtdyld-check: *{1}r22 = (section_addr(all.o, .got.tls) + 8 - section_addr(all.o, .got))[7:0]
r22:	.byte 0x5a, 0
	.reloc r22, R_68K_TLS_LDM8, mine
# rtdyld-check: *{4}r23 = (section_addr(all.o, .got.tls) + 16 - section_addr(all.o, .got))[31:0]
r23:	.long 0x5a5a5a5a
	.reloc r23, R_68K_TLS_IE32, mine
# rtdyld-check: *{2}r24 = (section_addr(all.o, .got.tls) + 16 - section_addr(all.o, .got))[15:0]
r24:	.short 0x5a5a
	.reloc r24, R_68K_TLS_IE16, mine
# rtdyld-check: *{1}r25 = (section_addr(all.o, .got.tls) + 16 - section_addr(all.o, .got))[7:0]
r25:	.byte 0x5a, 0
	.reloc r25, R_68K_TLS_IE8, mine
# rtdyld-check: *{4}section_addr(all.o, .got.tls) = 1
# rtdyld-check: *{4}(section_addr(all.o, .got.tls) + 4) = 0xffff8004
# rtdyld-check: *{4}(section_addr(all.o, .got.tls) + 8) = 1
# rtdyld-check: *{4}(section_addr(all.o, .got.tls) + 12) = 0
# rtdyld-check: *{4}(section_addr(all.o, .got.tls) + 16) = 20
# rtdyld-check: *{4}r26 = (0 - 0x7ffc)[31:0]
r26:	.long 0x5a5a5a5a
	.reloc r26, R_68K_TLS_LDO32, mine
# rtdyld-check: *{4}r27 = (20)[31:0]
r27:	.long 0x5a5a5a5a
	.reloc r27, R_68K_TLS_LE32, mine
# rtdyld-check: *{2}r28 = (0 - 0x7ffc)[15:0]
r28:	.short 0x5a5a
	.reloc r28, R_68K_TLS_LDO16, mine
# rtdyld-check: *{2}r29 = (20)[15:0]
r29:	.short 0x5a5a
	.reloc r29, R_68K_TLS_LE16, mine
# rtdyld-check: *{1}r30 = (4)[7:0]
r30:	.byte 0x5a, 0
	.reloc r30, R_68K_TLS_LDO8, late
# rtdyld-check: *{1}r31 = (20)[7:0]
r31:	.byte 0x5a, 0
	.reloc r31, R_68K_TLS_LE8, mine

# Marks, which change nothing.
# rtdyld-check: *{2}nothing = 0x4e71
nothing: nop
	nop
	nop
	.reloc nothing, R_68K_NONE, far
	.reloc nothing, R_68K_GNU_VTINHERIT, far
	.reloc nothing, R_68K_GNU_VTENTRY, far

# Right before the GOT.
	.section .text.near, "ax"
# rtdyld-check: *{1}r32 = (got_addr(all.o/.text.near, far) - r32)[7:0]
r32:	.byte 0x5a, 0
	.reloc r32, R_68K_GOT8, far

	.section .tbss, "awT", @nobits
	.p2align 2
	.long 0
	.type mine, @object
mine:	.long 0
	.zero 0x7ffc
	.type late, @object
late:	.long 0
