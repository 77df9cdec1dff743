//go:build linux && (mips || mipsle)

package inprocess

import (
	"encoding/binary"
	"unsafe"
)

// Supported says whether this package can call code on this operating system and processor.
const Supported = true

// savedRegs is R16 to R23, R28, R30, R31, a word of padding, and F20 to F30 as doubles.
type savedRegs struct {
	ints   [12]uint32
	floats [6]uint64
}

const (
	thunkSize   = 16
	gInRegister = true // R30
)

//go:noescape
func start(c *control, r *regs) outcome

//go:noescape
func resume(c *control) outcome

// writeThunks fills code with thunks, which do not need their own address in R25: not all callers put it there.
func writeThunks(code []byte) {
	base := uint32(uintptr(unsafe.Pointer(unsafe.SliceData(code))))
	for i := 0; i < len(code); i += thunkSize {
		slot := base + blockCode + uint32(i)
		high, low := (slot+0x8000)>>16, slot&0xffff
		for j, instruction := range []uint32{
			0x3c180000 | high, // lui t8, %hi(slot)
			0x8f190000 | low,  // lw t9, %lo(slot)(t8)
			0x03200008,        // jr t9
			0x27180000 | low,  // addiu t8, t8, %lo(slot)
		} {
			binary.NativeEndian.PutUint32(code[i+4*j:], instruction)
		}
	}
}
