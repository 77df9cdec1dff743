package rtdyld

import (
	"encoding/binary"

	"github.com/gomcjit/gomcjit/objimage"
)

// withoutMachO takes the relocations of a type out of a file whose first load command is the segment, as assemblers have it (<mach-o/loader.h>). Relocations that belong together,
// such as SUBTRACTOR and what is behind it, go together.
func withoutMachO(img *objimage.Object, data []byte, typ uint32) {
	le := binary.LittleEndian
	header, segment, section, fields := 32, 72, 80, 56
	if img.Bits() == 32 {
		header, segment, section, fields = 28, 56, 68, 48
	}
	for i := range int(le.Uint32(data[header+segment-8:])) {
		at := data[header+segment+i*section+fields:]
		offset, num, want := int(le.Uint32(at)), int(le.Uint32(at[4:])), typ
		if typ&objimage.MachOThreadOffset != 0 { // the reader makes these of UNSIGNED, in descriptors
			if want = 3 * objimage.MachOLength; le.Uint32(at[8:])&0xff != threadVariables {
				continue
			}
		}
		kept := 0
		for k := 0; k < num; {
			n := groupMachO(img, data[offset+8*k:], num-k)
			if numberMachO(img, data[offset+8*k:], n) != want {
				copy(data[offset+8*kept:], data[offset+8*k:][:8*n])
				kept += n
			}
			k += n
		}
		le.PutUint32(at[4:], uint32(kept))
	}
}

const threadVariables = 0x13 // S_THREAD_LOCAL_VARIABLES

// typeMachO returns r_type, and r_length and r_pcrel in the place that objimage gives them.
func typeMachO(img *objimage.Object, b []byte) (typ, rest uint32) {
	a, w := binary.LittleEndian.Uint32(b), binary.LittleEndian.Uint32(b[4:])
	if a>>31 != 0 && img.Bits() == 32 {
		return a >> 24 & 15, a>>28&3*objimage.MachOLength | a>>30&1*objimage.MachOPCRel
	}
	return w >> 28, w>>25&3*objimage.MachOLength | w>>24&1*objimage.MachOPCRel
}

// groupMachO says how many relocations belong together.
func groupMachO(img *objimage.Object, b []byte, num int) int {
	typ, _ := typeMachO(img, b)
	next := uint32(0)
	if num > 1 {
		next, _ = typeMachO(img, b[8:])
	}
	switch a := img.Arch(); {
	case a == objimage.ArchX86_64 && typ == 5, a == objimage.ArchAArch64 && (typ == 1 || typ == 10), img.Bits() == 32 && num > 1 && next == 1:
		return 2
	}
	return 1
}

// numberMachO returns the type of relocations that belong together, as objimage has it.
func numberMachO(img *objimage.Object, b []byte, n int) uint32 {
	typ, rest := typeMachO(img, b)
	switch {
	case n == 1:
		return typ | rest
	case img.Bits() == 32 && typ == 8: // ARM_RELOC_HALF
		return typ | rest
	case img.Bits() == 32:
		return typ | rest | objimage.MachOPaired
	case typ == 10: // ARM64_RELOC_ADDEND
		return numberMachO(img, b[8:], 1)
	}
	_, rest = typeMachO(img, b[8:])
	return rest | objimage.MachOPaired
}
