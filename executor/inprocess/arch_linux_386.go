package inprocess

import (
	"encoding/binary"
	"unsafe"
)

// Supported says whether this package can call code on this operating system and processor.
const Supported = true

// savedRegs is BX, BP, SI and DI.
type savedRegs [4]uintptr

const (
	thunkSize   = 16
	gInRegister = false // the runtime finds the goroutine by GS
)

//go:noescape
func start(c *control, r *regs) outcome

//go:noescape
func resume(c *control) outcome

// writeThunks fills code with thunks, each with the address of its data.
func writeThunks(code []byte) {
	slot := uint32(uintptr(unsafe.Pointer(unsafe.SliceData(code)))) + blockCode
	for i := 0; i < len(code); i += thunkSize {
		thunk := append(code[i:i], 0xf3, 0x0f, 0x1e, 0xfb, 0xb8) // endbr32; mov eax, slot
		thunk = binary.LittleEndian.AppendUint32(thunk, slot+uint32(i))
		_ = append(thunk, 0xff, 0x20, 0xcc, 0xcc, 0xcc, 0xcc, 0xcc) // jmp [eax]
	}
}
