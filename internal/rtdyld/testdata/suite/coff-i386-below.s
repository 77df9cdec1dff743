# -triple=i686-pc-win32
# -dummy-extern=_ext=0x60000 -map-section=a.o,.text=0x80000 -map-section=a.o,.data=0x20000 -map-section=b.o,.data=0x10000
#
 .text
 .globl _glob
 .def _glob; .scl 2; .type 32; .endef
_glob: calll _ext
i1: movl _var, %eax
 .data
 .globl _var
_var: .long _glob@IMGREL, _var@IMGREL, _glob
# The second object.
 .globl _second
_second: ret
 .data
 .long _second@IMGREL
