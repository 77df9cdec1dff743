//go:build linux && (mips64 || mips64le)

#include "go_asm.h"
#include "textflag.h"
#include "funcdata.h"


// Go's side of the bridge. enterC and resumeC run C on the C stack whose control block is in R16 and come back, with the C stack still suspended if R2 is
// calledBack, through leaveC: whoever stops C (its return, or callbackEntry) goes there. R16 is callee-saved in C.

// func start(c *control, r *regs) outcome
TEXT ·start(SB), NOSPLIT, $0-24
	NO_LOCAL_POINTERS
	MOVV c+0(FP), R16
	MOVV r+8(FP), R17
	JAL  enterC<>(SB)
	MOVV R2, ret+16(FP)
	RET

// func resume(c *control) outcome
TEXT ·resume(SB), NOSPLIT, $0-16
	NO_LOCAL_POINTERS
	MOVV c+0(FP), R16
	JAL  resumeC<>(SB)
	MOVV R2, ret+8(FP)
	RET

TEXT enterC<>(SB), NOSPLIT|NOFRAME, $0
	MOVV R31, control_goPC(R16)
	MOVV R29, control_goSP(R16)
	MOVV g, control_g(R16)
	MOVV control_fpu(R16), R1
	BEQ  R1, R0, integers
	MOVD (regs_floats+0)(R17), F12
	MOVD (regs_floats+8)(R17), F13
	MOVD (regs_floats+16)(R17), F14
	MOVD (regs_floats+24)(R17), F15
	MOVD (regs_floats+32)(R17), F16
	MOVD (regs_floats+40)(R17), F17
	MOVD (regs_floats+48)(R17), F18
	MOVD (regs_floats+56)(R17), F19

integers:
	MOVV (regs_ints+0)(R17), R4
	MOVV (regs_ints+8)(R17), R5
	MOVV (regs_ints+16)(R17), R6
	MOVV (regs_ints+24)(R17), R7
	MOVV (regs_ints+32)(R17), R8
	MOVV (regs_ints+40)(R17), R9
	MOVV (regs_ints+48)(R17), R10
	MOVV (regs_ints+56)(R17), R11
	MOVV control_fn(R16), R25 // where position-independent code expects it
	MOVV control_cSP(R16), R29
	JAL  (R25)

	// Here whoever switched to C last is waiting, which need not be the one that called enterC.
	MOVV R2, (control_results+results_ints+0)(R16)
	MOVV R3, (control_results+results_ints+8)(R16)
	MOVV R4, (control_results+results_ints+16)(R16)
	MOVV control_fpu(R16), R1
	BEQ  R1, R0, done
	MOVD F0, (control_results+results_floats+0)(R16)
	MOVD F2, (control_results+results_floats+8)(R16)

done:
	MOVV $const_returned, R2
	JMP  leaveC<>(SB)

// leaveC returns R2 from enterC or resumeC, called last, for the stack whose control block is in R16.
TEXT leaveC<>(SB), NOSPLIT|NOFRAME, $0
	MOVV control_g(R16), g
	MOVV control_goPC(R16), R31
	MOVV control_goSP(R16), R29
	JMP  (R31)

TEXT resumeC<>(SB), NOSPLIT|NOFRAME, $0
	MOVV R31, control_goPC(R16)
	MOVV R29, control_goSP(R16)
	MOVV g, control_g(R16)
	MOVV control_cSP(R16), R29

	// Return to C from callbackEntry's frame.
	MOVV (callFrame_results+results_ints+0)(R29), R2
	MOVV (callFrame_results+results_ints+8)(R29), R3
	MOVV (callFrame_results+results_ints+16)(R29), R4
#ifndef GOMIPS64_softfloat
	MOVD (callFrame_results+results_floats+0)(R29), F0
	MOVD (callFrame_results+results_floats+8)(R29), F2
	MOVD (callFrame_saved+savedRegs_floats+0)(R29), F24
	MOVD (callFrame_saved+savedRegs_floats+8)(R29), F25
	MOVD (callFrame_saved+savedRegs_floats+16)(R29), F26
	MOVD (callFrame_saved+savedRegs_floats+24)(R29), F27
	MOVD (callFrame_saved+savedRegs_floats+32)(R29), F28
	MOVD (callFrame_saved+savedRegs_floats+40)(R29), F29
	MOVD (callFrame_saved+savedRegs_floats+48)(R29), F30
	MOVD (callFrame_saved+savedRegs_floats+56)(R29), F31
#endif
	MOVV (callFrame_saved+savedRegs_ints+0)(R29), R16
	MOVV (callFrame_saved+savedRegs_ints+8)(R29), R17
	MOVV (callFrame_saved+savedRegs_ints+16)(R29), R18
	MOVV (callFrame_saved+savedRegs_ints+24)(R29), R19
	MOVV (callFrame_saved+savedRegs_ints+32)(R29), R20
	MOVV (callFrame_saved+savedRegs_ints+40)(R29), R21
	MOVV (callFrame_saved+savedRegs_ints+48)(R29), R22
	MOVV (callFrame_saved+savedRegs_ints+56)(R29), R23
	MOVV (callFrame_saved+savedRegs_ints+64)(R29), RSB
	MOVV (callFrame_saved+savedRegs_ints+72)(R29), g
	MOVV (callFrame_saved+savedRegs_ints+80)(R29), R31
	ADDV $callFrame__size, R29
	JMP  (R31)

// C's side: callbackEntry is where every callback thunk jumps to, with the address of the thunk's slot in R24.
TEXT callbackEntry<>(SB), NOSPLIT|NOFRAME, $0
	ADDV $-callFrame__size, R29
	MOVV R4, (callFrame_regs+regs_ints+0)(R29)
	MOVV R5, (callFrame_regs+regs_ints+8)(R29)
	MOVV R6, (callFrame_regs+regs_ints+16)(R29)
	MOVV R7, (callFrame_regs+regs_ints+24)(R29)
	MOVV R8, (callFrame_regs+regs_ints+32)(R29)
	MOVV R9, (callFrame_regs+regs_ints+40)(R29)
	MOVV R10, (callFrame_regs+regs_ints+48)(R29)
	MOVV R11, (callFrame_regs+regs_ints+56)(R29)
	MOVV R16, (callFrame_saved+savedRegs_ints+0)(R29)
	MOVV R17, (callFrame_saved+savedRegs_ints+8)(R29)
	MOVV R18, (callFrame_saved+savedRegs_ints+16)(R29)
	MOVV R19, (callFrame_saved+savedRegs_ints+24)(R29)
	MOVV R20, (callFrame_saved+savedRegs_ints+32)(R29)
	MOVV R21, (callFrame_saved+savedRegs_ints+40)(R29)
	MOVV R22, (callFrame_saved+savedRegs_ints+48)(R29)
	MOVV R23, (callFrame_saved+savedRegs_ints+56)(R29)
	MOVV RSB, (callFrame_saved+savedRegs_ints+64)(R29)
	MOVV g, (callFrame_saved+savedRegs_ints+72)(R29)
	MOVV R31, (callFrame_saved+savedRegs_ints+80)(R29)
#ifndef GOMIPS64_softfloat
	MOVD F12, (callFrame_regs+regs_floats+0)(R29)
	MOVD F13, (callFrame_regs+regs_floats+8)(R29)
	MOVD F14, (callFrame_regs+regs_floats+16)(R29)
	MOVD F15, (callFrame_regs+regs_floats+24)(R29)
	MOVD F16, (callFrame_regs+regs_floats+32)(R29)
	MOVD F17, (callFrame_regs+regs_floats+40)(R29)
	MOVD F18, (callFrame_regs+regs_floats+48)(R29)
	MOVD F19, (callFrame_regs+regs_floats+56)(R29)
	MOVD F24, (callFrame_saved+savedRegs_floats+0)(R29)
	MOVD F25, (callFrame_saved+savedRegs_floats+8)(R29)
	MOVD F26, (callFrame_saved+savedRegs_floats+16)(R29)
	MOVD F27, (callFrame_saved+savedRegs_floats+24)(R29)
	MOVD F28, (callFrame_saved+savedRegs_floats+32)(R29)
	MOVD F29, (callFrame_saved+savedRegs_floats+40)(R29)
	MOVD F30, (callFrame_saved+savedRegs_floats+48)(R29)
	MOVD F31, (callFrame_saved+savedRegs_floats+56)(R29)
#endif
	ADDV $callFrame__size, R29, R1
	MOVV R1, callFrame_stack(R29)
	MOVV R24, callFrame_slot(R29)

	// Go has the upper half of its code's addresses in RSB.
	BGEZAL R0, 1(PC)
	SRLV $32, R31, RSB
	SLLV $32, RSB

	// On one of our stacks the goroutine that called is told; its control block is at the top of the stack.
	MOVV ·stackArena+stackRange_base(SB), R1
	SUBVU R1, R29, R1
	MOVV ·stackArena+stackRange_size(SB), R2
	SGTU R2, R1, R1
	BEQ  R1, R0, stray
	MOVV ·stackArena+stackRange_mask(SB), R16
	OR   R29, R16
	ADDV $-(control__size-1), R16
	MOVV R29, control_cSP(R16)
	MOVV $const_calledBack, R2
	JMP  leaveC<>(SB)

	// Otherwise it is a thread of C's own.
stray:
	MOVV $2, R4
	MOVV ·strayCallback+0(SB), R5
	MOVV ·strayCallback+8(SB), R6
	MOVV $5001, R2 // write
	SYSCALL
	MOVV $2, R4
	MOVV $5205, R2 // exit_group
	SYSCALL
	UNDEF

// signalEntry is the handler of signals: see enterSignals. R6 is the address of the kernel's struct ucontext, in which R29 is at 272.
TEXT signalEntry<>(SB), NOSPLIT|NOFRAME|TOPFRAME, $0
	MOVV R31, R7 // which the following overwrites
	// Go has the upper half of its code's addresses in RSB.
	BGEZAL R0, 1(PC)
	SRLV $32, R31, RSB
	SLLV $32, RSB
	MOVV R7, R31

	MOVV 272(R6), R2
	MOVV ·stackArena+stackRange_base(SB), R1
	SUBVU R1, R2, R1
	MOVV ·stackArena+stackRange_size(SB), R3
	SGTU R3, R1, R1
	BEQ  R1, R0, handle
	MOVV ·stackArena+stackRange_mask(SB), R1
	OR   R1, R2
	ADDV $-(control__size-1), R2
	MOVV control_g(R2), g

handle:
	MOVV ·goHandler(SB), R25
	JMP  (R25)

GLOBL ·callbackEntryPC(SB), NOPTR|RODATA, $8
DATA ·callbackEntryPC(SB)/8, $callbackEntry<>(SB)

GLOBL ·signalEntryPC(SB), NOPTR|RODATA, $8
DATA ·signalEntryPC(SB)/8, $signalEntry<>(SB)
