package inprocess

import "encoding/binary"

// Supported says whether this package can call code on this operating system and processor.
const Supported = true

// savedRegs is R6 to R14 and F8 to F15.
type savedRegs struct {
	ints   [9]uint64
	floats [8]uint64
}

const (
	thunkSize   = 16
	gInRegister = true // R13
)

//go:noescape
func start(c *control, r *regs) outcome

//go:noescape
func resume(c *control) outcome

// writeThunks fills code with thunks. Data is as far behind each of them as the block has code, so that all are equal.
func writeThunks(code []byte) {
	thunk := [thunkSize]byte{
		0xc0, 0x00, blockCode / 2 >> 24, blockCode / 2 >> 16 & 0xff, blockCode / 2 >> 8 & 0xff, blockCode / 2 & 0xff, // larl r0, .+blockCode
	}
	binary.BigEndian.PutUint16(thunk[6:], 0xc418) // lgrl r1, .+blockCode-6
	binary.BigEndian.PutUint32(thunk[8:], (blockCode-6)/2)
	binary.BigEndian.PutUint16(thunk[12:], 0x07f1) // br r1
	for i := 0; i < len(code); i += thunkSize {
		copy(code[i:], thunk[:])
	}
}
