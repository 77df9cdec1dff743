# -triple=arm64-apple-ios7.0.0
# -dummy-extern=ext=0x60000
# LLVM is wrong: section_addr\(.\.o, __eh_frame\)
 .section __TEXT,__text,regular,pure_instructions
 .globl glob
 .p2align 2
glob:
 .cfi_startproc
 stp x29, x30, [sp, #-16]!
 mov x29, sp
 .cfi_def_cfa w29, 16
 .cfi_offset w30, -8
 .cfi_offset w29, -16
i1: bl ext
 ldp x29, x30, [sp], #16
 ret
 .cfi_endproc
 .data
 .globl var
 .p2align 3
var: .quad glob
# The second object.
 .section __TEXT,__text,regular,pure_instructions
 .globl second
 .p2align 2
second:
 .cfi_startproc
 stp x29, x30, [sp, #-16]!
 mov x29, sp
 .cfi_def_cfa w29, 16
 .cfi_offset w30, -8
 .cfi_offset w29, -16
 bl glob
 ldp x29, x30, [sp], #16
 ret
 .cfi_endproc
 .data
 .globl var2
 .p2align 3
var2: .quad var
