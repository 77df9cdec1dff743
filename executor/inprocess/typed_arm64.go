//go:build linux || darwin || windows

package inprocess

// The registers in which Go passes arguments and results: R0 to R15; F0 to F15.
const (
	goIntRegs   = 16
	goFloatRegs = 16
)
