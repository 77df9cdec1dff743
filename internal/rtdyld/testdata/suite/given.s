# -triple=x86_64-linux-gnu
# -dummy-extern=__dso_handle=0x60008 -dummy-extern=__start_mine=0x70000 -dummy-extern=ext=0x60000 -dummy-extern=_GLOBAL_OFFSET_TABLE_=0x12340
#
 .text
 .globl glob
glob: nop
i1: leaq __dso_handle(%rip), %rdx
i2: movq __start_mine@GOTPCREL(%rip), %rax
i3: callq ext
i4: movabsq $_GLOBAL_OFFSET_TABLE_-i4, %rax
 .section mine,"aw",@progbits
 .quad __start_mine, __dso_handle
# The second object.
 .globl second
second: leaq __dso_handle(%rip), %rdx
