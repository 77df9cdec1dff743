# The relocations of i386. Addends are in the places.
#
# mcjit rtdyld -triple=i386-linux-gnu -verify -own-stubs -check=all.s -map-section all.o,.text=0x10000 -map-section all.o,.data=0x71234000 -map-section all.o,.data.near=0x71234060 \
#   -dummy-extern far=0x7abcdef0 -dummy-extern small=0x1234 -dummy-extern tiny=0x7f all.o

	.text
	.globl	start, global
start:
global:	nop
# Branches reach everything: there are no stubs.
# rtdyld-check: decode_operand(call, 0) = far - next_pc(call)
call:	call	far
# rtdyld-check: decode_operand(plt, 0) = far - next_pc(plt)
plt:	call	far@PLT
# rtdyld-check: decode_operand(jump, 0) = global - next_pc(jump)
jump:	jmp	global@PLT

# The GOT: its address, entries relative to it, or absolute where there is no base register, and offsets of symbols. Relaxation is off.
# rtdyld-check: *{4}(base + 2) = (section_addr(all.o, .got) - base)[31:0]
base:	addl	$_GLOBAL_OFFSET_TABLE_, %ebx
# rtdyld-check: *{4}(entry + 2) = got_addr(all.o/.text, far) - section_addr(all.o, .got)
entry:	movl	far@GOT(%ebx), %eax
# rtdyld-check: *{4}(absolute + 2) = got_addr(all.o/.text, far)
absolute: movl	far@GOT, %ecx
# rtdyld-check: *{4}got_addr(all.o/.text, far) = far
# rtdyld-check: *{4}(offset + 2) = (variable + 4 - section_addr(all.o, .got))[31:0]
offset:	leal	variable@GOTOFF+4(%ebx), %eax

# What does nothing.
# rtdyld-check: *{1}nothing = 0x90
nothing: nop
	.reloc	nothing, R_386_NONE, far
	.reloc	nothing, R_386_GNU_VTINHERIT, far
	.reloc	nothing, R_386_GNU_VTENTRY, far

# Thread-local variables: the block ends at the thread pointer. Entries are pairs, the module, distances from the thread pointer, and to it, and descriptors.
# rtdyld-check: *{4}(general + 2) = (section_addr(all.o, .got.tls) - section_addr(all.o, .got))[31:0]
general: leal	mine@TLSGD(%ebx), %eax
# rtdyld-check: *{4}section_addr(all.o, .got.tls) = 1
# rtdyld-check: *{4}(section_addr(all.o, .got.tls) + 4) = 4
# rtdyld-check: *{4}(module + 2) = (section_addr(all.o, .got.tls) + 8 - section_addr(all.o, .got))[31:0]
module:	leal	mine@TLSLDM(%ebx), %eax
# rtdyld-check: *{4}(section_addr(all.o, .got.tls) + 8) = 1
# rtdyld-check: *{4}(section_addr(all.o, .got.tls) + 12) = 0
# rtdyld-check: *{4}(initial + 2) = (section_addr(all.o, .got.tls) + 16 - section_addr(all.o, .got))[31:0]
initial: movl	mine@GOTNTPOFF(%ebx), %eax
# rtdyld-check: *{4}(section_addr(all.o, .got.tls) + 16) = 0xfffffffc
# rtdyld-check: *{4}(indirect + 2) = section_addr(all.o, .got.tls) + 16
indirect: movl	mine@INDNTPOFF, %ecx
# rtdyld-check: *{4}(sun + 2) = (section_addr(all.o, .got.tls) + 20 - section_addr(all.o, .got))[31:0]
sun:	movl	mine@GOTTPOFF(%ebx), %eax
# rtdyld-check: *{4}(section_addr(all.o, .got.tls) + 20) = 4
# rtdyld-check: *{4}(descriptor + 2) = (section_addr(all.o, .got.tls) + 24 - section_addr(all.o, .got))[31:0]
descriptor: leal	mine@TLSDESC(%ebx), %eax
# rtdyld-check: *{2}called = 0x10ff
called:	call	*mine@TLSCALL(%eax)
# rtdyld-check: *{4}(within + 2) = 8
within:	leal	mine@DTPOFF+4(%eax), %ecx
# rtdyld-check: *{4}(local + 2) = 0xfffffffc
local:	leal	mine@NTPOFF(%eax), %ecx
# rtdyld-check: *{4}(solaris + 1) = 4
solaris: movl	$mine@TPOFF, %eax

	.data
variable: .long	0, 0
# rtdyld-check: *{4}long = far + 8
long:	.long	far + 8
# rtdyld-check: *{4}pc = (far - pc)[31:0]
pc:	.long	far - .
# rtdyld-check: *{4}size = 7
size:	.long	global@SIZE
# rtdyld-check: *{4}slot = got_addr(all.o/.data, variable) - section_addr(all.o, .got)
slot:	.long	variable@GOT
# rtdyld-check: *{4}got_addr(all.o/.data, variable) = variable
# rtdyld-check: *{2}word = small + 1
word:	.short	small + 1
# rtdyld-check: *{2}near = (start16 - near)[15:0]
near:	.short	start16 - .
# rtdyld-check: *{1}byte = tiny
byte:	.byte	tiny
# rtdyld-check: *{1}nearest = (start16 - nearest)[7:0]
nearest: .byte	start16 - .
	.size	global, 7

	.section .data.near, "aw"
start16: .long	0

	.section .tbss, "awT", @nobits
	.long	0
	.type	mine, @tls_object
mine:	.long	0
