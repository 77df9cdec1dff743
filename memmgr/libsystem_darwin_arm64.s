#include "go_asm.h"
#include "textflag.h"

// Functions of C, which package syscall calls on a stack of its own.

// C's frame pointer. By its own name, go vet would miss that it is saved.
#define CFP R29

// kern_return_t remap(remapArgs *a): mach_vm_remap(mach_task_self(), &a->to, a->size, 0, VM_FLAGS_FIXED|VM_FLAGS_OVERWRITE, mach_task_self(), a->from, FALSE, &a->current, &a->most,
// VM_INHERIT_COPY), of <mach/mach_vm.h>. The last three are on the stack: two pointers, and an unsigned int.
TEXT remap<>(SB), NOSPLIT|NOFRAME, $0
	SUB  $48, RSP
	STP  (CFP, R30), 32(RSP)
	ADD  $32, RSP, CFP
	MOVD R0, R9
	ADD  $remapArgs_current, R9, R10
	MOVD R10, 0(RSP)
	ADD  $remapArgs_most, R9, R10
	MOVD R10, 8(RSP)
	MOVD $1, R10
	MOVW R10, 16(RSP)
	MOVD $libc_mach_task_self_(SB), R10
	MOVWU 0(R10), R0
	ADD  $remapArgs_to, R9, R1
	MOVD remapArgs_size(R9), R2
	MOVD $0, R3
	MOVD $0x4000, R4
	MOVD R0, R5
	MOVD remapArgs_from(R9), R6
	MOVD $0, R7
	BL   libc_mach_vm_remap(SB)
	LDP  32(RSP), (CFP, R30)
	ADD  $48, RSP
	RET

GLOBL ·remapAddr(SB), RODATA, $8
DATA ·remapAddr(SB)/8, $remap<>(SB)

TEXT minherit<>(SB), NOSPLIT|NOFRAME, $0
	JMP libc_minherit(SB)

GLOBL ·minheritAddr(SB), RODATA, $8
DATA ·minheritAddr(SB)/8, $minherit<>(SB)

// void writeCode(writeArgs *a): memmove(a->to, a->from, a->size), to memory that this thread may write meanwhile, and not run (pthread_jit_write_protect_np(3)).
TEXT writeCode<>(SB), NOSPLIT|NOFRAME, $0
	SUB  $32, RSP
	STP  (CFP, R30), 16(RSP)
	MOVD R19, 0(RSP)
	ADD  $16, RSP, CFP
	MOVD R0, R19
	MOVD $0, R0
	BL   libc_pthread_jit_write_protect_np(SB)
	MOVD writeArgs_to(R19), R0
	MOVD writeArgs_from(R19), R1
	MOVD writeArgs_size(R19), R2
	BL   libc_memmove(SB)
	MOVD $1, R0
	BL   libc_pthread_jit_write_protect_np(SB)
	MOVD 0(RSP), R19
	LDP  16(RSP), (CFP, R30)
	ADD  $32, RSP
	RET

GLOBL ·writeCodeAddr(SB), RODATA, $8
DATA ·writeCodeAddr(SB)/8, $writeCode<>(SB)
