package runtimedyld

import "github.com/gomcjit/gomcjit/objimage"

// x86_64COFF is "PE Format", "Type Indicators", "x64 Processors", and winnt.h.
var x86_64COFF = [...]howto{
	0x00: {"IMAGE_REL_AMD64_ABSOLUTE", &formulaNone, &fieldNone, 0, ""},
	0x01: {"IMAGE_REL_AMD64_ADDR64", &formulaAbs, &fieldWord64, 0, ""},
	0x02: {"IMAGE_REL_AMD64_ADDR32", &formulaAbs, &fieldWord32, needReach, ""},
	0x03: {"IMAGE_REL_AMD64_ADDR32NB", &formulaImage, &fieldUint32, coffImage32, ""},
	0x04: {"IMAGE_REL_AMD64_REL32", &formulaBranchEnd4, &fieldInt32, needStub | ifBranch | needReach, ""},
	0x05: {"IMAGE_REL_AMD64_REL32_1", &formula{"S + A - P - 5", func(v *vars) uint64 { return v.S + v.A - v.P - 5 }}, &fieldInt32, needReach, ""},
	0x06: {"IMAGE_REL_AMD64_REL32_2", &formula{"S + A - P - 6", func(v *vars) uint64 { return v.S + v.A - v.P - 6 }}, &fieldInt32, needReach, ""},
	0x07: {"IMAGE_REL_AMD64_REL32_3", &formula{"S + A - P - 7", func(v *vars) uint64 { return v.S + v.A - v.P - 7 }}, &fieldInt32, needReach, ""},
	0x08: {"IMAGE_REL_AMD64_REL32_4", &formula{"S + A - P - 8", func(v *vars) uint64 { return v.S + v.A - v.P - 8 }}, &fieldInt32, needReach, ""},
	0x09: {"IMAGE_REL_AMD64_REL32_5", &formula{"S + A - P - 9", func(v *vars) uint64 { return v.S + v.A - v.P - 9 }}, &fieldInt32, needReach, ""},
	0x0a: {"IMAGE_REL_AMD64_SECTION", &formulaSection, &fieldWord16, needFix, ""},
	0x0b: {"IMAGE_REL_AMD64_SECREL", &formulaInSection, &fieldUint32, needFix, ""},
	0x0c: {"IMAGE_REL_AMD64_SECREL7", &formulaInSection, &coffSection7, needFix, ""},

	0x0d: {name: "IMAGE_REL_AMD64_TOKEN", refusal: refuseCLR},
	0x0e: {name: "IMAGE_REL_AMD64_SREL32", refusal: refuseSpan},
	0x0f: {name: "IMAGE_REL_AMD64_PAIR", refusal: refuseSpan},
	0x10: {name: "IMAGE_REL_AMD64_SSPAN32", refusal: refuseSpan},
}

// x86_64Windows is x86-64 as COFF has it.
var x86_64Windows = x86_64.asCOFF(x86_64COFF[:])

func init() {
	x86_64Windows.supply = x86_64Supply
	coffArches[objimage.ArchX86_64][1] = x86_64Windows
}

// x86_64Supply knows the function that touches each page of a large frame before it is used, under the names that MSVC and mingw have for it: rax is the frame's size, and all
// registers are kept ("Prolog and epilog", "x64 calling convention"). And it knows __main, which mingw's main calls first to have constructors run. They have been: it returns.
func x86_64Supply(name string) []uint32 {
	switch name {
	case "__chkstk", "___chkstk_ms":
		return x86_64Touch[:]
	case "__main":
		return []uint32{0xccccccc3}
	}
	return nil
}

// x86_64Touch is
//
//	push %rcx; push %rax; lea 24(%rsp), %rcx
//	1: cmp $4096, %rax; jbe 2f; sub $4096, %rcx; test %rcx, (%rcx); sub $4096, %rax; jmp 1b
//	2: sub %rax, %rcx; test %rcx, (%rcx); pop %rax; pop %rcx; ret
var x86_64Touch = [...]uint32{
	0x8d485051, 0x4818244c, 0x0010003d, 0x48127600, 0x1000e981, 0x85480000, 0x002d4809, 0xeb000010, 0xc12948e6, 0x58098548, 0xccccc359,
}
