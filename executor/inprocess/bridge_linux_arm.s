#include "go_asm.h"
#include "textflag.h"
#include "funcdata.h"

// Go's side of the bridge. enterC and resumeC run C on the C stack whose control block is in R4 and come back, with the C stack still suspended if R0 is
// calledBack, to goPC and goSP: whoever stops C (its return, or callbackEntry) only has to load these. R4 is callee-saved in C, and so is Go's R10 (g), but
// C uses it in between.

// func start(c *control, r *regs) outcome
TEXT ·start(SB), NOSPLIT, $4-12
	NO_LOCAL_POINTERS
	MOVW c+0(FP), R4
	MOVW r+4(FP), R5
	BL   enterC<>(SB)
	MOVW R0, ret+8(FP)
	RET

// func resume(c *control) outcome
TEXT ·resume(SB), NOSPLIT, $4-8
	NO_LOCAL_POINTERS
	MOVW c+0(FP), R4
	BL   resumeC<>(SB)
	MOVW R0, ret+4(FP)
	RET

TEXT enterC<>(SB), NOSPLIT|NOFRAME, $0
	MOVW R14, control_goPC(R4)
	MOVW g, control_g(R4)
	MOVW R13, control_goSP(R4)
	MOVD (regs_floats+0)(R5), F0
	MOVD (regs_floats+8)(R5), F1
	MOVD (regs_floats+16)(R5), F2
	MOVD (regs_floats+24)(R5), F3
	MOVD (regs_floats+32)(R5), F4
	MOVD (regs_floats+40)(R5), F5
	MOVD (regs_floats+48)(R5), F6
	MOVD (regs_floats+56)(R5), F7
	MOVW (regs_ints+0)(R5), R0
	MOVW (regs_ints+4)(R5), R1
	MOVW (regs_ints+8)(R5), R2
	MOVW (regs_ints+12)(R5), R3
	MOVW control_fn(R4), R12
	MOVW control_cSP(R4), R13
	BL   (R12) // also to Thumb code

	// Here whoever switched to C last is waiting, which need not be the one that called enterC.
	MOVW R0, (control_results+results_ints+0)(R4)
	MOVW R1, (control_results+results_ints+4)(R4)
	MOVD F0, (control_results+results_floats+0)(R4)
	MOVD F1, (control_results+results_floats+8)(R4)
	MOVD F2, (control_results+results_floats+16)(R4)
	MOVD F3, (control_results+results_floats+24)(R4)
	MOVW control_goPC(R4), R14
	MOVW control_goSP(R4), R13
	MOVW $const_returned, R0
	RET

TEXT resumeC<>(SB), NOSPLIT|NOFRAME, $0
	MOVW R14, control_goPC(R4)
	MOVW g, control_g(R4)
	MOVW R13, control_goSP(R4)
	MOVW control_cSP(R4), R12
	MOVW R12, R13

	// It goes on in C, from callbackEntry's frame.
	MOVW   (callFrame_results+results_ints+0)(R12), R0
	MOVW   (callFrame_results+results_ints+4)(R12), R1
	MOVD   (callFrame_results+results_floats+0)(R12), F0
	MOVD   (callFrame_results+results_floats+8)(R12), F1
	MOVD   (callFrame_results+results_floats+16)(R12), F2
	MOVD   (callFrame_results+results_floats+24)(R12), F3
	MOVD   (callFrame_saved+36)(R12), F8
	MOVD   (callFrame_saved+44)(R12), F9
	MOVD   (callFrame_saved+52)(R12), F10
	MOVD   (callFrame_saved+60)(R12), F11
	MOVD   (callFrame_saved+68)(R12), F12
	MOVD   (callFrame_saved+76)(R12), F13
	MOVD   (callFrame_saved+84)(R12), F14
	MOVD   (callFrame_saved+92)(R12), F15
	ADD    $callFrame_saved, R12, R2
	MOVM.IA (R2), [R4-R11, R14]
	ADD    $callFrame__size, R12, R13
	WORD   $0xe12fff1e // bx lr, also to Thumb code: BX is a call for Go's assembler

// C's side: callbackEntry is where every callback thunk jumps to, with the address of the thunk's slot in R12.
TEXT callbackEntry<>(SB), NOSPLIT|NOFRAME, $0
	SUB    $callFrame__size, R13
	MOVM.IA [R0-R3], (R13) // callFrame_regs and regs_ints are 0
	MOVD   F0, (callFrame_regs+regs_floats+0)(R13)
	MOVD   F1, (callFrame_regs+regs_floats+8)(R13)
	MOVD   F2, (callFrame_regs+regs_floats+16)(R13)
	MOVD   F3, (callFrame_regs+regs_floats+24)(R13)
	MOVD   F4, (callFrame_regs+regs_floats+32)(R13)
	MOVD   F5, (callFrame_regs+regs_floats+40)(R13)
	MOVD   F6, (callFrame_regs+regs_floats+48)(R13)
	MOVD   F7, (callFrame_regs+regs_floats+56)(R13)
	MOVW   R12, callFrame_slot(R13)
	ADD    $callFrame_saved, R13, R2
	MOVM.IA [R4-R11, R14], (R2)
	MOVD   F8, (callFrame_saved+36)(R13)
	MOVD   F9, (callFrame_saved+44)(R13)
	MOVD   F10, (callFrame_saved+52)(R13)
	MOVD   F11, (callFrame_saved+60)(R13)
	MOVD   F12, (callFrame_saved+68)(R13)
	MOVD   F13, (callFrame_saved+76)(R13)
	MOVD   F14, (callFrame_saved+84)(R13)
	MOVD   F15, (callFrame_saved+92)(R13)
	ADD    $callFrame__size, R13, R0
	MOVW   R0, callFrame_stack(R13)

	// On one of our stacks the goroutine that called is told; its control block is at the top of the stack.
	MOVW ·stackArena+stackRange_base(SB), R0
	MOVW ·stackArena+stackRange_size(SB), R1
	SUB  R0, R13, R0
	CMP  R1, R0
	BHS  stray
	MOVW ·stackArena+stackRange_mask(SB), R0
	ORR  R0, R13, R4
	SUB  $(control__size-1), R4
	MOVW R13, control_cSP(R4)
	MOVW control_g(R4), g
	MOVW control_goPC(R4), R14
	MOVW control_goSP(R4), R13
	MOVW $const_calledBack, R0
	RET

stray:
	MOVW $4, R7 // write
	MOVW $2, R0
	MOVW ·strayCallback+0(SB), R1
	MOVW ·strayCallback+4(SB), R2
	SWI  $0
	MOVW $248, R7 // exit_group
	MOVW $2, R0
	SWI  $0
	WORD $0xe7f000f0 // udf

// Of ucontext_t: arch/arm/include/asm/ucontext.h.
#define UCONTEXT_SP 84
#define UCONTEXT_CPSR 96

#define THUMB 0x0600fc20 // bits of the program status register that say which instruction set is executed, and how

// signalEntry is the handler of signals: R0, R1 and R2 are sigaction's arguments.
TEXT signalEntry<>(SB), NOSPLIT|NOFRAME, $0
	MOVW UCONTEXT_SP(R2), R12
	MOVW ·stackArena+stackRange_base(SB), R3
	SUB  R3, R12, R3
	MOVW ·stackArena+stackRange_size(SB), R11
	CMP  R11, R3
	BHS  handle
	MOVW ·stackArena+stackRange_mask(SB), R3
	ORR  R3, R12
	SUB  $(control__size-1), R12
	MOVW control_g(R12), g

	// After a fault the runtime goes on elsewhere, in its own code, and does not think of Thumb.
	CMP    $4, R0 // SIGILL
	CMP.NE $7, R0 // SIGBUS
	CMP.NE $8, R0 // SIGFPE
	CMP.NE $11, R0 // SIGSEGV
	BNE    handle
	MOVW   UCONTEXT_CPSR(R2), R3
	BIC    $THUMB, R3
	MOVW   R3, UCONTEXT_CPSR(R2)

handle:
	MOVW ·goHandler(SB), R12
	B    (R12)

GLOBL ·callbackEntryPC(SB), NOPTR|RODATA, $4
DATA ·callbackEntryPC(SB)/4, $callbackEntry<>(SB)

GLOBL ·signalEntryPC(SB), NOPTR|RODATA, $4
DATA ·signalEntryPC(SB)/4, $signalEntry<>(SB)
