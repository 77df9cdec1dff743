//go:build linux || darwin || freebsd || windows

package inprocess

// The registers in which Go passes arguments and results: AX, BX, CX, DI, SI, R8 to R11; X0 to X14.
const (
	goIntRegs   = 9
	goFloatRegs = 15
)
