#include "textflag.h"

TEXT invalidate<>(SB), NOSPLIT, $0-0
	JMP libc_sys_icache_invalidate(SB)

GLOBL ·invalidateAddr(SB), RODATA, $8
DATA ·invalidateAddr(SB)/8, $invalidate<>(SB)
