# Every relocation of COFF on i386, by its name. Rules have names as they are in files, with C's underscore.
#
# mcjit rtdyld -triple=i686-pc-windows-msvc -verify -own-stubs -check=all.s -map-section all.o,.text=0x400 -map-section all.o,.data=0x20000 \
#   -dummy-extern _far=0x7fff0000 -dummy-extern _near=0x15000 -dummy-extern _imported=0x76543210 -dummy-extern _callee@8=0x16000 -dummy-extern raw=0x1234 all.o

	.text
	.globl	_start
_start:	nop
# rtdyld-check: decode_operand(r1, 0) = _near - next_pc(r1)
r1:	call	_near
# rtdyld-check: decode_operand(r2, 0) = 0x16000 + 16 - next_pc(r2)
r2:	jmp	_callee@8 + 16
# rtdyld-check: *{4}(r3 + 1) = _far
r3:	movl	$_far, %eax
# A pointer to what a DLL has: the GOT entry of the name, since nobody defines the pointer.
# rtdyld-check: *{4}(r4 + 2) = got_addr(all.o/.text, _imported)
r4:	call	*__imp__imported
# rtdyld-check: *{4}got_addr(all.o/.text, _imported) = _imported
# rtdyld-check: *{4}(r5 + 1) = section_addr(all.o, .text)
r5:	movl	$___ImageBase, %eax

	.data
	.globl	_variable
_variable: .long 1
# rtdyld-check: *{4}a1 = _variable + 8
a1:	.long	_variable + 8
# rtdyld-check: *{4}a2 = raw
a2:	.long	raw
# rtdyld-check: *{4}a3 = _variable + 4 - section_addr(all.o, .text)
a3:	.rva	_variable + 4
# rtdyld-check: *{4}a4 = a4 - section_addr(all.o, .data)
a4:	.secrel32 a4
# rtdyld-check: *{2}a5 = 1
a5:	.secidx	_variable
