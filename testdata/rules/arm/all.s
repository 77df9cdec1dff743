# ARM code and data, which needs more of LLVM's RuntimeDyld 14 than it has. Places that are relative to themselves have targets at constant distances.
#
# mcjit rtdyld -triple=armv7-linux-gnueabihf -verify -own-stubs -check=all.s -map-section all.o,.text=0x10000 -map-section all.o,.data=0x71234000 \
#   -map-section all.o,.got=0x30000 -dummy-extern far=0x61234568 -dummy-extern thumb=0x61234569 -dummy-extern near=0x20004 -dummy-extern nearthumb=0x20003 \
#   -dummy-extern low=0x5a -dummy-extern low5=0x58 -dummy-extern low12=0x5ac -dummy-extern low16=0x5abc all.o

	.syntax	unified
	.arch	armv7-a
	.text
	.arm
	.globl	start
	.type	start, %function
start:
	nop
# The first entry of the GOT.
# rtdyld-check: *{4}prel = (got_addr(all.o/.text, start) - prel)[31:0]
prel:	.reloc	., R_ARM_GOT_PREL, start
	.inst	0

# Calls and branches: inside, to Thumb code, and through veneers, of which Thumb code has its own.
# rtdyld-check: (*{4}l1)[23:0] = (start - l1 - 8)[25:2]
# rtdyld-check: (*{4}l1)[31:24] = 0xeb
# rtdyld-check: next_pc(l1) = l1 + 4
l1:	.reloc	., R_ARM_CALL, start
	.inst	0xebfffffe
# rtdyld-check: (*{4}l2)[23:0] = (start - l2 - 8)[25:2]
# rtdyld-check: (*{4}l2)[31:24] = 0xeb
l2:	.reloc	., R_ARM_CALL, start
	.inst	0xfafffffe
# rtdyld-check: (*{4}l3)[23:0] = ((inthumb) - l3 - 8)[25:2]
# rtdyld-check: (*{4}l3)[31:25] = 0x7d
# rtdyld-check: (*{4}l3)[24:24] = (inthumb - l3)[1:1]
l3:	.reloc	., R_ARM_CALL, inthumb
	.inst	0xebfffffe
# rtdyld-check: (*{4}l4)[23:0] = (stub_addr(all.o/.text, far) - l4 - 8)[25:2]
# rtdyld-check: (*{4}l4)[31:24] = 0xeb
l4:	.reloc	., R_ARM_CALL, far
	.inst	0xebfffffe
# rtdyld-check: (*{4}l5)[23:0] = (stub_addr(all.o/.text, nearthumb) - l5 - 8)[25:2]
# rtdyld-check: (*{4}l5)[31:24] = 0xeb
l5:	.reloc	., R_ARM_CALL, nearthumb
	.inst	0xebfffffe
# rtdyld-check: (*{4}l6)[23:0] = (start - l6 - 8)[25:2]
# rtdyld-check: (*{4}l6)[31:24] = 0x1a
l6:	.reloc	., R_ARM_JUMP24, start
	.inst	0x1afffffe
# rtdyld-check: (*{4}l7)[23:0] = (stub_addr(all.o/.text, nearthumb) - l7 - 8)[25:2]
l7:	.reloc	., R_ARM_JUMP24, nearthumb
	.inst	0xeafffffe
# rtdyld-check: (*{4}l8)[23:0] = (stub_addr(all.o/.text, thumb) - l8 - 8)[25:2]
l8:	.reloc	., R_ARM_PC24, thumb
	.inst	0xebfffffe
# rtdyld-check: (*{4}l9)[23:0] = (stub_addr(all.o/.text, far) - l9 - 8)[25:2]
l9:	.reloc	., R_ARM_PLT32, far
	.inst	0xeafffffe
# rtdyld-check: *{4}stub_addr(all.o/.text, far) = 0xe51ff004
# rtdyld-check: *{4}(stub_addr(all.o/.text, far) + 4) = far
# rtdyld-check: *{4}stub_addr(all.o/.text, thumb) = 0xe51ff004
# rtdyld-check: *{4}(stub_addr(all.o/.text, thumb) + 4) = thumb
# rtdyld-check: *{4}stub_addr(all.o/.text, nearthumb) = 0xe51ff004
# rtdyld-check: *{4}(stub_addr(all.o/.text, nearthumb) + 4) = nearthumb

# Halves of addresses.
# rtdyld-check: (*{4}l10)[19:16] = (thumb)[15:12]
# rtdyld-check: (*{4}l10)[11:0] = (thumb)[11:0]
l10:	.reloc	., R_ARM_MOVW_ABS_NC, thumb
	.inst	0xe3000000
# rtdyld-check: (*{4}l11)[19:16] = (thumb)[31:28]
# rtdyld-check: (*{4}l11)[11:0] = (thumb)[27:16]
l11:	.reloc	., R_ARM_MOVT_ABS, thumb
	.inst	0xe3400000
# rtdyld-check: (*{4}l12)[19:16] = (thumb - l12)[15:12]
# rtdyld-check: (*{4}l12)[11:0] = (thumb - l12)[11:0]
l12:	.reloc	., R_ARM_MOVW_PREL_NC, thumb
	.inst	0xe3000000
# rtdyld-check: (*{4}l13)[19:16] = (thumb - l13)[31:28]
# rtdyld-check: (*{4}l13)[11:0] = (thumb - l13)[27:16]
l13:	.reloc	., R_ARM_MOVT_PREL, thumb
	.inst	0xe3400000
# rtdyld-check: (*{4}l14)[19:16] = (thumb - section_addr(all.o, .got))[15:12]
# rtdyld-check: (*{4}l14)[11:0] = (thumb - section_addr(all.o, .got))[11:0]
l14:	.reloc	., R_ARM_MOVW_BREL_NC, thumb
	.inst	0xe3000000
# rtdyld-check: (*{4}l15)[19:16] = (thumb - section_addr(all.o, .got))[31:28]
# rtdyld-check: (*{4}l15)[11:0] = (thumb - section_addr(all.o, .got))[27:16]
l15:	.reloc	., R_ARM_MOVT_BREL, thumb
	.inst	0xe3400000
# rtdyld-check: (*{4}l17)[11:0] = (start + 0x20004 - section_addr(all.o, .got))[11:0]
# rtdyld-check: (*{4}l17)[19:16] = (start + 0x20004 - section_addr(all.o, .got))[15:12]
l17:	.reloc	., R_ARM_MOVW_BREL, behindgot
	.inst	0xe3000000
	.set	behindgot, start + 0x20004

# Offsets of 12 bits: absolute, in the GOT, from the GOT.
# rtdyld-check: (*{4}l18)[11:0] = (low12)[11:0]
# rtdyld-check: (*{4}l18)[23:23] = 1
l18:	.reloc	., R_ARM_ABS12, low12
	.inst	0xe5910000
# rtdyld-check: (*{4}l19)[11:0] = (got_addr(all.o/.text, far) - section_addr(all.o, .got))[11:0]
# rtdyld-check: (*{4}l19)[23:23] = 1
l19:	.reloc	., R_ARM_GOT_BREL12, far
	.inst	0xe5910000
# rtdyld-check: (*{4}l20)[11:0] = (start + 0x20004 - section_addr(all.o, .got))[11:0]
# rtdyld-check: (*{4}l20)[23:23] = 1
l20:	.reloc	., R_ARM_GOTOFF12, behindgot
	.inst	0xe5910000

# Groups: what the n-th instruction of a sequence takes of a distance.
# rtdyld-check: (*{4}l21)[11:0] = 0x948
# rtdyld-check: (*{4}l21)[23:22] = 2
l21:	.reloc	., R_ARM_ALU_PC_G0_NC, t21
	.inst	0xe28f0000
	.set	t21, l21 + 0x123456
# rtdyld-check: (*{4}l22)[11:0] = 0xdd1
# rtdyld-check: (*{4}l22)[23:22] = 2
l22:	.reloc	., R_ARM_ALU_PC_G1_NC, t22
	.inst	0xe28f0000
	.set	t22, l22 + 0x123456
# rtdyld-check: (*{4}l23)[11:0] = 0xfff
# rtdyld-check: (*{4}l23)[23:22] = 1
l23:	.reloc	., R_ARM_ALU_PC_G0, t23
	.inst	0xe28f0000
	.set	t23, l23 - 0x3fc
# rtdyld-check: (*{4}l24)[11:0] = 0xfc0
# rtdyld-check: (*{4}l24)[23:22] = 2
l24:	.reloc	., R_ARM_ALU_PC_G1, t24
	.inst	0xe28f0000
	.set	t24, l24 + 0x12300
# rtdyld-check: (*{4}l25)[11:0] = 0x16
# rtdyld-check: (*{4}l25)[23:22] = 1
l25:	.reloc	., R_ARM_ALU_PC_G2, t25
	.inst	0xe28f0000
	.set	t25, l25 - 0x123456
# rtdyld-check: (*{4}l26)[11:0] = 0xabc
# rtdyld-check: (*{4}l26)[23:23] = 0
l26:	.reloc	., R_ARM_LDR_PC_G0, t26
	.inst	0xe59f0000
	.set	t26, l26 - 0xabc
# rtdyld-check: (*{4}l27)[11:0] = 0x2bc
# rtdyld-check: (*{4}l27)[23:23] = 1
l27:	.reloc	., R_ARM_LDR_PC_G1, t27
	.inst	0xe59f0000
	.set	t27, l27 + 0x12abc
# rtdyld-check: (*{4}l28)[11:0] = 0x16
# rtdyld-check: (*{4}l28)[23:23] = 1
l28:	.reloc	., R_ARM_LDR_PC_G2, t28
	.inst	0xe59f0000
	.set	t28, l28 + 0x123456
# rtdyld-check: (*{4}l29)[11:8] = 0xa
# rtdyld-check: (*{4}l29)[3:0] = 0xb
# rtdyld-check: (*{4}l29)[23:23] = 1
l29:	.reloc	., R_ARM_LDRS_PC_G0, t29
	.inst	0xe1df00d0
	.set	t29, l29 + 0xab
# rtdyld-check: (*{4}l30)[11:8] = 0xa
# rtdyld-check: (*{4}l30)[3:0] = 0xb
# rtdyld-check: (*{4}l30)[23:23] = 0
l30:	.reloc	., R_ARM_LDRS_PC_G1, t30
	.inst	0xe1df00d0
	.set	t30, l30 - 0x120ab
# rtdyld-check: (*{4}l31)[11:8] = 0x0
# rtdyld-check: (*{4}l31)[3:0] = 0x2
# rtdyld-check: (*{4}l31)[23:23] = 1
l31:	.reloc	., R_ARM_LDRS_PC_G2, t31
	.inst	0xe1df00d0
	.set	t31, l31 + 0x12312
# rtdyld-check: (*{4}l32)[7:0] = 0xab
# rtdyld-check: (*{4}l32)[23:23] = 1
l32:	.reloc	., R_ARM_LDC_PC_G0, t32
	.inst	0xed9f0000
	.set	t32, l32 + 0x2ac
# rtdyld-check: (*{4}l33)[7:0] = 0xa9
# rtdyld-check: (*{4}l33)[23:23] = 1
l33:	.reloc	., R_ARM_LDC_PC_G1, t33
	.inst	0xed9f0000
	.set	t33, l33 + 0x1202a4
# rtdyld-check: (*{4}l34)[7:0] = 0x0
# rtdyld-check: (*{4}l34)[23:23] = 0
l34:	.reloc	., R_ARM_LDC_PC_G2, t34
	.inst	0xed9f0000
	.set	t34, l34 - 0x1230c0

# The same from the static base, which is the GOT: to 0x20004 bytes behind start, which is 4 bytes into it, and farther: 0x51234 is 0x51000 and 0x234, 0x51236 also 2, and 0x512304 is
# 0x510000, 0x2300 and 4.
	.set	groups0, start + 0x71034
	.set	groups4, start + 0x71234
	.set	groups6, start + 0x71236
	.set	groups8, start + 0x532304
# rtdyld-check: (*{4}l35)[11:0] = 4
# rtdyld-check: (*{4}l35)[23:22] = 2
l35:	.reloc	., R_ARM_ALU_SB_G0_NC, behindgot
	.inst	0xe2890000
# rtdyld-check: (*{4}l36)[11:0] = 4
# rtdyld-check: (*{4}l36)[23:22] = 2
l36:	.reloc	., R_ARM_ALU_SB_G0, behindgot
	.inst	0xe2890000
# rtdyld-check: (*{4}l37)[11:0] = 0xf8d
# rtdyld-check: (*{4}l37)[23:22] = 2
l37:	.reloc	., R_ARM_ALU_SB_G1_NC, groups6
	.inst	0xe2890000
# rtdyld-check: (*{4}l38)[11:0] = 0xf8d
# rtdyld-check: (*{4}l38)[23:22] = 2
l38:	.reloc	., R_ARM_ALU_SB_G1, groups4
	.inst	0xe2890000
# rtdyld-check: (*{4}l39)[11:0] = 2
# rtdyld-check: (*{4}l39)[23:22] = 2
l39:	.reloc	., R_ARM_ALU_SB_G2, groups6
	.inst	0xe2890000
# rtdyld-check: (*{4}l40)[11:0] = 4
l40:	.reloc	., R_ARM_LDR_SB_G0, behindgot
	.inst	0xe5990000
# rtdyld-check: (*{4}l41)[11:0] = 0x236
l41:	.reloc	., R_ARM_LDR_SB_G1, groups6
	.inst	0xe5990000
# rtdyld-check: (*{4}l42)[11:0] = 2
l42:	.reloc	., R_ARM_LDR_SB_G2, groups6
	.inst	0xe5990000
# rtdyld-check: (*{4}l43)[3:0] = 4
l43:	.reloc	., R_ARM_LDRS_SB_G0, behindgot
	.inst	0xe1d900d0
# rtdyld-check: (*{4}l44)[3:0] = 4
# rtdyld-check: (*{4}l44)[11:8] = 3
l44:	.reloc	., R_ARM_LDRS_SB_G1, groups0
	.inst	0xe1d900d0
# rtdyld-check: (*{4}l45)[3:0] = 2
l45:	.reloc	., R_ARM_LDRS_SB_G2, groups6
	.inst	0xe1d900d0
# rtdyld-check: (*{4}l46)[7:0] = 1
l46:	.reloc	., R_ARM_LDC_SB_G0, behindgot
	.inst	0xed990000
# rtdyld-check: (*{4}l47)[7:0] = 0x8d
l47:	.reloc	., R_ARM_LDC_SB_G1, groups4
	.inst	0xed990000
# rtdyld-check: (*{4}l48)[7:0] = 1
l48:	.reloc	., R_ARM_LDC_SB_G2, groups8
	.inst	0xed990000

# BX, which stays.
# rtdyld-check: *{4}l49 = 0xe12fff1e
l49:	.reloc	., R_ARM_V4BX
	.inst	0xe12fff1e

	.section	.text.second, "ax"
	.thumb
	.globl	inthumb
	.type	inthumb, %function
	.thumb_func
inthumb:
	nop
	nop

# Thumb: branches of 24, 19, 11, 8 and 6 bits.
	.p2align	2
# rtdyld-check: (*{2}l50)[9:0] = (inthumb - l50 - 4)[21:12]
# rtdyld-check: (*{2}l50)[10:10] = (inthumb - l50 - 4)[24:24]
# rtdyld-check: (*{2}(l50 + 2))[10:0] = (inthumb - l50 - 4)[11:1]
# rtdyld-check: (*{2}(l50 + 2))[12:12] = 1
l50:	.reloc	., R_ARM_THM_CALL, inthumb
	.inst.w	0xf7fffffe
	.p2align	2
# rtdyld-check: (*{2}l51)[9:0] = (start - l51 - 4)[21:12]
# rtdyld-check: (*{2}l51)[10:10] = (start - l51 - 4)[24:24]
# rtdyld-check: (*{2}(l51 + 2))[10:0] = (start - l51 - 4)[11:1]
# rtdyld-check: (*{2}(l51 + 2))[12:12] = 0
l51:	.reloc	., R_ARM_THM_CALL, start
	.inst.w	0xf7fffffe
# rtdyld-check: (*{2}l52)[9:0] = (stub_addr(all.o/.text.second, thumb) - l52 - 4)[21:12]
# rtdyld-check: (*{2}l52)[10:10] = (stub_addr(all.o/.text.second, thumb) - l52 - 4)[24:24]
# rtdyld-check: (*{2}(l52 + 2))[10:0] = (stub_addr(all.o/.text.second, thumb) - l52 - 4)[11:1]
# rtdyld-check: (*{2}(l52 + 2))[12:12] = 1
l52:	.reloc	., R_ARM_THM_CALL, thumb
	.inst.w	0xf7fffffe
# rtdyld-check: (*{2}l53)[9:0] = (stub_addr(all.o/.text.second, far) - l53 - 4)[21:12]
# rtdyld-check: (*{2}l53)[10:10] = (stub_addr(all.o/.text.second, far) - l53 - 4)[24:24]
# rtdyld-check: (*{2}(l53 + 2))[10:0] = (stub_addr(all.o/.text.second, far) - l53 - 4)[11:1]
# rtdyld-check: (*{2}(l53 + 2))[12:12] = 1
l53:	.reloc	., R_ARM_THM_CALL, far
	.inst.w	0xf7ffeffe
# rtdyld-check: (*{2}l54)[9:0] = (inthumb - l54 - 4)[21:12]
# rtdyld-check: (*{2}l54)[10:10] = (inthumb - l54 - 4)[24:24]
# rtdyld-check: (*{2}(l54 + 2))[10:0] = (inthumb - l54 - 4)[11:1]
l54:	.reloc	., R_ARM_THM_JUMP24, inthumb
	.inst.w	0xf7ffbffe
	.p2align	2
# rtdyld-check: (*{2}l55)[9:0] = (stub_addr(all.o/.text.second, near) - l55 - 4)[21:12]
# rtdyld-check: (*{2}l55)[10:10] = (stub_addr(all.o/.text.second, near) - l55 - 4)[24:24]
# rtdyld-check: (*{2}(l55 + 2))[10:0] = (stub_addr(all.o/.text.second, near) - l55 - 4)[11:1]
l55:	.reloc	., R_ARM_THM_JUMP24, near
	.inst.w	0xf7ffbffe
# rtdyld-check: *{4}stub_addr(all.o/.text.second, near) = 0xf000f8df
# rtdyld-check: *{4}(stub_addr(all.o/.text.second, near) + 4) = near
# rtdyld-check: (*{2}l56)[5:0] = (inthumb - l56 - 4)[17:12]
# rtdyld-check: (*{2}l56)[10:10] = (inthumb - l56 - 4)[20:20]
# rtdyld-check: (*{2}(l56 + 2))[10:0] = (inthumb - l56 - 4)[11:1]
# rtdyld-check: (*{2}(l56 + 2))[13:13] = (inthumb - l56 - 4)[18:18]
# rtdyld-check: (*{2}(l56 + 2))[11:11] = (inthumb - l56 - 4)[19:19]
l56:	.reloc	., R_ARM_THM_JUMP19, inthumb
	.inst.w	0xf43faffe
# rtdyld-check: (*{2}l57)[10:0] = 0x77e
l57:	.reloc	., R_ARM_THM_JUMP11, t57
	.inst.n	0xe7fe
	.set	t57, l57 - 0x100
# rtdyld-check: (*{2}l58)[7:0] = 0xde
l58:	.reloc	., R_ARM_THM_JUMP8, t58
	.inst.n	0xd0fe
	.set	t58, l58 - 0x40
# rtdyld-check: (*{2}l59)[7:3] = 0xb
# rtdyld-check: (*{2}l59)[9:9] = 1
l59:	.reloc	., R_ARM_THM_JUMP6, t59
	.inst.n	0xb3f0
	.set	t59, l59 + 0x5a

# Loads and addresses that are near.
	.p2align	2
# rtdyld-check: (*{2}l60)[7:0] = 0x16
l60:	.reloc	., R_ARM_THM_PC8, t60
	.inst.n	0x48ff
	.set	t60, l60 + 0x5c
	.p2align	2
# rtdyld-check: (*{2}(l61 + 2))[11:0] = 0xabc
# rtdyld-check: (*{2}l61)[7:7] = 0
l61:	.reloc	., R_ARM_THM_PC12, t61
	.inst.w	0xf8df0000
	.set	t61, l61 - 0xabc
# rtdyld-check: (*{2}(l62 + 2))[7:0] = 0xbc
# rtdyld-check: (*{2}(l62 + 2))[14:12] = 2
# rtdyld-check: (*{2}l62)[10:10] = 1
# rtdyld-check: (*{2}l62)[7:4] = 0xa
l62:	.reloc	., R_ARM_THM_ALU_PREL_11_0, t62
	.inst.w	0xf20f0000
	.set	t62, l62 - 0xabc
# rtdyld-check: (*{2}l63)[10:6] = 0x16
l63:	.reloc	., R_ARM_THM_ABS5, low5
	.inst.n	0x6800

# Addresses in parts.
# rtdyld-check: (*{2}l64)[3:0] = (thumb)[15:12]
# rtdyld-check: (*{2}l64)[10:10] = (thumb)[11:11]
# rtdyld-check: (*{2}(l64 + 2))[14:12] = (thumb)[10:8]
# rtdyld-check: (*{2}(l64 + 2))[7:0] = (thumb)[7:0]
l64:	.reloc	., R_ARM_THM_MOVW_ABS_NC, thumb
	.inst.w	0xf2400000
# rtdyld-check: (*{2}l65)[3:0] = (thumb)[31:28]
# rtdyld-check: (*{2}l65)[10:10] = (thumb)[27:27]
# rtdyld-check: (*{2}(l65 + 2))[14:12] = (thumb)[26:24]
# rtdyld-check: (*{2}(l65 + 2))[7:0] = (thumb)[23:16]
l65:	.reloc	., R_ARM_THM_MOVT_ABS, thumb
	.inst.w	0xf2c00000
# rtdyld-check: (*{2}l66)[3:0] = (thumb - l66)[15:12]
# rtdyld-check: (*{2}l66)[10:10] = (thumb - l66)[11:11]
# rtdyld-check: (*{2}(l66 + 2))[14:12] = (thumb - l66)[10:8]
# rtdyld-check: (*{2}(l66 + 2))[7:0] = (thumb - l66)[7:0]
l66:	.reloc	., R_ARM_THM_MOVW_PREL_NC, thumb
	.inst.w	0xf2400000
# rtdyld-check: (*{2}l67)[3:0] = (thumb - l67)[31:28]
# rtdyld-check: (*{2}l67)[10:10] = (thumb - l67)[27:27]
# rtdyld-check: (*{2}(l67 + 2))[14:12] = (thumb - l67)[26:24]
# rtdyld-check: (*{2}(l67 + 2))[7:0] = (thumb - l67)[23:16]
l67:	.reloc	., R_ARM_THM_MOVT_PREL, thumb
	.inst.w	0xf2c00000
# rtdyld-check: (*{2}l68)[3:0] = (thumb - section_addr(all.o, .got))[15:12]
# rtdyld-check: (*{2}l68)[10:10] = (thumb - section_addr(all.o, .got))[11:11]
# rtdyld-check: (*{2}(l68 + 2))[14:12] = (thumb - section_addr(all.o, .got))[10:8]
# rtdyld-check: (*{2}(l68 + 2))[7:0] = (thumb - section_addr(all.o, .got))[7:0]
l68:	.reloc	., R_ARM_THM_MOVW_BREL_NC, thumb
	.inst.w	0xf2400000
# rtdyld-check: (*{2}l69)[3:0] = (thumb - section_addr(all.o, .got))[31:28]
# rtdyld-check: (*{2}l69)[10:10] = (thumb - section_addr(all.o, .got))[27:27]
# rtdyld-check: (*{2}(l69 + 2))[14:12] = (thumb - section_addr(all.o, .got))[26:24]
# rtdyld-check: (*{2}(l69 + 2))[7:0] = (thumb - section_addr(all.o, .got))[23:16]
l69:	.reloc	., R_ARM_THM_MOVT_BREL, thumb
	.inst.w	0xf2c00000
# rtdyld-check: (*{2}l70)[3:0] = (start + 0x20004 - section_addr(all.o, .got))[15:12]
# rtdyld-check: (*{2}l70)[10:10] = (start + 0x20004 - section_addr(all.o, .got))[11:11]
# rtdyld-check: (*{2}(l70 + 2))[14:12] = (start + 0x20004 - section_addr(all.o, .got))[10:8]
# rtdyld-check: (*{2}(l70 + 2))[7:0] = (start + 0x20004 - section_addr(all.o, .got))[7:0]
l70:	.reloc	., R_ARM_THM_MOVW_BREL, behindgot
	.inst.w	0xf2400000
# rtdyld-check: (*{2}l71)[7:0] = thumb[7:0]
l71:	.reloc	., R_ARM_THM_ALU_ABS_G0_NC, thumb
	.inst.n	0x2000
# rtdyld-check: (*{2}l72)[7:0] = thumb[15:8]
l72:	.reloc	., R_ARM_THM_ALU_ABS_G1_NC, thumb
	.inst.n	0x2000
# rtdyld-check: (*{2}l73)[7:0] = thumb[23:16]
l73:	.reloc	., R_ARM_THM_ALU_ABS_G2_NC, thumb
	.inst.n	0x2000
# rtdyld-check: (*{2}l74)[7:0] = thumb[31:24]
l74:	.reloc	., R_ARM_THM_ALU_ABS_G3, thumb
	.inst.n	0x2000

	.data
# Data.
# rtdyld-check: *{4}l75 = thumb
l75:	.reloc	., R_ARM_ABS32, thumb
	.long	0
# rtdyld-check: *{4}l76 = far
l76:	.reloc	., R_ARM_ABS32_NOI, far
	.long	0
# rtdyld-check: *{4}l77 = (thumb - l77)[31:0]
l77:	.reloc	., R_ARM_REL32, thumb
	.long	0
# rtdyld-check: *{4}l78 = (far - l78)[31:0]
l78:	.reloc	., R_ARM_REL32_NOI, far
	.long	0
# rtdyld-check: *{4}l79 = far
l79:	.reloc	., R_ARM_TARGET1, far
	.long	0
# rtdyld-check: *{4}l80 = thumb
l80:	.reloc	., R_ARM_PLT32_ABS, thumb
	.long	0
# rtdyld-check: *{4}l81 = (thumb - section_addr(all.o, .got))[31:0]
l81:	.reloc	., R_ARM_SBREL32, thumb
	.long	0
# rtdyld-check: *{4}l82 = (thumb - section_addr(all.o, .got))[31:0]
l82:	.reloc	., R_ARM_GOTOFF32, thumb
	.long	0
# rtdyld-check: *{4}l83 = (section_addr(all.o, .got) - l83)[31:0]
l83:	.reloc	., R_ARM_BASE_PREL, far
	.long	0
# rtdyld-check: *{4}l84 = section_addr(all.o, .got)
l84:	.reloc	., R_ARM_BASE_ABS, far
	.long	0
# rtdyld-check: *{4}l85 = got_addr(all.o/.data, far) - section_addr(all.o, .got)
l85:	.reloc	., R_ARM_GOT_BREL, far
	.long	0
# rtdyld-check: *{4}l86 = (got_addr(all.o/.data, far) - l86)[31:0]
l86:	.reloc	., R_ARM_GOT_PREL, far
	.long	0
# rtdyld-check: *{4}l87 = (got_addr(all.o/.data, far) - l87)[31:0]
l87:	.reloc	., R_ARM_TARGET2, far
	.long	0
# rtdyld-check: *{4}l88 = got_addr(all.o/.data, far)
l88:	.reloc	., R_ARM_GOT_ABS, far
	.long	0
# rtdyld-check: *{4}l89 = 0
l89:	.reloc	., R_ARM_NONE, far
	.long	0
# rtdyld-check: *{4}l90 = 0
l90:	.reloc	., R_ARM_GNU_VTENTRY, far
	.long	0
# rtdyld-check: *{4}l91 = 0
l91:	.reloc	., R_ARM_GNU_VTINHERIT, far
	.long	0
# rtdyld-check: *{4}got_addr(all.o/.data, far) = far
# rtdyld-check: (*{4}l92)[30:0] = (thumb - l92)[30:0]
# rtdyld-check: (*{4}l92)[31:31] = 1
l92:	.reloc	., R_ARM_PREL31, thumb
	.long	0x80000000
# rtdyld-check: (*{4}l93)[30:0] = (start + 0x20004 - section_addr(all.o, .got))[30:0]
l93:	.reloc	., R_ARM_SBREL31, behindgot
	.long	0
# rtdyld-check: *{2}l94 = low16
l94:	.reloc	., R_ARM_ABS16, low16
	.short	0
# rtdyld-check: *{1}l95 = low
l95:	.reloc	., R_ARM_ABS8, low
	.byte	0
	.p2align	2

# Thread-local variables: the second one is 8 bytes into the object's block.
# rtdyld-check: *{4}l96 = 0x18
l96:	.reloc	., R_ARM_TLS_LE32, second
	.long	0
# rtdyld-check: *{4}l97 = 8
l97:	.reloc	., R_ARM_TLS_LDO32, second
	.long	0
# rtdyld-check: *{4}l98 = (section_addr(all.o, .got.tls) + 0 - l98)[31:0]
l98:	.reloc	., R_ARM_TLS_GD32, second
	.long	0
# rtdyld-check: *{4}l99 = (section_addr(all.o, .got.tls) + 8 - l99)[31:0]
l99:	.reloc	., R_ARM_TLS_LDM32, second
	.long	0
# rtdyld-check: *{4}l100 = (section_addr(all.o, .got.tls) + 16 - l100)[31:0]
l100:	.reloc	., R_ARM_TLS_IE32, second
	.long	0
# rtdyld-check: (*{4}l101)[11:0] = 0x18
l101:	.reloc	., R_ARM_TLS_LE12, second
	.long	0xe5910000
# rtdyld-check: (*{4}l102)[11:0] = 8
l102:	.reloc	., R_ARM_TLS_LDO12, second
	.long	0xe5910000
# What asks for a descriptor loads the distance from the entry of R_ARM_TLS_IE32.
# rtdyld-check: *{4}l103 = 0xe79f0000
l103:	.reloc	., R_ARM_TLS_CALL, second
	.long	0xebfffffe
# rtdyld-check: *{2}l104 = 0x4478
# rtdyld-check: *{2}(l104 + 2) = 0x6800
l104:	.reloc	., R_ARM_THM_TLS_CALL, second
	.long	0xf800f000
# rtdyld-check: *{4}l105 = (section_addr(all.o, .got.tls) + 16 - l103 - 8)[31:0]
l105:	.reloc	., R_ARM_TLS_GOTDESC, second
	.long	l105 - l103
# rtdyld-check: *{4}l106 = (section_addr(all.o, .got.tls) + 16 - l104 - 4)[31:0]
l106:	.reloc	., R_ARM_TLS_GOTDESC, second
	.long	l106 - l104 + 1
# rtdyld-check: *{4}(section_addr(all.o, .got.tls) + 4) = 8
# rtdyld-check: *{4}(section_addr(all.o, .got.tls) + 16) = 0x18

	.section	.tdata, "awT", %progbits
first:	.long	1, 2
	.type	second, %object
second:	.long	3
