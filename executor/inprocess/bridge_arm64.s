//go:build linux || darwin

#include "go_asm.h"
#include "textflag.h"
#include "funcdata.h"

// C's frame pointer. By its own name, go vet would miss that Go's is saved, which is done by the frames of start and resume.
#define CFP R29

// WRITE and EXIT are the C functions write and _exit: system calls where their numbers are for all to use.
#ifdef GOOS_linux
#define WRITE MOVD $64, R8; SVC
#define EXIT MOVD $94, R8; SVC
#endif
#ifdef GOOS_darwin
#define WRITE BL libc_write(SB)
#define EXIT BL libc__exit(SB)
#endif

// Go's side of the bridge. enterC and resumeC run C on the C stack whose control block is in R19 and come back, with the C stack still suspended if R0 is
// calledBack, to goPC and goSP: whoever stops C (its return, or callbackEntry) only has to load these. R19 is callee-saved in C, and so is Go's R28 (g), but
// C uses it in between.

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
	MOVD  control_fn(R19), R12
	MOVD  control_cSP(R19), R11
	MOVD  R11, RSP
	BL    (R12)

	// Here whoever switched to C last is waiting, which need not be the one that called enterC.
	STP   (R0, R1), (control_results+results_ints+0)(R19)
	FMOVD F0, (control_results+results_floats+0)(R19)
	FMOVD F1, (control_results+results_floats+8)(R19)
	FMOVD F2, (control_results+results_floats+16)(R19)
	FMOVD F3, (control_results+results_floats+24)(R19)
	MOVD  control_goSP(R19), R11
	MOVD  control_goPC(R19), LR
	MOVD  R11, RSP
	MOVD  $const_returned, R0
	RET

TEXT resumeC<>(SB), NOSPLIT|NOFRAME, $0
	MOVD LR, control_goPC(R19)
	MOVD g, control_g(R19)
	MOVD RSP, R11
	MOVD R11, control_goSP(R19)
	MOVD control_cSP(R19), R11
	MOVD R11, RSP

	// It goes on in C, from callbackEntry's frame.
	LDP   (callFrame_results+results_ints+0)(R11), (R0, R1)
	FMOVD (callFrame_results+results_floats+0)(R11), F0
	FMOVD (callFrame_results+results_floats+8)(R11), F1
	FMOVD (callFrame_results+results_floats+16)(R11), F2
	FMOVD (callFrame_results+results_floats+24)(R11), F3
	ADD   $callFrame_saved, R11, R10
	LDP   0(R10), (R19, R20)
	LDP   16(R10), (R21, R22)
	LDP   32(R10), (R23, R24)
	LDP   48(R10), (R25, R26)
	LDP   64(R10), (R27, g)
	LDP   80(R10), (CFP, R30)
	FLDPD 96(R10), (F8, F9)
	FLDPD 112(R10), (F10, F11)
	FLDPD 128(R10), (F12, F13)
	FLDPD 144(R10), (F14, F15)
	ADD   $callFrame__size, R11
	MOVD  R11, RSP
	RET

// C's side: callbackEntry is where every callback thunk jumps to, with the address of the thunk's slot in R17.
TEXT callbackEntry<>(SB), NOSPLIT|NOFRAME, $0
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
	MOVD ·stackArena+stackRange_base(SB), R10
	MOVD ·stackArena+stackRange_size(SB), R11
	SUB  R10, R9, R10
	CMP  R11, R10
	BHS  stray
	MOVD ·stackArena+stackRange_mask(SB), R10
	ORR  R10, R9, R19
	SUB  $(control__size-1), R19
	MOVD R9, control_cSP(R19)
	MOVD control_g(R19), g
	MOVD control_goSP(R19), R11
	MOVD control_goPC(R19), LR
	MOVD R11, RSP
	MOVD $const_calledBack, R0
	RET

stray:
	MOVD $2, R0
	MOVD ·strayCallback+0(SB), R1
	MOVD ·strayCallback+8(SB), R2
	WRITE
	MOVD $2, R0
	EXIT
	BRK

GLOBL ·callbackEntryPC(SB), NOPTR|RODATA, $8
DATA ·callbackEntryPC(SB)/8, $callbackEntry<>(SB)

#ifdef GOOS_linux
#define UCONTEXT_SP 432 // of ucontext_t, arch/arm64/include/uapi/asm/ucontext.h

// signalEntry is the handler of signals: R0, R1 and R2 are sigaction's arguments.
TEXT signalEntry<>(SB), NOSPLIT|NOFRAME, $0
	MOVD UCONTEXT_SP(R2), R9
	MOVD ·stackArena+stackRange_base(SB), R10
	MOVD ·stackArena+stackRange_size(SB), R11
	SUB  R10, R9, R10
	CMP  R11, R10
	BHS  handle
	MOVD ·stackArena+stackRange_mask(SB), R10
	ORR  R10, R9
	SUB  $(control__size-1), R9
	MOVD control_g(R9), g

handle:
	MOVD ·goHandler(SB), R12
	JMP  (R12)

GLOBL ·signalEntryPC(SB), NOPTR|RODATA, $8
DATA ·signalEntryPC(SB)/8, $signalEntry<>(SB)
#endif
