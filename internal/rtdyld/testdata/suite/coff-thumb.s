# -triple=thumbv7-pc-win32
# -dummy-extern=ext=0x60000 -dummy-extern=ext2=0x23450 -dummy-extern=imp1=0x5000 -dummy-extern=__imp_imp1=0x7000 -dummy-extern=__ImageBase=0x1000
# LLVM is wrong: section_addr\(a.o, .data\)\+20
 .syntax unified
 .text
 .globl glob
 .def glob; .scl 2; .type 32; .endef
 .code 16
 .thumb_func
glob: nop
i10: movw r0, :lower16:var
i11: movt r0, :upper16:var
i12: nop
i13: nop
i14: movw r0, :lower16:glob
i15: movt r0, :upper16:glob
i16: nop
i17: nop
 .data
 .globl var
 .p2align 3
var: .long 1
 .long ext, var+4, glob, bvar, bfun
 .rva var
 .secrel32 var
# The second object.
.text
.globl bfun
.def bfun; .scl 2; .type 32; .endef
.code 16
.thumb_func
bfun: nop
 nop
.data
.globl bvar
bvar: .long 5,6
