package inprocess

import "encoding/binary"

// Supported says whether this package can call code on this operating system and processor.
const Supported = true

// savedRegs is R1, R22 to R31, and F24 to F31.
type savedRegs struct {
	ints   [11]uint64
	floats [8]uint64
}

const (
	thunkSize   = 16
	gInRegister = true // R22
)

//go:noescape
func start(c *control, r *regs) outcome

//go:noescape
func resume(c *control) outcome

// writeThunks fills code with thunks. Data is as far behind each of them as the block has code, so that all are equal.
func writeThunks(code []byte) {
	thunk := [...]uint32{
		0x1c00000c | blockCode>>12<<5, // pcaddu12i t0, blockCode>>12
		0x28c0018d,                    // ld.d t1, t0, 0
		0x4c0001a0,                    // jr t1
		0x002a0000,                    // break
	}
	for i := 0; i < len(code); i += 4 {
		binary.LittleEndian.PutUint32(code[i:], thunk[i/4%len(thunk)])
	}
}
