# -triple=i386-apple-macosx10.4
# -dummy-extern=_ext=0x10000 -dummy-extern=_ext2=0x23450 -dummy-extern=_extd=0x3456
#
 .section __TEXT,__text
 .globl _glob
_glob: nop
_loc: nop
i1: calll _ext
i2: calll _ext2
i3: calll _ext
i4: calll _loc
i5: calll _glob
i6: calll _far
i7: calll _bfun
i8: movl _var, %eax
i9: movl $_ext, %eax
i10: movl $7, _var+4
i11: calll Lpb
Lpb: popl %eax
i12: leal _var-Lpb(%eax), %ecx
i13: movl L_ext$non_lazy_ptr-Lpb(%eax), %ecx
i14: calll L_ext2$stub
 .section __TEXT,__tfar,regular,pure_instructions
 .globl _far
_far: nop
 .data
 .globl _var
 .p2align 3
_var: .long 1
 .long _ext, _var+4, _loc, _bvar
_loc2: .long _far-_loc2
 .section __IMPORT,__jump_table,symbol_stubs,pure_instructions+self_modifying_code,5
L_ext2$stub:
 .indirect_symbol _ext2
 .ascii "\364\364\364\364\364"
 .section __IMPORT,__pointers,non_lazy_symbol_pointers
L_ext$non_lazy_ptr:
 .indirect_symbol _ext
 .long 0
# The second object.
.section __TEXT,__text
.globl _bfun
_bfun: nop
 nop
.data
.globl _bvar
_bvar: .long 5,6
