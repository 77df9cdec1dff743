//go:build linux && (ppc64 || ppc64le)

#include "go_asm.h"
#include "textflag.h"
#include "funcdata.h"

// What C's frame has below the stack arguments: the back chain, CR, LR and the TOC pointer (and, in the first version, two doublewords more).
#ifdef GOARCH_ppc64
#define HEADER 48
#else
#define HEADER 32
#endif

// Go's side of the bridge. enterC and resumeC run C on the C stack whose control block is in R14 and come back, with the C stack still suspended if R3 is
// calledBack, through leaveC: whoever stops C (its return, or callbackEntry) goes there. R14 is callee-saved in C. Go wants zero in R0.

// func start(c *control, r *regs) outcome
TEXT ·start(SB), NOSPLIT, $0-24
	NO_LOCAL_POINTERS
	MOVD c+0(FP), R14
	MOVD r+8(FP), R15
	BL   enterC<>(SB)
	MOVD R3, ret+16(FP)
	RET

// func resume(c *control) outcome
TEXT ·resume(SB), NOSPLIT, $0-16
	NO_LOCAL_POINTERS
	MOVD c+0(FP), R14
	BL   resumeC<>(SB)
	MOVD R3, ret+8(FP)
	RET

TEXT enterC<>(SB), NOSPLIT|NOFRAME, $0
	MOVD LR, R16
	MOVD R16, control_goPC(R14)
	MOVD R2, 24(R1) // position-independent Go has its TOC pointer there
	MOVD R1, control_goSP(R14)
	MOVD g, control_g(R14)
	MOVD control_fpu(R14), R16
	CMP  R16, $0
	BEQ  integers
	FMOVD (regs_floats+0)(R15), F1
	FMOVD (regs_floats+8)(R15), F2
	FMOVD (regs_floats+16)(R15), F3
	FMOVD (regs_floats+24)(R15), F4
	FMOVD (regs_floats+32)(R15), F5
	FMOVD (regs_floats+40)(R15), F6
	FMOVD (regs_floats+48)(R15), F7
	FMOVD (regs_floats+56)(R15), F8
	FMOVD (regs_floats+64)(R15), F9
	FMOVD (regs_floats+72)(R15), F10
	FMOVD (regs_floats+80)(R15), F11
	FMOVD (regs_floats+88)(R15), F12
	FMOVD (regs_floats+96)(R15), F13

integers:
	MOVD (regs_ints+0)(R15), R3
	MOVD (regs_ints+8)(R15), R4
	MOVD (regs_ints+16)(R15), R5
	MOVD (regs_ints+24)(R15), R6
	MOVD (regs_ints+32)(R15), R7
	MOVD (regs_ints+40)(R15), R8
	MOVD (regs_ints+48)(R15), R9
	MOVD (regs_ints+56)(R15), R10
	MOVD control_fn(R14), R12

	// A function's address is that of its descriptor: code, TOC pointer, environment.
#ifdef GOARCH_ppc64
	MOVD 16(R12), R11
	MOVD 8(R12), R2
	MOVD (R12), R12
#endif
	MOVD R12, CTR
	MOVD control_cSP(R14), R1
	ADD  $-HEADER, R1
	MOVD $0, R16
	MOVD R16, 0(R1) // the end of the back chain
	BL   (CTR)

	// Here whoever switched to C last is waiting, which need not be the one that called enterC.
	MOVD R3, (control_results+results_ints+0)(R14)
	MOVD R4, (control_results+results_ints+8)(R14)
	FMOVD F1, (control_results+results_floats+0)(R14)
	FMOVD F2, (control_results+results_floats+8)(R14)
	FMOVD F3, (control_results+results_floats+16)(R14)
	FMOVD F4, (control_results+results_floats+24)(R14)
	FMOVD F5, (control_results+results_floats+32)(R14)
	FMOVD F6, (control_results+results_floats+40)(R14)
	FMOVD F7, (control_results+results_floats+48)(R14)
	FMOVD F8, (control_results+results_floats+56)(R14)
	MOVD $const_returned, R3
	BR   leaveC<>(SB)

// leaveC returns R3 from enterC or resumeC, called last, for the stack whose control block is in R14.
TEXT leaveC<>(SB), NOSPLIT|NOFRAME, $0
	XOR  R0, R0
	MOVD control_g(R14), g
	MOVD control_goPC(R14), R16
	MOVD R16, LR
	MOVD control_goSP(R14), R1
	MOVD 24(R1), R2
	BR   (LR)

TEXT resumeC<>(SB), NOSPLIT|NOFRAME, $0
	MOVD LR, R16
	MOVD R16, control_goPC(R14)
	MOVD R2, 24(R1)
	MOVD R1, control_goSP(R14)
	MOVD g, control_g(R14)
	MOVD control_cSP(R14), R1

	// Return to C from callbackEntry's frame.
	MOVD (callFrame_results+results_ints+0)(R1), R3
	MOVD (callFrame_results+results_ints+8)(R1), R4
	FMOVD (callFrame_results+results_floats+0)(R1), F1
	FMOVD (callFrame_results+results_floats+8)(R1), F2
	FMOVD (callFrame_results+results_floats+16)(R1), F3
	FMOVD (callFrame_results+results_floats+24)(R1), F4
	FMOVD (callFrame_results+results_floats+32)(R1), F5
	FMOVD (callFrame_results+results_floats+40)(R1), F6
	FMOVD (callFrame_results+results_floats+48)(R1), F7
	FMOVD (callFrame_results+results_floats+56)(R1), F8
	ADD  $(callFrame_saved+savedRegs_vectors-16), R1, R12
	ADD  $16, R12
	LXVD2X (R12), VS52
	ADD  $16, R12
	LXVD2X (R12), VS53
	ADD  $16, R12
	LXVD2X (R12), VS54
	ADD  $16, R12
	LXVD2X (R12), VS55
	ADD  $16, R12
	LXVD2X (R12), VS56
	ADD  $16, R12
	LXVD2X (R12), VS57
	ADD  $16, R12
	LXVD2X (R12), VS58
	ADD  $16, R12
	LXVD2X (R12), VS59
	ADD  $16, R12
	LXVD2X (R12), VS60
	ADD  $16, R12
	LXVD2X (R12), VS61
	ADD  $16, R12
	LXVD2X (R12), VS62
	ADD  $16, R12
	LXVD2X (R12), VS63
	FMOVD (callFrame_saved+savedRegs_floats+0)(R1), F14
	FMOVD (callFrame_saved+savedRegs_floats+8)(R1), F15
	FMOVD (callFrame_saved+savedRegs_floats+16)(R1), F16
	FMOVD (callFrame_saved+savedRegs_floats+24)(R1), F17
	FMOVD (callFrame_saved+savedRegs_floats+32)(R1), F18
	FMOVD (callFrame_saved+savedRegs_floats+40)(R1), F19
	FMOVD (callFrame_saved+savedRegs_floats+48)(R1), F20
	FMOVD (callFrame_saved+savedRegs_floats+56)(R1), F21
	FMOVD (callFrame_saved+savedRegs_floats+64)(R1), F22
	FMOVD (callFrame_saved+savedRegs_floats+72)(R1), F23
	FMOVD (callFrame_saved+savedRegs_floats+80)(R1), F24
	FMOVD (callFrame_saved+savedRegs_floats+88)(R1), F25
	FMOVD (callFrame_saved+savedRegs_floats+96)(R1), F26
	FMOVD (callFrame_saved+savedRegs_floats+104)(R1), F27
	FMOVD (callFrame_saved+savedRegs_floats+112)(R1), F28
	FMOVD (callFrame_saved+savedRegs_floats+120)(R1), F29
	FMOVD (callFrame_saved+savedRegs_floats+128)(R1), F30
	FMOVD (callFrame_saved+savedRegs_floats+136)(R1), F31
	MOVD (callFrame_saved+savedRegs_ints+0)(R1), R14
	MOVD (callFrame_saved+savedRegs_ints+8)(R1), R15
	MOVD (callFrame_saved+savedRegs_ints+16)(R1), R16
	MOVD (callFrame_saved+savedRegs_ints+24)(R1), R17
	MOVD (callFrame_saved+savedRegs_ints+32)(R1), R18
	MOVD (callFrame_saved+savedRegs_ints+40)(R1), R19
	MOVD (callFrame_saved+savedRegs_ints+48)(R1), R20
	MOVD (callFrame_saved+savedRegs_ints+56)(R1), R21
	MOVD (callFrame_saved+savedRegs_ints+64)(R1), R22
	MOVD (callFrame_saved+savedRegs_ints+72)(R1), R23
	MOVD (callFrame_saved+savedRegs_ints+80)(R1), R24
	MOVD (callFrame_saved+savedRegs_ints+88)(R1), R25
	MOVD (callFrame_saved+savedRegs_ints+96)(R1), R26
	MOVD (callFrame_saved+savedRegs_ints+104)(R1), R27
	MOVD (callFrame_saved+savedRegs_ints+112)(R1), R28
	MOVD (callFrame_saved+savedRegs_ints+120)(R1), R29
	MOVD (callFrame_saved+savedRegs_ints+128)(R1), g
	MOVD (callFrame_saved+savedRegs_ints+136)(R1), R31
	ADD  $callFrame__size, R1
	MOVD 8(R1), R12
	MOVW R12, CR
	MOVD 16(R1), R12
	MOVD R12, LR
	BR   (LR)

// C's side: callbackEntry is where every callback comes to, with the address of its slot in R11 (in the first version, where the callback's descriptor
// has it for a TOC pointer, in R2).
TEXT callbackEntry<>(SB), NOSPLIT|NOFRAME, $0
#ifdef GOARCH_ppc64
	MOVD R2, R11
#endif
	MOVD LR, R12
	MOVD R12, 16(R1)
	MOVW CR, R12
	MOVD R12, 8(R1)
	ADD  $-callFrame__size, R1
	MOVD R3, (callFrame_regs+regs_ints+0)(R1)
	MOVD R4, (callFrame_regs+regs_ints+8)(R1)
	MOVD R5, (callFrame_regs+regs_ints+16)(R1)
	MOVD R6, (callFrame_regs+regs_ints+24)(R1)
	MOVD R7, (callFrame_regs+regs_ints+32)(R1)
	MOVD R8, (callFrame_regs+regs_ints+40)(R1)
	MOVD R9, (callFrame_regs+regs_ints+48)(R1)
	MOVD R10, (callFrame_regs+regs_ints+56)(R1)
	FMOVD F1, (callFrame_regs+regs_floats+0)(R1)
	FMOVD F2, (callFrame_regs+regs_floats+8)(R1)
	FMOVD F3, (callFrame_regs+regs_floats+16)(R1)
	FMOVD F4, (callFrame_regs+regs_floats+24)(R1)
	FMOVD F5, (callFrame_regs+regs_floats+32)(R1)
	FMOVD F6, (callFrame_regs+regs_floats+40)(R1)
	FMOVD F7, (callFrame_regs+regs_floats+48)(R1)
	FMOVD F8, (callFrame_regs+regs_floats+56)(R1)
	FMOVD F9, (callFrame_regs+regs_floats+64)(R1)
	FMOVD F10, (callFrame_regs+regs_floats+72)(R1)
	FMOVD F11, (callFrame_regs+regs_floats+80)(R1)
	FMOVD F12, (callFrame_regs+regs_floats+88)(R1)
	FMOVD F13, (callFrame_regs+regs_floats+96)(R1)
	MOVD R14, (callFrame_saved+savedRegs_ints+0)(R1)
	MOVD R15, (callFrame_saved+savedRegs_ints+8)(R1)
	MOVD R16, (callFrame_saved+savedRegs_ints+16)(R1)
	MOVD R17, (callFrame_saved+savedRegs_ints+24)(R1)
	MOVD R18, (callFrame_saved+savedRegs_ints+32)(R1)
	MOVD R19, (callFrame_saved+savedRegs_ints+40)(R1)
	MOVD R20, (callFrame_saved+savedRegs_ints+48)(R1)
	MOVD R21, (callFrame_saved+savedRegs_ints+56)(R1)
	MOVD R22, (callFrame_saved+savedRegs_ints+64)(R1)
	MOVD R23, (callFrame_saved+savedRegs_ints+72)(R1)
	MOVD R24, (callFrame_saved+savedRegs_ints+80)(R1)
	MOVD R25, (callFrame_saved+savedRegs_ints+88)(R1)
	MOVD R26, (callFrame_saved+savedRegs_ints+96)(R1)
	MOVD R27, (callFrame_saved+savedRegs_ints+104)(R1)
	MOVD R28, (callFrame_saved+savedRegs_ints+112)(R1)
	MOVD R29, (callFrame_saved+savedRegs_ints+120)(R1)
	MOVD g, (callFrame_saved+savedRegs_ints+128)(R1)
	MOVD R31, (callFrame_saved+savedRegs_ints+136)(R1)
	FMOVD F14, (callFrame_saved+savedRegs_floats+0)(R1)
	FMOVD F15, (callFrame_saved+savedRegs_floats+8)(R1)
	FMOVD F16, (callFrame_saved+savedRegs_floats+16)(R1)
	FMOVD F17, (callFrame_saved+savedRegs_floats+24)(R1)
	FMOVD F18, (callFrame_saved+savedRegs_floats+32)(R1)
	FMOVD F19, (callFrame_saved+savedRegs_floats+40)(R1)
	FMOVD F20, (callFrame_saved+savedRegs_floats+48)(R1)
	FMOVD F21, (callFrame_saved+savedRegs_floats+56)(R1)
	FMOVD F22, (callFrame_saved+savedRegs_floats+64)(R1)
	FMOVD F23, (callFrame_saved+savedRegs_floats+72)(R1)
	FMOVD F24, (callFrame_saved+savedRegs_floats+80)(R1)
	FMOVD F25, (callFrame_saved+savedRegs_floats+88)(R1)
	FMOVD F26, (callFrame_saved+savedRegs_floats+96)(R1)
	FMOVD F27, (callFrame_saved+savedRegs_floats+104)(R1)
	FMOVD F28, (callFrame_saved+savedRegs_floats+112)(R1)
	FMOVD F29, (callFrame_saved+savedRegs_floats+120)(R1)
	FMOVD F30, (callFrame_saved+savedRegs_floats+128)(R1)
	FMOVD F31, (callFrame_saved+savedRegs_floats+136)(R1)
	ADD  $(callFrame_saved+savedRegs_vectors-16), R1, R12
	ADD  $16, R12
	STXVD2X VS52, (R12)
	ADD  $16, R12
	STXVD2X VS53, (R12)
	ADD  $16, R12
	STXVD2X VS54, (R12)
	ADD  $16, R12
	STXVD2X VS55, (R12)
	ADD  $16, R12
	STXVD2X VS56, (R12)
	ADD  $16, R12
	STXVD2X VS57, (R12)
	ADD  $16, R12
	STXVD2X VS58, (R12)
	ADD  $16, R12
	STXVD2X VS59, (R12)
	ADD  $16, R12
	STXVD2X VS60, (R12)
	ADD  $16, R12
	STXVD2X VS61, (R12)
	ADD  $16, R12
	STXVD2X VS62, (R12)
	ADD  $16, R12
	STXVD2X VS63, (R12)
	ADD  $(callFrame__size+HEADER), R1, R12
	MOVD R12, callFrame_stack(R1)
	MOVD R11, callFrame_slot(R1)

	// On one of our stacks the goroutine that called is told; its control block is at the top of the stack.
	MOVD ·stackArena+stackRange_base(SB), R15
	SUB  R15, R1, R15
	MOVD ·stackArena+stackRange_size(SB), R16
	CMPU R15, R16
	BGE  stray
	MOVD ·stackArena+stackRange_mask(SB), R14
	OR   R1, R14
	ADD  $-(control__size-1), R14
	MOVD R1, control_cSP(R14)
	MOVD $const_calledBack, R3
	BR   leaveC<>(SB)

	// Otherwise it is a thread of C's own.
stray:
	MOVD $2, R3
	MOVD ·strayCallback+0(SB), R4
	MOVD ·strayCallback+8(SB), R5
	SYSCALL $4 // write
	MOVD $2, R3
	SYSCALL $234 // exit_group
	UNDEF

// signalEntry is the handler of signals: see enterSignals. R5 is the address of the kernel's struct ucontext, in which R1 is at 240.
TEXT signalEntry<>(SB), NOSPLIT|NOFRAME|TOPFRAME, $0
	MOVD 240(R5), R6
	MOVD ·stackArena+stackRange_base(SB), R7
	SUB  R7, R6, R7
	MOVD ·stackArena+stackRange_size(SB), R8
	CMPU R7, R8
	BGE  handle
	MOVD ·stackArena+stackRange_mask(SB), R7
	OR   R7, R6
	ADD  $-(control__size-1), R6
	MOVD control_g(R6), g

handle:
	MOVD ·goHandler(SB), R12
#ifdef GOARCH_ppc64
	MOVD (R12), R12
#endif
	MOVD R12, CTR
	BR   (CTR)

// The kernel knows it by a descriptor as well.
#ifdef GOARCH_ppc64
GLOBL signalDescriptor<>(SB), NOPTR, $24
DATA signalDescriptor<>+0(SB)/8, $signalEntry<>(SB)
#define SIGNAL_ENTRY signalDescriptor<>
#else
#define SIGNAL_ENTRY signalEntry<>
#endif

GLOBL ·callbackEntryPC(SB), NOPTR|RODATA, $8
DATA ·callbackEntryPC(SB)/8, $callbackEntry<>(SB)

GLOBL ·signalEntryPC(SB), NOPTR|RODATA, $8
DATA ·signalEntryPC(SB)/8, $SIGNAL_ENTRY(SB)
