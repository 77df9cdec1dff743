# microMIPS, O32, little-endian, release 2, with standard code beside it; LLVM's RuntimeDyld knows nothing of it. A word is two halfwords, the first with the opcode. far is microMIPS code, as its lowest bit says.
# $gp is 0x7ff0 bytes into the GOT.
#
# mcjit rtdyld -triple=mipsel-linux-gnu -verify -own-stubs -check=micromips.s -map-section micromips.o,.text=0x10000 -map-section micromips.o,.data=0x48000 -map-section micromips.o,.got=0x30000 \
#   -map-section micromips.o,.got.tls=0x30800 -dummy-extern far=0x51238abd -dummy-extern small=0x37654 -dummy-extern tiny=0x38010 -dummy-extern low=0x7654 micromips.o

	.text
	.set	noreorder
	.set	noat
	.set	micromips
	.globl	start
	.type	start, @function
start:
	nop
	nop

# Jumps: within a region of 128 MiB, out of it, and to standard code, where jal becomes jalx, and j and jals go through a stub.
# rtdyld-check: (*{2}j1)[15:10] = 0x3d
# rtdyld-check: decode_operand(j1, 0) = start & 0x7ffffff
j1:	jal	start
	nop
# rtdyld-check: decode_operand(j2, 0) = stub_addr(micromips.o/.text, far) & 0x7ffffff
j2:	jal	far
	nop
# rtdyld-check: *{2}(stub_addr(micromips.o/.text, far) + 0) = 0x41b9
# rtdyld-check: *{2}(stub_addr(micromips.o/.text, far) + 2) = (stub_addr(micromips.o/.text, far) + 20 + 0x8000)[31:16]
# rtdyld-check: *{2}(stub_addr(micromips.o/.text, far) + 4) = 0xff39
# rtdyld-check: *{2}(stub_addr(micromips.o/.text, far) + 6) = (stub_addr(micromips.o/.text, far) + 20)[15:0]
# rtdyld-check: *{4}(stub_addr(micromips.o/.text, far) + 8) = 0
# rtdyld-check: *{4}(stub_addr(micromips.o/.text, far) + 12) = 0x0f3c0019
# rtdyld-check: *{4}(stub_addr(micromips.o/.text, far) + 16) = 0
# rtdyld-check: *{4}(stub_addr(micromips.o/.text, far) + 20) = far
# rtdyld-check: (*{2}j3)[15:10] = 0x3c
# rtdyld-check: decode_operand(j3, 0) = standard & 0xfffffff
j3:	jal	standard
	nop
# rtdyld-check: (*{2}j4)[15:10] = 0x35
# rtdyld-check: decode_operand(j4, 0) = stub_addr(micromips.o/.text, plain) & 0x7ffffff
# rtdyld-check: *{2}stub_addr(micromips.o/.text, plain) = 0x41b9
# rtdyld-check: *{4}(stub_addr(micromips.o/.text, plain) + 20) = plain
j4:	j	plain
	nop
# rtdyld-check: decode_operand(j5, 0) = stub_addr(micromips.o/.text, plain) & 0x7ffffff
j5:	jals	plain
	nop

# Branches; bal becomes jalx.
# rtdyld-check: *{2}b1 = 0x4060
# rtdyld-check: decode_operand(b1, 1) = start - b1
b1:	bal	start
	nop
# rtdyld-check: (*{2}b2)[15:10] = 0x3c
# rtdyld-check: decode_operand(b2, 0) = standard & 0xfffffff
b2:	bal	standard
	nop
# rtdyld-check: *{2}b3 = 0x9404
# rtdyld-check: decode_operand(b3, 2) = stub_addr(micromips.o/.text, plain) - b3
b3:	beq	$4, $0, plain
	nop
	.type	here, @function
here:	nop
# rtdyld-check: (*{2}b4)[15:10] = 0x33
# rtdyld-check: decode_operand(b4, 0) = here - next_pc(b4)
b4:	b16	here
	nop
# rtdyld-check: (*{2}b5)[15:7] = 0x11c
# rtdyld-check: decode_operand(b5, 1) = here - next_pc(b5)
b5:	beqz16	$4, here
	nop

# Addresses in parts.
# rtdyld-check: decode_operand(h1, 1) = (far + 0x8000)[31:16]
# rtdyld-check: decode_operand(h2, 2)[15:0] = far[15:0]
h1:	lui	$2, %hi(far)
h2:	addiu	$2, $2, %lo(far)
# rtdyld-check: *{2}(h3 + 2) = (start + 1)[15:0]
# rtdyld-check: *{2}(h4 + 2) = (start + 1 + 0x8000)[31:16]
h3:	addiu	$2, $2, %lo(start)
h4:	lui	$2, %hi(start)
	.set	nomicromips

# The two halves of an addend, after one another and the other way round, and what the assembler has no words for: instructions of microMIPS all the same.
# rtdyld-check: *{2}(h5 + 2) = (low + 0x18000 + 0x8000)[31:16]
# rtdyld-check: *{2}(h6 + 2) = (low + 0x18000)[15:0]
h5:	.reloc	., R_MICROMIPS_HI16, low
	.2byte	0x41a2, 2
h6:	.reloc	., R_MICROMIPS_LO16, low
	.2byte	0x3042, 0x8000
# rtdyld-check: *{2}(h7 + 2) = (far + 0x80008000)[47:32]
h7:	.reloc	., R_MICROMIPS_HIGHER, far
	.2byte	0x41a2, 0
# rtdyld-check: *{2}(h8 + 2) = (far + 0x800080008000)[63:48]
h8:	.reloc	., R_MICROMIPS_HIGHEST, far
	.2byte	0x41a2, 0
# rtdyld-check: *{2}(h9 + 2) = (low + 4)[15:0]
h9:	.reloc	., R_MICROMIPS_HI0_LO16, low
	.2byte	0x3042, 4

# $gp: $25 is odd in _gp_disp.
# rtdyld-check: *{2}(g1 + 2) = (section_addr(micromips.o, .got) + 0x7ff0 - g1 - 1 + 0x8000)[31:16]
g1:	.reloc	., R_MICROMIPS_HI16, _gp_disp
	.2byte	0x41bc, 0
# rtdyld-check: *{2}(g2 + 2) = (section_addr(micromips.o, .got) + 0x7ff0 - g2 + 3)[15:0]
g2:	.reloc	., R_MICROMIPS_LO16, _gp_disp
	.2byte	0x339c, 0
# rtdyld-check: *{2}(g3 + 2) = (small - (section_addr(micromips.o, .got) + 0x7ff0))[15:0]
g3:	.reloc	., R_MICROMIPS_GPREL16, small
	.2byte	0xfc5c, 0
# rtdyld-check: *{2}(g4 + 2) = (small - (section_addr(micromips.o, .got) + 0x7ff0))[15:0]
g4:	.reloc	., R_MICROMIPS_LITERAL, small
	.2byte	0xfc5c, 0
# rtdyld-check: *{2}g5 = 0x6580 + ((tiny - (section_addr(micromips.o, .got) + 0x7ff0))[8:2])
g5:	.reloc	., R_MICROMIPS_GPREL7_S2, tiny
	.2byte	0x6580, 0x0c00

# The GOT: its entries have the lowest bit, too.
# rtdyld-check: *{4}got_addr(micromips.o/.text, far) = far
# rtdyld-check: *{2}(t1 + 2) = (got_addr(micromips.o/.text, far) - (section_addr(micromips.o, .got) + 0x7ff0))[15:0]
t1:	.reloc	., R_MICROMIPS_CALL16, far
	.2byte	0xff3c, 0
# rtdyld-check: *{2}(t2 + 2) = (got_addr(micromips.o/.text, far) - (section_addr(micromips.o, .got) + 0x7ff0))[15:0]
t2:	.reloc	., R_MICROMIPS_GOT16, far
	.2byte	0xff3c, 0
# rtdyld-check: *{2}(t3 + 2) = (got_addr(micromips.o/.text, far) - (section_addr(micromips.o, .got) + 0x7ff0))[15:0]
t3:	.reloc	., R_MICROMIPS_GOT_DISP, far
	.2byte	0xff3c, 0
# rtdyld-check: *{2}(t4 + 2) = (got_addr(micromips.o/.text, far) - (section_addr(micromips.o, .got) + 0x7ff0))[15:0]
t4:	.reloc	., R_MICROMIPS_GOT_PAGE, far
	.2byte	0xff3c, 0
# rtdyld-check: *{2}(t5 + 2) = local[15:0]
t5:	.reloc	., R_MICROMIPS_GOT_OFST, local
	.2byte	0x3042, 0
# rtdyld-check: *{2}(t6 + 2) = (got_addr(micromips.o/.text, far) - (section_addr(micromips.o, .got) + 0x7ff0) + 0x8000)[31:16]
t6:	.reloc	., R_MICROMIPS_GOT_HI16, far
	.2byte	0x41b9, 0x1111
# rtdyld-check: *{2}(t7 + 2) = (got_addr(micromips.o/.text, far) - (section_addr(micromips.o, .got) + 0x7ff0))[15:0]
t7:	.reloc	., R_MICROMIPS_GOT_LO16, far
	.2byte	0xff39, 0
# rtdyld-check: *{2}(t8 + 2) = (got_addr(micromips.o/.text, far) - (section_addr(micromips.o, .got) + 0x7ff0) + 0x8000)[31:16]
t8:	.reloc	., R_MICROMIPS_CALL_HI16, far
	.2byte	0x41b9, 0x1111
# rtdyld-check: *{2}(t9 + 2) = (got_addr(micromips.o/.text, far) - (section_addr(micromips.o, .got) + 0x7ff0))[15:0]
t9:	.reloc	., R_MICROMIPS_CALL_LO16, far
	.2byte	0xff39, 0
# rtdyld-check: *{4}((section_addr(micromips.o, .got) + 0x7ff0) + (*{2}(p1 + 2)) - 0x10000) = (local + 0x8000)[31:16] << 16
# rtdyld-check: *{2}(p2 + 2) = local[15:0]
	.set	micromips
p1:	lw	$2, %got(local)($gp)
p2:	addiu	$2, $2, %lo(local)
# rtdyld-check: *{4}hint = 0x0f3c03f9
	.reloc	hint, R_MICROMIPS_JALR, far
	.set	nomicromips
hint:	.2byte	0x03f9, 0x0f3c

# Relative to the place.
	.p2align	2
# rtdyld-check: *{2}c1 = 0x7a00 + ((near - c1)[24:18])
# rtdyld-check: *{2}(c1 + 2) = ((near - c1)[17:2])
c1:	.reloc	., R_MICROMIPS_PC23_S2, near
	.2byte	0x7a00, 0

# Thread-local variables, as in standard code.
# rtdyld-check: *{2}(v1 + 2) = (section_addr(micromips.o, .got.tls) - (section_addr(micromips.o, .got) + 0x7ff0) + 0)[15:0]
v1:	.reloc	., R_MICROMIPS_TLS_GD, second
	.2byte	0x309c, 0
# rtdyld-check: *{2}(v2 + 2) = (section_addr(micromips.o, .got.tls) - (section_addr(micromips.o, .got) + 0x7ff0) + 8)[15:0]
v2:	.reloc	., R_MICROMIPS_TLS_LDM, second
	.2byte	0x309c, 0
# rtdyld-check: *{2}(v3 + 2) = (section_addr(micromips.o, .got.tls) - (section_addr(micromips.o, .got) + 0x7ff0) + 16)[15:0]
v3:	.reloc	., R_MICROMIPS_TLS_GOTTPREL, second
	.2byte	0xfc5c, 0
# rtdyld-check: *{2}(v4 + 2) = 0x1233
# rtdyld-check: *{2}(v5 + 2) = 0x1008
v4:	.reloc	., R_MICROMIPS_TLS_DTPREL_HI16, second
	.2byte	0x41a2, 0x1234
v5:	.reloc	., R_MICROMIPS_TLS_DTPREL_LO16, second
	.2byte	0x3042, 0x9000
# rtdyld-check: *{2}(v6 + 2) = 0x1235
# rtdyld-check: *{2}(v7 + 2) = 0x8010
v6:	.reloc	., R_MICROMIPS_TLS_TPREL_HI16, second
	.2byte	0x41a2, 0x1234
v7:	.reloc	., R_MICROMIPS_TLS_TPREL_LO16, second
	.2byte	0x3042, 0x7ff8

# Standard code, from which jal and bal become jalx as well.
	.p2align	2
	.globl	standard
	.type	standard, @function
standard:
# rtdyld-check: (*{4}standard)[31:26] = 0x1d
# rtdyld-check: (*{4}standard)[25:0] = aligned[27:2]
	jal	aligned
	nop
# rtdyld-check: *{4}s1 = 0x74000000 + aligned[27:2]
s1:	bal	aligned
	nop
# rtdyld-check: *{4}s2 = 0x08000000 + stub_addr(micromips.o/.text, aligned)[27:2]
# rtdyld-check: *{4}stub_addr(micromips.o/.text, aligned) = 0x3c190000 + (stub_addr(micromips.o/.text, aligned) + 20 + 0x8000)[31:16]
# rtdyld-check: *{4}(stub_addr(micromips.o/.text, aligned) + 20) = aligned + 1
s2:	j	aligned
	nop
	.globl	plain
	.type	plain, @function
plain:	nop
	.p2align	2
	.set	micromips
	.globl	aligned
	.type	aligned, @function
aligned:
	nop
	nop
	.set	nomicromips
	.p2align	2
near:	.4byte	0

	.data
# Pointers to microMIPS code are odd.
# rtdyld-check: *{4}d1 = start + 1
d1:	.4byte	start
# rtdyld-check: *{4}d2 = far + 4
d2:	.4byte	far + 4
# rtdyld-check: *{8}d3 = low - 8
d3:	.reloc	., R_MICROMIPS_SUB, low
	.8byte	8
	.p2align	2
local:	.4byte	7

	.section	.tdata, "awT", @progbits
first:	.4byte	1, 2
	.type	second, @object
second:	.4byte	3
