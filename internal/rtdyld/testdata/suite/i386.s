# -triple=i386-linux-gnu
# -dummy-extern=ext=0x12345680 -dummy-extern=ext2=0x23456790 -dummy-extern=extd=0x3456
#
 .text
 .globl glob
 .type glob,@function
glob: nop
loc: nop
i1: call ext
i2: call loc
i3: call glob
i4: call far
i5: call bfun@PLT
i6: jmp ext2
i7: movl var, %eax
i8: movl $ext, %ebx
i9: movl var+4(,%eax,4), %ebx
i10: addl $bvar, %ebx
i11: movl $5, var
 .section .rodata,"a"
 .long ext, var+4, loc, far-., bvar

 .section .text.far,"ax",@progbits
 .globl far
 .type far,@function
far: nop
 .data
 .globl var
 .p2align 3
var: .long 1,2,3,4
# The second object.
.text
.globl bfun
.type bfun,%function
bfun: nop
 nop
.data
.globl bvar
bvar: .long 5
