# -triple=x86_64-linux-gnu
#
# LLVM is wrong: , \.t(data|bss|ext)\)
 .text
 .globl load
load: movq one@gottpoff(%rip), %rax
 addq one@gottpoff(%rip), %rax
 movq %fs:0, %rax
 addq one@gottpoff(%rip), %rax
 movq plain@gotpcrel(%rip), %rax
 .globl plain
plain: movl %fs:zero@tpoff, %eax
i1: movl %fs:one@tpoff, %eax
 .section .tdata,"awT",@progbits
 .globl one
one: .long 1
 .section .tbss,"awT",@nobits
 .globl zero
zero: .long 0
# The second object.
 .text
 .globl other
other: movq two@gottpoff(%rip), %rbx
i2: movl %fs:two@tpoff, %eax
 .section .tdata,"awT",@progbits
 .globl two
two: .long 2
