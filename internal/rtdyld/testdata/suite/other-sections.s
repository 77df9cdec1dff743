# -triple=x86_64-linux-gnu
# -dummy-extern=ext=0x60000
# LLVM is wrong: section_addr\(.\.o, .tdata\)
 .text
 .globl glob
glob: movq %fs:0, %rax
i1: leaq v1@tpoff(%rax), %rax
i2: movl %fs:v2@tpoff, %ecx
 .section .tdata,"awT",@progbits
v1: .long 5
v2: .long 6
 .section shown,"",@note
 .quad glob
# The second object.
 .text
 .globl second
second: nop
 .section .tdata,"awT",@progbits
v3: .long 5
 .text
i3: movl %fs:v3@tpoff, %ecx
