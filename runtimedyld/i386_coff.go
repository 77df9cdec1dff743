package runtimedyld

import "github.com/gomcjit/gomcjit/objimage"

const (
	refuseSegment = "code in segments of 16 bits is not supported"
	refuseGNU     = "it is GNU as's own, which link.exe does not know: write numbers of 4 bytes, .rva or .secrel32"
)

// i386COFF is "PE Format", "Type Indicators", "Intel 386 Processors". Addresses relative to the base wrap around, as all do.
var i386COFF = [...]howto{
	0x00: {"IMAGE_REL_I386_ABSOLUTE", &formulaNone, &fieldNone, 0, ""},
	0x01: {"IMAGE_REL_I386_DIR16", &formulaAbs, &fieldWord16, 0, ""},
	0x02: {"IMAGE_REL_I386_REL16", &formulaBranchEnd2, &i386Wrap16, 0, ""},
	0x06: {"IMAGE_REL_I386_DIR32", &formulaAbs, &fieldWord32, 0, ""},
	0x07: {"IMAGE_REL_I386_DIR32NB", &formulaImage, &fieldWord32, 0, ""},
	0x0a: {"IMAGE_REL_I386_SECTION", &formulaSection, &fieldWord16, needFix, ""},
	0x0b: {"IMAGE_REL_I386_SECREL", &formulaInSection, &fieldWord32, needFix, ""},
	0x0d: {"IMAGE_REL_I386_SECREL7", &formulaInSection, &coffSection7, needFix, ""},
	0x14: {"IMAGE_REL_I386_REL32", &formulaBranchEnd4, &fieldWord32, 0, ""},

	0x09: {name: "IMAGE_REL_I386_SEG12", refusal: refuseSegment},
	0x0c: {name: "IMAGE_REL_I386_TOKEN", refusal: refuseCLR},

	// include/coff/internal.h of GNU binutils, in octal.
	0x0f: {name: "R_RELBYTE", refusal: refuseGNU},
	0x10: {name: "R_RELWORD", refusal: refuseGNU},
	0x11: {name: "R_RELLONG", refusal: refuseGNU},
	0x12: {name: "R_PCRBYTE", refusal: refuseGNU},
	0x13: {name: "R_PCRWORD", refusal: refuseGNU},
}

// i386Windows is i386 as COFF has it.
var i386Windows = i386.asCOFF(i386COFF[:])

func init() {
	i386Windows.supply, i386Windows.provides = i386Supply, append(i386Windows.provides, threadArray)
	coffArches[objimage.ArchI386][0] = i386Windows
}

// i386Supply knows the functions that touch each page of a large frame before it is used, whose size is in eax. MSVC's, and mingw's for alloca, make the frame, too; ___chkstk_ms does not.
func i386Supply(name string) []uint32 {
	switch name {
	case "_chkstk", "_alloca":
		return i386Alloca[:]
	case "__chkstk_ms":
		return i386Touch[:]
	}
	return nil
}

// i386Touch is
//
//	push %ecx; push %eax; lea 12(%esp), %ecx
//	1: cmp $4096, %eax; jbe 2f; sub $4096, %ecx; test %ecx, (%ecx); sub $4096, %eax; jmp 1b
//	2: sub %eax, %ecx; test %ecx, (%ecx); pop %eax; pop %ecx; ret
var i386Touch = [...]uint32{0x4c8d5051, 0x003d0c24, 0x76000010, 0x00e9810f, 0x85000010, 0x10002d09, 0xeaeb0000, 0x0985c129, 0xccc35958}

// i386Alloca is
//
//	push %ecx; lea 8(%esp), %ecx
//	1: cmp $4096, %eax; jbe 2f; sub $4096, %ecx; test %ecx, (%ecx); sub $4096, %eax; jmp 1b
//	2: sub %eax, %ecx; test %ecx, (%ecx); mov %esp, %eax; mov %ecx, %esp; mov (%eax), %ecx; mov 4(%eax), %eax; push %eax; ret
var i386Alloca = [...]uint32{
	0x244c8d51, 0x10003d08, 0x0f760000, 0x1000e981, 0x09850000, 0x0010002d, 0x29eaeb00, 0x890985c1, 0x8bcc89e0, 0x04408b08, 0xccccc350,
}
