package inprocess

import "encoding/binary"

// Supported says whether this package can call code on this operating system and processor.
const Supported = true

// savedRegs is R4 to R11, R14 and D8 to D15, and what makes the size of callFrame a multiple of 8.
type savedRegs [26]uintptr

const (
	thunkSize   = 16
	gInRegister = true // R10
)

//go:noescape
func start(c *control, r *regs) outcome

//go:noescape
func resume(c *control) outcome

// writeThunks fills code with thunks. Data is as far behind each of them as the block has code, so that all are equal.
func writeThunks(code []byte) {
	thunk := [...]uint32{
		0xe59fc004,     // ldr r12, [pc, #4], which is the last word
		0xe08fc00c,     // add r12, pc, r12
		0xe59cf000,     // ldr pc, [r12]
		blockCode - 12, // from what add takes for pc
	}
	for i := 0; i < len(code); i += 4 {
		binary.LittleEndian.PutUint32(code[i:], thunk[i/4%len(thunk)])
	}
}
