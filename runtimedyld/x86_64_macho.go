package runtimedyld

import "github.com/gomcjit/gomcjit/objimage"

// Mach-O of x86-64: <mach-o/x86_64/reloc.h>. The reader has put the distance from the place to the end of the displacement into addends.

// Letters that only Mach-O has: B is what the SUBTRACTOR before a relocation subtracts.
var (
	formulaMinus  = formula{"S + A", formulaAbs.eval}
	formulaModule = formula{"M", func(v *vars) uint64 { return v.M }}
	formulaDiff   = formula{"S + A - B", func(v *vars) uint64 { return v.S + v.A - v.B }}
)

// Lengths of fields, and what else is in the numbers of relocation types: see objimage.MachOLength.
const (
	machoByte, machoShort, machoLong, machoQuad = 0 * objimage.MachOLength, 1 * objimage.MachOLength, 2 * objimage.MachOLength, 3 * objimage.MachOLength

	machoPC     = objimage.MachOPCRel
	machoPaired = objimage.MachOPaired
)

// x86_64MachO has the types of relocations with the lengths that they can have.
var x86_64MachO = [...]howto{
	0 | machoQuad:                {"X86_64_RELOC_UNSIGNED", &formulaAbs, &fieldWord64, 0, ""},
	0 | machoLong:                {"X86_64_RELOC_UNSIGNED", &formulaAbs, &fieldUint32, needReach, ""},
	0 | machoShort:               {"X86_64_RELOC_UNSIGNED", &formulaAbs, &fieldWord16, 0, ""},
	0 | machoByte:                {"X86_64_RELOC_UNSIGNED", &formulaAbs, &fieldWord8, 0, ""},
	0 | machoQuad | machoPaired:  {"X86_64_RELOC_UNSIGNED", &formulaDiff, &fieldWord64, 0, ""},
	0 | machoLong | machoPaired:  {"X86_64_RELOC_UNSIGNED", &formulaDiff, &fieldInt32, 0, ""},
	0 | machoShort | machoPaired: {"X86_64_RELOC_UNSIGNED", &formulaDiff, &fieldWord16, 0, ""},
	0 | machoByte | machoPaired:  {"X86_64_RELOC_UNSIGNED", &formulaDiff, &fieldWord8, 0, ""},

	1 | machoPC | machoLong: {"X86_64_RELOC_SIGNED", &formulaPC, &fieldInt32, needReach, ""},
	2 | machoPC | machoLong: {"X86_64_RELOC_BRANCH", &formulaBranch, &fieldInt32, needStub, ""},
	2 | machoPC | machoByte: {"X86_64_RELOC_BRANCH", &formulaPC, &fieldInt8, 0, ""},
	3 | machoPC | machoLong: {"X86_64_RELOC_GOT_LOAD", &formulaSlotPC, &fieldInt32, needSlot | needGOT | relaxable, ""},
	4 | machoPC | machoLong: {"X86_64_RELOC_GOT", &formulaSlotPC, &fieldInt32, needSlot | needGOT, ""},

	9 | machoPC | machoLong: {"X86_64_RELOC_TLV", &formulaSlotPC, &fieldInt32, needSlot | needGOT | relaxable, ""},

	5 | machoQuad:  {"X86_64_RELOC_SUBTRACTOR", &formulaMinus, &fieldNone, needFix, ""},
	5 | machoLong:  {"X86_64_RELOC_SUBTRACTOR", &formulaMinus, &fieldNone, needFix, ""},
	5 | machoShort: {"X86_64_RELOC_SUBTRACTOR", &formulaMinus, &fieldNone, needFix, ""},
	5 | machoByte:  {"X86_64_RELOC_SUBTRACTOR", &formulaMinus, &fieldNone, needFix, ""},

	6 | machoPC | machoLong: {"X86_64_RELOC_SIGNED_1", &formulaPC, &fieldInt32, needReach, ""},
	7 | machoPC | machoLong: {"X86_64_RELOC_SIGNED_2", &formulaPC, &fieldInt32, needReach, ""},
	8 | machoPC | machoLong: {"X86_64_RELOC_SIGNED_4", &formulaPC, &fieldInt32, needReach, ""},

	objimage.MachOThreadOffset: {"X86_64_RELOC_UNSIGNED", &formulaModuleOff, &fieldWord64, needThread | needNear, ""},
	objimage.MachOThreadModule: {"X86_64_RELOC_UNSIGNED", &formulaModule, &fieldWord64, needThread | needNear, ""},
}

// x86_64Darwin is x86-64 as Mach-O has it.
var x86_64Darwin = x86_64.asMachO(x86_64MachO[:], machoFix)

func init() {
	x86_64Darwin.relax = x86_64MachORelax
	machoArches[objimage.ArchX86_64][1] = x86_64Darwin
}

// asMachO returns the architecture with the relocations of Mach-O, whose addends are in the places.
func (a *arch) asMachO(rows []howto, fix func(*fixer, *howto, *site) (uint64, bool)) *arch {
	m := *a
	m.format, m.kin, m.rows, m.fix, m.implicit, m.landing = objimage.MachO, a, rows, fix, true, ""
	return &m
}

// machoFix keeps what a SUBTRACTOR subtracts for the relocation behind it. Nothing is stored.
func machoFix(f *fixer, _ *howto, _ *site) (uint64, bool) {
	f.v.B = f.v.S + f.v.A
	return 0, true
}

// x86_64MachORelax makes movq of a GOT entry leaq of what is near, the one instruction that GOT_LOAD is for.
func x86_64MachORelax(_ uint32, sec []byte, off uint64, v *vars) bool {
	if off < 2 || sec[off-2] != opMovLoad || v.A != minus4 || !fieldInt32.fits(v.S+v.A-v.P) {
		return false
	}
	sec[off-2] = opLea
	fieldInt32.store(sec[off:], v.S+v.A-v.P)
	return true
}
