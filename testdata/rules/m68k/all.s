# The relocations of m68k: all are whole words, and what is there before is lost.
#
# mcjit rtdyld -triple=m68k-linux-gnu -verify -check=all.s -map-section all.o,.text=0x10000 -map-section all.o,.stubs=0x10200 -map-section all.o,.got=0x10050 -map-section all.o,.got.tls=0x10060 \
#   -dummy-extern far=0x7abcdef0 -dummy-extern half=0x1234 -dummy-extern tiny=0x7f all.o

	.text
	.globl	start
start:	nop
# rtdyld-check: *{4}w1 = far
w1:	.reloc ., R_68K_32, far
	.fill 4, 1, 0x55
# rtdyld-check: *{2}w2 = half
w2:	.reloc ., R_68K_16, half
	.fill 2, 1, 0x55
# rtdyld-check: *{1}w3 = tiny
w3:	.reloc ., R_68K_8, tiny
	.fill 1, 1, 0x55
# rtdyld-check: *{4}w4 = (start - w4)[31:0]
w4:	.reloc ., R_68K_PC32, start
	.fill 4, 1, 0x55
# rtdyld-check: *{2}w5 = (start - w5)[15:0]
w5:	.reloc ., R_68K_PC16, start
	.fill 2, 1, 0x55
# rtdyld-check: *{1}w6 = (start - w6)[7:0]
w6:	.reloc ., R_68K_PC8, start
	.fill 1, 1, 0x55
# rtdyld-check: *{4}w7 = (far - w7)[31:0]
w7:	.reloc ., R_68K_PLT32, far
	.fill 4, 1, 0x55
# rtdyld-check: *{2}w8 = (stub_addr(all.o/.text, far) - w8)[15:0]
w8:	.reloc ., R_68K_PLT16, far
	.fill 2, 1, 0x55
# rtdyld-check: *{1}w9 = (close - w9)[7:0]
w9:	.reloc ., R_68K_PLT8, close
	.fill 1, 1, 0x55
close:	.byte 0
# The stub: jmp.
# rtdyld-check: *{2}stub_addr(all.o/.text, far) = 0x4ef9
# rtdyld-check: *{4}(stub_addr(all.o/.text, far) + 2) = far

# The GOT: distances of entries, and of itself; offsets.
# rtdyld-check: *{4}w10 = (got_addr(all.o/.text, far) - w10)[31:0]
w10:	.reloc ., R_68K_GOT32, far
	.fill 4, 1, 0x55
# rtdyld-check: *{2}w11 = (got_addr(all.o/.text, far) - w11)[15:0]
w11:	.reloc ., R_68K_GOT16, far
	.fill 2, 1, 0x55
# rtdyld-check: *{1}w12 = (got_addr(all.o/.text, far) - w12)[7:0]
w12:	.reloc ., R_68K_GOT8, far
	.fill 1, 1, 0x55
# rtdyld-check: *{4}w13 = (section_addr(all.o, .got) + 2 - w13)[31:0]
w13:	.reloc ., R_68K_GOT32, _GLOBAL_OFFSET_TABLE_ + 2
	.fill 4, 1, 0x55
# rtdyld-check: *{4}w14 = got_addr(all.o/.text, far) - section_addr(all.o, .got)
w14:	.reloc ., R_68K_GOT32O, far
	.fill 4, 1, 0x55
# rtdyld-check: *{2}w15 = got_addr(all.o/.text, far) - section_addr(all.o, .got)
w15:	.reloc ., R_68K_GOT16O, far
	.fill 2, 1, 0x55
# rtdyld-check: *{1}w16 = got_addr(all.o/.text, far) - section_addr(all.o, .got)
w16:	.reloc ., R_68K_GOT8O, far
	.fill 1, 1, 0x55
# rtdyld-check: *{4}got_addr(all.o/.text, far) = far

# Thread-local variables. Offsets in a block begin at 0x8000 behind its start.
# rtdyld-check: *{4}w17 = section_addr(all.o, .got.tls) + 0 - section_addr(all.o, .got)
w17:	.reloc ., R_68K_TLS_GD32, second
	.fill 4, 1, 0x55
# rtdyld-check: *{2}w18 = section_addr(all.o, .got.tls) + 0 - section_addr(all.o, .got)
w18:	.reloc ., R_68K_TLS_GD16, second
	.fill 2, 1, 0x55
# rtdyld-check: *{1}w19 = section_addr(all.o, .got.tls) + 0 - section_addr(all.o, .got)
w19:	.reloc ., R_68K_TLS_GD8, second
	.fill 1, 1, 0x55
# rtdyld-check: *{4}w20 = section_addr(all.o, .got.tls) + 8 - section_addr(all.o, .got)
w20:	.reloc ., R_68K_TLS_LDM32, second
	.fill 4, 1, 0x55
# rtdyld-check: *{2}w21 = section_addr(all.o, .got.tls) + 8 - section_addr(all.o, .got)
w21:	.reloc ., R_68K_TLS_LDM16, second
	.fill 2, 1, 0x55
# rtdyld-check: *{1}w22 = section_addr(all.o, .got.tls) + 8 - section_addr(all.o, .got)
w22:	.reloc ., R_68K_TLS_LDM8, second
	.fill 1, 1, 0x55
# rtdyld-check: *{4}w23 = section_addr(all.o, .got.tls) + 16 - section_addr(all.o, .got)
w23:	.reloc ., R_68K_TLS_IE32, second
	.fill 4, 1, 0x55
# rtdyld-check: *{2}w24 = section_addr(all.o, .got.tls) + 16 - section_addr(all.o, .got)
w24:	.reloc ., R_68K_TLS_IE16, second
	.fill 2, 1, 0x55
# rtdyld-check: *{1}w25 = section_addr(all.o, .got.tls) + 16 - section_addr(all.o, .got)
w25:	.reloc ., R_68K_TLS_IE8, second
	.fill 1, 1, 0x55
# rtdyld-check: *{4}w26 = 0xffff8004
w26:	.reloc ., R_68K_TLS_LDO32, second
	.fill 4, 1, 0x55
# rtdyld-check: *{2}w27 = 0x8004
w27:	.reloc ., R_68K_TLS_LDO16, second
	.fill 2, 1, 0x55
# rtdyld-check: *{4}w28 = 20
w28:	.reloc ., R_68K_TLS_LE32, second
	.fill 4, 1, 0x55
# rtdyld-check: *{2}w29 = 20
w29:	.reloc ., R_68K_TLS_LE16, second
	.fill 2, 1, 0x55
# rtdyld-check: *{1}w30 = 20
w30:	.reloc ., R_68K_TLS_LE8, second
	.fill 1, 1, 0x55
# rtdyld-check: *{1}w31 = 4
w31:	.reloc ., R_68K_TLS_LDO8, second + 0x8000
	.fill 1, 1, 0x55
# rtdyld-check: *{4}(section_addr(all.o, .got.tls) + 0) = 1
# rtdyld-check: *{4}(section_addr(all.o, .got.tls) + 4) = 0xffff8004
# rtdyld-check: *{4}(section_addr(all.o, .got.tls) + 8) = 1
# rtdyld-check: *{4}(section_addr(all.o, .got.tls) + 12) = 0
# rtdyld-check: *{4}(section_addr(all.o, .got.tls) + 16) = 20
	.vtable_inherit start, 0
	.vtable_entry start, 8
	.reloc ., R_68K_NONE, start

	.section .tdata, "awT", @progbits
	.p2align 2
	.type	first, @object
first:	.long	1
	.type	second, @object
second:	.long	2
