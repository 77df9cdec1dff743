//go:build linux || darwin || windows

package inprocess

import "encoding/binary"

// Supported says whether this package can call code on this operating system and processor.
const Supported = true

// savedRegs is X19 to X30 and D8 to D15.
type savedRegs [20]uintptr

const (
	thunkSize   = 16
	gInRegister = true // R28
)

//go:noescape
func start(c *control, r *regs) outcome

//go:noescape
func resume(c *control) outcome

// writeThunks fills code with thunks. Data is as far behind each of them as the block has code, so that all are equal.
func writeThunks(code []byte) {
	thunk := [...]uint32{
		0x10000011 | blockCode>>2<<5, // adr x17, .+blockCode
		0xf9400230,                   // ldr x16, [x17]
		0xd61f0200,                   // br x16
		0xd4200000,                   // brk #0
	}
	for i := 0; i < len(code); i += 4 {
		binary.LittleEndian.PutUint32(code[i:], thunk[i/4%len(thunk)])
	}
}
