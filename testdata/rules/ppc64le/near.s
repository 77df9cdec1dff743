# The TOC base of an object that addresses both its own table of contents and entries of the GOT by 16 bits (-mcmodel=small): behind the beginning of the one that is first.
#
# mcjit rtdyld -triple=powerpc64le-linux-gnu -verify -own-stubs -check=near.s -map-section near.o,.text=0x10000000 -map-section near.o,.toc=0x20001000 -map-section near.o,.data=0x21000000 \
#   -map-section near.o,.got=0x20000400 -map-section near.o,.got.tls=0x20000600 -dummy-extern far=0x76543210 near.o

	.abiversion 2
	.text
	.globl start
# rtdyld-check: (*{4}start)[15:0] = (section_addr(near.o, .got) + 0x8000 - start + 0x8000)[31:16]
start:	addis 2, 12, .TOC.-start@ha
# rtdyld-check: (*{4}low)[15:0] = (section_addr(near.o, .got) + 0x8000 - start)[15:0]
low:	addi 2, 2, .TOC.-start@l
	.localentry start, .-start
# rtdyld-check: (*{4}r1)[15:2] = (got_addr(near.o/.text, far) - section_addr(near.o, .got) - 0x8000)[15:2]
r1:	ld 3, far@got(2)
# rtdyld-check: (*{4}r2)[15:0] = (entry - section_addr(near.o, .got) - 0x8000)[15:0]
r2:	addi 3, 2, entry@toc
# rtdyld-check: (*{4}r3)[15:2] = (entry + 8 - section_addr(near.o, .got) - 0x8000)[15:2]
r3:	ld 3, entry@toc+8(2)
# rtdyld-check: (*{4}r4)[15:0] = (section_addr(near.o, .got.tls) - section_addr(near.o, .got) - 0x8000)[15:0]
r4:	addi 3, 2, thread@got@tlsgd
# rtdyld-check: (*{4}r5)[15:2] = (section_addr(near.o, .got.tls) + 16 - section_addr(near.o, .got) - 0x8000)[15:2]
r5:	ld 3, thread@got@tprel(2)
# rtdyld-check: *{8}got_addr(near.o/.text, far) = far

	.section .toc, "aw"
	.p2align 3
entry:	.quad far, far+8
	.data
# rtdyld-check: *{8}base = (section_addr(near.o, .got) + 0x8000)
base:	.quad .TOC.@tocbase
	.section .tbss, "awT", @nobits
	.type thread, @object
thread:	.quad 0
