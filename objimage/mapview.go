package objimage

import (
	"math/bits"
	"unsafe"
)

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

// swapRelocs decodes a big-endian table of Elf64_Rela into as many of dst, or reports false if the host cannot do so a word at a time.
func swapRelocs(dst []Reloc, table []byte) bool {
	from, to := unsafe.Pointer(unsafe.SliceData(table)), unsafe.Pointer(unsafe.SliceData(dst))
	if !littleEndian || len(dst) == 0 || len(table) != len(dst)*24 || uintptr(from)%unsafe.Alignof(Reloc{}) != 0 {
		return false
	}
	entries, relocs := unsafe.Slice((*[3]uint64)(from), len(dst)), unsafe.Slice((*[3]uint64)(to), len(dst))
	for i := range entries {
		e, r := &entries[i], &relocs[i]
		r[0], r[1], r[2] = bits.ReverseBytes64(e[0]), bits.ReverseBytes64(e[1]), bits.ReverseBytes64(e[2])
	}
	return true
}
