//go:build unix

package gdbjit

import (
	"debug/elf"
	"encoding/binary"
)

// GDB (13, and all before) takes no breakpoint out of the memory of an object that is unregistered, not even while it forgets the object. It does so when it looks
// for all breakpoints anew, which is when the next object is registered. That is too late if the memory has other code by then: GDB puts bytes of
// the old code into it, in place of its breakpoints. So an object without anything in it is registered, and unregistered, after each one that
// goes, while the old code is still there.

// emptyLike returns an ELF object of the same machine as object that has no symbols and no sections but that of their names, or nil for other formats.
// The layout is that of the gABI, "ELF Header" and "Sections".
func emptyLike(object []byte) []byte {
	if len(object) < elf64Header || string(object[:4]) != elf.ELFMAG {
		return nil
	}
	order := binary.ByteOrder(binary.LittleEndian)
	if elf.Data(object[elf.EI_DATA]) == elf.ELFDATA2MSB {
		order = binary.BigEndian
	}
	const names = "\x00.shstrtab\x00"
	h := elf64
	if elf.Class(object[elf.EI_CLASS]) == elf.ELFCLASS32 {
		h = elf32
	}
	empty := make([]byte, h.header+2*h.section+len(names))
	copy(empty, object[:h.header])
	word := func(at int, v uint64) {
		if h.word == 4 {
			order.PutUint32(empty[at:], uint32(v))
		} else {
			order.PutUint64(empty[at:], v)
		}
	}
	word(24+h.word, 0)                  // e_phoff
	word(24+2*h.word, uint64(h.header)) // e_shoff
	half := h.header - 6
	order.PutUint16(empty[half-2:], 0)               // e_phnum
	order.PutUint16(empty[half:], uint16(h.section)) // e_shentsize
	order.PutUint16(empty[half+2:], 2)               // e_shnum
	order.PutUint16(empty[half+4:], 1)               // e_shstrndx
	at, end := h.header+h.section, h.header+2*h.section
	order.PutUint32(empty[at:], 1) // sh_name
	order.PutUint32(empty[at+4:], uint32(elf.SHT_STRTAB))
	word(at+8+2*h.word, uint64(end))        // sh_offset
	word(at+8+3*h.word, uint64(len(names))) // sh_size
	word(at+16+4*h.word, 1)                 // sh_addralign
	copy(empty[end:], names)
	return empty
}

// An elfLayout is the sizes of headers, and of the fields whose size depends on the class, in bytes.
type elfLayout struct{ header, section, word int }

var elf32, elf64 = elfLayout{52, 40, 4}, elfLayout{elf64Header, 64, 8}

const elf64Header = 64
