# -triple=armv7-linux-gnueabihf
# -dummy-extern=ext=0x12345680 -dummy-extern=ext2=0x23456790 -dummy-extern=extd=0x3456
#
 .syntax unified
 .text
 .globl glob
 .type glob,%function
glob: nop
loc: nop
i1: bl ext
i2: bl ext2
i3: b ext
i4: bl loc
i5: bl glob
i6: bl far
i7: bl bfun
i8: bl ext
i9: blne far
i10: movw r0, :lower16:var
i11: movt r0, :upper16:var
i12: movw r0, :lower16:ext+4
i13: movt r0, :upper16:ext
i14: beq glob
 .section .rodata,"a"
 .long ext, var+4, loc, bvar
 .long ext(PREL31)
 .long var(target1)

 .section .text.far,"ax",%progbits
 .globl far
 .type far,%function
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
