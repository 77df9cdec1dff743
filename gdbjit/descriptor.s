//go:build unix

#include "textflag.h"

// The two names that debuggers look for. They have no package in front, so they are defined here and not in Go. This file is the same for
// every processor: RET and JMP are the assembler's names everywhere.

// struct jit_descriptor { uint32 version, action_flag; struct jit_code_entry *relevant_entry, *first_entry; }
// Version 1 is the only one. The size is that of 64-bit processors and enough for the others.
DATA __jit_debug_descriptor+0(SB)/4, $1
GLOBL __jit_debug_descriptor(SB), NOPTR, $24

// The debugger's breakpoint. That it has no frame and no body leaves nothing to step over.
TEXT __jit_debug_register_code(SB), NOSPLIT|NOFRAME, $0-0
	RET

// func hook()
TEXT ·hook(SB), NOSPLIT|NOFRAME, $0-0
	JMP __jit_debug_register_code(SB)
