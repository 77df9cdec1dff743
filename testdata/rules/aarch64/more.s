# What LLVM's RuntimeDyld 14 does not know of AArch64.
#
# mcjit rtdyld -triple=aarch64-linux-gnu -verify -own-stubs -check=more.s -map-section more.o,.text=0x10000 -map-section more.o,.data=0x30000 \
#   -dummy-extern far=0x123456789abc -dummy-extern b=0x7fff -dummy-extern small=0xfffffffffffffff0 -dummy-extern middle=0x7654abcd more.o

	.text
start:
# A stub loads its target from the GOT entry into x16 or x17, the registers that a call may spoil.
# rtdyld-check: decode_operand(call, 0)[25:0] = (stub_addr(more.o/.text, far) - call)[27:2]
call:	bl	far
# rtdyld-check: (*{4}stub_addr(more.o/.text, far))[4:0] = 16
# rtdyld-check: (*{4}stub_addr(more.o/.text, far))[30:29] = (got_addr(more.o/.text, far)[63:12]-stub_addr(more.o/.text, far)[63:12])[1:0]
# rtdyld-check: (*{4}stub_addr(more.o/.text, far))[23:5] = (got_addr(more.o/.text, far)[63:12]-stub_addr(more.o/.text, far)[63:12])[20:2]
# rtdyld-check: (*{4}(stub_addr(more.o/.text, far) + 4))[21:10] = got_addr(more.o/.text, far)[11:3]
# rtdyld-check: *{4}(stub_addr(more.o/.text, far) + 8) = 0xd61f0220
# rtdyld-check: *{8}got_addr(more.o/.text, far) = far

# Moves: unsigned and checked, signed (movn where the value is negative), relative to the instruction.
# rtdyld-check: decode_operand(u0, 1) = b
u0:	movz	x0, #:abs_g0:b
# rtdyld-check: decode_operand(u1, 1) = middle[31:16]
u1:	movz	x0, #:abs_g1:middle
# rtdyld-check: decode_operand(u2, 1) = far[47:32]
u2:	movz	x0, #:abs_g2:far
# rtdyld-check: *{4}s0 = 0x928001e0
s0:	movz	x0, #:abs_g0_s:small
# rtdyld-check: *{4}s1 = 0x92a00000
s1:	movz	x0, #:abs_g1_s:small
# rtdyld-check: decode_operand(s2, 1) = far[47:32]
s2:	movz	x0, #:abs_g2_s:far
# rtdyld-check: decode_operand(p0, 1) = data - 0x18000 - p0
p0:	movz	x0, #:prel_g0:(data - 0x18000)
# rtdyld-check: decode_operand(p1, 1) = (data - p1)[31:16]
p1:	movz	x0, #:prel_g1:data
# rtdyld-check: decode_operand(p0nc, 2) = (data - p0nc)[15:0]
p0nc:	movk	x0, #:prel_g0_nc:data
# rtdyld-check: decode_operand(p2, 1) = (far - p2)[47:32]
p2:	movz	x0, #:prel_g2:far
# rtdyld-check: decode_operand(p3, 1) = (far - p3)[63:48]
p3:	movz	x0, #:prel_g3:far

# The GOT entry from the instruction, and from the page of the GOT.
# rtdyld-check: (*{4}gotnear)[23:5] = (got_addr(more.o/.text, far) - gotnear)[20:2]
gotnear:	ldr	x1, :got:far
# rtdyld-check: (*{4}gotpage)[21:10] = (got_addr(more.o/.text, far) - section_addr(more.o, .got))[14:3] + section_addr(more.o, .got)[11:3]
gotpage:	ldr	x1, [x1, :gotpage_lo15:far]
# rtdyld-check: decode_operand(pagenc, 1)[20:0] = (far[63:12] - pagenc[63:12])[20:0]
pagenc:	adrp	x1, :pg_hi21_nc:far

# Thread-local variables: local exec, from 16 bytes behind the thread pointer on.
# rtdyld-check: decode_operand(tphi, 2) = 0
tphi:	add	x2, x2, :tprel_hi12:second
# rtdyld-check: decode_operand(tplo, 2) = 0x18
tplo:	add	x2, x2, :tprel_lo12_nc:second
# rtdyld-check: decode_operand(tpcheck, 2) = 0x10
tpcheck:	add	x2, x2, :tprel_lo12:first
# rtdyld-check: decode_operand(tpload, 2) = 3
tpload:	ldr	x3, [x2, :tprel_lo12_nc:second]
# rtdyld-check: decode_operand(tpg1, 1) = 0
tpg1:	movz	x3, #:tprel_g1:second
# rtdyld-check: decode_operand(tpg0, 2) = 0x18
tpg0:	movk	x3, #:tprel_g0_nc:second
# Initial exec, and descriptors: entries beside the GOT.
# rtdyld-check: decode_operand(iepage, 1)[20:0] = (section_addr(more.o, .got.tls)[63:12] - iepage[63:12])[20:0]
iepage:	adrp	x4, :gottprel:second
# rtdyld-check: (*{4}ieload)[21:10] = section_addr(more.o, .got.tls)[11:3]
ieload:	ldr	x4, [x4, :gottprel_lo12:second]
# rtdyld-check: *{8}section_addr(more.o, .got.tls) = 0x18
# rtdyld-check: decode_operand(tdpage, 1)[20:0] = ((section_addr(more.o, .got.tls) + 8)[63:12] - tdpage[63:12])[20:0]
tdpage:	adrp	x0, :tlsdesc:second
# rtdyld-check: (*{4}tdload)[21:10] = (section_addr(more.o, .got.tls) + 8)[11:3]
tdload:	ldr	x1, [x0, :tlsdesc_lo12:second]
# rtdyld-check: decode_operand(tdlow, 2) = (section_addr(more.o, .got.tls) + 8)[11:0]
tdlow:	add	x0, x0, :tlsdesc_lo12:second
	.tlsdesccall second
# rtdyld-check: *{4}tdcall = 0xd63f0020
tdcall:	blr	x1
# rtdyld-check: *{8}(section_addr(more.o, .got.tls) + 24) = 1
# rtdyld-check: *{8}(section_addr(more.o, .got.tls) + 32) = 8

	.data
	.globl	data
data:	.zero	16
# rtdyld-check: *{2}half = b
half:	.short	b
# rtdyld-check: *{2}halfrel = (half - 6 - halfrel)[15:0]
halfrel:	.short	start + 0x20000 - . - 6 + 16
	.p2align 2
# rtdyld-check: *{4}plt = (call - plt)[31:0]
plt:	.word	call@PLT - .
# rtdyld-check: *{4}got = (got_addr(more.o/.data, far) - got)[31:0]
got:	.word	far@GOTPCREL
# rtdyld-check: *{8}missing = 0
	.weak	nowhere
	.p2align 3
missing:	.quad	nowhere

	.section .tdata, "awT", @progbits
first:	.quad	1
second:	.quad	2
