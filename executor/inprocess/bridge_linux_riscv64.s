#include "go_asm.h"
#include "textflag.h"
#include "funcdata.h"

// Go's side of the bridge. enterC and resumeC run C on the C stack whose control block is in X9 (S1) and come back, with the C stack still suspended if X10 is
// calledBack, to goPC and goSP: whoever stops C (its return, or callbackEntry) only has to load these. S1 is callee-saved in C, and so is Go's X27 (g), but
// C uses it in between.

// func start(c *control, r *regs) outcome
TEXT ·start(SB), NOSPLIT, $8-24
	NO_LOCAL_POINTERS
	MOV  c+0(FP), X9
	MOV  r+8(FP), X5
	CALL enterC<>(SB)
	MOV  X10, ret+16(FP)
	RET

// func resume(c *control) outcome
TEXT ·resume(SB), NOSPLIT, $8-16
	NO_LOCAL_POINTERS
	MOV  c+0(FP), X9
	CALL resumeC<>(SB)
	MOV  X10, ret+8(FP)
	RET

TEXT enterC<>(SB), NOSPLIT|NOFRAME, $0
	MOV  X1, control_goPC(X9)
	MOV  g, control_g(X9)
	MOV  X2, control_goSP(X9)
	MOVD (regs_floats+0)(X5), F10
	MOVD (regs_floats+8)(X5), F11
	MOVD (regs_floats+16)(X5), F12
	MOVD (regs_floats+24)(X5), F13
	MOVD (regs_floats+32)(X5), F14
	MOVD (regs_floats+40)(X5), F15
	MOVD (regs_floats+48)(X5), F16
	MOVD (regs_floats+56)(X5), F17
	MOV  (regs_ints+0)(X5), X10
	MOV  (regs_ints+8)(X5), X11
	MOV  (regs_ints+16)(X5), X12
	MOV  (regs_ints+24)(X5), X13
	MOV  (regs_ints+32)(X5), X14
	MOV  (regs_ints+40)(X5), X15
	MOV  (regs_ints+48)(X5), X16
	MOV  (regs_ints+56)(X5), X17
	MOV  control_fn(X9), X6
	MOV  control_cSP(X9), X2
	JALR X1, (X6)

	// Here whoever switched to C last is waiting, which need not be the one that called enterC.
	MOV  X10, (control_results+results_ints+0)(X9)
	MOV  X11, (control_results+results_ints+8)(X9)
	MOVD F10, (control_results+results_floats+0)(X9)
	MOVD F11, (control_results+results_floats+8)(X9)
	MOV  control_goPC(X9), X1
	MOV  control_goSP(X9), X2
	MOV  $const_returned, X10
	RET

TEXT resumeC<>(SB), NOSPLIT|NOFRAME, $0
	MOV X1, control_goPC(X9)
	MOV g, control_g(X9)
	MOV X2, control_goSP(X9)
	MOV control_cSP(X9), X5
	MOV X5, X2

	// It goes on in C, from callbackEntry's frame.
	MOV  (callFrame_results+results_ints+0)(X5), X10
	MOV  (callFrame_results+results_ints+8)(X5), X11
	MOVD (callFrame_results+results_floats+0)(X5), F10
	MOVD (callFrame_results+results_floats+8)(X5), F11
	MOV  (callFrame_saved+0)(X5), X1
	MOV  (callFrame_saved+8)(X5), X8
	MOV  (callFrame_saved+16)(X5), X9
	MOV  (callFrame_saved+24)(X5), X18
	MOV  (callFrame_saved+32)(X5), X19
	MOV  (callFrame_saved+40)(X5), X20
	MOV  (callFrame_saved+48)(X5), X21
	MOV  (callFrame_saved+56)(X5), X22
	MOV  (callFrame_saved+64)(X5), X23
	MOV  (callFrame_saved+72)(X5), X24
	MOV  (callFrame_saved+80)(X5), X25
	MOV  (callFrame_saved+88)(X5), X26
	MOV  (callFrame_saved+96)(X5), g
	MOVD (callFrame_saved+104)(X5), F8
	MOVD (callFrame_saved+112)(X5), F9
	MOVD (callFrame_saved+120)(X5), F18
	MOVD (callFrame_saved+128)(X5), F19
	MOVD (callFrame_saved+136)(X5), F20
	MOVD (callFrame_saved+144)(X5), F21
	MOVD (callFrame_saved+152)(X5), F22
	MOVD (callFrame_saved+160)(X5), F23
	MOVD (callFrame_saved+168)(X5), F24
	MOVD (callFrame_saved+176)(X5), F25
	MOVD (callFrame_saved+184)(X5), F26
	MOVD (callFrame_saved+192)(X5), F27
	ADD  $callFrame__size, X5, X2
	RET

// C's side: callbackEntry is where every callback thunk jumps to, with the address of the thunk's slot in X6.
TEXT callbackEntry<>(SB), NOSPLIT|NOFRAME, $0
	MOV  X2, X7
	ADD  $-callFrame__size, X2, X5
	MOV  X5, X2
	MOV  X10, (callFrame_regs+regs_ints+0)(X5)
	MOV  X11, (callFrame_regs+regs_ints+8)(X5)
	MOV  X12, (callFrame_regs+regs_ints+16)(X5)
	MOV  X13, (callFrame_regs+regs_ints+24)(X5)
	MOV  X14, (callFrame_regs+regs_ints+32)(X5)
	MOV  X15, (callFrame_regs+regs_ints+40)(X5)
	MOV  X16, (callFrame_regs+regs_ints+48)(X5)
	MOV  X17, (callFrame_regs+regs_ints+56)(X5)
	MOVD F10, (callFrame_regs+regs_floats+0)(X5)
	MOVD F11, (callFrame_regs+regs_floats+8)(X5)
	MOVD F12, (callFrame_regs+regs_floats+16)(X5)
	MOVD F13, (callFrame_regs+regs_floats+24)(X5)
	MOVD F14, (callFrame_regs+regs_floats+32)(X5)
	MOVD F15, (callFrame_regs+regs_floats+40)(X5)
	MOVD F16, (callFrame_regs+regs_floats+48)(X5)
	MOVD F17, (callFrame_regs+regs_floats+56)(X5)
	MOV  X7, callFrame_stack(X5)
	MOV  X6, callFrame_slot(X5)
	MOV  X1, (callFrame_saved+0)(X5)
	MOV  X8, (callFrame_saved+8)(X5)
	MOV  X9, (callFrame_saved+16)(X5)
	MOV  X18, (callFrame_saved+24)(X5)
	MOV  X19, (callFrame_saved+32)(X5)
	MOV  X20, (callFrame_saved+40)(X5)
	MOV  X21, (callFrame_saved+48)(X5)
	MOV  X22, (callFrame_saved+56)(X5)
	MOV  X23, (callFrame_saved+64)(X5)
	MOV  X24, (callFrame_saved+72)(X5)
	MOV  X25, (callFrame_saved+80)(X5)
	MOV  X26, (callFrame_saved+88)(X5)
	MOV  g, (callFrame_saved+96)(X5)
	MOVD F8, (callFrame_saved+104)(X5)
	MOVD F9, (callFrame_saved+112)(X5)
	MOVD F18, (callFrame_saved+120)(X5)
	MOVD F19, (callFrame_saved+128)(X5)
	MOVD F20, (callFrame_saved+136)(X5)
	MOVD F21, (callFrame_saved+144)(X5)
	MOVD F22, (callFrame_saved+152)(X5)
	MOVD F23, (callFrame_saved+160)(X5)
	MOVD F24, (callFrame_saved+168)(X5)
	MOVD F25, (callFrame_saved+176)(X5)
	MOVD F26, (callFrame_saved+184)(X5)
	MOVD F27, (callFrame_saved+192)(X5)

	// On one of our stacks the goroutine that called is told; its control block is at the top of the stack.
	MOV  ·stackArena+stackRange_base(SB), X6
	MOV  ·stackArena+stackRange_size(SB), X7
	SUB  X6, X5, X6
	BGEU X6, X7, stray
	MOV  ·stackArena+stackRange_mask(SB), X6
	OR   X6, X5, X9
	ADD  $-(control__size-1), X9, X9
	MOV  X5, control_cSP(X9)
	MOV  control_g(X9), g
	MOV  control_goPC(X9), X1
	MOV  control_goSP(X9), X2
	MOV  $const_calledBack, X10
	RET

stray:
	MOV $64, X17 // write
	MOV $2, X10
	MOV ·strayCallback+0(SB), X11
	MOV ·strayCallback+8(SB), X12
	ECALL
	MOV $94, X17 // exit_group
	MOV $2, X10
	ECALL
	EBREAK

#define UCONTEXT_SP 192 // of ucontext_t, arch/riscv/include/uapi/asm/ucontext.h: X2 behind the program counter

// signalEntry is the handler of signals: X10, X11 and X12 are sigaction's arguments.
TEXT signalEntry<>(SB), NOSPLIT|NOFRAME, $0
	MOV  UCONTEXT_SP(X12), X5
	MOV  ·stackArena+stackRange_base(SB), X6
	MOV  ·stackArena+stackRange_size(SB), X7
	SUB  X6, X5, X6
	BGEU X6, X7, handle
	MOV  ·stackArena+stackRange_mask(SB), X6
	OR   X6, X5, X5
	ADD  $-(control__size-1), X5, X5
	MOV  control_g(X5), g

handle:
	MOV ·goHandler(SB), X5
	JMP (X5)

GLOBL ·callbackEntryPC(SB), NOPTR|RODATA, $8
DATA ·callbackEntryPC(SB)/8, $callbackEntry<>(SB)

GLOBL ·signalEntryPC(SB), NOPTR|RODATA, $8
DATA ·signalEntryPC(SB)/8, $signalEntry<>(SB)
