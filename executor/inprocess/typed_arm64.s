//go:build linux || darwin || windows

#include "go_asm.h"
#include "textflag.h"
#include "funcdata.h"

// The frame of typedCall: the return address and spill space that Go's calling convention wants of a caller, the registers, and two areas of pointers that the
// garbage collector is shown, which end right below the saved frame pointer: 8 bytes behind what the assembler calls the frame's size. The caller's frame, which
// begins with room for a return address, is 8 bytes further.
#define REGS 40
#define KEEP_STACK (REGS+regs__size)
#define KEEP_REGS (KEEP_STACK+const_maxStackPointers*8)
#define FRAME 544 // KEEP_REGS and 16 words, less 8
#define STACK_ARGUMENTS (FRAME+24)

// typedCall is the code of every function that Bind returns: the closure in R26 is a binding, the arguments are where Go's calling
// convention has them for whatever the function's type is. It lays the registers down and calls dispatch. Assembly is never preempted
// asynchronously, so that the collector looks at this frame during the call to dispatch only, when the pointers are in place.
TEXT ·typedCall(SB), NOSPLIT|NEEDCTXT, $FRAME-0
	FUNCDATA $FUNCDATA_LocalsPointerMaps, keepMaps<>(SB)
	STP   (R0, R1), (REGS+regs_ints+0)(RSP)
	STP   (R2, R3), (REGS+regs_ints+16)(RSP)
	STP   (R4, R5), (REGS+regs_ints+32)(RSP)
	STP   (R6, R7), (REGS+regs_ints+48)(RSP)
	STP   (R8, R9), (REGS+regs_ints+64)(RSP)
	STP   (R10, R11), (REGS+regs_ints+80)(RSP)
	STP   (R12, R13), (REGS+regs_ints+96)(RSP)
	STP   (R14, R15), (REGS+regs_ints+112)(RSP)
	MOVBU binding_floats(R26), R20
	CBZ   R20, integers
	FSTPD (F0, F1), (REGS+regs_floats+0)(RSP)
	FSTPD (F2, F3), (REGS+regs_floats+16)(RSP)
	FSTPD (F4, F5), (REGS+regs_floats+32)(RSP)
	FSTPD (F6, F7), (REGS+regs_floats+48)(RSP)
	FSTPD (F8, F9), (REGS+regs_floats+64)(RSP)
	FSTPD (F10, F11), (REGS+regs_floats+80)(RSP)
	FSTPD (F12, F13), (REGS+regs_floats+96)(RSP)
	FSTPD (F14, F15), (REGS+regs_floats+112)(RSP)

integers:
	MOVBU binding_pointers(R26), R20
	CBNZ  R20, keepRegs
	MOVD  R26, R0
	ADD   $REGS, RSP, R1
	ADD   $STACK_ARGUMENTS, RSP, R2
	MOVD  ·dispatchFunc(SB), R26
	MOVD  (R26), R19
	PCDATA $PCDATA_StackMapIndex, $0
	CALL  (R19)
	JMP   done

keepRegs:
	ADD   $KEEP_REGS, RSP, R22
	LDP   (binding_masks+0)(R26), (R20, R21)
	AND   R20, R0
	AND   R21, R1
	STP   (R0, R1), 0(R22)
	LDP   (binding_masks+16)(R26), (R20, R21)
	AND   R20, R2
	AND   R21, R3
	STP   (R2, R3), 16(R22)
	LDP   (binding_masks+32)(R26), (R20, R21)
	AND   R20, R4
	AND   R21, R5
	STP   (R4, R5), 32(R22)
	LDP   (binding_masks+48)(R26), (R20, R21)
	AND   R20, R6
	AND   R21, R7
	STP   (R6, R7), 48(R22)
	LDP   (binding_masks+64)(R26), (R20, R21)
	AND   R20, R8
	AND   R21, R9
	STP   (R8, R9), 64(R22)
	LDP   (binding_masks+80)(R26), (R20, R21)
	AND   R20, R10
	AND   R21, R11
	STP   (R10, R11), 80(R22)
	LDP   (binding_masks+96)(R26), (R20, R21)
	AND   R20, R12
	AND   R21, R13
	STP   (R12, R13), 96(R22)
	LDP   (binding_masks+112)(R26), (R20, R21)
	AND   R20, R14
	AND   R21, R15
	STP   (R14, R15), 112(R22)
	MOVBU binding_pointers(R26), R20
	CMP   $1, R20
	BNE   keepStack
	MOVD  R26, R0
	ADD   $REGS, RSP, R1
	ADD   $STACK_ARGUMENTS, RSP, R2
	MOVD  ·dispatchFunc(SB), R26
	MOVD  (R26), R19
	PCDATA $PCDATA_StackMapIndex, $1
	CALL  (R19)
	JMP   done

	// Pointers among the stack arguments: as many as there are, and zeros.
keepStack:
	ADD   $STACK_ARGUMENTS, RSP, R2
	ADD   $KEEP_STACK, RSP, R22
	ADD   $binding_stackPointers, R26, R23
	MOVD  $const_maxStackPointers, R24
	MOVD  $const_noPointer, R25

next:
	MOVD  ZR, R20
	MOVWU.P 4(R23), R21
	CMP   R25, R21
	BEQ   store
	MOVD  (R2)(R21), R20

store:
	MOVD.P R20, 8(R22)
	SUBS  $1, R24
	BNE   next
	MOVD  R26, R0
	ADD   $REGS, RSP, R1
	MOVD  ·dispatchFunc(SB), R26
	MOVD  (R26), R19
	PCDATA $PCDATA_StackMapIndex, $2
	CALL  (R19)

done:
	PCDATA $PCDATA_StackMapIndex, $0
	TBNZ  $0, R0, wide
	MOVD  (REGS+regs_ints+0)(RSP), R0
	FMOVD (REGS+regs_floats+0)(RSP), F0
	RET

	// A struct: whichever registers it uses.
wide:
	LDP   (REGS+regs_ints+0)(RSP), (R0, R1)
	LDP   (REGS+regs_ints+16)(RSP), (R2, R3)
	LDP   (REGS+regs_ints+32)(RSP), (R4, R5)
	LDP   (REGS+regs_ints+48)(RSP), (R6, R7)
	LDP   (REGS+regs_ints+64)(RSP), (R8, R9)
	LDP   (REGS+regs_ints+80)(RSP), (R10, R11)
	LDP   (REGS+regs_ints+96)(RSP), (R12, R13)
	LDP   (REGS+regs_ints+112)(RSP), (R14, R15)
	FLDPD (REGS+regs_floats+0)(RSP), (F0, F1)
	FLDPD (REGS+regs_floats+16)(RSP), (F2, F3)
	FLDPD (REGS+regs_floats+32)(RSP), (F4, F5)
	FLDPD (REGS+regs_floats+48)(RSP), (F6, F7)
	FLDPD (REGS+regs_floats+64)(RSP), (F8, F9)
	FLDPD (REGS+regs_floats+80)(RSP), (F10, F11)
	FLDPD (REGS+regs_floats+96)(RSP), (F12, F13)
	FLDPD (REGS+regs_floats+112)(RSP), (F14, F15)
	RET

// keepMaps are the stack maps (runtime.stackmap) of typedCall: three of 32 bits, of which 16 are KEEP_STACK and 16 are KEEP_REGS.
DATA keepMaps<>+0(SB)/4, $3
DATA keepMaps<>+4(SB)/4, $32
DATA keepMaps<>+8(SB)/4, $0
DATA keepMaps<>+12(SB)/4, $0xffff0000
DATA keepMaps<>+16(SB)/4, $0xffffffff
GLOBL keepMaps<>(SB), NOPTR|RODATA, $20

GLOBL ·typedCallPC(SB), NOPTR|RODATA, $8
DATA ·typedCallPC(SB)/8, $·typedCall(SB)

// func invoke(fn unsafe.Pointer, r *regs)
// calls the Go function value fn, whose arguments and results are all in registers, with spill space for all of them.
TEXT ·invoke(SB), 0, $272-16
	NO_LOCAL_POINTERS
	MOVD  r+8(FP), R19
	MOVD  fn+0(FP), R26
	LDP   (regs_ints+0)(R19), (R0, R1)
	LDP   (regs_ints+16)(R19), (R2, R3)
	LDP   (regs_ints+32)(R19), (R4, R5)
	LDP   (regs_ints+48)(R19), (R6, R7)
	LDP   (regs_ints+64)(R19), (R8, R9)
	LDP   (regs_ints+80)(R19), (R10, R11)
	LDP   (regs_ints+96)(R19), (R12, R13)
	LDP   (regs_ints+112)(R19), (R14, R15)
	FLDPD (regs_floats+0)(R19), (F0, F1)
	FLDPD (regs_floats+16)(R19), (F2, F3)
	FLDPD (regs_floats+32)(R19), (F4, F5)
	FLDPD (regs_floats+48)(R19), (F6, F7)
	FLDPD (regs_floats+64)(R19), (F8, F9)
	FLDPD (regs_floats+80)(R19), (F10, F11)
	FLDPD (regs_floats+96)(R19), (F12, F13)
	FLDPD (regs_floats+112)(R19), (F14, F15)
	MOVD  (R26), R20
	PCDATA $PCDATA_StackMapIndex, $0
	CALL  (R20)
	MOVD  r+8(FP), R19
	STP   (R0, R1), (regs_ints+0)(R19)
	STP   (R2, R3), (regs_ints+16)(R19)
	STP   (R4, R5), (regs_ints+32)(R19)
	STP   (R6, R7), (regs_ints+48)(R19)
	STP   (R8, R9), (regs_ints+64)(R19)
	STP   (R10, R11), (regs_ints+80)(R19)
	STP   (R12, R13), (regs_ints+96)(R19)
	STP   (R14, R15), (regs_ints+112)(R19)
	FSTPD (F0, F1), (regs_floats+0)(R19)
	FSTPD (F2, F3), (regs_floats+16)(R19)
	FSTPD (F4, F5), (regs_floats+32)(R19)
	FSTPD (F6, F7), (regs_floats+48)(R19)
	FSTPD (F8, F9), (regs_floats+64)(R19)
	FSTPD (F10, F11), (regs_floats+80)(R19)
	FSTPD (F12, F13), (regs_floats+96)(R19)
	FSTPD (F14, F15), (regs_floats+112)(R19)
	RET
