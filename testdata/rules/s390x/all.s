# The relocations of s390x. Distances are stored in halfwords.
#
# mcjit rtdyld -triple=s390x-linux-gnu -verify -own-stubs -check=all.s -map-section all.o,.text=0x10000 -map-section all.o,.data=0x71234000 -map-section all.o,.text.near=0x10800 \
#   -map-section all.o,.data.near=0x71234200 -map-section all.o,.got=0x71234300 -map-section all.o,.got.tls=0x71234400 \
#   -dummy-extern far=0x123456789abc -dummy-extern low=0x7abcdef0 -dummy-extern small=0x123 -dummy-extern medium=0x54321 -dummy-extern half=0x1234 -dummy-extern tiny=0x7f all.o

	.machine zEC12
	.text
	.globl	start
start:	nop
# The first entry of the GOT.
# rtdyld-check: *{4}(first + 2) = (got_addr(all.o/.text, half) - first)[32:1]
first:	lgrl	%r1, half@GOTENT
# Branches and addresses.
# rtdyld-check: (*{4}(call + 2)) = (variable - call)[32:1]
call:	brasl	%r14, variable
# rtdyld-check: (*{4}(plt + 2)) = (stub_addr(all.o/.text, far) - plt)[32:1]
plt:	brasl	%r14, far@PLT
# rtdyld-check: (*{4}(jump + 2)) = (stub_addr(all.o/.text, far) - jump)[32:1]
jump:	jg	far
# A stub: lgrl %r1, entry; br %r1.
# rtdyld-check: *{2}stub_addr(all.o/.text, far) = 0xc418
# rtdyld-check: *{4}(stub_addr(all.o/.text, far) + 2) = (got_addr(all.o/.text, far) - stub_addr(all.o/.text, far))[32:1]
# rtdyld-check: *{2}(stub_addr(all.o/.text, far) + 6) = 0x07f1
# rtdyld-check: *{8}got_addr(all.o/.text, far) = far
# rtdyld-check: (*{2}(short + 2)) = (close - short)[16:1]
short:	bras	%r14, close
# rtdyld-check: (*{2}(shortplt + 2)) = (close - shortplt)[16:1]
shortplt: bras	%r14, close@PLT
# rtdyld-check: (*{2}(predict + 1))[11:0] = (close - predict)[12:1]
# rtdyld-check: (*{4}(predict + 2))[23:0] = (close - predict)[24:1]
predict: bprp	1, close, close
# rtdyld-check: (*{2}(predictplt + 1))[11:0] = (close - predictplt)[12:1]
# rtdyld-check: (*{4}(predictplt + 2))[23:0] = (close - predictplt)[24:1]
predictplt: bprp 1, close@PLT, close@PLT
# rtdyld-check: (*{4}(address + 2)) = (variable + 2 - address)[32:1]
address: larl	%r1, variable + 2

# Displacements.
# rtdyld-check: (*{2}(disp12 + 2))[11:0] = small
disp12:	la	%r1, small
# rtdyld-check: (*{4}(disp20 + 2))[27:16] = medium[11:0]
# rtdyld-check: (*{4}(disp20 + 2))[15:8] = medium[19:12]
disp20:	lay	%r1, medium
# rtdyld-check: *{2}(immediate + 2) = half
immediate: lhi	%r1, half

# The GOT.
# rtdyld-check: (*{2}(got12 + 2))[11:0] = got_addr(all.o/.text, far) - section_addr(all.o, .got)
got12:	l	%r1, far@GOT(%r12)
# rtdyld-check: (*{4}(got20 + 2))[27:16] = got_addr(all.o/.text, far) - section_addr(all.o, .got)
got20:	lg	%r1, far@GOT(%r12)
# rtdyld-check: *{2}(got16 + 2) = got_addr(all.o/.text, far) - section_addr(all.o, .got)
got16:	lhi	%r1, far@GOT
# rtdyld-check: *{4}(entry + 2) = (got_addr(all.o/.text, far) - entry)[32:1]
entry:	lgrl	%r1, far@GOTENT
# rtdyld-check: *{4}(base + 2) = (section_addr(all.o, .got) - base)[32:1]
base:	larl	%r12, _GLOBAL_OFFSET_TABLE_
	.reloc	base + 2, R_390_NONE, far
	.reloc	base + 2, R_390_GNU_VTINHERIT, far
	.reloc	base + 2, R_390_GNU_VTENTRY, far
# rtdyld-check: (*{2}(plt12 + 2))[11:0] = got_addr(all.o/.text, far) - section_addr(all.o, .got)
plt12:	l	%r1, 0(%r12)
	.reloc	plt12 + 2, R_390_GOTPLT12, far
# rtdyld-check: (*{4}(plt20 + 2))[27:16] = got_addr(all.o/.text, far) - section_addr(all.o, .got)
plt20:	lg	%r1, 0(%r12)
	.reloc	plt20 + 2, R_390_GOTPLT20, far
# rtdyld-check: *{4}(pltentry + 2) = (got_addr(all.o/.text, far) - pltentry)[32:1]
pltentry: lgrl	%r1, start
	.reloc	pltentry + 2, R_390_GOTPLTENT, far + 2

# Thread-local variables: the block ends at the thread pointer.
# rtdyld-check: *{4}(ieent + 2) = (section_addr(all.o, .got.tls) - ieent)[32:1]
ieent:	larl	%r1, mine@INDNTPOFF
# rtdyld-check: *{8}section_addr(all.o, .got.tls) = 0xfffffffffffffff8
# rtdyld-check: *{2}(ie12 + 2) = 0x2000 + (section_addr(all.o, .got.tls) - section_addr(all.o, .got))[11:0]
ie12:	l	%r1, mine@GOTNTPOFF(%r2)
# rtdyld-check: (*{4}(ie20 + 2))[27:16] = (section_addr(all.o, .got.tls) - section_addr(all.o, .got))[11:0]
ie20:	lg	%r1, mine@GOTNTPOFF(%r2)
# rtdyld-check: *{4}load = 0xe3111000
load:	lg	%r1, 0(%r1,%r1):tls_load:mine
# rtdyld-check: *{2}gdcall = 0xc0e5
gdcall:	brasl	%r14, start:tls_gdcall:mine
# rtdyld-check: *{2}ldcall = 0xc0e5
ldcall:	brasl	%r14, start:tls_ldcall:mine

	.section .text.near, "ax"
close:	br	%r14

	.data
# rtdyld-check: *{8}initial = section_addr(all.o, .got.tls)
initial: .quad	mine@INDNTPOFF
# rtdyld-check: *{8}gotinitial = section_addr(all.o, .got.tls) - section_addr(all.o, .got)
gotinitial: .quad mine@GOTNTPOFF
# rtdyld-check: *{8}local = 0xfffffffffffffff8
local:	.quad	mine@NTPOFF
# rtdyld-check: *{8}general = section_addr(all.o, .got.tls) + 8 - section_addr(all.o, .got)
general: .quad	mine@TLSGD
# rtdyld-check: *{8}(section_addr(all.o, .got.tls) + 8) = 1
# rtdyld-check: *{8}(section_addr(all.o, .got.tls) + 16) = 8
# rtdyld-check: *{8}module = section_addr(all.o, .got.tls) + 24 - section_addr(all.o, .got)
module:	.quad	mine@TLSLDM
# rtdyld-check: *{8}(section_addr(all.o, .got.tls) + 24) = 1
# rtdyld-check: *{8}(section_addr(all.o, .got.tls) + 32) = 0
# rtdyld-check: *{8}within = 8
within:	.quad	mine@DTPOFF
variable: .quad	0
# rtdyld-check: *{8}quad = far + 8
quad:	.quad	far + 8
# rtdyld-check: *{4}long = low
long:	.long	low
# rtdyld-check: *{2}word = half
word:	.short	half
# rtdyld-check: *{1}byte = tiny
byte:	.byte	tiny
	.p2align 3
# rtdyld-check: *{8}pc64 = far - pc64
pc64:	.quad	far - .
# rtdyld-check: *{4}pc32 = (start - pc32)[31:0]
pc32:	.long	start - .
# rtdyld-check: *{2}pc16 = (data2 - pc16)[15:0]
pc16:	.short	0
	.reloc	pc16, R_390_PC16, data2
# rtdyld-check: *{2}gotoff16 = (data2 - section_addr(all.o, .got))[15:0]
gotoff16: .short	data2@GOTOFF
# rtdyld-check: *{4}gotoff32 = (variable - section_addr(all.o, .got))[31:0]
gotoff32: .long	variable@GOTOFF
# rtdyld-check: *{4}got32 = got_addr(all.o/.data, far) - section_addr(all.o, .got)
got32:	.long	far@GOT
# rtdyld-check: *{8}gotoff64 = variable - section_addr(all.o, .got)
gotoff64: .quad	variable@GOTOFF
# rtdyld-check: *{8}got64 = got_addr(all.o/.data, far) - section_addr(all.o, .got)
got64:	.quad	far@GOT
# rtdyld-check: *{8}gotpc = section_addr(all.o, .got) - gotpc
gotpc:	.quad	_GLOBAL_OFFSET_TABLE_ - .
# rtdyld-check: *{8}plt64 = far - plt64
plt64:	.quad	far@PLT - .
# rtdyld-check: *{4}plt32 = (start - plt32)[31:0]
plt32:	.long	start@PLT - .
# rtdyld-check: *{4}pltoff32 = (start - section_addr(all.o, .got))[31:0]
pltoff32: .long	start@PLTOFF
# rtdyld-check: *{8}pltoff64 = far - section_addr(all.o, .got)
pltoff64: .quad	far@PLTOFF
# rtdyld-check: *{8}gotplt64 = got_addr(all.o/.data, far) - section_addr(all.o, .got)
gotplt64: .quad	far@GOTPLT
# rtdyld-check: *{4}gotplt32 = got_addr(all.o/.data, far) - section_addr(all.o, .got)
gotplt32: .long	far@GOTPLT
# rtdyld-check: *{2}gotplt16 = got_addr(all.o/.data, far) - section_addr(all.o, .got)
gotplt16: .short	0
	.reloc	gotplt16, R_390_GOTPLT16, far
# rtdyld-check: *{2}pltoff16 = (data2 - section_addr(all.o, .got))[15:0]
pltoff16: .short	0
	.reloc	pltoff16, R_390_PLTOFF16, data2
	.globl	data2

	.section .data.near, "aw"
data2:	.quad	0

	.section .tbss, "awT", @nobits
	.quad	0
	.type	mine, @object
mine:	.quad	0
