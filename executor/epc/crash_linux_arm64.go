package epc

// Where ucontext_t has registers (arch/arm64/include/uapi/asm/sigcontext.h: struct sigcontext, 176 bytes into struct ucontext: fault_address, 31 registers, sp, pc).
const (
	contextSP = 176 + 8 + 31*8
	contextPC = contextSP + 8
)
