# -triple=x86_64-linux-gnu
# -dummy-extern=ext=0x12345680 -dummy-extern=ext2=0x23456790 -dummy-extern=extd=0x3456
#
 .text
 .globl glob
 .type glob,@function
glob: nop
loc: nop
 .weak weakf
 .type weakf,@function
weakf: nop
 .hidden hid
 .globl hid
hid: nop
i1: call ext@PLT
i2: call ext2@PLT
i3: call ext@PLT
i4: call loc
i5: call glob@PLT
i6: call far@PLT
i7: call bfun@PLT
i8: jmp ext2@PLT
i9: jne ext
i10: call weakf@PLT
i11: call hid@PLT
i12: movl var(%rip), %eax
i13: movl bvar(%rip), %eax
i14: movq ext@GOTPCREL(%rip), %rax
i15: movq ext@GOTPCREL(%rip), %rax
i16: movq var@GOTPCREL(%rip), %rcx
i17: movq loc@GOTPCREL(%rip), %rcx
i18: addq bvar@GOTPCREL(%rip), %rcx
i19: call *ext@GOTPCREL(%rip)
i20: call *bfun@GOTPCREL(%rip)
i21: movabsq $ext, %rax
i22: movabsq $var@GOTOFF, %rax
i23: movabsq $ext@GOT, %rax
i24: movabsq $_GLOBAL_OFFSET_TABLE_, %rax
i25: leaq _GLOBAL_OFFSET_TABLE_(%rip), %rbx
i26: movl $extd, %eax
i27: movq $extd, %rax
i28: movl $7, var+4(%rip)
i29: cmpb $7, var+5(%rip)
i30: call ext+8@PLT
 .section .rodata,"a"
 .quad ext, var, loc, far+4, glob-.
 .long var-., bvar, extd
 .long ext@PLT

 .section .text.far,"ax",@progbits
 .globl far
 .type far,@function
far: nop
 .data
 .globl var
 .p2align 3
var: .long 1,2,3,4
# The second object.
.text
.globl bfun
.type bfun,%function
bfun: nop
 nop
.data
.globl bvar
bvar: .long 5
