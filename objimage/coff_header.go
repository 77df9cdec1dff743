package objimage

import (
	"debug/pe"
	"encoding/binary"
	"fmt"
)

// COFF as Microsoft has it: "PE Format", sections "COFF File Header", "Section Table", "COFF Relocations", "COFF Symbol Table", "COFF String Table"; the header of
// objects with many sections is ANON_OBJECT_HEADER_BIGOBJ of winnt.h. All numbers are little-endian, and nothing is aligned.

// Sizes of COFF's records.
const (
	coffHeaderSize    = 20
	coffBigHeaderSize = 56
	coffSectionSize   = 40
	coffRelocSize     = 10
	coffSymbolSize    = 18
	coffBigSymbolSize = 20
)

// coffBigClass is the class id of objects with many sections: {D1BAA1C7-BAEE-4BA9-AF20-FAF66AA4DCB8}.
const coffBigClass = "\xc7\xa1\xba\xd1\xee\xba\xa9\x4b\xaf\x20\xfa\xf6\x6a\xa4\xdc\xb8"

// coffAnonymous begins what is no object of the usual kind: machine 0, which would be unknown, and 0xffff sections.
const coffAnonymous = 0xffff0000

// Machines that debug/pe does not know: code for AArch64 in the conventions of x86-64, and files of both kinds.
const (
	machineARM64EC = 0xa641
	machineARM64X  = 0xa64e
)

// A coffHeader is a COFF file's header, of either kind.
type coffHeader struct {
	machine  uint16
	big      bool   // section numbers have 32 bits
	table    uint64 // where the section headers are
	sections uint32 // how many they are
	symtab   uint64 // where the symbols are
	symbols  uint32 // how many records they are, auxiliary ones included
}

// isCOFF reports whether a file begins as COFF objects do that are read, or that are refused with a reason of their own.
func isCOFF(data []byte) bool {
	if len(data) < 4 {
		return false
	}
	if binary.LittleEndian.Uint32(data) == coffAnonymous {
		return true
	}
	switch machine := binary.LittleEndian.Uint16(data); machine {
	case machineARM64EC, machineARM64X:
		return true
	default:
		return coffArch(machine) != ArchUnknown
	}
}

// coffArch returns the architecture of a machine.
func coffArch(machine uint16) Arch {
	switch machine {
	case pe.IMAGE_FILE_MACHINE_AMD64:
		return ArchX86_64
	case pe.IMAGE_FILE_MACHINE_I386:
		return ArchI386
	case pe.IMAGE_FILE_MACHINE_ARMNT:
		return ArchARM
	case pe.IMAGE_FILE_MACHINE_ARM64:
		return ArchAArch64
	}
	return ArchUnknown
}

// readCOFFHeader reads the header, and refuses what is not a relocatable object.
func readCOFFHeader(b *Buffer) (h coffHeader, err error) {
	data, le := b.data, binary.LittleEndian
	if le.Uint32(data) == coffAnonymous {
		return readBigHeader(b)
	}
	if len(data) < coffHeaderSize {
		return h, &FormatError{Object: b.name, Msg: "COFF header is cut off"}
	}
	h.machine = le.Uint16(data)
	h.sections = uint32(le.Uint16(data[2:]))
	h.symtab, h.symbols = uint64(le.Uint32(data[8:])), le.Uint32(data[12:])
	h.table = coffHeaderSize + uint64(le.Uint16(data[16:]))
	if le.Uint16(data[18:])&pe.IMAGE_FILE_EXECUTABLE_IMAGE != 0 {
		return h, unsupported(b, "a PE executable without its DOS header")
	}
	return h, checkCOFFMachine(b, h.machine)
}

// readBigHeader reads what begins with coffAnonymous: the header of an object with many sections, but for other things that begin so.
func readBigHeader(b *Buffer) (h coffHeader, err error) {
	data, le := b.data, binary.LittleEndian
	if len(data) < 20 {
		return h, &FormatError{Object: b.name, Msg: "COFF header is cut off"}
	}
	switch version := le.Uint16(data[4:]); {
	case version == 0:
		return h, unsupported(b, "a member of an import library, which says in which DLL something is,")
	case version == 1 || len(data) < coffBigHeaderSize || string(data[12:28]) != coffBigClass:
		return h, unsupported(b, "what a compiler leaves for link-time code generation")
	}
	h = coffHeader{
		machine: le.Uint16(data[6:]), big: true, table: coffBigHeaderSize,
		sections: le.Uint32(data[44:]), symtab: uint64(le.Uint32(data[48:])), symbols: le.Uint32(data[52:]),
	}
	return h, checkCOFFMachine(b, h.machine)
}

func checkCOFFMachine(b *Buffer, machine uint16) error {
	switch {
	case machine == machineARM64EC || machine == machineARM64X:
		return unsupported(b, "a COFF object for ARM64EC, whose code needs an x86-64 emulator beside it (compile for aarch64-pc-windows-msvc),")
	case coffArch(machine) == ArchUnknown:
		return unsupported(b, fmt.Sprintf("a COFF object for machine %#x", machine))
	}
	return nil
}

func (h *coffHeader) symbolSize() uint64 {
	if h.big {
		return coffBigSymbolSize
	}
	return coffSymbolSize
}

// A coffSymbol is a record of the symbol table, as the file has it.
type coffSymbol struct {
	value   uint32
	section int32 // number, or one of those below
	typ     uint16
	class   uint8
	aux     uint8 // how many auxiliary records follow
}

// Section numbers with a meaning of their own ("PE Format", "Section Number Values"), and the highest that has none where they have 16 bits (IMAGE_SYM_SECTION_MAX of winnt.h).
const (
	maxCoffSection = 0xfeff

	coffUndefined = 0
	coffAbsolute  = -1
	coffDebug     = -2
)

// Storage classes that mean something to linkers ("PE Format", "Storage Class").
const (
	classExternal     = 2
	classStatic       = 3
	classExternalDef  = 5
	classFunction     = 101 // .bf, .ef, .lf
	classFile         = 103
	classWeakExternal = 105
)

// coffFunction is the type of functions, in the higher byte of a symbol's.
const coffFunction = 2

// symbol decodes record i.
func (h *coffHeader) symbol(table []byte, i uint32) coffSymbol {
	le, b := binary.LittleEndian, table[uint64(i)*h.symbolSize():]
	s := coffSymbol{value: le.Uint32(b[8:])}
	if h.big {
		s.section, b = int32(le.Uint32(b[12:])), b[16:]
	} else if s.section, b = int32(le.Uint16(b[12:])), b[14:]; s.section > maxCoffSection {
		s.section -= 1 << 16
	}
	s.typ, s.class, s.aux = le.Uint16(b), b[2], b[3]
	return s
}

func (s *coffSymbol) isGlobal() bool {
	return (s.class == classExternal || s.class == classExternalDef || s.class == classWeakExternal) && s.section != coffDebug
}
