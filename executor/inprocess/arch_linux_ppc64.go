package inprocess

import (
	"encoding/binary"
	"unsafe"
)

const (
	maxHomogeneous = 1     // floats that are passed in registers as a struct
	floatResults   = false // whether such structs are returned in registers, too
	maxResult      = 0     // bytes of other structs that are returned in registers
	thunkSize      = 32
)

// writeThunks fills code with function descriptors (section 3.2.1), whose second word, the TOC pointer, is the address of the slot as far behind it as the
// block has code.
func writeThunks(code []byte) {
	base := uint64(uintptr(unsafe.Pointer(unsafe.SliceData(code))))
	for i := 0; i < len(code); i += thunkSize {
		binary.BigEndian.PutUint64(code[i:], uint64(callbackEntryPC))
		binary.BigEndian.PutUint64(code[i+8:], base+blockCode+uint64(i))
	}
}
