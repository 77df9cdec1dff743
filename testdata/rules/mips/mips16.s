# MIPS16, O32, big-endian, with standard code beside it; LLVM's RuntimeDyld knows nothing of it. The immediate of an extended instruction has bits 10 to 5 and 15 to 11 in the prefix, and 4 to 0 at its end; jal
# has its bits 20 to 16 before 25 to 21. far is MIPS16 code, as its lowest bit says, plain standard code. $gp is 0x7ff0 bytes into the GOT.
#
# mcjit rtdyld -triple=mips-linux-gnu -verify -own-stubs -check=mips16.s -map-section mips16.o,.text=0x10000 -map-section mips16.o,.data=0x48000 -map-section mips16.o,.got=0x30000 \
#   -map-section mips16.o,.got.tls=0x30800 -map-section mips16.o,.mips16.fn.halve=0x50000 -map-section mips16.o,.mips16.call.fp.root=0x60000 \
#   -dummy-extern far=0x51238abd -dummy-extern plain=0x18000 -dummy-extern small=0x37654 -dummy-extern low=0x7654 -dummy-extern root=0x20000 mips16.o

	.text
	.set	noreorder
	.set	noat
	.p2align	2
	.set	mips16
	.globl	start
	.type	start, @function
start:
	nop
	nop

# Calls: of MIPS16 code in the region, of what is far, by a stub in standard code, and of standard code.
# rtdyld-check: (*{2}j1)[15:10] = 6
# rtdyld-check: decode_operand(j1, 0) = start & 0xfffffff
j1:	jal	start
	nop
# rtdyld-check: (*{2}j2)[15:10] = 7
# rtdyld-check: decode_operand(j2, 0) = stub_addr(mips16.o/.text, far) & 0xfffffff
# rtdyld-check: *{4}stub_addr(mips16.o/.text, far) = 0x3c190000 + (stub_addr(mips16.o/.text, far) + 20 + 0x8000)[31:16]
# rtdyld-check: *{4}(stub_addr(mips16.o/.text, far) + 20) = far
j2:	jal	far
	nop
# rtdyld-check: (*{2}j3)[15:10] = 7
# rtdyld-check: decode_operand(j3, 0) = stub_addr(mips16.o/.text, plain) & 0xfffffff
j3:	jal	plain
	nop
# Functions with numbers in floating-point registers are called in MIPS16 code as they are, and through their stubs from elsewhere; what is elsewhere through the stub of the call.
# rtdyld-check: (*{2}j4)[15:10] = 6
# rtdyld-check: decode_operand(j4, 0) = halve_here & 0xfffffff
j4:	jal	halve
	nop
# rtdyld-check: (*{2}j5)[15:10] = 7
# rtdyld-check: decode_operand(j5, 0) = section_addr(mips16.o, .mips16.call.fp.root) & 0xfffffff
j5:	jal	root
	nop
	.p2align	2
	.globl	halve
	.type	halve, @function
halve:
halve_here:
	nop
	.set	nomips16
	.p2align	2

# What the assembler has no words for: instructions of MIPS16 all the same.
# rtdyld-check: (((*{2}h1)[4:0] << 11) + ((*{2}h1)[10:5] << 5) + (*{2}(h1 + 2))[4:0]) = (far + 0x8000)[31:16]
h1:	.reloc	., R_MIPS16_HI16, far
	.2byte	0xf000, 0x6a00
# rtdyld-check: (((*{2}h2)[4:0] << 11) + ((*{2}h2)[10:5] << 5) + (*{2}(h2 + 2))[4:0]) = far[15:0]
h2:	.reloc	., R_MIPS16_LO16, far
	.2byte	0xf000, 0x4a00
# rtdyld-check: (((*{2}h3)[4:0] << 11) + ((*{2}h3)[10:5] << 5) + (*{2}(h3 + 2))[4:0]) = (low + 0x18000 + 0x8000)[31:16]
h3:	.reloc	., R_MIPS16_HI16, low
	.2byte	0xf000, 0x6a02
# rtdyld-check: (((*{2}h4)[4:0] << 11) + ((*{2}h4)[10:5] << 5) + (*{2}(h4 + 2))[4:0]) = (low + 0x18000)[15:0]
h4:	.reloc	., R_MIPS16_LO16, low
	.2byte	0xf010, 0x4a00
# rtdyld-check: (((*{2}g1)[4:0] << 11) + ((*{2}g1)[10:5] << 5) + (*{2}(g1 + 2))[4:0]) = ((section_addr(mips16.o, .got) + 0x7ff0) - ((g1 + 4) & 0xfffffffc) + 0x8000)[31:16]
g1:	.reloc	., R_MIPS16_HI16, _gp_disp
	.2byte	0xf000, 0x6a00
# rtdyld-check: (((*{2}g2)[4:0] << 11) + ((*{2}g2)[10:5] << 5) + (*{2}(g2 + 2))[4:0]) = ((section_addr(mips16.o, .got) + 0x7ff0) - (g2 & 0xfffffffc))[15:0]
g2:	.reloc	., R_MIPS16_LO16, _gp_disp
	.2byte	0xf000, 0x0b00
# rtdyld-check: (((*{2}g3)[4:0] << 11) + ((*{2}g3)[10:5] << 5) + (*{2}(g3 + 2))[4:0]) = (small - (section_addr(mips16.o, .got) + 0x7ff0))[15:0]
g3:	.reloc	., R_MIPS16_GPREL, small
	.2byte	0xf000, 0x9a40
# rtdyld-check: (((*{2}t1)[4:0] << 11) + ((*{2}t1)[10:5] << 5) + (*{2}(t1 + 2))[4:0]) = (got_addr(mips16.o/.text, far) - (section_addr(mips16.o, .got) + 0x7ff0))[15:0]
t1:	.reloc	., R_MIPS16_CALL16, far
	.2byte	0xf000, 0x9a40
# rtdyld-check: (((*{2}t2)[4:0] << 11) + ((*{2}t2)[10:5] << 5) + (*{2}(t2 + 2))[4:0]) = (got_addr(mips16.o/.text, far) - (section_addr(mips16.o, .got) + 0x7ff0))[15:0]
t2:	.reloc	., R_MIPS16_GOT16, far
	.2byte	0xf000, 0x9a40
# rtdyld-check: *{4}got_addr(mips16.o/.text, far) = far
# rtdyld-check: *{4}((section_addr(mips16.o, .got) + 0x7ff0) + (((*{2}p1)[4:0] << 11) + ((*{2}p1)[10:5] << 5) + (*{2}(p1 + 2))[4:0]) - 0x10000) = (local + 0x8000)[31:16] << 16
p1:	.reloc	., R_MIPS16_GOT16, local
	.2byte	0xf000, 0x9a40
# rtdyld-check: (((*{2}p2)[4:0] << 11) + ((*{2}p2)[10:5] << 5) + (*{2}(p2 + 2))[4:0]) = local[15:0]
p2:	.reloc	., R_MIPS16_LO16, local
	.2byte	0xf000, 0x4a00
# rtdyld-check: (((*{2}v1)[4:0] << 11) + ((*{2}v1)[10:5] << 5) + (*{2}(v1 + 2))[4:0]) = (section_addr(mips16.o, .got.tls) - (section_addr(mips16.o, .got) + 0x7ff0) + 0)[15:0]
v1:	.reloc	., R_MIPS16_TLS_GD, second
	.2byte	0xf000, 0x4a00
# rtdyld-check: (((*{2}v2)[4:0] << 11) + ((*{2}v2)[10:5] << 5) + (*{2}(v2 + 2))[4:0]) = (section_addr(mips16.o, .got.tls) - (section_addr(mips16.o, .got) + 0x7ff0) + 8)[15:0]
v2:	.reloc	., R_MIPS16_TLS_LDM, second
	.2byte	0xf000, 0x4a00
# rtdyld-check: (((*{2}v3)[4:0] << 11) + ((*{2}v3)[10:5] << 5) + (*{2}(v3 + 2))[4:0]) = (section_addr(mips16.o, .got.tls) - (section_addr(mips16.o, .got) + 0x7ff0) + 16)[15:0]
v3:	.reloc	., R_MIPS16_TLS_GOTTPREL, second
	.2byte	0xf000, 0x9a40
# rtdyld-check: (((*{2}v4)[4:0] << 11) + ((*{2}v4)[10:5] << 5) + (*{2}(v4 + 2))[4:0]) = 0x4
v4:	.reloc	., R_MIPS16_TLS_DTPREL_HI16, second
	.2byte	0xf000, 0x6a05
# rtdyld-check: (((*{2}v5)[4:0] << 11) + ((*{2}v5)[10:5] << 5) + (*{2}(v5 + 2))[4:0]) = 0x1008
v5:	.reloc	., R_MIPS16_TLS_DTPREL_LO16, second
	.2byte	0xf012, 0x4a00
# rtdyld-check: (((*{2}v6)[4:0] << 11) + ((*{2}v6)[10:5] << 5) + (*{2}(v6 + 2))[4:0]) = 0x6
v6:	.reloc	., R_MIPS16_TLS_TPREL_HI16, second
	.2byte	0xf000, 0x6a05
# rtdyld-check: (((*{2}v7)[4:0] << 11) + ((*{2}v7)[10:5] << 5) + (*{2}(v7 + 2))[4:0]) = 0x8010
v7:	.reloc	., R_MIPS16_TLS_TPREL_LO16, second
	.2byte	0xf7ef, 0x4a18
# rtdyld-check: (((*{2}b1)[4:0] << 11) + ((*{2}b1)[10:5] << 5) + (*{2}(b1 + 2))[4:0]) = (start - 4 - b1)[16:1]
b1:	.reloc	., R_MIPS16_PC16_S1, start
	.2byte	0xf7ff, 0x101e

# Standard code: jal becomes jalx, and goes to the stub of a function that has one.
# rtdyld-check: *{4}s1 = 0x74000000 + start[27:2]
s1:	jal	start
	nop
# rtdyld-check: *{4}s2 = 0x0c000000 + section_addr(mips16.o, .mips16.fn.halve)[27:2]
s2:	jal	halve
	nop

	.section	.mips16.fn.halve, "ax", @progbits
# rtdyld-check: (*{4}f1)[15:0] = (halve_here + 1 + 0x8000)[31:16]
# rtdyld-check: (*{4}f2)[15:0] = (halve_here + 1)[15:0]
f1:	lui	$25, %hi(halve)
f2:	addiu	$25, $25, %lo(halve)
	jr	$25
	nop

	.section	.mips16.call.fp.root, "ax", @progbits
	move	$18, $31
# rtdyld-check: *{4}f3 = 0x0c000000 + stub_addr(mips16.o/.mips16.call.fp.root, root)[27:2]
f3:	jal	root
	nop
	jr	$18
	nop

	.data
# rtdyld-check: *{4}d1 = start + 1
d1:	.4byte	start
# rtdyld-check: *{4}d2 = section_addr(mips16.o, .mips16.fn.halve)
d2:	.4byte	halve
local:	.4byte	7

	.section	.tdata, "awT", @progbits
first:	.4byte	1, 2
	.type	second, @object
second:	.4byte	3
