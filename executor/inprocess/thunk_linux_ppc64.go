package inprocess

import (
	"encoding/binary"
	"unsafe"
)

const (
	maxHomogeneous = 1 // floats that are passed in registers as a struct
	maxResult      = 0 // bytes of a struct that is returned in registers of integers
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
