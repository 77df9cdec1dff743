# -triple=x86_64-pc-win32
# -dummy-extern=ext=0x60000 -dummy-extern=ext2=0x23450 -dummy-extern=__ImageBase=0x4000
#
 .text
 .globl glob
 .def glob; .scl 2; .type 32; .endef
glob: nop
i1: callq ext
i2: callq ext2
i3: leaq __ImageBase(%rip), %rcx
 .section .text,"xr",one_only,comdat1
 .globl comdat1
comdat1: callq ext2
 .section .text,"xr",one_only,comdat2
 .globl comdat2
comdat2: callq ext
 nop
 .section removed,"nr"
 .long 1
 .section discard,"dDr"
 .long glob@IMGREL
 .section .pdata,"dr"
 .long glob@IMGREL, i1@IMGREL, comdat1@IMGREL
# The second object.
 .globl second
second: callq ext2
 .section .pdata,"dr"
 .long second@IMGREL
