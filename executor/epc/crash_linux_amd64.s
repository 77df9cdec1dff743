#include "textflag.h"

// crashEntry(int sig DI, siginfo_t *info SI, void *context DX) handles the signals of crashes: see crash_linux.go. The kernel restores all registers.
TEXT crashEntry<>(SB), NOSPLIT|NOFRAME, $0
	MOVQ DI, R12
	MOVQ SI, R13
	MOVQ DX, R14
	MOVL $39, AX                  // getpid
	SYSCALL
	CMPQ AX, ·crashPID(SB)
	JNE  default
	MOVQ $1, AX
	XCHGQ AX, ·crashTaken(SB)
	TESTQ AX, AX
	JNE  wait
	MOVQ R12, ·crashArgs+0(SB)
	MOVQ R13, ·crashArgs+8(SB)
	MOVQ R14, ·crashArgs+16(SB)
	MOVQ ·crashTell(SB), DI
	LEAQ ·crashTaken(SB), SI
	MOVL $1, DX
	MOVL $1, AX                   // write
	SYSCALL

wait:
	SUBQ $8, SP
	MOVQ ·crashWait(SB), AX
	MOVL AX, 0(SP)                // struct pollfd: fd, events, revents
	MOVL $1, 4(SP)                // POLLIN
	MOVQ SP, DI
	MOVL $1, SI
	MOVL $2000, DX
	MOVL $7, AX                   // poll
	SYSCALL
	ADDQ $8, SP

default:
	MOVQ R12, DI
	LEAQ ·crashNoAction(SB), SI
	XORL DX, DX
	MOVL $8, R10
	MOVL $13, AX                  // rt_sigaction
	SYSCALL
	MOVL 8(R13), AX               // si_code
	TESTL AX, AX
	JGT  done                     // the instruction is run again
	MOVL $39, AX                  // getpid
	SYSCALL
	MOVQ AX, R14
	MOVL $186, AX                 // gettid
	SYSCALL
	MOVQ R14, DI
	MOVQ AX, SI
	MOVQ R12, DX
	MOVL $234, AX                 // tgkill
	SYSCALL

done:
	RET

TEXT crashReturn<>(SB), NOSPLIT|NOFRAME, $0
	MOVL $15, AX                  // rt_sigreturn
	SYSCALL
	INT $3

GLOBL ·crashEntryPC(SB), NOPTR|RODATA, $8
DATA ·crashEntryPC(SB)/8, $crashEntry<>(SB)
GLOBL ·crashReturnPC(SB), NOPTR|RODATA, $8
DATA ·crashReturnPC(SB)/8, $crashReturn<>(SB)
