#include "go_asm.h"
#include "textflag.h"
#include "funcdata.h"

// Go's side of the bridge. enterC and resumeC run C on the C stack whose control block is in R23 and come back, with the C stack still suspended if R4 is
// calledBack, through leaveC: whoever stops C (its return, or callbackEntry) goes there. R23 is callee-saved in C.

// func start(c *control, r *regs) outcome
TEXT ·start(SB), NOSPLIT, $0-24
	NO_LOCAL_POINTERS
	MOVV c+0(FP), R23
	MOVV r+8(FP), R24
	JAL  enterC<>(SB)
	MOVV R4, ret+16(FP)
	RET

// func resume(c *control) outcome
TEXT ·resume(SB), NOSPLIT, $0-16
	NO_LOCAL_POINTERS
	MOVV c+0(FP), R23
	JAL  resumeC<>(SB)
	MOVV R4, ret+8(FP)
	RET

TEXT enterC<>(SB), NOSPLIT|NOFRAME, $0
	MOVV R1, control_goPC(R23)
	MOVV R3, control_goSP(R23)
	MOVV g, control_g(R23)
	MOVD (regs_floats+0)(R24), F0
	MOVD (regs_floats+8)(R24), F1
	MOVD (regs_floats+16)(R24), F2
	MOVD (regs_floats+24)(R24), F3
	MOVD (regs_floats+32)(R24), F4
	MOVD (regs_floats+40)(R24), F5
	MOVD (regs_floats+48)(R24), F6
	MOVD (regs_floats+56)(R24), F7
	MOVV (regs_ints+0)(R24), R4
	MOVV (regs_ints+8)(R24), R5
	MOVV (regs_ints+16)(R24), R6
	MOVV (regs_ints+24)(R24), R7
	MOVV (regs_ints+32)(R24), R8
	MOVV (regs_ints+40)(R24), R9
	MOVV (regs_ints+48)(R24), R10
	MOVV (regs_ints+56)(R24), R11
	MOVV control_fn(R23), R12
	MOVV control_cSP(R23), R3
	JAL  (R12)

	// Here whoever switched to C last is waiting, which need not be the one that called enterC.
	MOVV R4, (control_results+results_ints+0)(R23)
	MOVV R5, (control_results+results_ints+8)(R23)
	MOVD F0, (control_results+results_floats+0)(R23)
	MOVD F1, (control_results+results_floats+8)(R23)
	MOVV $const_returned, R4
	JMP  leaveC<>(SB)

// leaveC returns R4 from enterC or resumeC, called last, for the stack whose control block is in R23.
TEXT leaveC<>(SB), NOSPLIT|NOFRAME, $0
	MOVV control_g(R23), g
	MOVV control_goPC(R23), R1
	MOVV control_goSP(R23), R3
	JMP  (R1)

TEXT resumeC<>(SB), NOSPLIT|NOFRAME, $0
	MOVV R1, control_goPC(R23)
	MOVV R3, control_goSP(R23)
	MOVV g, control_g(R23)
	MOVV control_cSP(R23), R3

	// Return to C from callbackEntry's frame.
	MOVV (callFrame_results+results_ints+0)(R3), R4
	MOVV (callFrame_results+results_ints+8)(R3), R5
	MOVD (callFrame_results+results_floats+0)(R3), F0
	MOVD (callFrame_results+results_floats+8)(R3), F1
	MOVD (callFrame_saved+savedRegs_floats+0)(R3), F24
	MOVD (callFrame_saved+savedRegs_floats+8)(R3), F25
	MOVD (callFrame_saved+savedRegs_floats+16)(R3), F26
	MOVD (callFrame_saved+savedRegs_floats+24)(R3), F27
	MOVD (callFrame_saved+savedRegs_floats+32)(R3), F28
	MOVD (callFrame_saved+savedRegs_floats+40)(R3), F29
	MOVD (callFrame_saved+savedRegs_floats+48)(R3), F30
	MOVD (callFrame_saved+savedRegs_floats+56)(R3), F31
	MOVV (callFrame_saved+savedRegs_ints+0)(R3), R1
	MOVV (callFrame_saved+savedRegs_ints+8)(R3), g
	MOVV (callFrame_saved+savedRegs_ints+16)(R3), R23
	MOVV (callFrame_saved+savedRegs_ints+24)(R3), R24
	MOVV (callFrame_saved+savedRegs_ints+32)(R3), R25
	MOVV (callFrame_saved+savedRegs_ints+40)(R3), R26
	MOVV (callFrame_saved+savedRegs_ints+48)(R3), R27
	MOVV (callFrame_saved+savedRegs_ints+56)(R3), R28
	MOVV (callFrame_saved+savedRegs_ints+64)(R3), R29
	MOVV (callFrame_saved+savedRegs_ints+72)(R3), R30
	MOVV (callFrame_saved+savedRegs_ints+80)(R3), R31
	ADDV $callFrame__size, R3
	JMP  (R1)

// C's side: callbackEntry is where every callback thunk jumps to, with the address of the thunk's slot in R12.
TEXT callbackEntry<>(SB), NOSPLIT|NOFRAME, $0
	ADDV $-callFrame__size, R3
	MOVV R4, (callFrame_regs+regs_ints+0)(R3)
	MOVV R5, (callFrame_regs+regs_ints+8)(R3)
	MOVV R6, (callFrame_regs+regs_ints+16)(R3)
	MOVV R7, (callFrame_regs+regs_ints+24)(R3)
	MOVV R8, (callFrame_regs+regs_ints+32)(R3)
	MOVV R9, (callFrame_regs+regs_ints+40)(R3)
	MOVV R10, (callFrame_regs+regs_ints+48)(R3)
	MOVV R11, (callFrame_regs+regs_ints+56)(R3)
	MOVD F0, (callFrame_regs+regs_floats+0)(R3)
	MOVD F1, (callFrame_regs+regs_floats+8)(R3)
	MOVD F2, (callFrame_regs+regs_floats+16)(R3)
	MOVD F3, (callFrame_regs+regs_floats+24)(R3)
	MOVD F4, (callFrame_regs+regs_floats+32)(R3)
	MOVD F5, (callFrame_regs+regs_floats+40)(R3)
	MOVD F6, (callFrame_regs+regs_floats+48)(R3)
	MOVD F7, (callFrame_regs+regs_floats+56)(R3)
	MOVV R1, (callFrame_saved+savedRegs_ints+0)(R3)
	MOVV g, (callFrame_saved+savedRegs_ints+8)(R3)
	MOVV R23, (callFrame_saved+savedRegs_ints+16)(R3)
	MOVV R24, (callFrame_saved+savedRegs_ints+24)(R3)
	MOVV R25, (callFrame_saved+savedRegs_ints+32)(R3)
	MOVV R26, (callFrame_saved+savedRegs_ints+40)(R3)
	MOVV R27, (callFrame_saved+savedRegs_ints+48)(R3)
	MOVV R28, (callFrame_saved+savedRegs_ints+56)(R3)
	MOVV R29, (callFrame_saved+savedRegs_ints+64)(R3)
	MOVV R30, (callFrame_saved+savedRegs_ints+72)(R3)
	MOVV R31, (callFrame_saved+savedRegs_ints+80)(R3)
	MOVD F24, (callFrame_saved+savedRegs_floats+0)(R3)
	MOVD F25, (callFrame_saved+savedRegs_floats+8)(R3)
	MOVD F26, (callFrame_saved+savedRegs_floats+16)(R3)
	MOVD F27, (callFrame_saved+savedRegs_floats+24)(R3)
	MOVD F28, (callFrame_saved+savedRegs_floats+32)(R3)
	MOVD F29, (callFrame_saved+savedRegs_floats+40)(R3)
	MOVD F30, (callFrame_saved+savedRegs_floats+48)(R3)
	MOVD F31, (callFrame_saved+savedRegs_floats+56)(R3)
	ADDV $callFrame__size, R3, R13
	MOVV R13, callFrame_stack(R3)
	MOVV R12, callFrame_slot(R3)

	// On one of our stacks the goroutine that called is told; its control block is at the top of the stack.
	MOVV ·stackArena+stackRange_base(SB), R12
	SUBV R12, R3, R12
	MOVV ·stackArena+stackRange_size(SB), R13
	BGEU R12, R13, stray
	MOVV ·stackArena+stackRange_mask(SB), R23
	OR   R3, R23
	ADDV $-(control__size-1), R23
	MOVV R3, control_cSP(R23)
	MOVV $const_calledBack, R4
	JMP  leaveC<>(SB)

	// Otherwise it is a thread of C's own.
stray:
	MOVV $2, R4
	MOVV ·strayCallback+0(SB), R5
	MOVV ·strayCallback+8(SB), R6
	MOVV $64, R11 // write
	SYSCALL
	MOVV $2, R4
	MOVV $94, R11 // exit_group
	SYSCALL
	UNDEF

// signalEntry is the handler of signals: see enterSignals. R6 is the address of the kernel's struct ucontext, in which R3 is at 208.
TEXT signalEntry<>(SB), NOSPLIT|NOFRAME|TOPFRAME, $0
	MOVV 208(R6), R12
	MOVV ·stackArena+stackRange_base(SB), R13
	SUBV R13, R12, R13
	MOVV ·stackArena+stackRange_size(SB), R14
	BGEU R13, R14, handle
	MOVV ·stackArena+stackRange_mask(SB), R13
	OR   R13, R12
	ADDV $-(control__size-1), R12
	MOVV control_g(R12), g

handle:
	MOVV ·goHandler(SB), R12
	JMP  (R12)

GLOBL ·callbackEntryPC(SB), NOPTR|RODATA, $8
DATA ·callbackEntryPC(SB)/8, $callbackEntry<>(SB)

GLOBL ·signalEntryPC(SB), NOPTR|RODATA, $8
DATA ·signalEntryPC(SB)/8, $signalEntry<>(SB)
