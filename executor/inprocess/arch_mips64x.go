//go:build linux && (mips64 || mips64le)

package inprocess

import (
	"encoding/binary"
	"unsafe"
)

// Supported says whether this package can call code on this operating system and processor.
const Supported = true

// savedRegs is R16 to R23, R28, R30, R31, a word of padding, and F24 to F31.
type savedRegs struct {
	ints   [12]uint64
	floats [8]uint64
}

const (
	thunkSize   = 32
	gInRegister = true // R30
)

//go:noescape
func start(c *control, r *regs) outcome

//go:noescape
func resume(c *control) outcome

// writeThunks fills code with thunks, which do not need their own address in R25: not all callers put it there.
func writeThunks(code []byte) {
	base := uint64(uintptr(unsafe.Pointer(unsafe.SliceData(code))))
	for i := 0; i < len(code); i += thunkSize {
		slot := base + blockCode + uint64(i)
		low, rest := uint32(slot&0xffff), (slot+0x8000)>>16
		for j, instruction := range []uint32{
			0x3c180000 | uint32(rest>>16),    // lui t8, bits 32 to 47
			0x37180000 | uint32(rest&0xffff), // ori t8, t8, bits 16 to 31
			0x0018c438,                       // dsll t8, t8, 16
			0xdf190000 | low,                 // ld t9, low(t8)
			0x03200008,                       // jr t9
			0x67180000 | low,                 // daddiu t8, t8, low
		} {
			binary.NativeEndian.PutUint32(code[i+4*j:], instruction)
		}
	}
}
