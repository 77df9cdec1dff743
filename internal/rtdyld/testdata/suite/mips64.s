# -triple=mips64-linux-gnuabi64 -target-abi=n64 | -triple=mips64el-linux-gnuabi64 -target-abi=n64
# -dummy-extern=ext=0x12345680 -dummy-extern=ext2=0x23456790 -dummy-extern=extd=0x3456
# LLVM is wrong: (stub|got)_addr\(a.o/.text, glob\)
 .set noreorder
 .text
 .globl glob
 .type glob,@function
glob: nop
 nop
loc: nop
i1: jal ext
 nop
i2: jal ext2
 nop
i3: j ext
 nop
i4: jal loc
 nop
i5: jal glob
 nop
i6: jal far
 nop
i7: jal bfun
 nop
i9: lui $4, %hi(var)
i10: addiu $4, $4, %lo(var)
i11: lui $5, %hi(ext)
i12: lw $4, %lo(ext+4)($5)
i13: lui $5, %hi(ext+0x12344)
i14: lw $4, %lo(ext+0x12344)($5)
i15: beq $4, $5, loc
 nop
 .section .rodata,"a"
 .word ext, var+4, loc, bvar

 .section .text.far,"ax",@progbits
 .globl far
 .type far,@function
far: nop
 .data
 .globl var
 .p2align 3
var: .long 1,2,3,4

.data
.quad ext, var+4
 .text
i20: lui $4, %highest(ext)
i21: daddiu $4, $4, %higher(ext)
i22: ld $4, %got_disp(ext)($28)
i23: ld $4, %call16(ext)($28)
i24: ld $4, %got_page(.Lstring)($28)
i25: daddiu $4, $4, %got_ofst(.Lstring)
i27: ld $4, %got_page(bvar)($28)
i28: daddiu $4, $4, %got_ofst(bvar)
i29: ld $4, %got_disp(bvar)($28)
i26: lui $4, %hi(%neg(%gp_rel(glob)))
 .section .rodata,"a",@progbits
 .space 0x100
.Lstring: .asciz "a string"
# The second object.
.text
.globl bfun
.type bfun,%function
bfun: nop
 nop
.data
.globl bvar
bvar: .long 5
