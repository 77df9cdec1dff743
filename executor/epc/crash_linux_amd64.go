package epc

// Where ucontext_t has registers (arch/x86/include/uapi/asm/sigcontext.h, struct sigcontext_64, 40 bytes into struct ucontext).
const (
	contextSP = 40 + 15*8
	contextPC = 40 + 16*8
)
