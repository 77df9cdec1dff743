# -triple=x86_64-pc-win32 | -triple=i686-pc-win32 | -triple=aarch64-pc-win32
#
# LLVM is wrong: , maybe\)
 .text
 .globl first
first: .long 1
 .section .weak,"xr"
 .weak maybe
maybe: .long 2
 .section .more,"xr"
 .globl more
more: .long 3
 .data
 .globl var
var: .long 4
# The second object.
 .text
 .globl second
second: .long 5
