# -triple=s390x-linux-gnu
# -dummy-extern=ext=0x12345680 -dummy-extern=ext2=0x23456790 -dummy-extern=extd=0x3456
#
 .text
 .globl glob
 .type glob,@function
glob: nopr
 nopr
loc: nopr
 nopr
i1: brasl %r14, ext@PLT
i2: brasl %r14, ext2@PLT
i3: brasl %r14, ext@PLT
i4: brasl %r14, loc
i5: brasl %r14, glob@PLT
i6: brasl %r14, far@PLT
i7: brasl %r14, bfun@PLT
i8: jg ext@PLT
i9: larl %r1, var
i10: lgrl %r1, ext@GOT
i11: lgrl %r1, var@GOT
i12: lgrl %r1, bvar@GOT
i13: larl %r1, ext
i14: lgrl %r1, ext2@GOT
i15: jne glob
i16: larl %r1, ext@GOT
i17: brasl %r14, loc@PLT
 .section .rodata,"a"
 .quad ext, var+4, loc
 .long extd, var-.
 .short extd
 .quad ext-.

 .section .text.far,"ax",@progbits
 .globl far
 .type far,@function
far: nopr
 .data
 .globl var
 .p2align 3
var: .long 1,2,3,4
# The second object.
.text
.globl bfun
.type bfun,%function
bfun: nopr
 nopr
.data
.globl bvar
bvar: .long 5
