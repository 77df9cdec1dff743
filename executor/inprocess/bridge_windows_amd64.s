#include "go_asm.h"
#include "textflag.h"
#include "funcdata.h"

// Go's side of the bridge. enterC and resumeC run C on the C stack whose control block is in R12 and come back, with the C stack still
// suspended if AX is calledBack, by a RET on the goroutine's stack: whoever stops C (its return, or callbackCode) only has to load goSP. R12 is
// callee-saved in C. What runs on C stacks are copies of enterCode, resumeCode and callbackCode: see bounds_windows.go.

// Of the thread's environment block, to which GS points.
#define EXCEPTION_LIST 0x00(GS)
#define STACK_BASE 0x08(GS)
#define STACK_LIMIT 0x10(GS)
#define DEALLOCATION_STACK 0x1478(GS)

// ON_C_STACK keeps the bounds of the thread's stack and makes it known to the system that those of C's are coming. It uses AX.
#define ON_C_STACK \
	MOVQ EXCEPTION_LIST, AX; \
	MOVQ AX, (control_bounds+stackBounds_goHandlers)(R12); \
	MOVQ (control_bounds+stackBounds_handlers)(R12), AX; \
	MOVQ AX, EXCEPTION_LIST; \
	MOVQ STACK_BASE, AX; \
	MOVQ AX, (control_bounds+stackBounds_goBase)(R12); \
	MOVQ STACK_LIMIT, AX; \
	MOVQ AX, (control_bounds+stackBounds_goLimit)(R12); \
	MOVQ DEALLOCATION_STACK, AX; \
	MOVQ AX, (control_bounds+stackBounds_goLow)(R12); \
	MOVQ (control_bounds+stackBounds_base)(R12), AX; \
	MOVQ AX, STACK_BASE; \
	MOVQ (control_bounds+stackBounds_limit)(R12), AX; \
	MOVQ AX, STACK_LIMIT; \
	MOVQ (control_bounds+stackBounds_low)(R12), AX; \
	MOVQ AX, DEALLOCATION_STACK

// ON_GO_STACK is the opposite.
#define ON_GO_STACK \
	MOVQ EXCEPTION_LIST, AX; \
	MOVQ AX, (control_bounds+stackBounds_handlers)(R12); \
	MOVQ (control_bounds+stackBounds_goHandlers)(R12), AX; \
	MOVQ AX, EXCEPTION_LIST; \
	MOVQ (control_bounds+stackBounds_goBase)(R12), AX; \
	MOVQ AX, STACK_BASE; \
	MOVQ (control_bounds+stackBounds_goLimit)(R12), AX; \
	MOVQ AX, STACK_LIMIT; \
	MOVQ (control_bounds+stackBounds_goLow)(R12), AX; \
	MOVQ AX, DEALLOCATION_STACK; \
	MOVQ control_goSP(R12), SP

// LEAVE_CALLBACK returns to C from callbackCode's frame. ADJSP tells the assembler of what is popped.
#define LEAVE_CALLBACK \
	MOVQ   (callFrame_results+results_ints+0)(SP), AX; \
	MOVSD  (callFrame_results+results_floats+0)(SP), X0; \
	MOVUPS (callFrame_saved+0)(SP), X6; \
	MOVUPS (callFrame_saved+16)(SP), X7; \
	MOVUPS (callFrame_saved+32)(SP), X8; \
	MOVUPS (callFrame_saved+48)(SP), X9; \
	MOVUPS (callFrame_saved+64)(SP), X10; \
	MOVUPS (callFrame_saved+80)(SP), X11; \
	MOVUPS (callFrame_saved+96)(SP), X12; \
	MOVUPS (callFrame_saved+112)(SP), X13; \
	MOVUPS (callFrame_saved+128)(SP), X14; \
	MOVUPS (callFrame_saved+144)(SP), X15; \
	ADDQ   $(callFrame_saved+224), SP; \
	ADJSP  $64; \
	POPQ   BX; \
	POPQ   BP; \
	POPQ   DI; \
	POPQ   SI; \
	POPQ   R12; \
	POPQ   R13; \
	POPQ   R14; \
	POPQ   R15; \
	ADDQ   $8, SP; \
	RET

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
	MOVQ  SP, control_goSP(R12)
	MOVQ  control_cSP(R12), AX
	MOVQ  AX, (control_bounds+stackBounds_base)(R12)
	MOVQ  $-1, AX // the end of a list
	MOVQ  AX, (control_bounds+stackBounds_handlers)(R12)
	MOVQ  control_fpu(R12), AX
	TESTQ AX, AX
	JEQ   integers
	MOVSD (regs_floats+0)(R11), X0
	MOVSD (regs_floats+8)(R11), X1
	MOVSD (regs_floats+16)(R11), X2
	MOVSD (regs_floats+24)(R11), X3

integers:
	MOVQ control_fn(R12), R10
	MOVQ (regs_ints+0)(R11), CX
	MOVQ (regs_ints+8)(R11), DX
	MOVQ (regs_ints+16)(R11), R8
	MOVQ (regs_ints+24)(R11), R9
	ON_C_STACK
	MOVQ ·enterCopyPC(SB), AX
	JMP  AX

// enterCode calls C, at R10.
TEXT enterCode<>(SB), NOSPLIT|NOFRAME, $0
	MOVQ control_cSP(R12), SP
	CALL R10

	// Here whoever switched to C last is waiting, which need not be the one that called enterC.
	MOVQ  AX, (control_results+results_ints+0)(R12)
	MOVSD X0, (control_results+results_floats+0)(R12)
	ON_GO_STACK
	MOVL  $const_returned, AX
	RET

TEXT resumeC<>(SB), NOSPLIT|NOFRAME, $0
	MOVQ SP, control_goSP(R12)
	ON_C_STACK
	MOVQ ·resumeCopyPC(SB), AX
	JMP  AX

TEXT resumeCode<>(SB), NOSPLIT|NOFRAME, $0
	MOVQ control_cSP(R12), SP
	LEAVE_CALLBACK

// C's side: callbackCode is where every callback thunk jumps to, with the address of the thunk's slot in R11.
TEXT callbackCode<>(SB), NOSPLIT|NOFRAME, $0
	LEAQ   8(SP), R10
	SUBQ   $callFrame__size, SP // 8 more than a multiple of 16, which makes SP one
	MOVQ   CX, (callFrame_regs+regs_ints+0)(SP)
	MOVQ   DX, (callFrame_regs+regs_ints+8)(SP)
	MOVQ   R8, (callFrame_regs+regs_ints+16)(SP)
	MOVQ   R9, (callFrame_regs+regs_ints+24)(SP)
	MOVSD  X0, (callFrame_regs+regs_floats+0)(SP)
	MOVSD  X1, (callFrame_regs+regs_floats+8)(SP)
	MOVSD  X2, (callFrame_regs+regs_floats+16)(SP)
	MOVSD  X3, (callFrame_regs+regs_floats+24)(SP)
	MOVQ   R10, callFrame_stack(SP)
	MOVQ   R11, callFrame_slot(SP)
	MOVUPS X6, (callFrame_saved+0)(SP)
	MOVUPS X7, (callFrame_saved+16)(SP)
	MOVUPS X8, (callFrame_saved+32)(SP)
	MOVUPS X9, (callFrame_saved+48)(SP)
	MOVUPS X10, (callFrame_saved+64)(SP)
	MOVUPS X11, (callFrame_saved+80)(SP)
	MOVUPS X12, (callFrame_saved+96)(SP)
	MOVUPS X13, (callFrame_saved+112)(SP)
	MOVUPS X14, (callFrame_saved+128)(SP)
	MOVUPS X15, (callFrame_saved+144)(SP)
	MOVQ   BX, (callFrame_saved+160)(SP)
	MOVQ   BP, (callFrame_saved+168)(SP)
	MOVQ   DI, (callFrame_saved+176)(SP)
	MOVQ   SI, (callFrame_saved+184)(SP)
	MOVQ   R12, (callFrame_saved+192)(SP)
	MOVQ   R13, (callFrame_saved+200)(SP)
	MOVQ   R14, (callFrame_saved+208)(SP)
	MOVQ   R15, (callFrame_saved+216)(SP)

	// On one of our stacks the goroutine that called is told; its control block is at the top of the stack.
	MOVQ SP, AX
	MOVQ $const_markArenaBase, CX
	SUBQ CX, AX
	MOVQ $const_markArenaSize, CX
	CMPQ AX, CX
	JCC  foreign
	MOVQ SP, R12
	MOVQ $const_markArenaMask, CX
	ORQ  CX, R12
	SUBQ $(control__size-1), R12
	MOVQ SP, control_cSP(R12)
	ON_GO_STACK
	MOVL $const_calledBack, AX
	RET

foreign:
	MOVQ $const_markForeign, AX
	JMP  AX

// foreignEntry is where callbacks go on that come on a thread's own stack: C's threads, or C that was called as a function of a DLL. The runtime finds a goroutine.
TEXT foreignEntry<>(SB), NOSPLIT|NOFRAME, $0
	CLD
	SUBQ $32, SP
	MOVQ ·serveForeignFunc(SB), AX
	MOVQ (AX), AX // a func value: its code
	MOVQ AX, 0(SP)
	LEAQ 32(SP), AX
	MOVQ AX, 8(SP)
	MOVQ $0, 16(SP)
	CALL runtime·cgocallback(SB)
	ADDQ $32, SP
	LEAVE_CALLBACK

GLOBL ·enterCodePC(SB), NOPTR|RODATA, $8
DATA ·enterCodePC(SB)/8, $enterCode<>(SB)

GLOBL ·resumeCodePC(SB), NOPTR|RODATA, $8
DATA ·resumeCodePC(SB)/8, $resumeCode<>(SB)

GLOBL ·callbackCodePC(SB), NOPTR|RODATA, $8
DATA ·callbackCodePC(SB)/8, $callbackCode<>(SB)

GLOBL ·foreignPC(SB), NOPTR|RODATA, $8
DATA ·foreignPC(SB)/8, $foreignEntry<>(SB)
