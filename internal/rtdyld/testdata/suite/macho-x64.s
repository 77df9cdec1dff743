# -triple=x86_64-apple-macosx10.9
# -dummy-extern=_ext=0x10000 -dummy-extern=_ext2=0x23450 -dummy-extern=_extd=0x3456
#
 .section __TEXT,__text
 .globl _glob
_glob: nop
_loc: nop
i1: callq _ext
i2: callq _ext2
i3: callq _ext
i4: callq _loc
i5: callq _glob
i6: callq _far
i7: callq _bfun
i8: jmp _ext2
i9: movq _ext@GOTPCREL(%rip), %rax
i10: movq _ext@GOTPCREL(%rip), %rcx
i11: movq _var@GOTPCREL(%rip), %rcx
i12: leaq _var(%rip), %rcx
i13: movl $7, _var+4(%rip)
i14: movb $7, _var(%rip)
i15: cmpq $0, _bvar@GOTPCREL(%rip)
i16: pushq _ext@GOTPCREL(%rip)
i17: movl _bvar(%rip), %eax
 .section __TEXT,__tfar,regular,pure_instructions
 .globl _far
_far: nop
 .data
 .globl _var
 .p2align 3
_var: .quad 1
 .quad _ext, _var+4, _loc, _bvar
 .quad _glob-_loc2
_loc2: .long _far-_loc2
 .long _ext@GOTPCREL
# The second object.
.section __TEXT,__text
.globl _bfun
_bfun: nop
 nop
.data
.globl _bvar
_bvar: .long 5,6
