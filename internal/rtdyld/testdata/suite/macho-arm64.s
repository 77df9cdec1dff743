# -triple=arm64-apple-ios7.0.0
# -dummy-extern=_ext=0x10000 -dummy-extern=_ext2=0x23450 -dummy-extern=_extd=0x3456
#
 .section __TEXT,__text
 .globl _glob
_glob: nop
_loc: nop
i1: bl _ext
i2: bl _ext2
i3: b _ext
i4: bl _loc
i5: bl _glob
i6: bl _far
i7: bl _bfun
i8: adrp x0, _var@PAGE
i9: add x0, x0, _var@PAGEOFF
i10: ldr w1, [x0, _var@PAGEOFF]
i11: adrp x0, _ext@GOTPAGE
i12: ldr x0, [x0, _ext@GOTPAGEOFF]
i13: adrp x0, _var@GOTPAGE
i14: ldr x0, [x0, _var@GOTPAGEOFF]
i15: adrp x0, _bvar@GOTPAGE
i16: ldr x0, [x0, _bvar@GOTPAGEOFF]
i17: adrp x0, _var+8@PAGE
i18: ldr q0, [x0, _var+16@PAGEOFF]
i19: ldrb w0, [x0, _var+1@PAGEOFF]
 .section __TEXT,__tfar,regular,pure_instructions
 .globl _far
_far: nop
 .data
 .globl _var
 .p2align 4
_var: .quad 1
 .quad _ext, _var+4, _loc, _bvar
 .quad _glob-_loc2
_loc2: .long _far-_loc2
 .long 0
 .long _ext@GOT-.
# The second object.
.section __TEXT,__text
.globl _bfun
_bfun: nop
 nop
.data
.globl _bvar
_bvar: .long 5,6
