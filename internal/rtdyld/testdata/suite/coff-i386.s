# -triple=i686-pc-win32
# -dummy-extern=_ext=0x60000 -dummy-extern=_ext2=0x23450 -dummy-extern=_imp1=0x5000
#
 .text
 .globl _glob
 .def _glob; .scl 2; .type 32; .endef
_glob: nop
_loc: nop
i1: calll _ext
i2: calll _ext2
i3: calll _ext
i4: calll _loc
i5: calll _glob
i6: calll _far
i8: movl _var, %eax
i9: movl $_ext, %eax
i10: movl $7, _var+4
i11: movl __imp__imp1, %eax
 .section .tfar,"xr"
 .globl _far
_far: nop
 .data
 .globl _var
 .p2align 3
_var: .long 1
 .long _ext, _var+4, _loc, _bvar
 .long _var@imgrel, _far@imgrel
 .secrel32 _var
# The second object.
.text
.globl _bfun
.def _bfun; .scl 2; .type 32; .endef
_bfun: nop
 nop
.data
.globl _bvar
_bvar: .long 5,6
