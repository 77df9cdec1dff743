# O32, big-endian, release 6; LLVM's RuntimeDyld 14 knows a part of it. $gp is 0x7ff0 bytes into the GOT.
#
# mcjit rtdyld -triple=mips-linux-gnu -verify -own-stubs -check=all.s -map-section all.o,.text=0x10000 -map-section all.o,.data=0x48000 -map-section all.o,.got=0x30000 -map-section all.o,.got.tls=0x30800 \
#   -dummy-extern far=0x51238abc -dummy-extern near=0x1f000 -dummy-extern small=0x37654 -dummy-extern low=0x7654 all.o

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
# rtdyld-check: *{4}(stub_addr(all.o/.text, far) + 0) = 0x3c190000 + (stub_addr(all.o/.text, far) + 20 + 0x8000)[31:16]
# rtdyld-check: *{4}(stub_addr(all.o/.text, far) + 4) = 0x8f390000 + (stub_addr(all.o/.text, far) + 20)[15:0]
# rtdyld-check: *{4}(stub_addr(all.o/.text, far) + 8) = 0
# rtdyld-check: *{4}(stub_addr(all.o/.text, far) + 12) = 0x03200009
# rtdyld-check: *{4}(stub_addr(all.o/.text, far) + 16) = 0
# rtdyld-check: *{4}(stub_addr(all.o/.text, far) + 20) = far
# rtdyld-check: (*{4}l3)[15:0] = (start - 4 - l3)[17:2]
l3:	.reloc	., R_MIPS_PC16, start
	.4byte	0x1000ffff
# rtdyld-check: (*{4}l4)[20:0] = (start - 4 - l4)[22:2]
l4:	.reloc	., R_MIPS_PC21_S2, start
	.4byte	0xd85fffff
# rtdyld-check: (*{4}l5)[25:0] = (start - 4 - l5)[27:2]
l5:	.reloc	., R_MIPS_PC26_S2, start
	.4byte	0xcbffffff
# rtdyld-check: (*{4}l6)[25:0] = (stub_addr(all.o/.text, near) - 4 - l6)[27:2]
l6:	.reloc	., R_MIPS_PC26_S2, near
	.4byte	0xebffffff
# rtdyld-check: (*{4}l7)[25:0] = (stub_addr(all.o/.text, far) - 4 - l7)[27:2]
l7:	.reloc	., R_MIPS_PC26_S2, far
	.4byte	0xebffffff
# rtdyld-check: *{4}l8 = 0x0320f809
l8:	.reloc	., R_MIPS_JALR, start
	.4byte	0x0320f809
# rtdyld-check: *{4}l9 = 0x0320f809
l9:	.reloc	., R_MIPS_JALR, far
	.4byte	0x0320f809

# Relative to the place.
# rtdyld-check: (*{4}l10)[18:0] = (near - l10)[20:2]
l10:	.reloc	., R_MIPS_PC19_S2, near
	.4byte	0xec880000
	.p2align	3
# rtdyld-check: (*{4}l11)[17:0] = (near - l11)[20:3]
l11:	.reloc	., R_MIPS_PC18_S3, near
	.4byte	0xec980000
# rtdyld-check: (*{4}l12)[15:0] = (far - l12 + 0x8000)[31:16]
l12:	.reloc	., R_MIPS_PCHI16, far
	.4byte	0xec7e0000
# rtdyld-check: (*{4}l13)[15:0] = (far - l13)[15:0]
l13:	.reloc	., R_MIPS_PCLO16, far
	.4byte	0x24630000

# Addresses in parts.
# rtdyld-check: (*{4}l14)[15:0] = (far + 0x8000)[31:16]
l14:	.reloc	., R_MIPS_HI16, far
	.4byte	0x3c020000
# rtdyld-check: (*{4}l15)[15:0] = far[15:0]
l15:	.reloc	., R_MIPS_LO16, far
	.4byte	0x24420000
# rtdyld-check: (*{4}l16)[15:0] = (far + 0x80008000)[47:32]
l16:	.reloc	., R_MIPS_HIGHER, far
	.4byte	0x24420000
# rtdyld-check: (*{4}l17)[15:0] = (far + 0x800080008000)[63:48]
l17:	.reloc	., R_MIPS_HIGHEST, far
	.4byte	0x24420000

# $gp, by its distance and its names; the halves of an addend that follow it have two high ones.
# rtdyld-check: (*{4}l18)[15:0] = ((section_addr(all.o, .got) + 0x7ff0) - l18 + 0x8000)[31:16]
l18:	.reloc	., R_MIPS_HI16, _gp_disp
	.4byte	0x3c1c0000
# rtdyld-check: (*{4}l19)[15:0] = ((section_addr(all.o, .got) + 0x7ff0) - l19 + 4)[15:0]
l19:	.reloc	., R_MIPS_LO16, _gp_disp
	.4byte	0x279c0000
# rtdyld-check: (*{4}l20)[15:0] = ((section_addr(all.o, .got) + 0x7ff0) + 0x8000)[31:16]
l20:	.reloc	., R_MIPS_HI16, __gnu_local_gp
	.4byte	0x3c1c0000
# rtdyld-check: (*{4}l21)[15:0] = (section_addr(all.o, .got) + 0x7ff0)[15:0]
l21:	.reloc	., R_MIPS_LO16, __gnu_local_gp
	.4byte	0x279c0000
# rtdyld-check: (*{4}l22)[15:0] = (low + 0x8000 + 0x8000)[31:16]
l22:	.reloc	., R_MIPS_HI16, low
	.4byte	0x3c020001
# rtdyld-check: (*{4}l23)[15:0] = (low + 0x18000 + 0x8000)[31:16]
l23:	.reloc	., R_MIPS_HI16, low
	.4byte	0x3c020002
# rtdyld-check: (*{4}l24)[15:0] = (low + 0x8000)[15:0]
l24:	.reloc	., R_MIPS_LO16, low
	.4byte	0x24428000

# Relative to $gp.
# rtdyld-check: (*{4}l25)[15:0] = (small - (section_addr(all.o, .got) + 0x7ff0))[15:0]
l25:	.reloc	., R_MIPS_GPREL16, small
	.4byte	0x8f820000
# rtdyld-check: (*{4}l26)[15:0] = (small - (section_addr(all.o, .got) + 0x7ff0))[15:0]
l26:	.reloc	., R_MIPS_LITERAL, small
	.4byte	0x8f820000

# The GOT: of names, and of pages for what is local.
# rtdyld-check: (*{4}l27)[15:0] = (got_addr(all.o/.text, far) - (section_addr(all.o, .got) + 0x7ff0))[15:0]
l27:	.reloc	., R_MIPS_CALL16, far
	.4byte	0x8f990000
# rtdyld-check: (*{4}l28)[15:0] = (got_addr(all.o/.text, far) - (section_addr(all.o, .got) + 0x7ff0))[15:0]
l28:	.reloc	., R_MIPS_GOT16, far
	.4byte	0x8f990000
# rtdyld-check: *{4}got_addr(all.o/.text, far) = far
# rtdyld-check: (*{4}l29)[15:0] = (got_addr(all.o/.text, far) - (section_addr(all.o, .got) + 0x7ff0))[15:0]
l29:	.reloc	., R_MIPS_GOT_DISP, far
	.4byte	0x8f990000
# rtdyld-check: (*{4}l30)[15:0] = ((got_addr(all.o/.text, far) - (section_addr(all.o, .got) + 0x7ff0)) + 0x8000)[31:16]
l30:	.reloc	., R_MIPS_GOT_HI16, far
	.4byte	0x3c190000
# rtdyld-check: (*{4}l31)[15:0] = ((got_addr(all.o/.text, far) - (section_addr(all.o, .got) + 0x7ff0)) + 0x8000)[31:16]
l31:	.reloc	., R_MIPS_CALL_HI16, far
	.4byte	0x3c190000
# rtdyld-check: (*{4}l32)[15:0] = (got_addr(all.o/.text, far) - (section_addr(all.o, .got) + 0x7ff0))[15:0]
l32:	.reloc	., R_MIPS_GOT_LO16, far
	.4byte	0x8f390000
# rtdyld-check: (*{4}l33)[15:0] = (got_addr(all.o/.text, far) - (section_addr(all.o, .got) + 0x7ff0))[15:0]
l33:	.reloc	., R_MIPS_CALL_LO16, far
	.4byte	0x8f390000
# rtdyld-check: *{4}((section_addr(all.o, .got) + 0x7ff0) + (*{4}l34)[14:0] - 0x8000) = (local + 0x8000)[31:16] << 16
# rtdyld-check: (*{4}l35)[15:0] = local[15:0]
l34:	lw	$2, %got(local)($gp)
l35:	addiu	$2, $2, %lo(local)

# Thread-local variables: the second one is 8 bytes into the object's block, and offsets in it count from 0x8000 on.
# rtdyld-check: (*{4}l36)[15:0] = (section_addr(all.o, .got.tls) - (section_addr(all.o, .got) + 0x7ff0) + 0)[15:0]
l36:	.reloc	., R_MIPS_TLS_GD, second
	.4byte	0x27840000
# rtdyld-check: (*{4}l37)[15:0] = (section_addr(all.o, .got.tls) - (section_addr(all.o, .got) + 0x7ff0) + 8)[15:0]
l37:	.reloc	., R_MIPS_TLS_LDM, second
	.4byte	0x27840000
# rtdyld-check: (*{4}l38)[15:0] = (section_addr(all.o, .got.tls) - (section_addr(all.o, .got) + 0x7ff0) + 16)[15:0]
l38:	.reloc	., R_MIPS_TLS_GOTTPREL, second
	.4byte	0x27840000
# rtdyld-check: *{4}(section_addr(all.o, .got.tls) + 16) = 0x18
# rtdyld-check: (*{4}l39)[15:0] = 0
l39:	.reloc	., R_MIPS_TLS_DTPREL_HI16, second
	.4byte	0x3c020000
# rtdyld-check: (*{4}l40)[15:0] = 0x8008
l40:	.reloc	., R_MIPS_TLS_DTPREL_LO16, second
	.4byte	0x24420000
# rtdyld-check: (*{4}l41)[15:0] = 0
l41:	.reloc	., R_MIPS_TLS_TPREL_HI16, second
	.4byte	0x3c020000
# rtdyld-check: (*{4}l42)[15:0] = 0x18
l42:	.reloc	., R_MIPS_TLS_TPREL_LO16, second
	.4byte	0x24420000

	.data
# rtdyld-check: *{4}l43 = far
l43:	.reloc	., R_MIPS_32, far
	.4byte	0
# rtdyld-check: *{8}l44 = far
l44:	.reloc	., R_MIPS_64, far
	.8byte	0
# rtdyld-check: *{8}l45 = low - 8
l45:	.reloc	., R_MIPS_SUB, low
	.8byte	8
# rtdyld-check: *{4}l46 = (small - (section_addr(all.o, .got) + 0x7ff0))[31:0]
l46:	.reloc	., R_MIPS_GPREL32, small
	.4byte	0
# rtdyld-check: *{4}l47 = (near - l47)[31:0]
l47:	.reloc	., R_MIPS_PC32, near
	.4byte	0
# rtdyld-check: *{4}l48 = 0xffff8008
l48:	.reloc	., R_MIPS_TLS_DTPREL32, second
	.4byte	0
# rtdyld-check: *{4}l49 = 0x18
l49:	.reloc	., R_MIPS_TLS_TPREL32, second
	.4byte	0
	.p2align	2
local:	.4byte	7

	.section	.tdata, "awT", @progbits
first:	.4byte	1, 2
	.type	second, @object
second:	.4byte	3
