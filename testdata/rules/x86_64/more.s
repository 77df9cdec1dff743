# What LLVM's RuntimeDyld 14 does not know of x86-64.
#
# mcjit rtdyld -triple=x86_64-linux-gnu -verify -check=more.s -map-section more.o,.text=0x10000 -map-section more.o,.data=0x12000 \
#   -map-section helper.o,.text=0x20000 -dummy-extern far=0x123456789abc -dummy-extern b=0x7f -dummy-extern w=0xfff0 -dummy-extern __tls_get_addr=0x30000 more.o helper.o

	.text
start:
# Relaxation is off: what is loaded is the GOT entry, though the symbol is in reach.
# rtdyld-check: decode_operand(load, 4) = got_addr(more.o/.text, helper) - next_pc(load)
load:	movq	helper@GOTPCREL(%rip), %rax
# rtdyld-check: decode_operand(call, 3) = got_addr(more.o/.text, helper) - next_pc(call)
call:	call	*helper@GOTPCREL(%rip)
# rtdyld-check: *{8}got_addr(more.o/.text, helper) = helper

# A stub jumps to what is in the GOT.
# rtdyld-check: decode_operand(branch, 0) = stub_addr(more.o/.text, far) - next_pc(branch)
branch:	call	far@PLT
# rtdyld-check: *{2}stub_addr(more.o/.text, far) = 0x25ff
# rtdyld-check: *{4}(stub_addr(more.o/.text, far) + 2) = (got_addr(more.o/.text, far) - stub_addr(more.o/.text, far) - 6)[31:0]
# rtdyld-check: *{2}(stub_addr(more.o/.text, far) + 6) = 0xcccc
# rtdyld-check: *{8}got_addr(more.o/.text, far) = far

# The GOT's address, and offsets from it.
# rtdyld-check: decode_operand(base, 4) = section_addr(more.o, .got) - next_pc(base)
base:	leaq	_GLOBAL_OFFSET_TABLE_(%rip), %rbx
# rtdyld-check: decode_operand(wide, 1) = section_addr(more.o, .got) - wide
wide:	movabsq	$_GLOBAL_OFFSET_TABLE_ - wide, %rbx
# rtdyld-check: decode_operand(offset, 1) = variable - section_addr(more.o, .got)
offset:	movabsq	$variable@GOTOFF, %rbx
# rtdyld-check: decode_operand(entry, 1) = got_addr(more.o/.text, far) - section_addr(more.o, .got)
entry:	movabsq	$far@GOT, %rbx

# Thread-local variables: modules are one for each object, the variable is below the thread pointer.
# rtdyld-check: decode_operand(local, 4) = 0xfffffffffffffff0
local:	movq	%fs:mine@TPOFF, %rax
# rtdyld-check: decode_operand(within, 4) = 8
within:	leaq	second@DTPOFF(%rax), %rax
# rtdyld-check: decode_operand(general, 4) = section_addr(more.o, .got.tls) - next_pc(general)
general:	leaq	remote@TLSGD(%rip), %rdi
# rtdyld-check: *{8}section_addr(more.o, .got.tls) = 2
# rtdyld-check: *{8}(section_addr(more.o, .got.tls) + 8) = 0

	.data
variable:	.quad	0
# rtdyld-check: *{8}dynamic = got_addr(more.o/.data, far) - dynamic
dynamic:	.quad	far@GOTPCREL
# rtdyld-check: *{8}plt = far - section_addr(more.o, .got)
plt:	.quad	far@PLTOFF
# rtdyld-check: *{4}size = 24
size:	.long	sized@SIZE
# rtdyld-check: *{8}size8 = 25
size8:	.quad	sized@SIZE + 1
# rtdyld-check: *{1}byte = b
byte:	.byte	b
# rtdyld-check: *{2}word = w
word:	.short	w
# rtdyld-check: *{2}near = (start - near)[15:0]
near:	.short	start - .
# rtdyld-check: *{1}nearest = 2
nearest:	.byte	variable - . + (nearest - variable) + 2
# rtdyld-check: *{8}common = shared + 8
common:	.quad	shared + 8
# rtdyld-check: shared[3:0] = 0
# rtdyld-check: *{8}shared = 0
# rtdyld-check: *{8}missing = 0
	.weak	nowhere
missing:	.quad	nowhere
# rtdyld-check: constant = 0xabcdef
# rtdyld-check: *{4}absolute = constant
	.globl	constant
constant = 0xabcdef
absolute:	.long	constant

	.section .tdata, "awT", @progbits
mine:	.quad	1
second:	.quad	2
