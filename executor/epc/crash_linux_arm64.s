#include "textflag.h"

// crashEntry(int sig R0, siginfo_t *info R1, void *context R2) handles the signals of crashes: see crash_linux.go. The kernel restores all registers.
TEXT crashEntry<>(SB), NOSPLIT|NOFRAME, $0
	MOVD R0, R19
	MOVD R1, R20
	MOVD R2, R21
	MOVD R30, R22
	MOVD $172, R8                 // getpid
	SVC
	MOVD ·crashPID(SB), R1
	CMP  R0, R1
	BNE  default
	MOVD $·crashTaken(SB), R1
	MOVD $1, R2

take:
	LDAXR (R1), R0
	STLXR R2, (R1), R3
	CBNZ R3, take
	CBNZ R0, wait
	MOVD $·crashArgs(SB), R0
	MOVD R19, 0(R0)
	MOVD R20, 8(R0)
	MOVD R21, 16(R0)
	MOVD ·crashTell(SB), R0
	MOVD $1, R2
	MOVD $64, R8                  // write
	SVC

wait:
	SUB  $32, RSP
	MOVD ·crashWait(SB), R0
	MOVW R0, 0(RSP)               // struct pollfd: fd, events, revents
	MOVD $1, R0                   // POLLIN
	MOVW R0, 4(RSP)
	MOVD $2, R0
	MOVD R0, 8(RSP)               // struct timespec
	MOVD ZR, 16(RSP)
	MOVD RSP, R0
	MOVD $1, R1
	ADD  $8, R0, R2
	MOVD ZR, R3
	MOVD ZR, R4
	MOVD $73, R8                  // ppoll
	SVC
	ADD  $32, RSP

default:
	MOVD R19, R0
	MOVD $·crashNoAction(SB), R1
	MOVD ZR, R2
	MOVD $8, R3
	MOVD $134, R8                 // rt_sigaction
	SVC
	MOVW 8(R20), R0               // si_code
	CMPW $0, R0
	BGT  done                     // the instruction is run again
	MOVD $172, R8                 // getpid
	SVC
	MOVD R0, R21
	MOVD $178, R8                 // gettid
	SVC
	MOVD R0, R1
	MOVD R21, R0
	MOVD R19, R2
	MOVD $131, R8                 // tgkill
	SVC

done:
	MOVD R22, R30
	RET

TEXT crashReturn<>(SB), NOSPLIT|NOFRAME, $0
	MOVD $139, R8                 // rt_sigreturn
	SVC
	UNDEF

GLOBL ·crashEntryPC(SB), NOPTR|RODATA, $8
DATA ·crashEntryPC(SB)/8, $crashEntry<>(SB)
GLOBL ·crashReturnPC(SB), NOPTR|RODATA, $8
DATA ·crashReturnPC(SB)/8, $crashReturn<>(SB)
