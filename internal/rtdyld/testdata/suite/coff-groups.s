# -triple=x86_64-pc-win32
# -dummy-extern=ext=0x60000
#
 .section .text,"xr",discard,inline
 .globl inline
inline: nop
 .text
 .globl glob
glob: callq inline
 .data
 .quad inline
# The second object.
 .section .text,"xr",discard,inline
 .globl inline
inline: nop
 ret
 .text
 .globl second
second: callq inline
 .data
 .quad inline
