# -triple=mips64-linux-gnuabi64 -target-abi=n64 | -triple=mips64el-linux-gnuabi64 -target-abi=n64 | -triple=mips64-linux-gnuabin32 -target-abi=n32
# -dummy-extern=ext=0x5000
#
 .set noreorder
 .option pic0
 .text
 .globl glob
 .type glob,@function
glob: nop
i1: lw $2, %gp_rel(own)($28)
i2: lw $2, %gp_rel(ext)($28)
i3: daddiu $2, $28, %gp_rel(own+4)
 .section .sdata,"aw",@progbits
 .globl own
own: .word 1, 2
# The second object.
 .set noreorder
 .option pic0
 .data
 .globl second
second: .word 3
 .text
i4: lw $2, %gp_rel(second)($28)
