# -triple=mips-linux-gnu | -triple=mipsel-linux-gnu | -triple=mipsisa32r6-linux-gnu -mcpu=mips32r6 | -triple=mips64-linux-gnuabin32 -target-abi=n32 | -triple=mips64el-linux-gnuabin32 -target-abi=n32 | -triple=mipsisa64r6-linux-gnuabi64 -mcpu=mips64r6 -target-abi=n64
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
# The second object.
.text
.globl bfun
.type bfun,%function
bfun: nop
 nop
.data
.globl bvar
bvar: .long 5
