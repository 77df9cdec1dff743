//go:build !darwin && !windows

#include "textflag.h"

// Arm Architecture Reference Manual, B2.4.4, "Concurrent modification and execution of instructions": clean to the point of unification,
// wait, invalidate, wait, synchronize. CTR_EL0 has the base-2 logarithms of the smallest lines, in words of 4 bytes.

// func syncLines(p unsafe.Pointer, n uintptr)
TEXT ·syncLines(SB), NOSPLIT, $0-16
	MOVD	p+0(FP), R0
	MOVD	n+8(FP), R1
	ADD	R0, R1, R1 // end
	WORD	$0xd53b0022 // mrs x2, ctr_el0
	MOVD	$4, R3
	UBFX	$16, R2, $4, R4
	LSL	R4, R3, R4 // data line
	AND	$15, R2, R5
	LSL	R5, R3, R5 // instruction line

	SUB	$1, R4, R6
	BIC	R6, R0, R6
	MOVD	R6, R7
clean:
	WORD	$0xd50b7b27 // dc cvau, x7
	ADD	R4, R7, R7
	CMP	R1, R7
	BLO	clean
	WORD	$0xd5033b9f // dsb ish

	SUB	$1, R5, R6
	BIC	R6, R0, R7
drop:
	WORD	$0xd50b7527 // ic ivau, x7
	ADD	R5, R7, R7
	CMP	R1, R7
	BLO	drop
	WORD	$0xd5033b9f // dsb ish
	WORD	$0xd5033fdf // isb
	RET
