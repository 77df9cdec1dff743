#include "go_asm.h"
#include "textflag.h"
#include "funcdata.h"

// Go's side of the bridge. enterC and resumeC run C on the C stack whose control block is in R19 and come back, with the C stack still suspended if R0 is
// calledBack, to goPC and goSP: whoever stops C (its return, or callbackCode) only has to load these. R19 is callee-saved in C. So is R28, which is Go's g; but C uses it in
// between. What runs on C stacks are copies of enterCode, resumeCode and callbackCode: see bounds_windows.go.

// C's frame pointer. By its own name, go vet would miss that Go's is saved, which is done by the frames of start and resume.
#define CFP R29

// Of the thread's environment block, to which R18 points. Neither C nor Go ever changes that.
#define EXCEPTION_LIST 0x00(R18_PLATFORM)
#define STACK_BASE 0x08(R18_PLATFORM)
#define STACK_LIMIT 0x10(R18_PLATFORM)
#define DEALLOCATION_STACK 0x1478(R18_PLATFORM)

// ON_C_STACK keeps the bounds of the thread's stack and makes it known to the system that those of C's are coming. It uses R11.
#define ON_C_STACK \
	MOVD EXCEPTION_LIST, R11; \
	MOVD R11, (control_bounds+stackBounds_goHandlers)(R19); \
	MOVD (control_bounds+stackBounds_handlers)(R19), R11; \
	MOVD R11, EXCEPTION_LIST; \
	MOVD STACK_BASE, R11; \
	MOVD R11, (control_bounds+stackBounds_goBase)(R19); \
	MOVD STACK_LIMIT, R11; \
	MOVD R11, (control_bounds+stackBounds_goLimit)(R19); \
	MOVD DEALLOCATION_STACK, R11; \
	MOVD R11, (control_bounds+stackBounds_goLow)(R19); \
	MOVD (control_bounds+stackBounds_base)(R19), R11; \
	MOVD R11, STACK_BASE; \
	MOVD (control_bounds+stackBounds_limit)(R19), R11; \
	MOVD R11, STACK_LIMIT; \
	MOVD (control_bounds+stackBounds_low)(R19), R11; \
	MOVD R11, DEALLOCATION_STACK

// ON_GO_STACK is the opposite, and has a RET go on where Go is waiting.
#define ON_GO_STACK \
	MOVD EXCEPTION_LIST, R11; \
	MOVD R11, (control_bounds+stackBounds_handlers)(R19); \
	MOVD (control_bounds+stackBounds_goHandlers)(R19), R11; \
	MOVD R11, EXCEPTION_LIST; \
	MOVD (control_bounds+stackBounds_goBase)(R19), R11; \
	MOVD R11, STACK_BASE; \
	MOVD (control_bounds+stackBounds_goLimit)(R19), R11; \
	MOVD R11, STACK_LIMIT; \
	MOVD (control_bounds+stackBounds_goLow)(R19), R11; \
	MOVD R11, DEALLOCATION_STACK; \
	MOVD control_g(R19), g; \
	MOVD control_goPC(R19), LR; \
	MOVD control_goSP(R19), R11; \
	MOVD R11, RSP

// LEAVE_CALLBACK returns to C from callbackCode's frame, at R11.
#define LEAVE_CALLBACK \
	LDP   (callFrame_results+results_ints+0)(R11), (R0, R1); \
	FMOVD (callFrame_results+results_floats+0)(R11), F0; \
	FMOVD (callFrame_results+results_floats+8)(R11), F1; \
	FMOVD (callFrame_results+results_floats+16)(R11), F2; \
	FMOVD (callFrame_results+results_floats+24)(R11), F3; \
	ADD   $callFrame_saved, R11, R10; \
	LDP   0(R10), (R19, R20); \
	LDP   16(R10), (R21, R22); \
	LDP   32(R10), (R23, R24); \
	LDP   48(R10), (R25, R26); \
	LDP   64(R10), (R27, g); \
	LDP   80(R10), (CFP, R30); \
	FLDPD 96(R10), (F8, F9); \
	FLDPD 112(R10), (F10, F11); \
	FLDPD 128(R10), (F12, F13); \
	FLDPD 144(R10), (F14, F15); \
	ADD   $callFrame__size, R11; \
	MOVD  R11, RSP; \
	RET

// func start(c *control, r *regs) outcome
TEXT ·start(SB), NOSPLIT, $8-24
	NO_LOCAL_POINTERS
	MOVD c+0(FP), R19
	MOVD r+8(FP), R10
	BL   enterC<>(SB)
	MOVD R0, ret+16(FP)
	RET

// func resume(c *control) outcome
TEXT ·resume(SB), NOSPLIT, $8-16
	NO_LOCAL_POINTERS
	MOVD c+0(FP), R19
	BL   resumeC<>(SB)
	MOVD R0, ret+8(FP)
	RET

TEXT enterC<>(SB), NOSPLIT|NOFRAME, $0
	MOVD  LR, control_goPC(R19)
	MOVD  g, control_g(R19)
	MOVD  RSP, R11
	MOVD  R11, control_goSP(R19)
	MOVD  control_cSP(R19), R11
	MOVD  R11, (control_bounds+stackBounds_base)(R19)
	MOVD  $-1, R11 // the end of a list
	MOVD  R11, (control_bounds+stackBounds_handlers)(R19)
	FMOVD (regs_floats+0)(R10), F0
	FMOVD (regs_floats+8)(R10), F1
	FMOVD (regs_floats+16)(R10), F2
	FMOVD (regs_floats+24)(R10), F3
	FMOVD (regs_floats+32)(R10), F4
	FMOVD (regs_floats+40)(R10), F5
	FMOVD (regs_floats+48)(R10), F6
	FMOVD (regs_floats+56)(R10), F7
	LDP   (regs_ints+0)(R10), (R0, R1)
	LDP   (regs_ints+16)(R10), (R2, R3)
	LDP   (regs_ints+32)(R10), (R4, R5)
	LDP   (regs_ints+48)(R10), (R6, R7)
	MOVD  (regs_ints+64)(R10), R8
	ON_C_STACK
	MOVD  ·enterCopyPC(SB), R11
	JMP   (R11)

// enterCode calls C.
TEXT enterCode<>(SB), NOSPLIT|NOFRAME, $0
	MOVD control_fn(R19), R12
	MOVD control_cSP(R19), R11
	MOVD R11, RSP
	BL   (R12)

	// Here whoever switched to C last is waiting, which need not be the one that called enterC.
	STP   (R0, R1), (control_results+results_ints+0)(R19)
	FMOVD F0, (control_results+results_floats+0)(R19)
	FMOVD F1, (control_results+results_floats+8)(R19)
	FMOVD F2, (control_results+results_floats+16)(R19)
	FMOVD F3, (control_results+results_floats+24)(R19)
	ON_GO_STACK
	MOVD $const_returned, R0
	RET

TEXT resumeC<>(SB), NOSPLIT|NOFRAME, $0
	MOVD LR, control_goPC(R19)
	MOVD g, control_g(R19)
	MOVD RSP, R11
	MOVD R11, control_goSP(R19)
	ON_C_STACK
	MOVD ·resumeCopyPC(SB), R11
	JMP  (R11)

TEXT resumeCode<>(SB), NOSPLIT|NOFRAME, $0
	MOVD control_cSP(R19), R11
	MOVD R11, RSP
	LEAVE_CALLBACK

// C's side: callbackCode is where every callback thunk jumps to, with the address of the thunk's slot in R17.
TEXT callbackCode<>(SB), NOSPLIT|NOFRAME, $0
	MOVD  RSP, R10
	SUB   $callFrame__size, R10, R9
	MOVD  R9, RSP
	STP   (R0, R1), (callFrame_regs+regs_ints+0)(R9)
	STP   (R2, R3), (callFrame_regs+regs_ints+16)(R9)
	STP   (R4, R5), (callFrame_regs+regs_ints+32)(R9)
	STP   (R6, R7), (callFrame_regs+regs_ints+48)(R9)
	MOVD  R8, (callFrame_regs+regs_ints+64)(R9)
	FMOVD F0, (callFrame_regs+regs_floats+0)(R9)
	FMOVD F1, (callFrame_regs+regs_floats+8)(R9)
	FMOVD F2, (callFrame_regs+regs_floats+16)(R9)
	FMOVD F3, (callFrame_regs+regs_floats+24)(R9)
	FMOVD F4, (callFrame_regs+regs_floats+32)(R9)
	FMOVD F5, (callFrame_regs+regs_floats+40)(R9)
	FMOVD F6, (callFrame_regs+regs_floats+48)(R9)
	FMOVD F7, (callFrame_regs+regs_floats+56)(R9)
	MOVD  R10, callFrame_stack(R9)
	MOVD  R17, callFrame_slot(R9)
	ADD   $callFrame_saved, R9, R11
	STP   (R19, R20), 0(R11)
	STP   (R21, R22), 16(R11)
	STP   (R23, R24), 32(R11)
	STP   (R25, R26), 48(R11)
	STP   (R27, g), 64(R11)
	STP   (CFP, R30), 80(R11)
	FSTPD (F8, F9), 96(R11)
	FSTPD (F10, F11), 112(R11)
	FSTPD (F12, F13), 128(R11)
	FSTPD (F14, F15), 144(R11)

	// On one of our stacks the goroutine that called is told; its control block is at the top of the stack.
	ADR  marks, R12
	LDP  0(R12), (R10, R11)
	SUB  R10, R9, R10
	CMP  R11, R10
	BHS  foreign
	MOVD 16(R12), R10
	ORR  R10, R9, R19
	SUB  $(control__size-1), R19
	MOVD R9, control_cSP(R19)
	ON_GO_STACK
	MOVD $const_calledBack, R0
	RET

foreign:
	MOVD 24(R12), R11
	JMP  (R11)

marks:
	DWORD $const_markArenaBase
	DWORD $const_markArenaSize
	DWORD $const_markArenaMask
	DWORD $const_markForeign

// foreignEntry is where callbacks go on that come on a thread's own stack, with callbackCode's frame at R9: C's threads, or C that was called as a function of a DLL. The
// runtime finds a goroutine.
TEXT foreignEntry<>(SB), NOSPLIT|NOFRAME, $0
	SUB  $32, R9, R11
	MOVD R11, RSP
	MOVD ·serveForeignFunc(SB), R10
	MOVD (R10), R10 // a func value: its code
	STP  (R10, R9), 8(R11)
	MOVD ZR, 24(R11)
	BL   runtime·cgocallback(SB)
	MOVD RSP, R11
	ADD  $32, R11
	LEAVE_CALLBACK

GLOBL ·enterCodePC(SB), NOPTR|RODATA, $8
DATA ·enterCodePC(SB)/8, $enterCode<>(SB)

GLOBL ·resumeCodePC(SB), NOPTR|RODATA, $8
DATA ·resumeCodePC(SB)/8, $resumeCode<>(SB)

GLOBL ·callbackCodePC(SB), NOPTR|RODATA, $8
DATA ·callbackCodePC(SB)/8, $callbackCode<>(SB)

GLOBL ·foreignPC(SB), NOPTR|RODATA, $8
DATA ·foreignPC(SB)/8, $foreignEntry<>(SB)
