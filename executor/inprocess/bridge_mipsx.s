//go:build linux && (mips || mipsle)

#include "go_asm.h"
#include "textflag.h"
#include "funcdata.h"


// The kernel's struct ucontext has R29 there, as 64 bits.
#ifdef GOARCH_mips
#define R29_AT 276
#else
#define R29_AT 272
#endif

// Go's side of the bridge. enterC and resumeC run C on the C stack whose control block is in R16 and come back, with the C stack still suspended if R2 is
// calledBack, through leaveC: whoever stops C (its return, or callbackEntry) goes there. R16 is callee-saved in C.

// func start(c *control, r *regs) outcome
TEXT ·start(SB), NOSPLIT, $0-12
	NO_LOCAL_POINTERS
	MOVW c+0(FP), R16
	MOVW r+4(FP), R17
	JAL  enterC<>(SB)
	MOVW R2, ret+8(FP)
	RET

// func resume(c *control) outcome
TEXT ·resume(SB), NOSPLIT, $0-8
	NO_LOCAL_POINTERS
	MOVW c+0(FP), R16
	JAL  resumeC<>(SB)
	MOVW R2, ret+4(FP)
	RET

TEXT enterC<>(SB), NOSPLIT|NOFRAME, $0
	MOVW R31, control_goPC(R16)
	MOVW R29, control_goSP(R16)
	MOVW g, control_g(R16)
	MOVW control_fpu(R16), R1
	BEQ  R1, R0, integers
	MOVD (regs_floats+0)(R17), F12
	MOVD (regs_floats+8)(R17), F14

integers:
	MOVW (regs_ints+0)(R17), R4
	MOVW (regs_ints+4)(R17), R5
	MOVW (regs_ints+8)(R17), R6
	MOVW (regs_ints+12)(R17), R7
	MOVW control_fn(R16), R25 // where position-independent code expects it
	MOVW control_cSP(R16), R29
	JAL  (R25)

	// Here whoever switched to C last is waiting, which need not be the one that called enterC.
	MOVW R2, (control_results+results_ints+0)(R16)
	MOVW R3, (control_results+results_ints+4)(R16)
	MOVW control_fpu(R16), R1
	BEQ  R1, R0, done
	MOVD F0, (control_results+results_floats+0)(R16)

done:
	MOVW $const_returned, R2
	JMP  leaveC<>(SB)

// leaveC returns R2 from enterC or resumeC, called last, for the stack whose control block is in R16.
TEXT leaveC<>(SB), NOSPLIT|NOFRAME, $0
	MOVW control_g(R16), g
	MOVW control_goPC(R16), R31
	MOVW control_goSP(R16), R29
	JMP  (R31)

TEXT resumeC<>(SB), NOSPLIT|NOFRAME, $0
	MOVW R31, control_goPC(R16)
	MOVW R29, control_goSP(R16)
	MOVW g, control_g(R16)
	MOVW control_cSP(R16), R29

	// Return to C from callbackEntry's frame.
	MOVW (callFrame_results+results_ints+0)(R29), R2
	MOVW (callFrame_results+results_ints+4)(R29), R3
#ifndef GOMIPS_softfloat
	MOVD (callFrame_results+results_floats+0)(R29), F0
	MOVD (callFrame_saved+savedRegs_floats+0)(R29), F20
	MOVD (callFrame_saved+savedRegs_floats+8)(R29), F22
	MOVD (callFrame_saved+savedRegs_floats+16)(R29), F24
	MOVD (callFrame_saved+savedRegs_floats+24)(R29), F26
	MOVD (callFrame_saved+savedRegs_floats+32)(R29), F28
	MOVD (callFrame_saved+savedRegs_floats+40)(R29), F30
#endif
	MOVW (callFrame_saved+savedRegs_ints+0)(R29), R16
	MOVW (callFrame_saved+savedRegs_ints+4)(R29), R17
	MOVW (callFrame_saved+savedRegs_ints+8)(R29), R18
	MOVW (callFrame_saved+savedRegs_ints+12)(R29), R19
	MOVW (callFrame_saved+savedRegs_ints+16)(R29), R20
	MOVW (callFrame_saved+savedRegs_ints+20)(R29), R21
	MOVW (callFrame_saved+savedRegs_ints+24)(R29), R22
	MOVW (callFrame_saved+savedRegs_ints+28)(R29), R23
	MOVW (callFrame_saved+savedRegs_ints+32)(R29), R28
	MOVW (callFrame_saved+savedRegs_ints+36)(R29), g
	MOVW (callFrame_saved+savedRegs_ints+40)(R29), R31
	ADDU $callFrame__size, R29
	JMP  (R31)

// C's side: callbackEntry is where every callback thunk jumps to, with the address of the thunk's slot in R24.
TEXT callbackEntry<>(SB), NOSPLIT|NOFRAME, $0
	ADDU $-callFrame__size, R29
	MOVW R4, (callFrame_regs+regs_ints+0)(R29)
	MOVW R5, (callFrame_regs+regs_ints+4)(R29)
	MOVW R6, (callFrame_regs+regs_ints+8)(R29)
	MOVW R7, (callFrame_regs+regs_ints+12)(R29)
	MOVW R16, (callFrame_saved+savedRegs_ints+0)(R29)
	MOVW R17, (callFrame_saved+savedRegs_ints+4)(R29)
	MOVW R18, (callFrame_saved+savedRegs_ints+8)(R29)
	MOVW R19, (callFrame_saved+savedRegs_ints+12)(R29)
	MOVW R20, (callFrame_saved+savedRegs_ints+16)(R29)
	MOVW R21, (callFrame_saved+savedRegs_ints+20)(R29)
	MOVW R22, (callFrame_saved+savedRegs_ints+24)(R29)
	MOVW R23, (callFrame_saved+savedRegs_ints+28)(R29)
	MOVW R28, (callFrame_saved+savedRegs_ints+32)(R29)
	MOVW g, (callFrame_saved+savedRegs_ints+36)(R29)
	MOVW R31, (callFrame_saved+savedRegs_ints+40)(R29)
#ifndef GOMIPS_softfloat
	MOVD F12, (callFrame_regs+regs_floats+0)(R29)
	MOVD F14, (callFrame_regs+regs_floats+8)(R29)
	MOVD F20, (callFrame_saved+savedRegs_floats+0)(R29)
	MOVD F22, (callFrame_saved+savedRegs_floats+8)(R29)
	MOVD F24, (callFrame_saved+savedRegs_floats+16)(R29)
	MOVD F26, (callFrame_saved+savedRegs_floats+24)(R29)
	MOVD F28, (callFrame_saved+savedRegs_floats+32)(R29)
	MOVD F30, (callFrame_saved+savedRegs_floats+40)(R29)
#endif
	ADDU $callFrame__size, R29, R1
	MOVW R1, callFrame_stack(R29)
	MOVW R24, callFrame_slot(R29)

	// On one of our stacks the goroutine that called is told; its control block is at the top of the stack.
	MOVW ·stackArena+stackRange_base(SB), R1
	SUBU R1, R29, R1
	MOVW ·stackArena+stackRange_size(SB), R2
	SGTU R2, R1, R1
	BEQ  R1, R0, stray
	MOVW ·stackArena+stackRange_mask(SB), R16
	OR   R29, R16
	ADDU $-(control__size-1), R16
	MOVW R29, control_cSP(R16)
	MOVW $const_calledBack, R2
	JMP  leaveC<>(SB)

	// Otherwise it is a thread of C's own.
stray:
	MOVW $2, R4
	MOVW ·strayCallback+0(SB), R5
	MOVW ·strayCallback+4(SB), R6
	MOVW $4004, R2 // write
	SYSCALL
	MOVW $2, R4
	MOVW $4246, R2 // exit_group
	SYSCALL
	UNDEF

// signalEntry is the handler of signals: see enterSignals. R6 is the address of the kernel's struct ucontext, in which R29 is at R29_AT.
TEXT signalEntry<>(SB), NOSPLIT|NOFRAME|TOPFRAME, $0
	MOVW R29_AT(R6), R2
	MOVW ·stackArena+stackRange_base(SB), R1
	SUBU R1, R2, R1
	MOVW ·stackArena+stackRange_size(SB), R3
	SGTU R3, R1, R1
	BEQ  R1, R0, handle
	MOVW ·stackArena+stackRange_mask(SB), R1
	OR   R1, R2
	ADDU $-(control__size-1), R2
	MOVW control_g(R2), g

handle:
	MOVW ·goHandler(SB), R25
	JMP  (R25)

GLOBL ·callbackEntryPC(SB), NOPTR|RODATA, $4
DATA ·callbackEntryPC(SB)/4, $callbackEntry<>(SB)

GLOBL ·signalEntryPC(SB), NOPTR|RODATA, $4
DATA ·signalEntryPC(SB)/4, $signalEntry<>(SB)
