package runtimedyld

import "github.com/gomcjit/gomcjit/objimage"

// Mach-O of ARM and Thumb: <mach-o/arm/reloc.h>. Halves of addresses in MOVW and MOVT have the other half of the addend in a PAIR, which the reader has put into the addend. Branches
// are as in ELF (arm.go); branches of Thumb code that are calls, and that are not, have one relocation type.

// Types that are told apart.
const (
	armBR24 = 5
	armBR22 = 6
)

// Fields whose instruction has its half of the addend as it is, without a sign.
var (
	machoMovw      = halfField("movw low", armMovw, 0)
	machoMovt      = halfField("movt high", armMovt, 16)
	machoThumbMovw = halfField("thumb movw low", thumbMovw, 0)
	machoThumbMovt = halfField("thumb movt high", thumbMovt, 16)
	machoThumb     = thumbField("thumb branch or call", 1<<24, 1<<25-1, machoInsertBranch, thumbExtractBranch24).lossy()
)

func halfField(name string, f field, shift uint) field {
	c, extract := *f.code, f.code.extract
	c.extract = func(word uint64) uint64 { return extract(word) & 0xffff << shift }
	f.name, f.code = name, &c
	return f
}

// thumbIsCall is set in BL and BLX, and not in B.W.
const thumbIsCall = 1 << 14

func machoInsertBranch(word, v uint64) uint64 {
	if word&thumbIsCall != 0 {
		return thumbInsertCall(word, v)
	}
	return thumbInsertBranch24(word, v)
}

// armMachO has the types of relocations with the lengths that they can have. Those of halves say which one, and of what instruction.
var armMachO = [...]howto{
	0 | machoLong:  {"ARM_RELOC_VANILLA", &formulaArmAbs, &fieldWord32, needFix, ""},
	0 | machoShort: {"ARM_RELOC_VANILLA", &formulaArmAbs, &fieldWord16, needFix, ""},
	0 | machoByte:  {"ARM_RELOC_VANILLA", &formulaArmAbs, &fieldWord8, needFix, ""},

	1:                            {"ARM_RELOC_PAIR", &formulaMinus, &fieldNone, needFix, ""},
	2 | machoLong | machoPaired:  {"ARM_RELOC_SECTDIFF", &formulaDiff, &fieldWord32, 0, ""},
	2 | machoShort | machoPaired: {"ARM_RELOC_SECTDIFF", &formulaDiff, &fieldWord16, 0, ""},
	2 | machoByte | machoPaired:  {"ARM_RELOC_SECTDIFF", &formulaDiff, &fieldWord8, 0, ""},
	3 | machoLong | machoPaired:  {"ARM_RELOC_LOCAL_SECTDIFF", &formulaDiff, &fieldWord32, 0, ""},
	3 | machoShort | machoPaired: {"ARM_RELOC_LOCAL_SECTDIFF", &formulaDiff, &fieldWord16, 0, ""},
	3 | machoByte | machoPaired:  {"ARM_RELOC_LOCAL_SECTDIFF", &formulaDiff, &fieldWord8, 0, ""},

	armBR24 | machoPC | machoLong: {"ARM_RELOC_BR24", &formulaArmPC, &armBranch24, needFix | needPlan | needVeneer, ""},
	armBR22 | machoPC | machoLong: {"ARM_THUMB_RELOC_BR22", &formulaArmPC, &machoThumb, needFix | needPlan | needVeneer, ""},

	8 | machoByte:  {"ARM_RELOC_HALF", &formulaArmAbs, &machoMovw, needFix, ""},
	8 | machoShort: {"ARM_RELOC_HALF", &formulaArmAbs, &machoMovt, needFix, ""},
	8 | machoLong:  {"ARM_RELOC_HALF", &formulaArmAbs, &machoThumbMovw, needFix, ""},
	8 | machoQuad:  {"ARM_RELOC_HALF", &formulaArmAbs, &machoThumbMovt, needFix, ""},

	9 | machoByte | machoPaired:  {"ARM_RELOC_HALF_SECTDIFF", &formulaDiff, &machoMovw, 0, ""},
	9 | machoShort | machoPaired: {"ARM_RELOC_HALF_SECTDIFF", &formulaDiff, &machoMovt, 0, ""},
	9 | machoLong | machoPaired:  {"ARM_RELOC_HALF_SECTDIFF", &formulaDiff, &machoThumbMovw, 0, ""},
	9 | machoQuad | machoPaired:  {"ARM_RELOC_HALF_SECTDIFF", &formulaDiff, &machoThumbMovt, 0, ""},

	4 | machoLong:           {name: "ARM_RELOC_PB_LA_PTR", refusal: refusePrebound},
	7 | machoPC | machoLong: {name: "ARM_THUMB_32BIT_BRANCH", refusal: refuseObsolete},
}

// armDarwin is ARM as Mach-O has it.
var armDarwin = arm.asMachO(armMachO[:], armMachOFix)

func init() {
	armDarwin.plan = armMachOPlan
	machoArches[objimage.ArchARM][0] = armDarwin
}

// armMachOPlan asks for veneers as armPlan does.
func armMachOPlan(p *plan, row *howto, r *objimage.Reloc, target int) {
	thumb, call := row.field == &machoThumb, true
	if contents := p.img.SectionData(target); r.Offset+4 <= uint64(len(contents)) {
		call = armIsCall(row, contents[r.Offset:])
	}
	armPlanBranch(p, row, r, target, thumb, call)
}

// armIsCall says whether a branch is BL or BLX, which can change the instruction set.
func armIsCall(row *howto, b []byte) bool {
	word := row.field.order.load(b, 4)
	if row.field == &machoThumb {
		return word&thumbIsCall != 0
	}
	return word>>24 == armBL>>24 || word>>25 == armBLX>>25
}

// armMachOFix computes what is more than its formula.
func armMachOFix(f *fixer, row *howto, at *site) (uint64, bool) {
	switch {
	case row.formula == &formulaMinus:
		return machoFix(f, row, at)
	case row.field == &armBranch24:
		return armBranch(f, row, at)
	case row.field == &machoThumb:
		return thumbBranch(f, row, at, armIsCall(row, at.sec[at.r.Offset:]))
	}
	armSplit(f, at)
	return row.formula.eval(&f.v), true
}
