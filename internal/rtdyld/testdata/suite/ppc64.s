# -triple=powerpc64-linux-gnu
# -dummy-extern=ext=0x12345680 -dummy-extern=ext2=0x23456790 -dummy-extern=extd=0x3456
#
 .section .opd,"aw"
 .globl glob
 .type glob,@function
glob: .quad .Lglob, .TOC.@tocbase, 0
 .type loc,@function
loc: .quad .Lloc, .TOC.@tocbase, 0
 .globl far
 .type far,@function
far: .quad .Lfar, .TOC.@tocbase, 0
 .text
.Lglob: nop
.Lloc: nop
notype: nop
i1: bl ext
 nop
i2: bl ext2
 nop
i3: bl ext
 nop
i4: bl loc
 nop
i5: bl glob
 nop
i6: bl far
 nop
i7: bl bfun
 nop
i8: bl notype
 nop
i9: nop
i10: nop
i11: ld 3, .LC0@toc(2)
i12: addis 3, 2, .LC0@toc@ha
i13: ld 3, .LC0@toc@l(3)
i14: lis 3, ext@highest
i15: ori 3, 3, ext@higher
i16: oris 3, 3, ext@h
i17: ori 3, 3, ext@l
i18: bne notype
 .section .toc,"aw"
.LC0: .tc ext[TC],ext
 .quad .TOC.@tocbase
 .section .rodata,"a"
 .quad ext, var+4, loc
 .long extd, var-.


 .section .text.far,"ax",@progbits
 .globl farcode
farcode:
.Lfar: nop
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
