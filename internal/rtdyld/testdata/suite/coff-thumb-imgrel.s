# -triple=thumbv7-windows-itanium
# -dummy-extern=ext=0x60000 -map-section=a.o,.text=0x80000 -map-section=a.o,.data=0x20000
#
 .syntax unified
 .text
 .globl first
 .def first; .scl 2; .type 32; .endef
 .thumb_func
first: nop
 .globl glob
 .def glob; .scl 2; .type 32; .endef
 .thumb_func
glob: bx lr
 .data
 .globl var
var: .long glob(imgrel), var(imgrel), glob(imgrel)+4, glob
# The second object.
 .syntax unified
 .text
 .globl second
second: nop
