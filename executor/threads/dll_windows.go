//go:build amd64 || arm64

package threads

import (
	"bytes"
	"debug/pe"
	"encoding/binary"
	"math/bits"
	"runtime"
	"unsafe"

	"github.com/gomcjit/gomcjit/executor"
)

// A dll is the start of a DLL that has no code: the headers, and the first bytes of its only section, which the template follows. "PE Format" (Microsoft), "Optional Header", "The .tls Section",
// "The .reloc Section".
type dll struct {
	DOS       [15]uint32 // "MZ" is all that Windows reads of it,
	PE        uint32     // and where this is:
	Signature uint32
	File      pe.FileHeader
	Optional  pe.OptionalHeader64
	Section   pe.SectionHeader32
	_         [dllSection - 64 - 4 - 20 - 240 - 40]byte

	Directory tlsDirectory
	Relocs    baseRelocs
	Index     uint64 // which Windows sets
}

// A tlsDirectory is IMAGE_TLS_DIRECTORY64.
type tlsDirectory struct {
	Start, End, Index, Callbacks uint64 // addresses
	ZeroFill, Characteristics    uint32
}

// baseRelocs say that the first three words of the section are addresses, for one page of it.
type baseRelocs struct {
	Page, Size uint32
	Places     [4]uint16
}

// Places in the file and, since the section's alignment is a page and the headers are smaller, in memory.
const (
	dllSection = 0x1000 // also its alignment in the file
	dllBase    = 0x1_8000_0000
)

var dllIndex = uint64(unsafe.Offsetof(dll{}.Index))

// maxDLLAlign is the largest alignment that a section can ask for.
const maxDLLAlign = 8192

// dllImage returns a DLL with the template.
func dllImage(t executor.ThreadTemplate) []byte {
	const addr64 = 10 << 12 // IMAGE_REL_BASED_DIR64
	image := uint64(unsafe.Sizeof(dll{}))
	size := uint32(image + uint64(len(t.Image)) - dllSection)
	d := dll{DOS: [15]uint32{'M' | 'Z'<<8}, PE: 64, Signature: 'P' | 'E'<<8}
	d.File = pe.FileHeader{
		Machine: pe.IMAGE_FILE_MACHINE_AMD64, NumberOfSections: 1, SizeOfOptionalHeader: uint16(unsafe.Sizeof(d.Optional)),
		Characteristics: pe.IMAGE_FILE_EXECUTABLE_IMAGE | pe.IMAGE_FILE_LARGE_ADDRESS_AWARE | pe.IMAGE_FILE_DLL,
	}
	if runtime.GOARCH == "arm64" {
		d.File.Machine = pe.IMAGE_FILE_MACHINE_ARM64
	}
	d.Optional = pe.OptionalHeader64{
		Magic: 0x20b, ImageBase: dllBase, SectionAlignment: dllSection, FileAlignment: 512, MajorSubsystemVersion: 6, Subsystem: pe.IMAGE_SUBSYSTEM_WINDOWS_CUI,
		SizeOfInitializedData: size, SizeOfImage: (dllSection + size + dllSection - 1) &^ (dllSection - 1), SizeOfHeaders: dllSection, NumberOfRvaAndSizes: 16,
		DllCharacteristics: pe.IMAGE_DLLCHARACTERISTICS_DYNAMIC_BASE | pe.IMAGE_DLLCHARACTERISTICS_NX_COMPAT | pe.IMAGE_DLLCHARACTERISTICS_HIGH_ENTROPY_VA,
	}
	d.Optional.DataDirectory[pe.IMAGE_DIRECTORY_ENTRY_TLS] = pe.DataDirectory{VirtualAddress: uint32(unsafe.Offsetof(d.Directory)), Size: uint32(unsafe.Sizeof(d.Directory))}
	d.Optional.DataDirectory[pe.IMAGE_DIRECTORY_ENTRY_BASERELOC] = pe.DataDirectory{VirtualAddress: uint32(unsafe.Offsetof(d.Relocs)), Size: uint32(unsafe.Sizeof(d.Relocs))}
	d.Section = pe.SectionHeader32{
		Name: [8]uint8{'.', 't', 'l', 's'}, VirtualSize: size, VirtualAddress: dllSection, SizeOfRawData: (size + 511) &^ 511, PointerToRawData: dllSection,
		Characteristics: pe.IMAGE_SCN_CNT_INITIALIZED_DATA | pe.IMAGE_SCN_MEM_READ | pe.IMAGE_SCN_MEM_WRITE,
	}
	d.Directory = tlsDirectory{
		Start: dllBase + image, End: dllBase + image + uint64(len(t.Image)), Index: dllBase + dllIndex,
		ZeroFill: uint32(t.Size - uint64(len(t.Image))), Characteristics: uint32(bits.Len64(max(t.Align, 1))) << 20,
	}
	d.Relocs = baseRelocs{Page: dllSection, Size: uint32(unsafe.Sizeof(d.Relocs)), Places: [4]uint16{addr64, addr64 | 8, addr64 | 16}}
	var b bytes.Buffer
	_ = binary.Write(&b, binary.LittleEndian, d) // memory takes everything
	b.Write(t.Image)
	b.Write(make([]byte, dllSection+d.Section.SizeOfRawData-uint32(b.Len())))
	return b.Bytes()
}
