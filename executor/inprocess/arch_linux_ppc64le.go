package inprocess

import "encoding/binary"

const (
	maxHomogeneous = 8    // floats of one type that are passed in registers as a struct
	floatResults   = true // whether such structs are returned in registers, too
	maxResult      = 16   // bytes of other structs that are returned in registers
	thunkSize      = 16
)

// writeThunks fills code with thunks. Data is as far behind each of them as the block has code. R12 is the address of the function at its
// global entry point (section 2.3.2).
func writeThunks(code []byte) {
	thunk := [...]uint32{
		0x3d6c0000 | blockCode>>16, // addis r11, r12, blockCode>>16
		0xe98b0000,                 // ld r12, 0(r11)
		0x7d8903a6,                 // mtctr r12
		0x4e800420,                 // bctr
	}
	for i := 0; i < len(code); i += 4 {
		binary.LittleEndian.PutUint32(code[i:], thunk[i/4%len(thunk)])
	}
}
