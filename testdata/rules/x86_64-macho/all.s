# Every relocation of Mach-O on x86-64, by its name.
#
# mcjit rtdyld -triple=x86_64-apple-macosx -verify -own-stubs -check=all.s -map-section all.o,__text=0x10000 -map-section all.o,__data=0x71234000 \
#   -map-section all.o,__const=0x20000 -dummy-extern _far=0x123456789abc -dummy-extern _near=0x15000 -dummy-extern raw=0x16000 -dummy-extern _near2=0x10040 \
#   -dummy-extern _w=0x1234 -dummy-extern _b=0x55 -dummy-extern __tlv_bootstrap=0x40000 all.o

	.section __TEXT,__text,regular,pure_instructions
	.globl	_start
_start:
	nop

# Branches, the second through a stub, which jumps by way of its GOT entry.
# rtdyld-check: decode_operand(r1, 0) = _near - next_pc(r1)
r1:	callq _near
# rtdyld-check: decode_operand(r2, 0) = stub_addr(all.o/__text, _far) - next_pc(r2)
r2:	callq _far
# rtdyld-check: *{2}stub_addr(all.o/__text, _far) = 0x25ff
# rtdyld-check: *{4}(stub_addr(all.o/__text, _far) + 2) = (got_addr(all.o/__text, _far) - stub_addr(all.o/__text, _far) - 6)[31:0]
# rtdyld-check: *{8}got_addr(all.o/__text, _far) = _far
# rtdyld-check: decode_operand(r3, 0) = _near + 16 - next_pc(r3)
r3:	jmp _near + 16
# A name without an underscore is another one.
# rtdyld-check: decode_operand(r4, 0) = raw - next_pc(r4)
r4:	callq raw
# rtdyld-check: *{1}(r5 + 1) = (_near2 - r5 - 2)[7:0]
r5:	jrcxz _near2

# Addresses relative to the instruction, with immediate operands of all sizes behind.
# rtdyld-check: decode_operand(r6, 4) = _variable - next_pc(r6)
r6:	movl _variable(%rip), %eax
# rtdyld-check: decode_operand(r7, 4) = _variable + 8 - next_pc(r7)
r7:	leaq _variable + 8(%rip), %rax
# rtdyld-check: decode_operand(r8, 3) = _variable - next_pc(r8)
r8:	movb $0x12, _variable(%rip)
# rtdyld-check: decode_operand(r9, 3) = _variable - next_pc(r9)
r9:	movw $0x1234, _variable(%rip)
# rtdyld-check: decode_operand(r10, 3) = _variable - next_pc(r10)
r10:	movl $0x12345678, _variable(%rip)
# Against the section, for a label that is not in the symbol table.
# rtdyld-check: decode_operand(r11, 4) = constant + 8 - next_pc(r11)
r11:	leaq L_inner(%rip), %rax
# rtdyld-check: decode_operand(r12, 3) = constant + 8 - next_pc(r12)
r12:	cmpl $0x12345678, L_inner(%rip)

# rtdyld-check: decode_operand(r16, 4) = section_addr(all.o, __cstring) - next_pc(r16)
r16:	leaq L_string(%rip), %rax
# rtdyld-check: decode_operand(r17, 3) = section_addr(all.o, __cstring) - next_pc(r17)
r17:	cmpb $0x12, L_string(%rip)
# rtdyld-check: decode_operand(r18, 4) = _common - next_pc(r18)
r18:	movl _common(%rip), %eax

# GOT entries. Loads of one become the address itself where that is near, if the linker is allowed to relax.
# rtdyld-check: decode_operand(r13, 4) = got_addr(all.o/__text, _far) - next_pc(r13)
r13:	movq _far@GOTPCREL(%rip), %rax
# rtdyld-check: *{8}got_addr(all.o/__text, _near) = _near
# rtdyld-check: decode_operand(r14, 4) = got_addr(all.o/__text, _near) - next_pc(r14)
r14:	movq _near@GOTPCREL(%rip), %rax
# rtdyld-check: decode_operand(r15, 3) = got_addr(all.o/__text, _near) - next_pc(r15)
r15:	pushq _near@GOTPCREL(%rip)

# rtdyld-check: decode_operand(r19, 4) = got_addr(all.o/__text, _local) - next_pc(r19)
r19:	movq _local@TLVP(%rip), %rdi
# rtdyld-check: *{8}got_addr(all.o/__text, _local) = _local

	.section __DATA,__data
	.globl _variable
	.p2align 3
_variable:
	.quad 0x1122334455667788
# rtdyld-check: *{8}r20 = _far + 5
r20:	.quad _far + 5
# rtdyld-check: *{4}r21 = _near - 1
r21:	.long _near - 1
# rtdyld-check: *{8}r22 = constant + 8
r22:	.quad L_inner
# Differences: of symbols, from the place itself, within other sections.
# rtdyld-check: *{8}r23 = _weak - _start + 3
r23:	.quad _weak - _start + 3
# rtdyld-check: *{4}r24 = (_start - r24)[31:0]
r24:	.long _start - r24
# rtdyld-check: *{8}r25 = _weak - constant - 8
r25:	.quad _weak - L_inner
# rtdyld-check: *{4}r26 = (got_addr(all.o/__data, _near) - r26)[31:0]
r26:	.long _near@GOTPCREL + 4
# rtdyld-check: *{8}r27 = _weak
r27:	.quad _weak
# rtdyld-check: *{4}r28 = (_start - constant)[31:0]
r28:	.long _start - constant

# rtdyld-check: *{8}r29 = section_addr(all.o, __cstring) + 2
r29:	.quad L_string + 2
# rtdyld-check: *{8}r30 = section_addr(all.o, __cstring) - r30 + 7
r30:	.quad L_string - r30 + 7

# Small numbers, and small differences.
# rtdyld-check: *{2}s1 = 0x1236
s1:	.short _w + 2
# rtdyld-check: *{1}s2 = 0x57
s2:	.byte _b + 2
# rtdyld-check: *{2}s3 = _near_start - _near_end + 0x121
s3:	.short _near_start - _near_end + 0x121
# rtdyld-check: *{1}s4 = _near_end - _near_start + 1
s4:	.byte _near_end - _near_start + 1
	.p2align 4
	.globl _near_start, _near_end
_near_start:
	.zero 32
_near_end:

	.globl _weak
	.weak_definition _weak
_weak:
	.quad 1

	.section __TEXT,__const
	.globl constant
constant:
	.quad 0x1111
L_inner:
	.quad 0x2222

# Thread-local variables: the code loads the address of a descriptor, in which are a function, the number of the module and the place in its block.
	.section __DATA,__thread_data,thread_local_regular
	.p2align 3
	.quad 0
_local$tlv$init:
	.quad 5
	.section __DATA,__thread_vars,thread_local_variables
	.globl _local
# rtdyld-check: *{8}_local = __tlv_bootstrap
# rtdyld-check: *{8}(_local + 8) = 1
# rtdyld-check: *{8}(_local + 16) = 8
_local:
	.quad __tlv_bootstrap
	.quad 0
	.quad _local$tlv$init

	.section __TEXT,__cstring,cstring_literals
L_string:
	.asciz "string"

	.comm _common, 64, 4
	.subsections_via_symbols
