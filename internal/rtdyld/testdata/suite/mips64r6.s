# -triple=mips64el-linux-gnuabi64 -mcpu=mips64r6 -target-abi=n64
# -mcpu=mips64r6 -dummy-extern=ext=0x8000
#
 .set noreorder
 .text
 .globl glob
 .type glob,@function
glob: nop
i1: bc ext
i2: balc ext
i3: beqzc $2, ext
i4: bc glob
i5: bnec $2, $3, ext
# The second object.
 .set noreorder
 .text
 .globl second
second: bc glob
