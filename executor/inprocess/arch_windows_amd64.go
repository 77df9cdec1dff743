package inprocess

// Supported says whether this package can call code on this operating system and processor.
const Supported = true

// savedRegs is XMM6 to XMM15, RBX, RBP, RDI, RSI and R12 to R15, and what makes the size of callFrame 8 more than a multiple of 16.
type savedRegs [29]uintptr

const (
	thunkSize   = 16
	gInRegister = false // the runtime finds the goroutine by GS
)
