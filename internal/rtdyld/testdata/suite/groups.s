# -triple=x86_64-linux-gnu
# -dummy-extern=ext=0x60000
#
 .section .text.weak,"axG",@progbits,weak,comdat
 .weak weak
weak: nop
 .section .text.strong,"axG",@progbits,strong,comdat
 .globl strong
strong: nop
 .text
 .globl glob
glob: callq weak
 callq strong
 .data
 .quad weak, strong
# The second object.
 .section .text.weak,"axG",@progbits,weak,comdat
 .weak weak
weak: nop
 ret
 .section .text.strong,"axG",@progbits,strong,comdat
 .globl strong
strong: nop
 ret
 .text
 .globl second
second: callq weak
 callq strong
 .section .text.alone,"ax"
 .weak weak2
weak2: callq ext
 .data
 .quad weak, strong, weak2
