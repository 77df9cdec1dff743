# What LLVM's RuntimeDyld 14 does not know of x86-64.
#
# mcjit rtdyld -triple=x86_64-linux-gnu -verify -own-stubs -check=more.s -map-section more.o,.text=0x10000 -map-section more.o,.data=0x12000 \
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
# The other entries for them: the module, the distance from the thread pointer, a descriptor.
# rtdyld-check: decode_operand(module, 4) = section_addr(more.o, .got.tls) + 16 - next_pc(module)
module:	leaq	mine@TLSLD(%rip), %rdi
# rtdyld-check: *{8}(section_addr(more.o, .got.tls) + 16) = 1
# rtdyld-check: *{8}(section_addr(more.o, .got.tls) + 24) = 0
# rtdyld-check: decode_operand(initial, 4) = section_addr(more.o, .got.tls) + 32 - next_pc(initial)
initial: movq	second@GOTTPOFF(%rip), %rax
# rtdyld-check: *{8}(section_addr(more.o, .got.tls) + 32) = 0xfffffffffffffff8
# rtdyld-check: decode_operand(descriptor, 4) = section_addr(more.o, .got.tls) + 40 - next_pc(descriptor)
descriptor: leaq second@TLSDESC(%rip), %rax
# rtdyld-check: *{2}called = 0x10ff
called:	call	*second@TLSCALL(%rax)

# What assemblers wrote for code with the BND prefix, and what does nothing.
# rtdyld-check: decode_operand(bound, 0) = stub_addr(more.o/.text, far) - next_pc(bound)
	.reloc	bound + 1, R_X86_64_PLT32_BND, far - 4
bound:	jmp	. + 0x1234
# rtdyld-check: decode_operand(bound2, 0) = helper - next_pc(bound2)
	.reloc	bound2 + 1, R_X86_64_PC32_BND, helper - 4
bound2:	jmp	. + 0x1234
# rtdyld-check: *{1}nothing = 0x90
	.reloc	nothing, R_X86_64_NONE, far
	.vtable_inherit nothing, far
	.vtable_entry far, 0
nothing: nop

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
# rtdyld-check: *{1}distance = (variable - distance + 0x70)[7:0]
	.reloc	distance, R_X86_64_PC8, variable + 0x70
distance: .byte	0
# rtdyld-check: *{4}slot = (got_addr(more.o/.data, far) - slot)[31:0]
slot:	.long	far@GOTPCREL
# rtdyld-check: *{4}slot32 = got_addr(more.o/.data, far) - section_addr(more.o, .got)
slot32:	.long	far@GOT
# rtdyld-check: *{8}slotplt = got_addr(more.o/.data, far) - section_addr(more.o, .got)
slotplt: .quad	far@GOTPLT
# rtdyld-check: *{8}tp = 0xfffffffffffffff8
tp:	.quad	second@TPOFF
# rtdyld-check: *{8}dtp = 8
dtp:	.quad	second@DTPOFF
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
