# Every relocation of Mach-O on AArch64, by its name.
#
# mcjit rtdyld -triple=arm64-apple-macosx -verify -own-stubs -check=all.s -map-section all.o,__text=0x10000 -map-section all.o,__data=0x71234000 \
#   -map-section all.o,__const=0x20000 -map-section all.o,.got=0x30008 -dummy-extern _far=0x123456789ab8 -dummy-extern _near=0x15010 \
#   -dummy-extern _w=0x1234 -dummy-extern _b=0x55 -dummy-extern __tlv_bootstrap=0x40000 all.o

	.section __TEXT,__text,regular,pure_instructions
	.globl	_start
	.p2align 2
_start:
	nop

# Branches, the second through a stub, which loads its GOT entry.
# rtdyld-check: (*{4}r1)[25:0] = (_near - r1)[27:2]
r1:	bl _near
# rtdyld-check: (*{4}r2)[25:0] = (stub_addr(all.o/__text, _far) - r2)[27:2]
r2:	b _far
# rtdyld-check: *{8}got_addr(all.o/__text, _far) = _far
# rtdyld-check: (*{4}r3)[25:0] = (_near + 16 - r3)[27:2]
r3:	bl _near + 16

# Pages, and what is behind them, scaled as the instruction has it. Addends are in relocations of their own.
# rtdyld-check: (*{4}r4)[30:29] = ((_variable - section_addr(all.o, __text)) >> 12)[1:0]
# rtdyld-check: (*{4}r4)[23:5] = ((_variable - section_addr(all.o, __text)) >> 12)[20:2]
r4:	adrp x0, _variable@PAGE
# rtdyld-check: (*{4}r5)[21:10] = _variable[11:0]
r5:	add x0, x0, _variable@PAGEOFF
# rtdyld-check: (*{4}r6)[21:10] = _variable[11:0]
r6:	ldrb w1, [x0, _variable@PAGEOFF]
# rtdyld-check: (*{4}r7)[21:10] = _variable[11:1]
r7:	ldrh w1, [x0, _variable@PAGEOFF]
# rtdyld-check: (*{4}r8)[21:10] = _variable[11:2]
r8:	str w1, [x0, _variable@PAGEOFF]
# rtdyld-check: (*{4}r9)[21:10] = _variable[11:3]
r9:	ldr x1, [x0, _variable@PAGEOFF]
# rtdyld-check: (*{4}r10)[21:10] = _variable[11:4]
r10:	ldr q1, [x0, _variable@PAGEOFF]
# rtdyld-check: (*{4}r11)[21:10] = _variable[11:3]
r11:	ldr d1, [x0, _variable@PAGEOFF]
# rtdyld-check: (*{4}r12)[30:29] = ((_variable + 0x12340 - section_addr(all.o, __text)) >> 12)[1:0]
# rtdyld-check: (*{4}r12)[23:5] = ((_variable + 0x12340 - section_addr(all.o, __text)) >> 12)[20:2]
r12:	adrp x0, _variable@PAGE + 0x12340
# rtdyld-check: (*{4}r13)[21:10] = (_variable + 0x12340)[11:3]
r13:	ldr x1, [x0, _variable@PAGEOFF + 0x12340]

# GOT entries.
# rtdyld-check: (*{4}r14)[30:29] = ((got_addr(all.o/__text, _far) - section_addr(all.o, __text)) >> 12)[1:0]
# rtdyld-check: (*{4}r14)[23:5] = ((got_addr(all.o/__text, _far) - section_addr(all.o, __text)) >> 12)[20:2]
r14:	adrp x0, _far@GOTPAGE
# rtdyld-check: (*{4}r15)[21:10] = got_addr(all.o/__text, _far)[11:3]
r15:	ldr x0, [x0, _far@GOTPAGEOFF]
# rtdyld-check: (*{4}r16)[21:10] = got_addr(all.o/__text, _near)[11:3]
r16:	ldr x0, [x0, _near@GOTPAGEOFF]
# rtdyld-check: *{8}got_addr(all.o/__text, _near) = _near

# rtdyld-check: (*{4}r17)[30:29] = ((got_addr(all.o/__text, _local) - section_addr(all.o, __text)) >> 12)[1:0]
# rtdyld-check: (*{4}r17)[23:5] = ((got_addr(all.o/__text, _local) - section_addr(all.o, __text)) >> 12)[20:2]
r17:	adrp x0, _local@TLVPPAGE
# rtdyld-check: (*{4}r18)[21:10] = got_addr(all.o/__text, _local)[11:3]
r18:	ldr x0, [x0, _local@TLVPPAGEOFF]
# rtdyld-check: *{8}got_addr(all.o/__text, _local) = _local

	.section __DATA,__data
	.globl _variable
	.p2align 4
	.zero 0x550
_variable:
	.quad 0x1122334455667788
# rtdyld-check: *{8}r20 = _far + 5
r20:	.quad _far + 5
# rtdyld-check: *{4}r21 = (_near - 1)[31:0]
r21:	.long _near - 1
# rtdyld-check: *{8}r22 = constant + 8
r22:	.quad L_inner
# Differences.
# rtdyld-check: *{8}r23 = _weak - _start + 3
r23:	.quad _weak - _start + 3
# rtdyld-check: *{4}r24 = (_start - r24)[31:0]
r24:	.long _start - r24
# rtdyld-check: *{8}r25 = _weak - constant - 8
r25:	.quad _weak - L_inner
# Distances to GOT entries, and their addresses.
# rtdyld-check: *{4}r26 = (got_addr(all.o/__data, _near) - r26)[31:0]
r26:	.long _near@GOT - .
# rtdyld-check: *{8}r27 = got_addr(all.o/__data, _near)
r27:	.quad _near@GOT
# rtdyld-check: *{8}r28 = _weak
r28:	.quad _weak

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

	.section __TEXT,__const
	.globl constant
constant:
	.quad 0x1111
L_inner:
	.quad 0x2222
	.subsections_via_symbols
