# The TOC base of an object that has no table of contents: for RuntimeDyld it is behind the beginning of the first section of all that it has loaded, which is that of the first symbol.
#
# mcjit rtdyld -triple=powerpc64le-linux-gnu -verify -check=notoc.s -map-section notoc.o,.text=0x10000000 -map-section notoc.o,.data=0x21000000 notoc.o
#
# llvm-rtdyld-14: the same

	.abiversion 2
	.data
# rtdyld-check: *{8}base = (section_addr(notoc.o, .data) + 0x8000)
base:	.quad .TOC.@tocbase

	.text
	.globl start
# rtdyld-check: (*{4}start)[15:0] = ((section_addr(notoc.o, .data) + 0x8000) - start + 0x8000)[31:16]
start:	addis 2, 12, .TOC.-start@ha
# rtdyld-check: (*{4}low)[15:0] = ((section_addr(notoc.o, .data) + 0x8000) - start)[15:0]
low:	addi 2, 2, .TOC.-start@l
	.localentry start, .-start
	blr
