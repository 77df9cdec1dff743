# N64, little-endian, release 6. $gp is 0x7ff0 bytes into the GOT.
#
# mcjit rtdyld -triple=mips64el-linux-gnuabi64 -verify -own-stubs -check=all.s -map-section all.o,.text=0x10000 -map-section all.o,.data=0x48000 -map-section all.o,.got=0x30000 -map-section all.o,.got.tls=0x30800 \
#   -dummy-extern far=0x123456789abc -dummy-extern near=0x1f000 -dummy-extern small=0x37654 -dummy-extern low=0x7654 all.o

	.text
	.set	noreorder
	.set	noat
	.globl	start
	.type	start, @function
start:
	nop

# Jumps and branches.
# rtdyld-check: (*{4}l1)[25:0] = start[27:2]
# rtdyld-check: (*{4}l1)[31:26] = 3
# rtdyld-check: next_pc(l1) = l1 + 4
l1:	.reloc	., R_MIPS_26, start
	.4byte	0x0c000000
# rtdyld-check: (*{4}l2)[25:0] = stub_addr(all.o/.text, far)[27:2]
l2:	.reloc	., R_MIPS_26, far
	.4byte	0x0c000000
# rtdyld-check: *{4}(stub_addr(all.o/.text, far) + 0) = 0x3c190000 + (stub_addr(all.o/.text, far) + 32 + 0x800080008000)[63:48]
# rtdyld-check: *{4}(stub_addr(all.o/.text, far) + 4) = 0x67390000 + (stub_addr(all.o/.text, far) + 32 + 0x80008000)[47:32]
# rtdyld-check: *{4}(stub_addr(all.o/.text, far) + 8) = 0x0019cc38
# rtdyld-check: *{4}(stub_addr(all.o/.text, far) + 12) = 0x67390000 + (stub_addr(all.o/.text, far) + 32 + 0x8000)[31:16]
# rtdyld-check: *{4}(stub_addr(all.o/.text, far) + 16) = 0x0019cc38
# rtdyld-check: *{4}(stub_addr(all.o/.text, far) + 20) = 0xdf390000 + (stub_addr(all.o/.text, far) + 32)[15:0]
# rtdyld-check: *{4}(stub_addr(all.o/.text, far) + 24) = 0x03200009
# rtdyld-check: *{4}(stub_addr(all.o/.text, far) + 28) = 0
# rtdyld-check: *{8}(stub_addr(all.o/.text, far) + 32) = far
# rtdyld-check: (*{4}l3)[15:0] = (start - l3)[17:2]
l3:	.reloc	., R_MIPS_PC16, start
	.4byte	0x10000000
# rtdyld-check: (*{4}l4)[20:0] = (start - l4)[22:2]
l4:	.reloc	., R_MIPS_PC21_S2, start
	.4byte	0xd8400000
# rtdyld-check: (*{4}l5)[25:0] = (start - 4 - l5)[27:2]
l5:	.reloc	., R_MIPS_PC26_S2, start - 4
	.4byte	0xc8000000
# rtdyld-check: (*{4}l6)[25:0] = (stub_addr(all.o/.text, far) - 4 - l6)[27:2]
l6:	.reloc	., R_MIPS_PC26_S2, far - 4
	.4byte	0xe8000000
# rtdyld-check: *{4}l7 = 0x0320f809
l7:	.reloc	., R_MIPS_JALR, start
	.4byte	0x0320f809
# rtdyld-check: *{4}l8 = 0x0320f809
l8:	.reloc	., R_MIPS_JALR, far
	.4byte	0x0320f809

# Relative to the place.
# rtdyld-check: (*{4}l9)[18:0] = (near - l9)[20:2]
l9:	.reloc	., R_MIPS_PC19_S2, near
	.4byte	0xec880000
	.p2align	3
# rtdyld-check: (*{4}l10)[17:0] = (near - l10)[20:3]
l10:	.reloc	., R_MIPS_PC18_S3, near
	.4byte	0xec980000
# rtdyld-check: (*{4}l11)[15:0] = (near - l11 + 0x8000)[31:16]
l11:	.reloc	., R_MIPS_PCHI16, near
	.4byte	0xec7e0000
# rtdyld-check: (*{4}l12)[15:0] = (near - l12)[15:0]
l12:	.reloc	., R_MIPS_PCLO16, near
	.4byte	0x24630000

# Addresses in parts.
# rtdyld-check: (*{4}l13)[15:0] = (far + 0x8000)[31:16]
l13:	.reloc	., R_MIPS_HI16, far
	.4byte	0x3c020000
# rtdyld-check: (*{4}l14)[15:0] = far[15:0]
l14:	.reloc	., R_MIPS_LO16, far
	.4byte	0x24420000
# rtdyld-check: (*{4}l15)[15:0] = (far + 0x80008000)[47:32]
l15:	.reloc	., R_MIPS_HIGHER, far
	.4byte	0x24420000
# rtdyld-check: (*{4}l16)[15:0] = (far + 0x800080008000)[63:48]
l16:	.reloc	., R_MIPS_HIGHEST, far
	.4byte	0x24425a5a

# $gp from the address of a function, several operations in a relocation.
# rtdyld-check: (*{4}l17)[15:0] = ((section_addr(all.o, .got) + 0x7ff0) - start + 0x8000)[31:16]
l17:	lui	$gp, %hi(%neg(%gp_rel(start)))
# rtdyld-check: (*{4}l18)[15:0] = ((section_addr(all.o, .got) + 0x7ff0) - start)[15:0]
l18:	daddiu	$gp, $gp, %lo(%neg(%gp_rel(start)))

# Relative to $gp.
# rtdyld-check: (*{4}l19)[15:0] = (small - (section_addr(all.o, .got) + 0x7ff0))[15:0]
l19:	.reloc	., R_MIPS_GPREL16, small
	.4byte	0x8f820000
# rtdyld-check: (*{4}l20)[15:0] = (small - (section_addr(all.o, .got) + 0x7ff0))[15:0]
l20:	.reloc	., R_MIPS_LITERAL, small
	.4byte	0x8f820000

# The GOT: of names, and of pages for what is local.
# rtdyld-check: (*{4}l21)[15:0] = (got_addr(all.o/.text, far) - (section_addr(all.o, .got) + 0x7ff0))[15:0]
l21:	.reloc	., R_MIPS_CALL16, far
	.4byte	0x8f990000
# rtdyld-check: (*{4}l22)[15:0] = (got_addr(all.o/.text, far) - (section_addr(all.o, .got) + 0x7ff0))[15:0]
l22:	.reloc	., R_MIPS_GOT16, far
	.4byte	0x8f990000
# rtdyld-check: *{8}got_addr(all.o/.text, far) = far
# rtdyld-check: (*{4}l23)[15:0] = (got_addr(all.o/.text, far) - (section_addr(all.o, .got) + 0x7ff0))[15:0]
l23:	.reloc	., R_MIPS_GOT_DISP, far
	.4byte	0x8f990000
# rtdyld-check: (*{4}l24)[15:0] = ((got_addr(all.o/.text, far) - (section_addr(all.o, .got) + 0x7ff0)) + 0x8000)[31:16]
l24:	.reloc	., R_MIPS_GOT_HI16, far
	.4byte	0x3c195a5a
# rtdyld-check: (*{4}l25)[15:0] = ((got_addr(all.o/.text, far) - (section_addr(all.o, .got) + 0x7ff0)) + 0x8000)[31:16]
l25:	.reloc	., R_MIPS_CALL_HI16, far
	.4byte	0x3c195a5a
# rtdyld-check: (*{4}l26)[15:0] = (got_addr(all.o/.text, far) - (section_addr(all.o, .got) + 0x7ff0))[15:0]
l26:	.reloc	., R_MIPS_GOT_LO16, far
	.4byte	0x8f390000
# rtdyld-check: (*{4}l27)[15:0] = (got_addr(all.o/.text, far) - (section_addr(all.o, .got) + 0x7ff0))[15:0]
l27:	.reloc	., R_MIPS_CALL_LO16, far
	.4byte	0x8f390000
# rtdyld-check: *{8}((section_addr(all.o, .got) + 0x7ff0) + (*{4}l28)[14:0] - 0x8000) = (local + 0x8000)[31:16] << 16
# rtdyld-check: (*{4}l29)[15:0] = local[15:0]
l28:	ld	$2, %got_page(local)($gp)
l29:	daddiu	$2, $2, %got_ofst(local)

# Thread-local variables: the second one is 8 bytes into the object's block, and offsets in it count from 0x8000 on.
# rtdyld-check: (*{4}l30)[15:0] = (section_addr(all.o, .got.tls) - (section_addr(all.o, .got) + 0x7ff0) + 0)[15:0]
l30:	.reloc	., R_MIPS_TLS_GD, second
	.4byte	0x27840000
# rtdyld-check: (*{4}l31)[15:0] = (section_addr(all.o, .got.tls) - (section_addr(all.o, .got) + 0x7ff0) + 16)[15:0]
l31:	.reloc	., R_MIPS_TLS_LDM, second
	.4byte	0x27840000
# rtdyld-check: (*{4}l32)[15:0] = (section_addr(all.o, .got.tls) - (section_addr(all.o, .got) + 0x7ff0) + 32)[15:0]
l32:	.reloc	., R_MIPS_TLS_GOTTPREL, second
	.4byte	0x27840000
# rtdyld-check: *{8}(section_addr(all.o, .got.tls) + 32) = 0x18
# rtdyld-check: (*{4}l33)[15:0] = 0
l33:	.reloc	., R_MIPS_TLS_DTPREL_HI16, second
	.4byte	0x3c025a5a
# rtdyld-check: (*{4}l34)[15:0] = 0x8008
l34:	.reloc	., R_MIPS_TLS_DTPREL_LO16, second
	.4byte	0x24420000
# rtdyld-check: (*{4}l35)[15:0] = 0
l35:	.reloc	., R_MIPS_TLS_TPREL_HI16, second
	.4byte	0x3c025a5a
# rtdyld-check: (*{4}l36)[15:0] = 0x18
l36:	.reloc	., R_MIPS_TLS_TPREL_LO16, second
	.4byte	0x24420000
# Marks, which change nothing.
# rtdyld-check: *{4}nothing = 0
nothing: nop
	.reloc	nothing, R_MIPS_NONE, far
	.reloc	nothing, R_MIPS_GNU_VTINHERIT, far
	.reloc	nothing, R_MIPS_GNU_VTENTRY, far
# rtdyld-check: (*{4}oldbranch)[15:0] = (start - 4 - oldbranch)[17:2]
oldbranch: .4byte 0x10000000
	.reloc	oldbranch, R_MIPS_GNU_REL16_S2, start - 4

	.data
# rtdyld-check: *{8}tp64 = 0x18
tp64:	.8byte	0x5a5a
	.reloc	tp64, R_MIPS_TLS_TPREL64, second
# rtdyld-check: *{2}half = low
half:	.2byte	0x5a5a
	.reloc	half, R_MIPS_16, low
	.p2align 3
# rtdyld-check: *{4}l37 = low
l37:	.reloc	., R_MIPS_32, low
	.4byte	0
# rtdyld-check: *{8}l38 = far
l38:	.reloc	., R_MIPS_64, far
	.8byte	0
# rtdyld-check: *{8}l39 = low
l39:	.reloc	., R_MIPS_SUB, low
	.8byte	0
# rtdyld-check: *{4}l40 = (small - (section_addr(all.o, .got) + 0x7ff0))[31:0]
l40:	.reloc	., R_MIPS_GPREL32, small
	.4byte	0
# rtdyld-check: *{8}l41 = small - (section_addr(all.o, .got) + 0x7ff0)
	.p2align	3
l41:	.gpdword	small
# rtdyld-check: *{4}l42 = (near - l42)[31:0]
l42:	.reloc	., R_MIPS_PC32, near
	.4byte	0
# rtdyld-check: *{8}dtprel = 0 - 0x7ff8
dtprel:	.dtpreldword	second
	.p2align	2
local:	.4byte	7

	.section	.tdata, "awT", @progbits
first:	.4byte	1, 2
	.type	second, @object
second:	.4byte	3
