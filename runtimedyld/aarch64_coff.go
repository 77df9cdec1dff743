package runtimedyld

import "github.com/gomcjit/gomcjit/objimage"

// COFF of AArch64 has addends in the instructions: of ADRP in bytes, as that of ADR, and of loads and stores in units of what is loaded, whose size the instruction tells.

// Fields of AArch64 instructions that hold addends.
var (
	a64AddendBranch26 = withAddend(a64Branch26, func(w uint64) uint64 { return uint64(signExtend(w<<2, 28)) })
	a64AddendBranch19 = withAddend(a64Branch19, func(w uint64) uint64 { return uint64(signExtend(w>>5<<2, 21)) })
	a64AddendBranch14 = withAddend(a64Branch14, func(w uint64) uint64 { return uint64(signExtend(w>>5<<2, 16)) })
	a64AddendNear21   = withAddend(a64Near21, a64ExtractAddress)
	a64AddendPage     = withAddend(a64Page, a64ExtractAddress).lossy()
	a64AddendLow12    = withAddend(a64Low12, func(w uint64) uint64 { return w >> 10 & 0xfff })
	a64AddendHigh12   = withAddend(a64High12, func(w uint64) uint64 { return w >> 10 & 0xfff << 12 }).lossy()
	a64AddendLoad12   = field{name: "imm12*size", size: 4, span: 0xfff, code: &code{
		insert:  func(w, v uint64) uint64 { return w&^(0xfff<<10) | v>>a64LoadShift(w)&0xfff<<10 },
		extract: func(w uint64) uint64 { return w >> 10 & 0xfff << a64LoadShift(w) },
		lossy:   true,
	}}
)

// withAddend returns a field of an instruction from which the addend is read.
func withAddend(f field, extract func(word uint64) uint64) field {
	c := *f.code
	c.extract = extract
	f.code = &c
	return f
}

func a64ExtractAddress(w uint64) uint64 {
	return uint64(signExtend(w>>29&3|w>>5&0x7_ffff<<2, 21))
}

// a64LoadShift returns by how much a load or a store with an unsigned offset shifts it: the binary logarithm of what it loads.
func a64LoadShift(word uint64) uint64 {
	const vector = 0x480_0000 // of 128 bits, if the size bits are 0
	shift := word >> 30 & 3
	if word&vector == vector {
		shift += 4
	}
	return shift
}

// The formulas that only COFF of AArch64 has.
var (
	a64LowInSection = formula{"(S + A - SB) & 0xfff", func(v *vars) uint64 { return (v.S + v.A - v.SB) & 0xfff }}
	formulaEnd4     = formula{"S + A - P - 4", func(v *vars) uint64 { return v.S + v.A - v.P - 4 }}
)

// aarch64COFF is "PE Format", "Type Indicators", "ARM64 Processors".
var aarch64COFF = [...]howto{
	0x00: {"IMAGE_REL_ARM64_ABSOLUTE", &formulaNone, &fieldNone, 0, ""},
	0x01: {"IMAGE_REL_ARM64_ADDR32", &formulaAbs, &fieldWord32, needReach, ""},
	0x02: {"IMAGE_REL_ARM64_ADDR32NB", &formulaImage, &fieldUint32, coffImage32, ""},
	0x03: {"IMAGE_REL_ARM64_BRANCH26", &formulaBranch, &a64AddendBranch26, needStub, ""},
	0x04: {"IMAGE_REL_ARM64_PAGEBASE_REL21", &a64Pages, &a64AddendPage, needReach, ""},
	0x05: {"IMAGE_REL_ARM64_REL21", &formulaPC, &a64AddendNear21, needReach, ""},
	0x06: {"IMAGE_REL_ARM64_PAGEOFFSET_12A", &a64Low, &a64AddendLow12, 0, ""},
	0x07: {"IMAGE_REL_ARM64_PAGEOFFSET_12L", &a64Low, &a64AddendLoad12, needFix, ""},
	0x08: {"IMAGE_REL_ARM64_SECREL", &formulaInSection, &fieldUint32, needFix, ""},
	0x09: {"IMAGE_REL_ARM64_SECREL_LOW12A", &a64LowInSection, &a64AddendLow12, needFix, ""},
	0x0a: {"IMAGE_REL_ARM64_SECREL_HIGH12A", &formulaInSection, &a64AddendHigh12, needFix, ""},
	0x0b: {"IMAGE_REL_ARM64_SECREL_LOW12L", &a64LowInSection, &a64AddendLoad12, needFix, ""},
	0x0d: {"IMAGE_REL_ARM64_SECTION", &formulaSection, &fieldWord16, needFix, ""},
	0x0e: {"IMAGE_REL_ARM64_ADDR64", &formulaAbs, &fieldWord64, 0, ""},
	0x0f: {"IMAGE_REL_ARM64_BRANCH19", &formulaPC, &a64AddendBranch19, 0, ""},
	0x10: {"IMAGE_REL_ARM64_BRANCH14", &formulaPC, &a64AddendBranch14, 0, ""},
	0x11: {"IMAGE_REL_ARM64_REL32", &formulaEnd4, &fieldInt32, needReach, ""},

	0x0c: {name: "IMAGE_REL_ARM64_TOKEN", refusal: refuseCLR},
}

// aarch64Windows is AArch64 as COFF has it.
var aarch64Windows = aarch64.asCOFF(aarch64COFF[:])

func init() {
	aarch64Windows.fix, aarch64Windows.supply = aarch64CoffFix, aarch64Supply
	coffArches[objimage.ArchAArch64][1] = aarch64Windows
}

// aarch64CoffFix is coffFix, and checks that what is loaded is aligned to its size.
func aarch64CoffFix(f *fixer, row *howto, at *site) (uint64, bool) {
	var x uint64
	ok := row.formula == &a64Low
	if ok {
		x = row.formula.eval(&f.v)
	} else {
		x, ok = coffFix(f, row, at)
	}
	if ok && row.field == &a64AddendLoad12 {
		if size := uint64(1) << a64LoadShift(row.field.order.load(at.sec[at.r.Offset:], 4)); x&(size-1) != 0 {
			return f.misaligned(x, size)
		}
	}
	return x, ok
}

// aarch64Supply knows the function that touches each page of a large frame before it is used: x15 is the frame's size in units of 16 bytes, and all registers are kept but x16 and x17
// ("ARM64 ABI conventions", "Stack").
func aarch64Supply(name string) []uint32 {
	if name == "__chkstk" {
		return aarch64Touch[:]
	}
	return nil
}

// aarch64Touch is
//
//	mov x16, sp; lsl x17, x15, #4
//	1: cmp x17, #4096; b.ls 2f; sub x16, x16, #4096; ldr xzr, [x16]; sub x17, x17, #4096; b 1b
//	2: sub x16, x16, x17; ldr xzr, [x16]; ret
var aarch64Touch = [...]uint32{
	0x910003f0, 0xd37cedf1, 0xf140063f, 0x540000a9, 0xd1400610, 0xf940021f, 0xd1400631, 0x17fffffb, 0xcb110210, 0xf940021f, 0xd65f03c0,
}
