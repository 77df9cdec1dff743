# -triple=armv7s-apple-ios7.0.0
# -dummy-extern=_ext=0x10000 -dummy-extern=_ext2=0x23450 -dummy-extern=_extd=0x3456
#
 .syntax unified
 .section __TEXT,__text
 .globl _glob
 .code 32
_glob: nop
_loc: nop
i1: bl _ext
i2: bl _ext2
i3: b _ext
i4: bl _loc
i5: bl _glob
i6: bl _far
i7: bl _bfun
i8: bl _ext
i10: movw r0, :lower16:(_var-(L1+8))
i11: movt r0, :upper16:(_var-(L1+8))
L1: add r0, pc, r0
 .section __TEXT,__tfar,regular,pure_instructions
 .globl _far
 .code 32
_far: nop
 .data
 .globl _var
 .p2align 3
_var: .long 1
 .long _ext, _var+4, _loc, _bvar
 .long 7
_loc2: .long 4
# The second object.
.section __TEXT,__text
.globl _bfun
.code 32
_bfun: nop
 nop
.data
.globl _bvar
_bvar: .long 5,6
