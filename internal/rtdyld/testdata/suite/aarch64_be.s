# -triple=aarch64_be-linux-gnu
# -dummy-extern=ext=0x12345680 -dummy-extern=ext2=0x23456790 -dummy-extern=extd=0x3456
# LLVM is wrong: section_addr\(a.o, .text\)\+1[2-9]
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
i6: bl loc
i7: bl ext2
i8: bl ext
i9: adrp x0, var
i10: add x0, x0, :lo12:var
i11: adrp x0, ext
i12: ldr x1, [x0, :lo12:var]
i13: ldr w1, [x0, :lo12:var+4]
i14: ldrb w1, [x0, :lo12:bvar+1]
i15: ldrh w1, [x0, :lo12:var+2]
i16: ldr q1, [x0, :lo12:ext]
i17: movz x0, #:abs_g3:ext
i18: movk x0, #:abs_g2_nc:ext
i19: movk x0, #:abs_g1_nc:ext
i20: movk x0, #:abs_g0_nc:ext
i21: adrp x0, :got:ext
i22: ldr x0, [x0, :got_lo12:ext]
i23: adrp x0, :got:var
i24: ldr x0, [x0, :got_lo12:var]
i25: adrp x0, :got:bvar
i26: ldr x0, [x0, :got_lo12:bvar]
i27: b.eq glob
i28: tbz x0, #3, loc
i29: cbz x0, loc
 .section .rodata,"a"
 .xword ext, var+4, loc
 .word ext-., var-.
 .word extd
 .hword extd
 .hword extd

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
