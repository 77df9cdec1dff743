# Every relocation of COFF on x86-64, by its name.
#
# mcjit rtdyld -triple=x86_64-pc-windows-msvc -verify -own-stubs -check=all.s -map-section all.o,.text=0x400 -map-section all.o,.data=0x20000 -map-section all.o,.rdata=0x30000 \
#   -map-section all.o,.rdata$zz=0x31000 -dummy-extern far=0x123456789abc -dummy-extern near=0x15000 -dummy-extern imported=0x7fff12345678 -dummy-extern known=0x40 all.o

	.text
	.globl	start
begin:
start:	nop

# Calls, the second through a stub, which jumps by way of its GOT entry.
# rtdyld-check: decode_operand(r1, 0) = near - next_pc(r1)
r1:	call	near
# rtdyld-check: decode_operand(r2, 0) = stub_addr(all.o/.text, far) - next_pc(r2)
r2:	call	far
# rtdyld-check: *{2}stub_addr(all.o/.text, far) = 0x25ff
# rtdyld-check: *{8}got_addr(all.o/.text, far) = far

# Data, with what is behind the displacement in the relocation's type.
# rtdyld-check: decode_operand(r3, 4) = variable + 8 - next_pc(r3)
r3:	leaq	variable+8(%rip), %rax
# rtdyld-check: *{4}(r4 + 2) = (variable - r4 - 7)[31:0]
r4:	.byte	0x80, 0x3d
	.reloc	., IMAGE_REL_AMD64_REL32_1, variable + (. - begin) # as writes it relative to the section
	.long	0
	.byte	1
# rtdyld-check: *{4}(r5 + 3) = (variable - r5 - 9)[31:0]
r5:	.byte	0x66, 0x81, 0x3d
	.reloc	., IMAGE_REL_AMD64_REL32_2, variable + (. - begin) # as writes it relative to the section
	.long	0
	.short	1
# rtdyld-check: *{4}(r6 + 3) = (variable - r6 - 10)[31:0]
r6:	.byte	0x90, 0x90, 0x90
	.reloc	., IMAGE_REL_AMD64_REL32_3, variable + (. - begin) # as writes it relative to the section
	.long	0
	.byte	1, 2, 3
# rtdyld-check: *{4}(r7 + 2) = (variable - r7 - 10)[31:0]
r7:	.byte	0x81, 0x3d
	.reloc	., IMAGE_REL_AMD64_REL32_4, variable + (. - begin) # as writes it relative to the section
	.long	0
	.long	1
# rtdyld-check: *{4}(r8 + 2) = (variable - r8 - 11)[31:0]
r8:	.byte	0x90, 0x90
	.reloc	., IMAGE_REL_AMD64_REL32_5, variable + (. - begin) # as writes it relative to the section
	.long	0
	.byte	1, 2, 3, 4, 5

# A pointer to what a DLL has: the GOT entry of the name, since nobody defines the pointer.
# rtdyld-check: decode_operand(r9, 3) = got_addr(all.o/.text, imported) - next_pc(r9)
# rtdyld-check: *{8}got_addr(all.o/.text, imported) = imported
r9:	call	*__imp_imported(%rip)

# The image begins where its lowest section does.
# rtdyld-check: decode_operand(r10, 4) = section_addr(all.o, .text) - next_pc(r10)
r10:	leaq	__ImageBase(%rip), %rax

	.data
	.globl	variable
variable:
	.quad	1, 2
# rtdyld-check: *{8}a1 = near + 0x123456789a
a1:	.quad	near + 0x123456789a
# rtdyld-check: *{8}a2 = far
a2:	.quad	far
# rtdyld-check: *{4}a3 = near + 4
a3:	.long	near + 4
# rtdyld-check: *{4}a4 = variable - section_addr(all.o, .text) + 8
a4:	.rva	variable + 8
# Far functions are in the image by their stubs.
# rtdyld-check: *{4}a5 = stub_addr(all.o/.data, far) - section_addr(all.o, .text)
a5:	.rva	far
# rtdyld-check: *{4}a6 = a6 - section_addr(all.o, .data) + 0x44444444
a6:	.secrel32 a6 + 0x44444444
# The section's number, from 0 on, as LLVM's tool has it. The linker stores the file's, from 1 on.
# rtdyld-check: *{2}a7 = 1
a7:	.secidx	variable
# rtdyld-check: *{8}a10 = known
a10:	.quad	weakly_known
# rtdyld-check: *{8}a11 = variable
a11:	.quad	weak_here
	.weak	weakly_known
weakly_known = known
	.weak	weak_here
weak_here = variable

	.section .rdata, "dr"
constant: .quad	0

# Offsets in a section count from where its pieces begin.
	.section .rdata$zz, "dr"
last:	.quad	0
# rtdyld-check: *{4}b1 = last + 4 - section_addr(all.o, .rdata)
b1:	.secrel32 last + 4
