package objimage

import "unsafe"

// A Reloc has the fields of an Elf64_Rela in the same order (gABI, "Relocation Entries"). Where the host stores numbers as the file does, a table of them
// is a []Reloc already, and decoding it would cost as much as what is done with it.

const _ = -(unsafe.Sizeof(Reloc{}) ^ 24) // a Reloc has 24 bytes, or this does not compile

var littleEndian = func() bool {
	x := uint16(1)
	return *(*byte)(unsafe.Pointer(&x)) == 1
}()

// viewRelocs returns a little-endian table of Elf64_Rela as it is, or nil if the host cannot read it so.
func viewRelocs(table []byte) []Reloc {
	p := unsafe.Pointer(unsafe.SliceData(table))
	if !littleEndian || len(table) == 0 || uintptr(p)%unsafe.Alignof(Reloc{}) != 0 {
		return nil
	}
	return unsafe.Slice((*Reloc)(p), len(table)/24)
}
