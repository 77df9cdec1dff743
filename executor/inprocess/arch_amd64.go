//go:build linux || darwin || freebsd

package inprocess

// Supported says whether this package can call code on this operating system and processor.
const Supported = true

// savedRegs is BX, BP and R12 to R15, and what makes the size of callFrame 8 more than a multiple of 16.
type savedRegs [7]uintptr

const (
	thunkSize   = 16
	gInRegister = false // the runtime finds the goroutine by FS
)
