package runtimedyld

import "github.com/gomcjit/gomcjit/objimage"

// Windows runs Thumb code only on ARM, and marks no symbol as such: the reader makes the addresses of all code odd, as linkers for Windows do. Branches are as in ELF then, but for where their
// addends count from, which the reader puts right.

// thumbMov32 is the pair of MOVW and MOVT with the two halves of an address.
var thumbMov32 = field{name: "thumb mov32", size: 8, bias: 1 << 31, span: span32, order: littleHalves, code: &code{
	insert: func(w, v uint64) uint64 {
		return thumbInsertMov(w>>32, v&0xffff)<<32 | thumbInsertMov(w&0xffff_ffff, v>>16&0xffff)
	},
	extract: func(w uint64) uint64 {
		return uint64(signExtend(thumbExtractMov(w)&0xffff<<16|thumbExtractMov(w>>32)&0xffff, 32))
	},
}}

const refuseNotThumb = "Windows runs no code but Thumb-2's: compile for thumbv7-windows"

// armCOFF is "PE Format", "Type Indicators", "ARM Processors".
var armCOFF = [...]howto{
	0x00: {"IMAGE_REL_ARM_ABSOLUTE", &formulaNone, &fieldNone, 0, ""},
	0x01: {"IMAGE_REL_ARM_ADDR32", &formulaAbs, &fieldWord32, 0, ""},
	0x02: {"IMAGE_REL_ARM_ADDR32NB", &formulaImage, &fieldWord32, 0, ""},
	0x0a: {"IMAGE_REL_ARM_REL32", &formulaEnd4, &fieldWord32, 0, ""},
	0x0e: {"IMAGE_REL_ARM_SECTION", &formulaSection, &fieldWord16, needFix, ""},
	0x0f: {"IMAGE_REL_ARM_SECREL", &formulaInSection, &fieldWord32, needFix, ""},
	0x11: {"IMAGE_REL_ARM_MOV32T", &formulaAbs, &thumbMov32, 0, ""},
	0x12: {"IMAGE_REL_ARM_BRANCH20T", &formulaPC, &thumbBranch19, needFix | needPlan | needVeneer, ""},
	0x14: {"IMAGE_REL_ARM_BRANCH24T", &formulaPC, &thumbBranch24, needFix | needPlan | needVeneer, ""},
	0x15: {"IMAGE_REL_ARM_BLX23T", &formulaPC, &thumbCall, needFix | needPlan | needVeneer, ""},

	0x03: {name: "IMAGE_REL_ARM_BRANCH24", refusal: refuseNotThumb},
	0x04: {name: "IMAGE_REL_ARM_BRANCH11", refusal: refuseNotThumb},
	0x05: {name: "IMAGE_REL_ARM_TOKEN", refusal: refuseCLR},
	0x08: {name: "IMAGE_REL_ARM_BLX24", refusal: refuseNotThumb},
	0x09: {name: "IMAGE_REL_ARM_BLX11", refusal: refuseNotThumb},
	0x10: {name: "IMAGE_REL_ARM_MOV32A", refusal: refuseNotThumb},
	0x16: {name: "IMAGE_REL_ARM_PAIR", refusal: refuseSpan},
}

// armWindows is ARM as COFF has it.
var armWindows = arm.asCOFF(armCOFF[:])

func init() {
	armWindows.plan, armWindows.fix, armWindows.supply, armWindows.codeBit = armCoffPlan, armCoffFix, armSupply, 1
	coffArches[objimage.ArchARM][0] = armWindows
}

// armCoffPlan is armPlan for COFF's branches, which are the only relocations with needPlan.
func armCoffPlan(p *plan, row *howto, r *objimage.Reloc, target int) {
	armPlanBranch(p, row, r, target, true, row.field == &thumbCall)
}

func armCoffFix(f *fixer, row *howto, at *site) (uint64, bool) {
	if row.need&needVeneer != 0 {
		return thumbBranch(f, row, at, row.field == &thumbCall)
	}
	return coffFix(f, row, at)
}

// armSupply knows the function that touches each page of a large frame before it is used: r4 is the frame's size in words, and becomes that in bytes; all other registers are kept but r12
// ("Overview of ARM32 ABI conventions", "Stack").
func armSupply(name string) []uint32 {
	if name == "__chkstk" {
		return thumbTouch[:]
	}
	return nil
}

// thumbTouch is
//
//	lsl.w r4, r4, #2; push {r4, r5}; add r5, sp, #8
//	1: cmp.w r4, #4096; bls 2f; sub.w r5, r5, #4096; ldr.w ip, [r5]; sub.w r4, r4, #4096; b 1b
//	2: sub.w r5, r5, r4; ldr.w ip, [r5]; pop {r4, r5}; bx lr
var thumbTouch = [...]uint32{0x0484ea4f, 0xad02b430, 0x5f80f5b4, 0xf5a5d906, 0xf8d55580, 0xf5a4c000, 0xe7f55480, 0x0504eba5, 0xc000f8d5, 0x4770bc30}
