# -triple=powerpc-linux-gnu
# -dummy-extern=ext=0x12345680 -dummy-extern=ext2=0x23456790 -dummy-extern=extd=0x3456
#
 .text
 .globl glob
glob: nop
loc: nop
i1: lis 3, var@ha
i2: addi 3, 3, var@l
i3: lis 3, ext@h
i4: lwz 4, ext@l(3)
i5: b loc
 .data
 .globl var
var: .long 1,2
# The second object.
.text
.globl bfun
.type bfun,%function
bfun: nop
 nop
.data
.globl bvar
bvar: .long 5
