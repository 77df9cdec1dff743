# Every relocation of Mach-O on i386, by its name.
#
# mcjit rtdyld -triple=i386-apple-macosx -verify -own-stubs -check=all.s -map-section all.o,__text=0x10000 -map-section all.o,__data=0x71234000 \
#   -map-section all.o,__pointers=0x80000000 -map-section all.o,__jump_table=0x90000 \
#   -map-section all.o,__cstring=0x71234080 -dummy-extern _far=0x91234560 -dummy-extern _near=0x15000 -dummy-extern _near2=0x10010 \
#   -dummy-extern _w=0x1234 -dummy-extern _b=0x55 all.o

	.section __TEXT,__text,regular,pure_instructions
	.globl	_start
_start:
	nop

# Branches (GENERIC_RELOC_VANILLA).
# rtdyld-check: *{4}(r1 + 1) = (_far - next_pc(r1))[31:0]
r1:	calll _far
# rtdyld-check: decode_operand(r2, 0) = _near + 16 - next_pc(r2)
r2:	jmp _near + 16
# rtdyld-check: *{1}(r3 + 1) = (_near2 - r3 - 2)[7:0]
r3:	jecxz _near2
# Absolute addresses.
# rtdyld-check: *{4}(r5 + 1) = _far + 4
r5:	movl _far + 4, %eax
# rtdyld-check: *{4}(r6 + 1) = _variable
r6:	movl _variable, %eax
# rtdyld-check: *{4}(r7 + 1) = section_addr(all.o, __cstring) + 2
r7:	movl $L_string + 2, %eax
# Scattered: the place is outside of the section that is meant.
# rtdyld-check: *{4}(r8 + 1) = section_addr(all.o, __cstring) - 0x40
r8:	movl $L_string - 0x40, %eax
# Differences (GENERIC_RELOC_LOCAL_SECTDIFF): what position-independent code does, and pointers and jumps that the linker fills in.
# rtdyld-check: *{4}(r9 + 2) = _variable - r9
r9:	leal _variable - r9(%eax), %eax
# rtdyld-check: *{4}(r10 + 2) = section_addr(all.o, __pointers) - r9
r10:	movl L_far_pointer - r9(%eax), %eax
# rtdyld-check: *{4}section_addr(all.o, __pointers) = _far
# rtdyld-check: *{4}(section_addr(all.o, __pointers) + 4) = _variable
# rtdyld-check: decode_operand(r11, 0) = section_addr(all.o, __jump_table) + 5 - next_pc(r11)
r11:	calll L_far_stub
# rtdyld-check: *{1}section_addr(all.o, __jump_table) = 0xe9
# rtdyld-check: *{4}(section_addr(all.o, __jump_table) + 1) = (_near - section_addr(all.o, __jump_table) - 5)[31:0]
# rtdyld-check: *{4}(section_addr(all.o, __jump_table) + 6) = (_far - section_addr(all.o, __jump_table) - 10)[31:0]

# rtdyld-check: *{2}(r12 + 2) = (_near2 - r12 - 4)[15:0]
r12:	callw _near2

	.section __DATA,__data
	.globl _variable
_variable:
	.long 0x11223344
# rtdyld-check: *{4}r20 = (_start - r20)[31:0]
r20:	.long _start - r20
# rtdyld-check: *{4}r21 = (section_addr(all.o, __cstring) + 3 - _variable)[31:0]
r21:	.long L_string + 3 - _variable

# Small numbers, and small differences.
# rtdyld-check: *{2}s1 = 0x1236
s1:	.short _w + 2
# rtdyld-check: *{1}s2 = 0x57
s2:	.byte _b + 2
# rtdyld-check: *{2}s3 = _gstring - _variable + 2
s3:	.short _gstring - _variable + 2
# rtdyld-check: *{1}s4 = _gstring - _variable
s4:	.byte _gstring - _variable
# rtdyld-check: *{2}s5 = _gstring - _variable - 6
s5:	.short L_string - _variable + 1
# rtdyld-check: *{1}s6 = _gstring - _variable - 7
s6:	.byte L_string - _variable
	.section __IMPORT,__pointers,non_lazy_symbol_pointers
L_far_pointer:
	.indirect_symbol _far
	.long 0
	.indirect_symbol _variable
	.long 0

	.section __IMPORT,__jump_table,symbol_stubs,pure_instructions+self_modifying_code,5
	.indirect_symbol _near
	.ascii "\364\364\364\364\364"
L_far_stub:
	.indirect_symbol _far
	.ascii "\364\364\364\364\364"

	.section __TEXT,__cstring,cstring_literals
L_string:
	.asciz "string"
	.globl _gstring
_gstring:
	.asciz "another"
	.subsections_via_symbols
