//go:build linux || darwin || freebsd

#include "go_asm.h"
#include "textflag.h"
#include "funcdata.h"

// WRITE and EXIT are the C functions write and _exit: system calls where their numbers are for all to use.
#ifdef GOOS_linux
#define WRITE MOVL $1, AX; SYSCALL
#define EXIT MOVL $231, AX; SYSCALL
#endif
#ifdef GOOS_freebsd
#define WRITE MOVL $4, AX; SYSCALL
#define EXIT MOVL $1, AX; SYSCALL
#endif
#ifdef GOOS_darwin
#define WRITE CALL libc_write(SB)
#define EXIT CALL libc__exit(SB)
#endif

// THREADPOINTER sees to it that C code finds the thread pointer at %fs:0, where the ABI has it (ELF Handling For Thread-Local Storage, 3.4.6). In a process without a C library that is a
// word of Go's structure for the thread (m.tls[1]) of which Go makes no use. It keeps R11 and R12.
#ifdef GOOS_linux
#define THREADPOINTER \
	CMPQ 0(FS), $0          \
	JNE  2(PC)              \
	CALL setThreadPointer<>(SB)
#else
#define THREADPOINTER
#endif

// Go's side of the bridge. enterC and resumeC run C on the C stack whose control block is in R12 and come back, with the C stack still
// suspended if AX is callback, by a RET on the goroutine's stack: whoever stops C (its return, or callbackEntry) only has to load goSP. R12 is
// callee-saved in C.

// func start(c *control, r *regs) outcome
TEXT ·start(SB), NOSPLIT, $8-24
	NO_LOCAL_POINTERS
	MOVQ c+0(FP), R12
	MOVQ r+8(FP), R11
	CALL enterC<>(SB)
	MOVQ AX, ret+16(FP)
	RET

// func resume(c *control) outcome
TEXT ·resume(SB), NOSPLIT, $8-16
	NO_LOCAL_POINTERS
	MOVQ c+0(FP), R12
	CALL resumeC<>(SB)
	MOVQ AX, ret+8(FP)
	RET

TEXT enterC<>(SB), NOSPLIT|NOFRAME, $0
	THREADPOINTER
	MOVQ  SP, control_goSP(R12)
	MOVQ  control_fpu(R12), AX
	TESTQ AX, AX
	JEQ   integers
	MOVSD (regs_floats+0)(R11), X0
	MOVSD (regs_floats+8)(R11), X1
	MOVSD (regs_floats+16)(R11), X2
	MOVSD (regs_floats+24)(R11), X3
	MOVSD (regs_floats+32)(R11), X4
	MOVSD (regs_floats+40)(R11), X5
	MOVSD (regs_floats+48)(R11), X6
	MOVSD (regs_floats+56)(R11), X7

integers:
	MOVQ control_fn(R12), R10
	MOVQ (regs_ints+0)(R11), DI
	MOVQ (regs_ints+8)(R11), SI
	MOVQ (regs_ints+16)(R11), DX
	MOVQ (regs_ints+24)(R11), CX
	MOVQ (regs_ints+32)(R11), R8
	MOVQ (regs_ints+40)(R11), R9
	MOVQ control_cSP(R12), SP
	CALL R10

	// Here whoever switched to C last is waiting, which need not be the one that called enterC.
	MOVQ  AX, (control_results+results_ints+0)(R12)
	MOVQ  DX, (control_results+results_ints+8)(R12)
	MOVSD X0, (control_results+results_floats+0)(R12)
	MOVSD X1, (control_results+results_floats+8)(R12)
	MOVQ  control_goSP(R12), SP
	MOVL  $const_returned, AX
	RET

TEXT resumeC<>(SB), NOSPLIT|NOFRAME, $0
	MOVQ SP, control_goSP(R12)
	MOVQ control_cSP(R12), SP
	JMP  leaveCallback<>(SB)

#ifdef GOOS_linux
// setThreadPointer is THREADPOINTER for a thread that comes for the first time: arch_prctl(ARCH_GET_FS). Where that is forbidden package threads serves no code that wants it.
TEXT setThreadPointer<>(SB), NOSPLIT|NOFRAME, $0
	MOVQ  R11, R13 // the system call changes it
	SUBQ  $8, SP
	MOVL  $158, AX
	MOVL  $0x1003, DI
	MOVQ  SP, SI
	SYSCALL
	TESTQ AX, AX
	JNE   done
	MOVQ  0(SP), AX
	MOVQ  AX, 0(FS)

done:
	ADDQ $8, SP
	MOVQ R13, R11
	RET
#endif

// C's side: callbackEntry is where every callback thunk jumps to, with the address of the thunk's slot in R11.
TEXT callbackEntry<>(SB), NOSPLIT|NOFRAME, $0
	LEAQ  8(SP), R10
	SUBQ  $callFrame__size, SP // 8 more than a multiple of 16, which makes SP one
	MOVQ  DI, (callFrame_regs+regs_ints+0)(SP)
	MOVQ  SI, (callFrame_regs+regs_ints+8)(SP)
	MOVQ  DX, (callFrame_regs+regs_ints+16)(SP)
	MOVQ  CX, (callFrame_regs+regs_ints+24)(SP)
	MOVQ  R8, (callFrame_regs+regs_ints+32)(SP)
	MOVQ  R9, (callFrame_regs+regs_ints+40)(SP)
	MOVSD X0, (callFrame_regs+regs_floats+0)(SP)
	MOVSD X1, (callFrame_regs+regs_floats+8)(SP)
	MOVSD X2, (callFrame_regs+regs_floats+16)(SP)
	MOVSD X3, (callFrame_regs+regs_floats+24)(SP)
	MOVSD X4, (callFrame_regs+regs_floats+32)(SP)
	MOVSD X5, (callFrame_regs+regs_floats+40)(SP)
	MOVSD X6, (callFrame_regs+regs_floats+48)(SP)
	MOVSD X7, (callFrame_regs+regs_floats+56)(SP)
	MOVQ  R10, callFrame_stack(SP)
	MOVQ  R11, callFrame_slot(SP)
	MOVQ  BX, (callFrame_saved+0)(SP)
	MOVQ  BP, (callFrame_saved+8)(SP)
	MOVQ  R12, (callFrame_saved+16)(SP)
	MOVQ  R13, (callFrame_saved+24)(SP)
	MOVQ  R14, (callFrame_saved+32)(SP)
	MOVQ  R15, (callFrame_saved+40)(SP)

	// On one of our stacks the goroutine that called is told; its control block is at the top of the stack.
	MOVQ SP, AX
	SUBQ ·stackArena+stackRange_base(SB), AX
	CMPQ AX, ·stackArena+stackRange_size(SB)
	JCC  foreign
	MOVQ SP, R12
	ORQ  ·stackArena+stackRange_mask(SB), R12
	SUBQ $(control__size-1), R12
	MOVQ SP, control_cSP(R12)
	MOVQ control_goSP(R12), SP
	MOVL $const_calledBack, AX
	RET

	// Otherwise it is a thread of C's own, or C that was called by cgo or purego, for which the runtime finds a goroutine.
foreign:
	CMPB ·haveCRuntime(SB), $0
	JEQ  nowhere
	SUBQ $32, SP
	MOVQ ·serveForeignFunc(SB), AX
	MOVQ (AX), AX // a func value: its code
	MOVQ AX, 0(SP)
	LEAQ 32(SP), AX
	MOVQ AX, 8(SP)
	MOVQ $0, 16(SP)
	CALL runtime·cgocallback(SB)
	ADDQ $32, SP
	JMP  leaveCallback<>(SB)

nowhere:
	MOVL $2, DI
	MOVQ ·strayCallback+0(SB), SI
	MOVQ ·strayCallback+8(SB), DX
	WRITE
	MOVL $2, DI
	EXIT
	INT  $3

// leaveCallback returns to C from callbackEntry's frame.
TEXT leaveCallback<>(SB), NOSPLIT|NOFRAME, $0
	MOVQ  (callFrame_results+results_ints+0)(SP), AX
	MOVQ  (callFrame_results+results_ints+8)(SP), DX
	MOVSD (callFrame_results+results_floats+0)(SP), X0
	MOVSD (callFrame_results+results_floats+8)(SP), X1
	ADDQ  $(callFrame_saved+48), SP
	ADJSP $48 // what the following pop, as the assembler wants to see it
	POPQ  BX
	POPQ  BP
	POPQ  R12
	POPQ  R13
	POPQ  R14
	POPQ  R15
	ADDQ  $8, SP
	RET

GLOBL ·callbackEntryPC(SB), NOPTR|RODATA, $8
DATA ·callbackEntryPC(SB)/8, $callbackEntry<>(SB)
