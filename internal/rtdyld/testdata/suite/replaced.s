# -triple=x86_64-linux-gnu | -triple=aarch64-linux-gnu
# -dummy-extern=ext=0x60000
#
 .data
 .weak early
early: .long 1
 .globl own
own: .quad early, twice
 .globl twice
twice: .long 2
# The second object.
 .data
 .globl between
between: .quad early, twice, ext
# The third object.
 .data
 .globl early
early: .long 3
 .globl last
last: .quad early, twice
 .globl twice
twice: .long 4
