#include "go_asm.h"
#include "textflag.h"
#include "funcdata.h"

// What C's frame has below the stack arguments: room for the registers that the callee saves.
#define HEADER 160

// Go's side of the bridge. enterC and resumeC run C on the C stack whose control block is in R7 and come back, with the C stack still suspended if R2 is
// calledBack, through leaveC: whoever stops C (its return, or callbackEntry) goes there. R7 is callee-saved in C. Go wants zero in R0.

// func start(c *control, r *regs) outcome
TEXT ·start(SB), NOSPLIT, $0-24
	NO_LOCAL_POINTERS
	MOVD c+0(FP), R7
	MOVD r+8(FP), R8
	BL   enterC<>(SB)
	MOVD R2, ret+16(FP)
	RET

// func resume(c *control) outcome
TEXT ·resume(SB), NOSPLIT, $0-16
	NO_LOCAL_POINTERS
	MOVD c+0(FP), R7
	BL   resumeC<>(SB)
	MOVD R2, ret+8(FP)
	RET

TEXT enterC<>(SB), NOSPLIT|NOFRAME, $0
	MOVD R14, control_goPC(R7)
	MOVD R15, control_goSP(R7)
	MOVD g, control_g(R7)
	FMOVD (regs_floats+0)(R8), F0
	FMOVD (regs_floats+8)(R8), F2
	FMOVD (regs_floats+16)(R8), F4
	FMOVD (regs_floats+24)(R8), F6
	LMG  regs_ints(R8), R2, R6
	MOVD control_fn(R7), R1
	MOVD control_cSP(R7), R15
	SUB  $HEADER, R15
	MOVD $0, 0(R15) // the end of the back chain
	BL   (R1)

	// Here whoever switched to C last is waiting, which need not be the one that called enterC.
	MOVD R2, (control_results+results_ints)(R7)
	FMOVD F0, (control_results+results_floats)(R7)
	MOVD $const_returned, R2
	BR   leaveC<>(SB)

// leaveC returns R2 from enterC or resumeC, called last, for the stack whose control block is in R7.
TEXT leaveC<>(SB), NOSPLIT|NOFRAME, $0
	XOR  R0, R0
	MOVD control_g(R7), g
	MOVD control_goPC(R7), R14
	MOVD control_goSP(R7), R15
	BR   (R14)

TEXT resumeC<>(SB), NOSPLIT|NOFRAME, $0
	MOVD R14, control_goPC(R7)
	MOVD R15, control_goSP(R7)
	MOVD g, control_g(R7)
	MOVD control_cSP(R7), R15

	// Return to C from callbackEntry's frame.
	MOVD (callFrame_results+results_ints)(R15), R2
	FMOVD (callFrame_results+results_floats)(R15), F0
	FMOVD (callFrame_saved+savedRegs_floats+0)(R15), F8
	FMOVD (callFrame_saved+savedRegs_floats+8)(R15), F9
	FMOVD (callFrame_saved+savedRegs_floats+16)(R15), F10
	FMOVD (callFrame_saved+savedRegs_floats+24)(R15), F11
	FMOVD (callFrame_saved+savedRegs_floats+32)(R15), F12
	FMOVD (callFrame_saved+savedRegs_floats+40)(R15), F13
	FMOVD (callFrame_saved+savedRegs_floats+48)(R15), F14
	FMOVD (callFrame_saved+savedRegs_floats+56)(R15), F15
	LMG  (callFrame_saved+savedRegs_ints)(R15), R6, R14
	ADD  $callFrame__size, R15
	BR   (R14)

// C's side: callbackEntry is where every callback thunk jumps to, with the address of the thunk's slot in R0.
TEXT callbackEntry<>(SB), NOSPLIT|NOFRAME, $0
	SUB  $callFrame__size, R15
	MOVD R0, callFrame_slot(R15)
	STMG R2, R6, (callFrame_regs+regs_ints)(R15)
	FMOVD F0, (callFrame_regs+regs_floats+0)(R15)
	FMOVD F2, (callFrame_regs+regs_floats+8)(R15)
	FMOVD F4, (callFrame_regs+regs_floats+16)(R15)
	FMOVD F6, (callFrame_regs+regs_floats+24)(R15)
	STMG R6, R14, (callFrame_saved+savedRegs_ints)(R15)
	FMOVD F8, (callFrame_saved+savedRegs_floats+0)(R15)
	FMOVD F9, (callFrame_saved+savedRegs_floats+8)(R15)
	FMOVD F10, (callFrame_saved+savedRegs_floats+16)(R15)
	FMOVD F11, (callFrame_saved+savedRegs_floats+24)(R15)
	FMOVD F12, (callFrame_saved+savedRegs_floats+32)(R15)
	FMOVD F13, (callFrame_saved+savedRegs_floats+40)(R15)
	FMOVD F14, (callFrame_saved+savedRegs_floats+48)(R15)
	FMOVD F15, (callFrame_saved+savedRegs_floats+56)(R15)
	MOVD $(callFrame__size+HEADER)(R15), R1
	MOVD R1, callFrame_stack(R15)

	// On one of our stacks the goroutine that called is told; its control block is at the top of the stack.
	MOVD ·stackArena+stackRange_base(SB), R2
	SUB  R2, R15, R2
	MOVD ·stackArena+stackRange_size(SB), R3
	CMPU R2, R3
	BGE  stray
	MOVD ·stackArena+stackRange_mask(SB), R7
	OR   R15, R7
	SUB  $(control__size-1), R7
	MOVD R15, control_cSP(R7)
	MOVD $const_calledBack, R2
	BR   leaveC<>(SB)

	// Otherwise it is a thread of C's own.
stray:
	MOVD $2, R2
	MOVD ·strayCallback+0(SB), R3
	MOVD ·strayCallback+8(SB), R4
	MOVW $4, R1 // write
	SYSCALL
	MOVD $2, R2
	MOVW $248, R1 // exit_group
	SYSCALL
	UNDEF

// signalEntry is the handler of signals: see enterSignals. R4 is the address of the kernel's struct ucontext, in which R15 is at 176.
TEXT signalEntry<>(SB), NOSPLIT|NOFRAME|TOPFRAME, $0
	MOVD 176(R4), R5
	MOVD ·stackArena+stackRange_base(SB), R1
	SUB  R1, R5, R1
	MOVD ·stackArena+stackRange_size(SB), R6
	CMPU R1, R6
	BGE  handle
	MOVD ·stackArena+stackRange_mask(SB), R1
	OR   R1, R5
	SUB  $(control__size-1), R5
	MOVD control_g(R5), g

handle:
	MOVD ·goHandler(SB), R1
	BR   (R1)

GLOBL ·callbackEntryPC(SB), NOPTR|RODATA, $8
DATA ·callbackEntryPC(SB)/8, $callbackEntry<>(SB)

GLOBL ·signalEntryPC(SB), NOPTR|RODATA, $8
DATA ·signalEntryPC(SB)/8, $signalEntry<>(SB)
