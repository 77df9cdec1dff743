# -triple=thumbv7s-apple-ios7.0.0
# -dummy-extern=_ext=0x10000 -dummy-extern=_ext2=0x23450 -dummy-extern=_extd=0x3456
#
 .syntax unified
 .section __TEXT,__text
 .globl _glob
 .code 16
 .thumb_func _glob
_glob: nop
i1: bl _ext
i2: bl _glob
i3: bl _far
i4: bl _bfun
i5: nop
 nop
 nop
i10: movw r0, :lower16:(_var-(L1+4))
i11: movt r0, :upper16:(_var-(L1+4))
L1: add r0, pc, r0
 .section __TEXT,__tfar,regular,pure_instructions
 .globl _far
 .code 16
 .thumb_func _far
_far: nop
 .data
 .globl _var
 .p2align 3
_var: .long 1
 .long _ext, _var+4, _glob, _bvar, _far
# The second object.
.section __TEXT,__text
.globl _bfun
.code 16
.thumb_func _bfun
_bfun: nop
 nop
.data
.globl _bvar
_bvar: .long 5,6
