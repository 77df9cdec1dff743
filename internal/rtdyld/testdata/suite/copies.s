# -triple=x86_64-linux-gnu | -triple=x86_64-pc-win32 | -triple=x86_64-apple-darwin
# -dummy-extern=ext=0x60000
#
 .text
 .globl twice
twice: nop
 .globl glob
glob: callq twice
 .data
 .globl var
var: .quad twice, glob
# The second object.
 .text
 nop
 .globl twice
twice: nop
 .globl second
second: callq twice
 .data
 .quad twice
