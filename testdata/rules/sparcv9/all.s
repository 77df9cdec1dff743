# The relocations of SPARC V9. The assembler is told what they are, since it chooses others for position-independent code.
#
# mcjit rtdyld -triple=sparcv9-linux-gnu -verify -check=all.s -map-section all.o,.text=0x10000 -map-section all.o,.data=0x20000 -map-section all.o,.got=0x30000 \
#   -map-section all.o,.got.tls=0x34400 -dummy-extern far=0x123456789abcdef0 -dummy-extern low=0x7abcdef0 -dummy-extern middle=0x7123456789a -dummy-extern high34=0x312345678 \
#   -dummy-extern negative=0xffffffff12345678 -dummy-extern imm22=0x312345 -dummy-extern imm10=0x2a5 -dummy-extern imm9=0x1a5 -dummy-extern imm5=0x15 all.o

	.register %g2, #scratch
	.register %g3, application
	.text
	.globl	start
start:	nop
# Branches and calls: distances in words. What is out of reach has a stub.
# rtdyld-check: (*{4}w1)[29:0] = (variable - w1)[31:2]
w1:	.reloc ., R_SPARC_WDISP30, variable
	call .
	nop
# rtdyld-check: (*{4}w2)[29:0] = (stub_addr(all.o/.text, far) - w2)[31:2]
w2:	.reloc ., R_SPARC_WDISP30, far
	call .
	nop
# rtdyld-check: (*{4}w3)[29:0] = (stub_addr(all.o/.text, far) - w3)[31:2]
w3:	.reloc ., R_SPARC_WPLT30, far
	call .
	nop
# rtdyld-check: (*{4}w4)[21:0] = (start - w4)[23:2]
w4:	.reloc ., R_SPARC_WDISP22, start
	bne .
# rtdyld-check: (*{4}w5)[18:0] = (start - w5)[20:2]
w5:	.reloc ., R_SPARC_WDISP19, start
	bne,pt %xcc, .
# rtdyld-check: (*{4}w6)[21:20] = (start - w6)[17:16]
# rtdyld-check: (*{4}w6)[13:0] = (start - w6)[15:2]
w6:	.reloc ., R_SPARC_WDISP16, start
	brz,pt %o0, .
# rtdyld-check: (*{4}w7)[20:19] = (start - w7)[11:10]
# rtdyld-check: (*{4}w7)[12:5] = (start - w7)[9:2]
w7:	.reloc ., R_SPARC_WDISP10, start
	cwbe %o1, %o2, .
# The stub: sethi, sethi, or, sllx, or, jmp, nop, nop.
# rtdyld-check: *{4}(stub_addr(all.o/.text, far) + 0) = 0x03000000 + far[63:42]
# rtdyld-check: *{4}(stub_addr(all.o/.text, far) + 4) = 0x0b000000 + far[31:10]
# rtdyld-check: *{4}(stub_addr(all.o/.text, far) + 8) = 0x82106000 + far[41:32]
# rtdyld-check: *{4}(stub_addr(all.o/.text, far) + 12) = 0x83287020
# rtdyld-check: *{4}(stub_addr(all.o/.text, far) + 16) = 0x82104005
# rtdyld-check: *{4}(stub_addr(all.o/.text, far) + 20) = 0x81c06000 + far[9:0]
# rtdyld-check: *{4}(stub_addr(all.o/.text, far) + 24) = 0x01000000
# rtdyld-check: *{4}(stub_addr(all.o/.text, far) + 28) = 0x01000000

# Pieces of addresses.
# rtdyld-check: (*{4}w8)[21:0] = low[31:10]
w8:	.reloc ., R_SPARC_HI22, low
	sethi 0xa, %g1
# rtdyld-check: (*{4}w9)[9:0] = low[9:0]
w9:	.reloc ., R_SPARC_LO10, low
	or %g1, 0xa, %g1
# rtdyld-check: (*{4}w10)[21:0] = far[63:42]
w10:	.reloc ., R_SPARC_HH22, far
	sethi 0xa, %g1
# rtdyld-check: (*{4}w11)[9:0] = far[41:32]
w11:	.reloc ., R_SPARC_HM10, far
	or %g1, 0xa, %g1
# rtdyld-check: (*{4}w12)[21:0] = far[31:10]
w12:	.reloc ., R_SPARC_LM22, far
	sethi 0xa, %g1
# rtdyld-check: (*{4}w13)[21:0] = middle[43:22]
w13:	.reloc ., R_SPARC_H44, middle
	sethi 0xa, %g1
# rtdyld-check: (*{4}w14)[9:0] = middle[21:12]
w14:	.reloc ., R_SPARC_M44, middle
	or %g1, 0xa, %g1
# rtdyld-check: (*{4}w15)[11:0] = middle[11:0]
w15:	.reloc ., R_SPARC_L44, middle
	or %g1, 0xa, %g1
# rtdyld-check: (*{4}w16)[21:0] = high34[33:12]
w16:	.reloc ., R_SPARC_H34, high34
	sethi 0xa, %g1
# rtdyld-check: (*{4}w17)[21:0] = (0 - 1 - negative)[31:10]
w17:	.reloc ., R_SPARC_HIX22, negative
	sethi 0xa, %g1
# rtdyld-check: (*{4}w18)[12:0] = negative[9:0] + 0x1c00
w18:	.reloc ., R_SPARC_LOX10, negative
	xor %g1, 0xa, %g1
# rtdyld-check: (*{4}w19)[21:0] = (variable - w19)[31:10]
w19:	.reloc ., R_SPARC_PC22, variable
	sethi 0xa, %l7
# rtdyld-check: (*{4}w20)[9:0] = (variable - w20)[9:0]
w20:	.reloc ., R_SPARC_PC10, variable
	or %l7, 0xa, %l7
# rtdyld-check: (*{4}w21)[21:0] = (far - w21)[63:42]
w21:	.reloc ., R_SPARC_PC_HH22, far
	sethi 0xa, %g1
# rtdyld-check: (*{4}w22)[9:0] = (far - w22)[41:32]
w22:	.reloc ., R_SPARC_PC_HM10, far
	or %g1, 0xa, %g1
# rtdyld-check: (*{4}w23)[21:0] = (far - w23)[31:10]
w23:	.reloc ., R_SPARC_PC_LM22, far
	sethi 0xa, %g1
# rtdyld-check: (*{4}w28)[21:0] = imm22
w28:	.reloc ., R_SPARC_22, imm22
	sethi 0xa, %g1
# rtdyld-check: (*{4}w29)[12:0] = imm10
w29:	.reloc ., R_SPARC_13, imm10
	mov 0, %g1
# rtdyld-check: (*{4}w30)[10:0] = imm10
w30:	.reloc ., R_SPARC_11, imm10
	movge %xcc, 0, %g1
# rtdyld-check: (*{4}w31)[9:0] = imm9
w31:	.reloc ., R_SPARC_10, imm9
	movrz %g1, 0, %g1
# rtdyld-check: (*{4}w32)[6:0] = imm5
w32:	.reloc ., R_SPARC_7, imm5
	ta 0
# rtdyld-check: (*{4}w33)[5:0] = imm5
w33:	.reloc ., R_SPARC_6, imm5
	sllx %g1, 0, %g1
# rtdyld-check: (*{4}w34)[4:0] = imm5
w34:	.reloc ., R_SPARC_5, imm5
	sll %g1, 0, %g1
# The second addend is behind the masked sum.
# rtdyld-check: (*{4}w35)[12:0] = low[9:0] + 0x345
w35:	or %g1, %lo(low) + 0x345, %g1

# The GOT, and what is relative to it.
# rtdyld-check: (*{4}w36)[21:0] = (got_addr(all.o/.text, far) - section_addr(all.o, .got))[31:10]
w36:	.reloc ., R_SPARC_GOT22, far
	sethi 0xa, %g1
# rtdyld-check: (*{4}w37)[9:0] = (got_addr(all.o/.text, far) - section_addr(all.o, .got))[9:0]
w37:	.reloc ., R_SPARC_GOT10, far
	or %g1, 0xa, %g1
# rtdyld-check: (*{4}w38)[12:0] = (got_addr(all.o/.text, far) - section_addr(all.o, .got))[12:0]
w38:	.reloc ., R_SPARC_GOT13, far
	ldx [%l7+0xa], %g1
# rtdyld-check: (*{4}w39)[21:0] = (got_addr(all.o/.text, far) - section_addr(all.o, .got))[31:10]
w39:	.reloc ., R_SPARC_GOTDATA_OP_HIX22, far
	sethi 0xa, %g1
# rtdyld-check: (*{4}w40)[12:0] = (got_addr(all.o/.text, far) - section_addr(all.o, .got))[9:0]
w40:	.reloc ., R_SPARC_GOTDATA_OP_LOX10, far
	xor %g1, 0xa, %g1
# rtdyld-check: (*{4}w41) = 0xc25dc001
w41:	.reloc ., R_SPARC_GOTDATA_OP, far
	ldx [%l7+%g1], %g1
# rtdyld-check: (*{4}w42)[21:0] = (section_addr(all.o, .got) - 1 - variable)[31:10]
w42:	.reloc ., R_SPARC_GOTDATA_HIX22, variable
	sethi 0xa, %g1
# rtdyld-check: (*{4}w43)[12:0] = (variable - section_addr(all.o, .got))[9:0] + 0x1c00
w43:	.reloc ., R_SPARC_GOTDATA_LOX10, variable
	xor %g1, 0xa, %g1
# rtdyld-check: *{8}got_addr(all.o/.text, far) = far

# Thread-local variables: blocks end at %g7. The call names the variable.
# rtdyld-check: (*{4}w44)[21:0] = (section_addr(all.o, .got.tls) + 0 - section_addr(all.o, .got))[31:10]
w44:	.reloc ., R_SPARC_TLS_GD_HI22, second
	sethi 0xa, %g1
# rtdyld-check: (*{4}w45)[9:0] = (section_addr(all.o, .got.tls) + 0 - section_addr(all.o, .got))[9:0]
w45:	.reloc ., R_SPARC_TLS_GD_LO10, second
	add %g1, 0xa, %g1
# rtdyld-check: (*{4}w46) = 0x9005c001
w46:	.reloc ., R_SPARC_TLS_GD_ADD, second
	add %l7, %g1, %o0
# rtdyld-check: (*{4}w47)[29:0] = (__tls_get_addr - w47)[31:2]
w47:	.reloc ., R_SPARC_TLS_GD_CALL, second
	call .
	nop
# rtdyld-check: (*{4}w48)[21:0] = (section_addr(all.o, .got.tls) + 16 - section_addr(all.o, .got))[31:10]
w48:	.reloc ., R_SPARC_TLS_LDM_HI22, second
	sethi 0xa, %g1
# rtdyld-check: (*{4}w49)[9:0] = (section_addr(all.o, .got.tls) + 16 - section_addr(all.o, .got))[9:0]
w49:	.reloc ., R_SPARC_TLS_LDM_LO10, second
	add %g1, 0xa, %g1
# rtdyld-check: (*{4}w50) = 0x9005c001
w50:	.reloc ., R_SPARC_TLS_LDM_ADD, second
	add %l7, %g1, %o0
# rtdyld-check: (*{4}w51)[29:0] = (__tls_get_addr - w51)[31:2]
w51:	.reloc ., R_SPARC_TLS_LDM_CALL, second
	call .
	nop
# rtdyld-check: (*{4}w52)[21:0] = 0
w52:	.reloc ., R_SPARC_TLS_LDO_HIX22, second
	sethi 0xa, %g1
# rtdyld-check: (*{4}w53)[9:0] = 8
w53:	.reloc ., R_SPARC_TLS_LDO_LOX10, second
	xor %g1, 0xa, %g1
# rtdyld-check: (*{4}w54) = 0x90020001
w54:	.reloc ., R_SPARC_TLS_LDO_ADD, second
	add %o0, %g1, %o0
# rtdyld-check: (*{4}w55)[21:0] = (section_addr(all.o, .got.tls) + 32 - section_addr(all.o, .got))[31:10]
w55:	.reloc ., R_SPARC_TLS_IE_HI22, second
	sethi 0xa, %g1
# rtdyld-check: (*{4}w56)[9:0] = (section_addr(all.o, .got.tls) + 32 - section_addr(all.o, .got))[9:0]
w56:	.reloc ., R_SPARC_TLS_IE_LO10, second
	add %g1, 0xa, %g1
# rtdyld-check: (*{4}w57) = 0xc205c001
w57:	.reloc ., R_SPARC_TLS_IE_LD, second
	ld [%l7+%g1], %g1
# rtdyld-check: (*{4}w58) = 0xc25dc001
w58:	.reloc ., R_SPARC_TLS_IE_LDX, second
	ldx [%l7+%g1], %g1
# rtdyld-check: (*{4}w59) = 0x9001c001
w59:	.reloc ., R_SPARC_TLS_IE_ADD, second
	add %g7, %g1, %o0
# rtdyld-check: (*{4}w60)[21:0] = 0
w60:	.reloc ., R_SPARC_TLS_LE_HIX22, second
	sethi 0xa, %g1
# rtdyld-check: (*{4}w61)[12:0] = 0x1ff8
w61:	.reloc ., R_SPARC_TLS_LE_LOX10, second
	xor %g1, 0xa, %g1
# rtdyld-check: *{8}(section_addr(all.o, .got.tls) + 0) = 1
# rtdyld-check: *{8}(section_addr(all.o, .got.tls) + 8) = 8
# rtdyld-check: *{8}(section_addr(all.o, .got.tls) + 16) = 1
# rtdyld-check: *{8}(section_addr(all.o, .got.tls) + 24) = 0
# rtdyld-check: *{8}(section_addr(all.o, .got.tls) + 32) = 0xfffffffffffffff8
	.globl	__tls_get_addr
__tls_get_addr:
	retl
	nop

	.section .tdata, "awT", @progbits
	.p2align 3
	.type	first, @object
first:	.xword	1
	.type	second, @object
second:	.xword	2

# Data, aligned or not. What is there before is lost.
	.data
	.globl	variable
	.type	variable, @object
	.size	variable, 24
variable:
# rtdyld-check: *{8}d62 = far
d62:	.reloc ., R_SPARC_64, far
	.fill 8, 1, 0x55
# rtdyld-check: *{4}d63 = low
d63:	.reloc ., R_SPARC_32, low
	.fill 4, 1, 0x55
# rtdyld-check: *{2}d64 = imm10
d64:	.reloc ., R_SPARC_16, imm10
	.fill 2, 1, 0x55
# rtdyld-check: *{1}d65 = imm5
d65:	.reloc ., R_SPARC_8, imm5
	.fill 1, 1, 0x55
# rtdyld-check: *{8}d66 = far + 1
d66:	.reloc ., R_SPARC_UA64, far + 1
	.fill 8, 1, 0x55
# rtdyld-check: *{4}d67 = low
d67:	.reloc ., R_SPARC_UA32, low
	.fill 4, 1, 0x55
# rtdyld-check: *{2}d68 = imm10
d68:	.reloc ., R_SPARC_UA16, imm10
	.fill 2, 1, 0x55
# rtdyld-check: *{8}d69 = far - d69
d69:	.reloc ., R_SPARC_DISP64, far
	.fill 8, 1, 0x55
# rtdyld-check: *{8}d70 = far
d70:	.reloc ., R_SPARC_PLT64, far
	.fill 8, 1, 0x55
# rtdyld-check: *{4}d71 = stub_addr(all.o/.data, low)
d71:	.reloc ., R_SPARC_PLT32, low
	.fill 4, 1, 0x55
# rtdyld-check: *{8}d72 = 24
d72:	.reloc ., R_SPARC_SIZE64, variable
	.fill 8, 1, 0x55
# rtdyld-check: *{4}d73 = 24
d73:	.reloc ., R_SPARC_SIZE32, variable
	.fill 4, 1, 0x55
# rtdyld-check: *{8}d74 = 8
d74:	.reloc ., R_SPARC_TLS_DTPOFF64, second
	.fill 8, 1, 0x55
# rtdyld-check: *{4}d75 = 8
d75:	.reloc ., R_SPARC_TLS_DTPOFF32, second
	.fill 4, 1, 0x55
# rtdyld-check: *{4}d76 = (close - d76)[31:0]
d76:	.reloc ., R_SPARC_DISP32, close
	.fill 4, 1, 0x55
# rtdyld-check: *{2}d78 = (close - d78)[15:0]
d78:	.reloc ., R_SPARC_DISP16, close
	.fill 2, 1, 0x55
# rtdyld-check: *{1}d79 = (close - d79)[7:0]
d79:	.reloc ., R_SPARC_DISP8, close
	.fill 1, 1, 0x55
close:
# rtdyld-check: *{4}d80 = 0xf0debc7a
d80:	.reloc ., R_SPARC_REV32, low
	.fill 4, 1, 0x55
# rtdyld-check: *{4}d82 = 0x55555555
d82:	.reloc ., R_SPARC_NONE, low
	.fill 4, 1, 0x55
	.vtable_inherit variable, 0
	.vtable_entry variable, 8
