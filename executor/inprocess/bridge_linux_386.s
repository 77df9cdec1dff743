#include "go_asm.h"
#include "textflag.h"
#include "funcdata.h"

// Go's side of the bridge. enterC and resumeC run C on the C stack whose control block is in SI and come back, with the C stack still suspended if AX is
// calledBack, by a RET on the goroutine's stack: whoever stops C (its return, or callbackEntry) only has to load goSP. SI is callee-saved in C.

// func start(c *control, r *regs) outcome
TEXT ·start(SB), NOSPLIT, $4-12
	NO_LOCAL_POINTERS
	MOVL c+0(FP), SI
	CALL enterC<>(SB)
	MOVL AX, ret+8(FP)
	RET

// func resume(c *control) outcome
TEXT ·resume(SB), NOSPLIT, $4-8
	NO_LOCAL_POINTERS
	MOVL c+0(FP), SI
	CALL resumeC<>(SB)
	MOVL AX, ret+4(FP)
	RET

TEXT enterC<>(SB), NOSPLIT|NOFRAME, $0
	MOVL SP, control_goSP(SI)
	MOVL control_fn(SI), AX
	MOVL control_cSP(SI), SP
	CALL AX

	// Here whoever switched to C last is waiting, which need not be the one that called enterC.
	MOVL  AX, (control_results+results_ints+0)(SI)
	MOVL  DX, (control_results+results_ints+4)(SI)
	MOVL  control_fpu(SI), AX
	TESTL AX, AX
	JEQ   back
	CMPL  AX, $4
	JEQ   single
	FMOVDP F0, (control_results+results_floats)(SI)
	JMP   back

single:
	FMOVFP F0, (control_results+results_floats)(SI)

back:
	MOVL control_goSP(SI), SP
	MOVL $const_returned, AX
	RET

TEXT resumeC<>(SB), NOSPLIT|NOFRAME, $0
	MOVL SP, control_goSP(SI)
	MOVL control_cSP(SI), SP

	// It goes on in C, from callbackEntry's frame.
	MOVL  callFrame_fpu(SP), CX
	TESTL CX, CX
	JEQ   integers
	CMPL  CX, $4
	JEQ   single
	FMOVD (callFrame_results+results_floats)(SP), F0
	JMP   integers

single:
	FMOVF (callFrame_results+results_floats)(SP), F0

integers:
	MOVL  (callFrame_results+results_ints+0)(SP), AX
	MOVL  (callFrame_results+results_ints+4)(SP), DX
	MOVL  (callFrame_saved+0)(SP), BX
	MOVL  (callFrame_saved+4)(SP), BP
	MOVL  (callFrame_saved+8)(SP), SI
	MOVL  (callFrame_saved+12)(SP), DI
	MOVL  callFrame_memory(SP), CX
	ADDL  $callFrame__size, SP
	TESTL CX, CX
	JNE   popHidden
	RET

	// The address of a result in memory is taken off the stack by who returns.
popHidden:
	MOVL 0(SP), CX
	ADDL $8, SP
	JMP  CX

// C's side: callbackEntry is where every callback thunk jumps to, with the address of the thunk's slot in AX.
TEXT callbackEntry<>(SB), NOSPLIT|NOFRAME, $0
	SUBL $callFrame__size, SP
	MOVL AX, callFrame_slot(SP)
	LEAL (callFrame__size+4)(SP), AX
	MOVL AX, callFrame_stack(SP)
	MOVL BX, (callFrame_saved+0)(SP)
	MOVL BP, (callFrame_saved+4)(SP)
	MOVL SI, (callFrame_saved+8)(SP)
	MOVL DI, (callFrame_saved+12)(SP)

	// On one of our stacks the goroutine that called is told; its control block is at the top of the stack.
	MOVL SP, AX
	SUBL ·stackArena+stackRange_base(SB), AX
	CMPL AX, ·stackArena+stackRange_size(SB)
	JCC  stray
	MOVL SP, SI
	ORL  ·stackArena+stackRange_mask(SB), SI
	SUBL $(control__size-1), SI
	MOVL SP, control_cSP(SI)
	MOVL control_goSP(SI), SP
	MOVL $const_calledBack, AX
	RET

stray:
	MOVL $4, AX // write
	MOVL $2, BX
	MOVL ·strayCallback+0(SB), CX
	MOVL ·strayCallback+4(SB), DX
	INT  $0x80
	MOVL $252, AX // exit_group
	MOVL $2, BX
	INT  $0x80
	INT  $3

GLOBL ·callbackEntryPC(SB), NOPTR|RODATA, $4
DATA ·callbackEntryPC(SB)/4, $callbackEntry<>(SB)
