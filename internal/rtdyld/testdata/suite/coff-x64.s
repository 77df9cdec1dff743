# -triple=x86_64-pc-win32
# -dummy-extern=ext=0x60000 -dummy-extern=ext2=0x23450 -dummy-extern=imp1=0x5000 -dummy-extern=__imp_imp1=0x7000 -dummy-extern=__ImageBase=0x1000
#
 .text
 .globl glob
 .def glob; .scl 2; .type 32; .endef
glob: nop
loc: nop
i1: callq ext
i2: callq ext2
i3: callq ext
i4: callq loc
i5: callq glob
i6: callq far
i7: callq bfun
i8: jmp ext2
i9: leaq var(%rip), %rax
i10: leaq ext(%rip), %rax
i11: movl bvar(%rip), %eax
i12: movl $7, var+4(%rip)
i13: movb $7, var(%rip)
i14: movw $7, var(%rip)
i15: movabsq $ext, %rax
i16: movq __imp_imp1(%rip), %rax
i17: callq *__imp_imp1(%rip)
 .section .tfar,"xr"
 .globl far
far: nop
 .data
 .globl var
 .p2align 3
var: .quad 1
 .quad ext, var+4, loc, bvar
 .long var@imgrel, far@imgrel
 .secrel32 var
 .globl __imp_imp2
__imp_imp2: .quad 0x1234
# The second object.
.text
.globl bfun
.def bfun; .scl 2; .type 32; .endef
bfun: nop
 nop
.data
.globl bvar
bvar: .long 5,6
