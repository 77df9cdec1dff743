#include "go_asm.h"
#include "textflag.h"

// Functions of C, which package syscall calls on a stack of its own.

// kern_return_t remap(remapArgs *a): mach_vm_remap(mach_task_self(), &a->to, a->size, 0, VM_FLAGS_FIXED|VM_FLAGS_OVERWRITE, mach_task_self(), a->from, FALSE, &a->current, &a->most,
// VM_INHERIT_COPY), of <mach/mach_vm.h>. The last five are on the stack, 8 bytes each.
TEXT remap<>(SB), NOSPLIT|NOFRAME, $0
	SUBQ $40, SP // 8 more than a multiple of 16, as the return address was
	MOVQ DI, AX
	MOVQ remapArgs_from(AX), R10
	MOVQ R10, 0(SP)
	MOVQ $0, 8(SP)
	LEAQ remapArgs_current(AX), R10
	MOVQ R10, 16(SP)
	LEAQ remapArgs_most(AX), R10
	MOVQ R10, 24(SP)
	MOVQ $1, 32(SP)
	LEAQ remapArgs_to(AX), SI
	MOVQ remapArgs_size(AX), DX
	MOVQ $0, CX
	MOVL $0x4000, R8
	MOVQ $libc_mach_task_self_(SB), R9
	MOVL 0(R9), R9
	MOVL R9, DI
	CALL libc_mach_vm_remap(SB)
	ADDQ $40, SP
	RET

GLOBL ·remapAddr(SB), RODATA, $8
DATA ·remapAddr(SB)/8, $remap<>(SB)

TEXT minherit<>(SB), NOSPLIT|NOFRAME, $0
	JMP libc_minherit(SB)

GLOBL ·minheritAddr(SB), RODATA, $8
DATA ·minheritAddr(SB)/8, $minherit<>(SB)
