package runtimedyld

import (
	"math"

	"github.com/gomcjit/gomcjit/objimage"
)

// Mach-O of AArch64: <mach-o/arm64/reloc.h>. The reader has put ADDEND relocations into the addends of those behind them.

// Types that are told apart.
const (
	arm64Subtractor   = 1
	arm64GOTPage      = 5
	arm64TLVPage      = 8
	machoTypeMask     = 15
	refuseArm64e      = "authenticated pointers (arm64e) are not supported: compile for arm64"
	a64LoadX          = 0xf940_0000 // ldr x, [x, #imm]
	a64LoadXMask      = 0xffc0_0000
	a64AddX           = 0x9100_0000 // add x, x, #imm
	a64LoadStoreImm   = 0x3900_0000 // loads and stores with an unsigned offset: bits 24, 25, 27, 28, 29
	a64LoadStoreMask  = 0x3b00_0000
	a64VectorRegister = 0x0400_0000
	a64OpcodeHigh     = 0x0080_0000
)

// a64LowAny is the offset in a page, scaled as the instruction has it: what is not stored has to be zero, which arch.fix checks.
var a64LowAny = field{name: "imm12", size: 4, span: 0xfff, code: &code{insert: func(word, v uint64) uint64 {
	return word&^(0xfff<<10) | v>>a64Scale(word)<<10&(0xfff<<10)
}}}

// a64Scale returns the binary logarithm of the unit in which an instruction counts its offset.
func a64Scale(word uint64) uint {
	if word&a64LoadStoreMask != a64LoadStoreImm {
		return 0
	}
	if size := uint(word >> 30); size != 0 || word&a64VectorRegister == 0 || word&a64OpcodeHigh == 0 {
		return size
	}
	return 4
}

// What is in the place of a pointer to a GOT entry is no addend: assemblers write something else there.
var (
	a64Pointer32 = field{name: "int32 over", size: 4, bias: 1 << 31, span: math.MaxUint32, code: &overwrite}
	a64Pointer64 = field{name: "word64 over", size: 8, span: math.MaxUint64, code: &overwrite}
	overwrite    = code{insert: func(_, v uint64) uint64 { return v }}
)

var a64SlotAddress = formula{"G + GOT + A", func(v *vars) uint64 { return v.G + v.GOT + v.A }}

// aarch64MachO has the types of relocations with the lengths that they can have.
var aarch64MachO = [...]howto{
	0 | machoQuad:                {"ARM64_RELOC_UNSIGNED", &formulaAbs, &fieldWord64, 0, ""},
	0 | machoLong:                {"ARM64_RELOC_UNSIGNED", &formulaAbs, &fieldWord32, needReach, ""},
	0 | machoShort:               {"ARM64_RELOC_UNSIGNED", &formulaAbs, &fieldWord16, 0, ""},
	0 | machoByte:                {"ARM64_RELOC_UNSIGNED", &formulaAbs, &fieldWord8, 0, ""},
	0 | machoQuad | machoPaired:  {"ARM64_RELOC_UNSIGNED", &formulaDiff, &fieldWord64, 0, ""},
	0 | machoLong | machoPaired:  {"ARM64_RELOC_UNSIGNED", &formulaDiff, &fieldInt32, 0, ""},
	0 | machoShort | machoPaired: {"ARM64_RELOC_UNSIGNED", &formulaDiff, &fieldWord16, 0, ""},
	0 | machoByte | machoPaired:  {"ARM64_RELOC_UNSIGNED", &formulaDiff, &fieldWord8, 0, ""},

	arm64Subtractor | machoQuad:  {"ARM64_RELOC_SUBTRACTOR", &formulaMinus, &fieldNone, needFix, ""},
	arm64Subtractor | machoLong:  {"ARM64_RELOC_SUBTRACTOR", &formulaMinus, &fieldNone, needFix, ""},
	arm64Subtractor | machoShort: {"ARM64_RELOC_SUBTRACTOR", &formulaMinus, &fieldNone, needFix, ""},
	arm64Subtractor | machoByte:  {"ARM64_RELOC_SUBTRACTOR", &formulaMinus, &fieldNone, needFix, ""},

	2 | machoPC | machoLong: {"ARM64_RELOC_BRANCH26", &formulaBranch, &a64Branch26, needStub, ""},
	3 | machoPC | machoLong: {"ARM64_RELOC_PAGE21", &a64Pages, &a64Page, needReach, ""},
	4 | machoLong:           {"ARM64_RELOC_PAGEOFF12", &a64Low, &a64LowAny, needFix, ""},

	arm64GOTPage | machoPC | machoLong: {"ARM64_RELOC_GOT_LOAD_PAGE21", &a64SlotPages, &a64Page, needSlot | needGOT | addendInSlot | relaxable, ""},
	6 | machoLong:                      {"ARM64_RELOC_GOT_LOAD_PAGEOFF12", &a64SlotLow, &a64LowAny, needSlot | needGOT | addendInSlot | relaxable | needFix, ""},
	7 | machoPC | machoLong:            {"ARM64_RELOC_POINTER_TO_GOT", &formulaSlotPC, &a64Pointer32, needSlot | needGOT, ""},
	7 | machoQuad:                      {"ARM64_RELOC_POINTER_TO_GOT", &a64SlotAddress, &a64Pointer64, needSlot | needGOT, ""},
	arm64TLVPage | machoPC | machoLong: {"ARM64_RELOC_TLVP_LOAD_PAGE21", &a64SlotPages, &a64Page, needSlot | needGOT | addendInSlot | relaxable, ""},
	9 | machoLong:                      {"ARM64_RELOC_TLVP_LOAD_PAGEOFF12", &a64SlotLow, &a64LowAny, needSlot | needGOT | addendInSlot | relaxable | needFix, ""},

	11 | machoQuad: {name: "ARM64_RELOC_AUTHENTICATED_POINTER", refusal: refuseArm64e},

	objimage.MachOThreadOffset: {"ARM64_RELOC_UNSIGNED", &formulaModuleOff, &fieldWord64, needThread | needNear, ""},
	objimage.MachOThreadModule: {"ARM64_RELOC_UNSIGNED", &formulaModule, &fieldWord64, needThread | needNear, ""},
}

// aarch64Darwin is AArch64 as Mach-O has it.
var aarch64Darwin = aarch64.asMachO(aarch64MachO[:], aarch64MachOFix)

func init() {
	aarch64Darwin.relax = aarch64MachORelax
	machoArches[objimage.ArchAArch64][1] = aarch64Darwin
}

// a64Near says whether a symbol's page is in reach of all of a section, so that all of the instructions that build its address agree.
func a64IsNear(v *vars, off uint64, sec []byte) bool {
	start := v.P - off
	return a64Page.fits(pageOf(v.S)-pageOf(start)) && a64Page.fits(pageOf(v.S)-pageOf(start+uint64(len(sec))))
}

// aarch64MachORelax makes `adrp x, slot; ldr x, [x, slot]` the address itself, `adrp x, symbol; add x, x, symbol`, where the symbol is near.
func aarch64MachORelax(typ uint32, sec []byte, off uint64, v *vars) bool {
	if v.A != 0 || !a64IsNear(v, off, sec) {
		return false
	}
	if t := typ & machoTypeMask; t == arm64GOTPage || t == arm64TLVPage {
		a64Page.store(sec[off:], pageOf(v.S)-pageOf(v.P))
		return true
	}
	word := littleEndian.load(sec[off:], 4)
	if word&a64LoadXMask != a64LoadX {
		return false
	}
	littleEndian.store(sec[off:], 4, word&^a64LoadXMask|a64AddX)
	a64Low12.store(sec[off:], v.S&0xfff)
	return true
}

// aarch64MachOFix keeps what a SUBTRACTOR subtracts, and computes offsets in pages.
func aarch64MachOFix(f *fixer, row *howto, at *site) (uint64, bool) {
	if row.formula == &formulaMinus {
		return machoFix(f, row, at)
	}
	if row.formula == &a64SlotLow && !f.dyld.unrelaxed && f.v.A == 0 && a64IsNear(&f.v, at.r.Offset, at.sec) {
		return f.refuse(ErrMalformedRelocation, "the instruction is no load of 64 bits, which is what the relocation is for")
	}
	x := row.formula.eval(&f.v)
	if unit := uint64(1) << a64Scale(littleEndian.load(at.sec[at.r.Offset:], 4)); x&(unit-1) != 0 {
		return f.misaligned(x, unit)
	}
	return x, true
}
