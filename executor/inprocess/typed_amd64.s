//go:build linux || darwin || freebsd || windows

#include "go_asm.h"
#include "textflag.h"
#include "funcdata.h"

// The frame of typedCall: spill space that Go's calling convention wants of a caller, the registers, and two areas of pointers that the
// garbage collector is shown, right below the saved frame pointer.
#define SPILL 32
#define REGS SPILL
#define KEEP_STACK (REGS+regs__size)
#define KEEP_REGS (KEEP_STACK+const_maxStackPointers*8)
#define FRAME 424 // KEEP_REGS and 9 words: the assembler wants a plain number

// typedCall is the code of every function that Bind returns: the closure in DX is a binding, the arguments are where Go's calling
// convention has them for whatever the function's type is. It lays the registers down and calls dispatch. Assembly is never preempted
// asynchronously, so that the collector looks at this frame during the call to dispatch only, when the pointers are in place.
TEXT ·typedCall(SB), NOSPLIT|NEEDCTXT, $FRAME-0
	FUNCDATA $FUNCDATA_LocalsPointerMaps, keepMaps<>(SB)
	MOVQ AX, (REGS+regs_ints+0)(SP)
	MOVQ BX, (REGS+regs_ints+8)(SP)
	MOVQ CX, (REGS+regs_ints+16)(SP)
	MOVQ DI, (REGS+regs_ints+24)(SP)
	MOVQ SI, (REGS+regs_ints+32)(SP)
	MOVQ R8, (REGS+regs_ints+40)(SP)
	MOVQ R9, (REGS+regs_ints+48)(SP)
	MOVQ R10, (REGS+regs_ints+56)(SP)
	MOVQ R11, (REGS+regs_ints+64)(SP)
	CMPB binding_floats(DX), $0
	JEQ  integers
	MOVSD X0, (REGS+regs_floats+0)(SP)
	MOVSD X1, (REGS+regs_floats+8)(SP)
	MOVSD X2, (REGS+regs_floats+16)(SP)
	MOVSD X3, (REGS+regs_floats+24)(SP)
	MOVSD X4, (REGS+regs_floats+32)(SP)
	MOVSD X5, (REGS+regs_floats+40)(SP)
	MOVSD X6, (REGS+regs_floats+48)(SP)
	MOVSD X7, (REGS+regs_floats+56)(SP)
	MOVSD X8, (REGS+regs_floats+64)(SP)
	MOVSD X9, (REGS+regs_floats+72)(SP)
	MOVSD X10, (REGS+regs_floats+80)(SP)
	MOVSD X11, (REGS+regs_floats+88)(SP)
	MOVSD X12, (REGS+regs_floats+96)(SP)
	MOVSD X13, (REGS+regs_floats+104)(SP)
	MOVSD X14, (REGS+regs_floats+112)(SP)

integers:
	CMPB binding_pointers(DX), $0
	JNE  keepRegs
	MOVQ DX, AX
	LEAQ REGS(SP), BX
	LEAQ (FRAME+16)(SP), CX // the stack arguments
	MOVQ ·dispatchFunc(SB), DX
	MOVQ (DX), R12
	PCDATA $PCDATA_StackMapIndex, $0
	CALL R12
	JMP  done

keepRegs:
	ANDQ (binding_masks+0)(DX), AX
	ANDQ (binding_masks+8)(DX), BX
	ANDQ (binding_masks+16)(DX), CX
	ANDQ (binding_masks+24)(DX), DI
	ANDQ (binding_masks+32)(DX), SI
	ANDQ (binding_masks+40)(DX), R8
	ANDQ (binding_masks+48)(DX), R9
	ANDQ (binding_masks+56)(DX), R10
	ANDQ (binding_masks+64)(DX), R11
	MOVQ AX, (KEEP_REGS+0)(SP)
	MOVQ BX, (KEEP_REGS+8)(SP)
	MOVQ CX, (KEEP_REGS+16)(SP)
	MOVQ DI, (KEEP_REGS+24)(SP)
	MOVQ SI, (KEEP_REGS+32)(SP)
	MOVQ R8, (KEEP_REGS+40)(SP)
	MOVQ R9, (KEEP_REGS+48)(SP)
	MOVQ R10, (KEEP_REGS+56)(SP)
	MOVQ R11, (KEEP_REGS+64)(SP)
	CMPB binding_pointers(DX), $1
	JNE  keepStack
	MOVQ DX, AX
	LEAQ REGS(SP), BX
	LEAQ (FRAME+16)(SP), CX
	MOVQ ·dispatchFunc(SB), DX
	MOVQ (DX), R12
	PCDATA $PCDATA_StackMapIndex, $1
	CALL R12
	JMP  done

	// Pointers among the stack arguments: as many as there are, and zeros.
keepStack:
	LEAQ (FRAME+16)(SP), CX
	XORL R8, R8

next:
	XORL R9, R9
	MOVL binding_stackPointers(DX)(R8*4), R10
	CMPL R10, $const_noPointer
	JEQ  store
	MOVQ (CX)(R10*1), R9

store:
	MOVQ R9, KEEP_STACK(SP)(R8*8)
	INCQ R8
	CMPQ R8, $const_maxStackPointers
	JLT  next
	MOVQ DX, AX
	LEAQ REGS(SP), BX
	MOVQ ·dispatchFunc(SB), DX
	MOVQ (DX), R12
	PCDATA $PCDATA_StackMapIndex, $2
	CALL R12

done:
	PCDATA $PCDATA_StackMapIndex, $0
	TESTB AX, AX
	JNE   wide
	MOVQ  (REGS+regs_ints+0)(SP), AX
	MOVSD (REGS+regs_floats+0)(SP), X0
	RET

	// A struct: whichever registers it uses.
wide:
	MOVQ  (REGS+regs_ints+0)(SP), AX
	MOVQ  (REGS+regs_ints+8)(SP), BX
	MOVQ  (REGS+regs_ints+16)(SP), CX
	MOVQ  (REGS+regs_ints+24)(SP), DI
	MOVQ  (REGS+regs_ints+32)(SP), SI
	MOVQ  (REGS+regs_ints+40)(SP), R8
	MOVQ  (REGS+regs_ints+48)(SP), R9
	MOVQ  (REGS+regs_ints+56)(SP), R10
	MOVQ  (REGS+regs_ints+64)(SP), R11
	MOVSD (REGS+regs_floats+0)(SP), X0
	MOVSD (REGS+regs_floats+8)(SP), X1
	MOVSD (REGS+regs_floats+16)(SP), X2
	MOVSD (REGS+regs_floats+24)(SP), X3
	MOVSD (REGS+regs_floats+32)(SP), X4
	MOVSD (REGS+regs_floats+40)(SP), X5
	MOVSD (REGS+regs_floats+48)(SP), X6
	MOVSD (REGS+regs_floats+56)(SP), X7
	MOVSD (REGS+regs_floats+64)(SP), X8
	MOVSD (REGS+regs_floats+72)(SP), X9
	MOVSD (REGS+regs_floats+80)(SP), X10
	MOVSD (REGS+regs_floats+88)(SP), X11
	MOVSD (REGS+regs_floats+96)(SP), X12
	MOVSD (REGS+regs_floats+104)(SP), X13
	MOVSD (REGS+regs_floats+112)(SP), X14
	RET

// keepMaps are the stack maps (runtime.stackmap) of typedCall: three of 25 bits, of which 16 are KEEP_STACK and 9 are KEEP_REGS.
DATA keepMaps<>+0(SB)/4, $3
DATA keepMaps<>+4(SB)/4, $25
DATA keepMaps<>+8(SB)/4, $0
DATA keepMaps<>+12(SB)/4, $0x1ff0000
DATA keepMaps<>+16(SB)/4, $0x1ffffff
GLOBL keepMaps<>(SB), NOPTR|RODATA, $20

GLOBL ·typedCallPC(SB), NOPTR|RODATA, $8
DATA ·typedCallPC(SB)/8, $·typedCall(SB)

// func invoke(fn unsafe.Pointer, r *regs)
// calls the Go function value fn, whose arguments and results are all in registers.
TEXT ·invoke(SB), 0, $200-16
	NO_LOCAL_POINTERS
	MOVQ  r+8(FP), R12
	MOVQ  fn+0(FP), DX
	MOVQ  (regs_ints+0)(R12), AX
	MOVQ  (regs_ints+8)(R12), BX
	MOVQ  (regs_ints+16)(R12), CX
	MOVQ  (regs_ints+24)(R12), DI
	MOVQ  (regs_ints+32)(R12), SI
	MOVQ  (regs_ints+40)(R12), R8
	MOVQ  (regs_ints+48)(R12), R9
	MOVQ  (regs_ints+56)(R12), R10
	MOVQ  (regs_ints+64)(R12), R11
	MOVSD (regs_floats+0)(R12), X0
	MOVSD (regs_floats+8)(R12), X1
	MOVSD (regs_floats+16)(R12), X2
	MOVSD (regs_floats+24)(R12), X3
	MOVSD (regs_floats+32)(R12), X4
	MOVSD (regs_floats+40)(R12), X5
	MOVSD (regs_floats+48)(R12), X6
	MOVSD (regs_floats+56)(R12), X7
	MOVSD (regs_floats+64)(R12), X8
	MOVSD (regs_floats+72)(R12), X9
	MOVSD (regs_floats+80)(R12), X10
	MOVSD (regs_floats+88)(R12), X11
	MOVSD (regs_floats+96)(R12), X12
	MOVSD (regs_floats+104)(R12), X13
	MOVSD (regs_floats+112)(R12), X14
	MOVQ  (DX), R12
	PCDATA $PCDATA_StackMapIndex, $0
	CALL  R12
	MOVQ  r+8(FP), R12
	MOVQ  AX, (regs_ints+0)(R12)
	MOVQ  BX, (regs_ints+8)(R12)
	MOVQ  CX, (regs_ints+16)(R12)
	MOVQ  DI, (regs_ints+24)(R12)
	MOVQ  SI, (regs_ints+32)(R12)
	MOVQ  R8, (regs_ints+40)(R12)
	MOVQ  R9, (regs_ints+48)(R12)
	MOVQ  R10, (regs_ints+56)(R12)
	MOVQ  R11, (regs_ints+64)(R12)
	MOVSD X0, (regs_floats+0)(R12)
	MOVSD X1, (regs_floats+8)(R12)
	MOVSD X2, (regs_floats+16)(R12)
	MOVSD X3, (regs_floats+24)(R12)
	MOVSD X4, (regs_floats+32)(R12)
	MOVSD X5, (regs_floats+40)(R12)
	MOVSD X6, (regs_floats+48)(R12)
	MOVSD X7, (regs_floats+56)(R12)
	MOVSD X8, (regs_floats+64)(R12)
	MOVSD X9, (regs_floats+72)(R12)
	MOVSD X10, (regs_floats+80)(R12)
	MOVSD X11, (regs_floats+88)(R12)
	MOVSD X12, (regs_floats+96)(R12)
	MOVSD X13, (regs_floats+104)(R12)
	MOVSD X14, (regs_floats+112)(R12)
	RET
