package inprocess

import "encoding/binary"

// Supported says whether this package can call code on this operating system and processor.
const Supported = true

// savedRegs is RA, S0 to S11 and FS0 to FS11, and what makes the size of callFrame a multiple of 16.
type savedRegs [26]uintptr

const (
	thunkSize   = 16
	gInRegister = true // X27
)

//go:noescape
func start(c *control, r *regs) outcome

//go:noescape
func resume(c *control) outcome

// writeThunks fills code with thunks. Data is as far behind each of them as the block has code, so that all are equal.
func writeThunks(code []byte) {
	thunk := [...]uint32{
		0x00000317 | blockCode, // auipc t1, blockCode>>12
		0x00033283,             // ld t0, (t1)
		0x00028067,             // jr t0
		0x00100073,             // ebreak
	}
	for i := 0; i < len(code); i += 4 {
		binary.LittleEndian.PutUint32(code[i:], thunk[i/4%len(thunk)])
	}
}
