# -triple=x86_64-apple-macosx10.15
#
# LLVM is wrong: section_addr\(.\.o, __eh_frame\)
 .section __TEXT,__text,regular,pure_instructions
 .globl glob
glob:
 .cfi_startproc
 pushq %rbp
 .cfi_def_cfa_offset 16
 .cfi_offset %rbp, -16
 ret
 .cfi_endproc
 .globl more
more:
 .cfi_startproc
 ret
 .cfi_endproc
# The second object.
 .section __TEXT,__text,regular,pure_instructions
 .globl second
second:
 .cfi_startproc
 ret
 .cfi_endproc
