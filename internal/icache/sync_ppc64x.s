//go:build ppc64 || ppc64le

#include "textflag.h"

// Power ISA, Book II, 1.8, "Shared Storage" and 4.3.1, "Instruction Cache Instructions": store the blocks, wait, invalidate, wait. Blocks are
// at least 32 bytes.

// func syncLines(p unsafe.Pointer, n uintptr)
TEXT ·syncLines(SB), NOSPLIT|NOFRAME, $0-16
	MOVD	p+0(FP), R3
	MOVD	n+8(FP), R4
	ADD	R3, R4, R4 // end
	MOVD	$31, R5
	ANDN	R5, R3, R3
	MOVD	R3, R5
store:
	WORD	$0x7c00286c // dcbst 0, r5
	ADD	$32, R5
	CMPU	R5, R4
	BLT	store
	SYNC
	MOVD	R3, R5
drop:
	WORD	$0x7c002fac // icbi 0, r5
	ADD	$32, R5
	CMPU	R5, R4
	BLT	drop
	SYNC
	ISYNC
	RET
