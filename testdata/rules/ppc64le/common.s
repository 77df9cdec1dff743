# What LLVM's RuntimeDyld knows of 64-bit PowerPC, with what it makes of it.
#
# mcjit rtdyld -triple=powerpc64le-linux-gnu -verify -check=common.s -map-section common.o,.text=0x10000 -map-section common.o,.text.near=0x11000 \
#   -map-section common.o,.toc=0x20000000 -map-section common.o,.data=0x21000000 \
#   -dummy-extern far=0x123487659876abcc -dummy-extern edge=0x1234fffffffff000 -dummy-extern near=0x5432abcc -dummy-extern wide=0x1abcd8765 -dummy-extern small=0x1234 \
#   -dummy-extern low=0x123abcc common.o
# llvm-rtdyld-14: the same

	.abiversion 2
	.machine power10
	.text
	.globl start
start:	nop

# Absolute addresses, of which each half has an instruction. Those that end in A are rounded, for what is added to them is signed.
# rtdyld-check: (*{4}r1)[15:0] = (near)[31:16]
r1:	addi 3, 3, 0x5a5
	.reloc r1, R_PPC64_ADDR16_HI, near
# rtdyld-check: (*{4}r2)[15:0] = (near + 0x8000)[31:16]
r2:	addi 3, 3, 0x5a5
	.reloc r2, R_PPC64_ADDR16_HA, near
# rtdyld-check: (*{4}r3)[15:0] = (near)[15:0]
r3:	addi 3, 3, 0x5a5
	.reloc r3, R_PPC64_ADDR16_LO, near
# rtdyld-check: (*{4}r4)[15:2] = (near)[15:2]
# rtdyld-check: (*{4}r4)[1:0] = 0
r4:	ld 3, 0x5a4(3)
	.reloc r4, R_PPC64_ADDR16_LO_DS, near
# rtdyld-check: (*{4}r5)[15:0] = (far)[15:0]
r5:	addi 3, 3, 0x5a5
	.reloc r5, R_PPC64_ADDR16_LO, far
# rtdyld-check: (*{4}r6)[15:2] = (far)[15:2]
# rtdyld-check: (*{4}r6)[1:0] = 0
r6:	ld 3, 0x5a4(3)
	.reloc r6, R_PPC64_ADDR16_LO_DS, far
# rtdyld-check: (*{4}r7)[15:0] = (far)[31:16]
r7:	addi 3, 3, 0x5a5
	.reloc r7, R_PPC64_ADDR16_HIGH, far
# rtdyld-check: (*{4}r8)[15:0] = (far + 0x8000)[31:16]
r8:	addi 3, 3, 0x5a5
	.reloc r8, R_PPC64_ADDR16_HIGHA, far
# rtdyld-check: (*{4}r9)[15:0] = (far)[47:32]
r9:	addi 3, 3, 0x5a5
	.reloc r9, R_PPC64_ADDR16_HIGHER, far
# rtdyld-check: (*{4}r10)[15:0] = (far + 0x8000)[47:32]
r10:	addi 3, 3, 0x5a5
	.reloc r10, R_PPC64_ADDR16_HIGHERA, far
# rtdyld-check: (*{4}r11)[15:0] = (far)[63:48]
r11:	addi 3, 3, 0x5a5
	.reloc r11, R_PPC64_ADDR16_HIGHEST, far
# rtdyld-check: (*{4}r12)[15:0] = (far + 0x8000)[63:48]
r12:	addi 3, 3, 0x5a5
	.reloc r12, R_PPC64_ADDR16_HIGHESTA, far
# rtdyld-check: (*{4}r17)[15:0] = (edge + 0x8000)[47:32]
r17:	addi 3, 3, 0x5a5
	.reloc r17, R_PPC64_ADDR16_HIGHERA, edge
# rtdyld-check: (*{4}r18)[15:0] = (edge + 0x8000)[63:48]
r18:	addi 3, 3, 0x5a5
	.reloc r18, R_PPC64_ADDR16_HIGHESTA, edge
# rtdyld-check: (*{4}r21)[15:0] = (small)[15:0]
r21:	addi 3, 3, 0x5a5
	.reloc r21, R_PPC64_ADDR16, small
# rtdyld-check: (*{4}r22)[15:2] = (small)[15:2]
# rtdyld-check: (*{4}r22)[1:0] = 0
r22:	ld 3, 0x5a4(3)
	.reloc r22, R_PPC64_ADDR16_DS, small

# Relative ones.
# rtdyld-check: (*{4}r24)[15:0] = (near - r24)[15:0]
r24:	addi 3, 3, 0x5a5
	.reloc r24, R_PPC64_REL16_LO, near
# rtdyld-check: (*{4}r25)[15:0] = (near - r25)[31:16]
r25:	addi 3, 3, 0x5a5
	.reloc r25, R_PPC64_REL16_HI, near
# rtdyld-check: (*{4}r26)[15:0] = (near - r26 + 0x8000)[31:16]
r26:	addi 3, 3, 0x5a5
	.reloc r26, R_PPC64_REL16_HA, near

# Branches.
# rtdyld-check: (*{4}outside)[25:2] = (stub_addr(common.o/.text, far) - outside)[25:2]
# rtdyld-check: *{4}(outside + 4) = 0xe8410018
outside:	bl .
	nop
	.reloc outside, R_PPC64_REL24, far

# A function of the object is called at its local entry, which is behind the instructions that find the TOC.
# rtdyld-check: (*{4}r48)[25:2] = (inside+8-r48)[25:2]
# rtdyld-check: *{4}(r48 + 4) = 0x60000000
r48:	bl .
	nop
	.reloc r48, R_PPC64_REL24, inside
# rtdyld-check: (*{4}r49)[25:2] = (simple - r49)[25:2]
# rtdyld-check: *{4}(r49 + 4) = 0x60000000
r49:	bl .
	nop
	.reloc r49, R_PPC64_REL24, simple

# The TOC: its base is 32 KiB into .toc.
# rtdyld-check: (*{4}r51)[15:0] = (variable - (section_addr(common.o, .toc) + 0x8000))[15:0]
r51:	addi 3, 3, 0x5a5
	.reloc r51, R_PPC64_TOC16, variable
# rtdyld-check: (*{4}r52)[15:0] = (variable - (section_addr(common.o, .toc) + 0x8000))[15:0]
r52:	addi 3, 3, 0x5a5
	.reloc r52, R_PPC64_TOC16_LO, variable
# rtdyld-check: (*{4}r53)[15:0] = (variable - (section_addr(common.o, .toc) + 0x8000))[31:16]
r53:	addi 3, 3, 0x5a5
	.reloc r53, R_PPC64_TOC16_HI, variable
# rtdyld-check: (*{4}r54)[15:0] = (variable - (section_addr(common.o, .toc) + 0x8000) + 0x8000)[31:16]
r54:	addi 3, 3, 0x5a5
	.reloc r54, R_PPC64_TOC16_HA, variable
# rtdyld-check: (*{4}r55)[15:2] = (variable - (section_addr(common.o, .toc) + 0x8000))[15:2]
# rtdyld-check: (*{4}r55)[1:0] = 0
r55:	ld 3, 0x5a4(3)
	.reloc r55, R_PPC64_TOC16_DS, variable
# rtdyld-check: (*{4}r56)[15:2] = (variable - (section_addr(common.o, .toc) + 0x8000))[15:2]
# rtdyld-check: (*{4}r56)[1:0] = 0
r56:	ld 3, 0x5a4(3)
	.reloc r56, R_PPC64_TOC16_LO_DS, variable

# Functions.
	.type inside, @function
inside:	addis 2, 12, .TOC.-inside@ha
	addi 2, 2, .TOC.-inside@l
	.localentry inside, .-inside
	blr
# rtdyld-check: (*{4}inside)[15:0] = ((section_addr(common.o, .toc) + 0x8000) - inside + 0x8000)[31:16]
# rtdyld-check: (*{4}(inside + 4))[15:0] = ((section_addr(common.o, .toc) + 0x8000) - inside)[15:0]
	.type simple, @function
simple:	blr

	.section .text.near, "ax"
close:	blr

	.section .toc, "aw"
	.p2align 3
variable: .quad 0

	.data
	.p2align 3
# rtdyld-check: *{8}r138 = (far + 8)
r138:	.quad 0
	.reloc r138, R_PPC64_ADDR64, far + 8
# rtdyld-check: *{8}r140 = (far - r140)
r140:	.quad 0
	.reloc r140, R_PPC64_REL64, far
# rtdyld-check: *{8}tocbase = (section_addr(common.o, .toc) + 0x8000)
tocbase: .quad .TOC.@tocbase
# rtdyld-check: *{4}r144 = (near)
r144:	.long 0
	.reloc r144, R_PPC64_ADDR32, near
# rtdyld-check: *{4}r146 = (near - r146)[31:0]
r146:	.long 0
	.reloc r146, R_PPC64_REL32, near
