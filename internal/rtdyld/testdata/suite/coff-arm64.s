# -triple=aarch64-pc-win32
# -dummy-extern=ext=0x60000 -dummy-extern=ext2=0x23450 -dummy-extern=imp1=0x5000 -dummy-extern=__imp_imp1=0x7000 -dummy-extern=__ImageBase=0x1000
#
 .text
 .globl glob
 .def glob; .scl 2; .type 32; .endef
glob: nop
loc: nop
i1: bl ext
i2: bl ext2
i3: b ext
i4: bl loc
i5: bl glob
i6: bl loc
i7: bl bfun
i8: adrp x0, var
i9: add x0, x0, :lo12:var
i10: ldr w1, [x0, :lo12:var]
i11: adrp x0, ext
i12: ldr x1, [x0, :lo12:ext]
i13: adr x0, loc
i14: b.eq loc
i15: cbnz x0, loc
i16: cbz x0, glob
 .section .tfar,"xr"
 .globl far
far: nop
 .data
 .globl var
 .p2align 3
var: .quad 1
 .quad ext, var+4, loc, bvar
 .long var@imgrel, far@imgrel
 .secrel32 var
 .long far-.
# The second object.
.text
.globl bfun
.def bfun; .scl 2; .type 32; .endef
bfun: nop
 nop
.data
.globl bvar
bvar: .long 5,6
