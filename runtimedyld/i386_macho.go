package runtimedyld

import "github.com/gomcjit/gomcjit/objimage"

// Mach-O of i386: <mach-o/reloc.h>. Position-independent code addresses everything by differences from a label of its own; what is not in the object, by pointers
// that the object has (__pointers), and calls by a table of jumps (__jump_table), for which the reader has made relocations.

// Reasons for the rows that are refused.
const (
	refusePrebound = "it belongs in prebound executables and libraries, not in relocatable objects"
	refuse32TLV    = "thread-local variables of 32-bit Mach-O are not supported"
)

// i386MachO has the types of relocations with the lengths that they can have.
var i386MachO = [...]howto{
	0 | machoLong:            {"GENERIC_RELOC_VANILLA", &formulaAbs, &fieldWord32, 0, ""},
	0 | machoShort:           {"GENERIC_RELOC_VANILLA", &formulaAbs, &fieldWord16, 0, ""},
	0 | machoByte:            {"GENERIC_RELOC_VANILLA", &formulaAbs, &fieldWord8, 0, ""},
	0 | machoPC | machoLong:  {"GENERIC_RELOC_VANILLA", &formulaBranch, &fieldWord32, 0, ""},
	0 | machoPC | machoShort: {"GENERIC_RELOC_VANILLA", &formulaPC, &i386Wrap16, 0, ""},
	0 | machoPC | machoByte:  {"GENERIC_RELOC_VANILLA", &formulaPC, &fieldInt8, 0, ""},

	1:                            {"GENERIC_RELOC_PAIR", &formulaMinus, &fieldNone, needFix, ""},
	2 | machoLong | machoPaired:  {"GENERIC_RELOC_SECTDIFF", &formulaDiff, &fieldWord32, 0, ""},
	2 | machoShort | machoPaired: {"GENERIC_RELOC_SECTDIFF", &formulaDiff, &fieldWord16, 0, ""},
	2 | machoByte | machoPaired:  {"GENERIC_RELOC_SECTDIFF", &formulaDiff, &fieldWord8, 0, ""},
	4 | machoLong | machoPaired:  {"GENERIC_RELOC_LOCAL_SECTDIFF", &formulaDiff, &fieldWord32, 0, ""},
	4 | machoShort | machoPaired: {"GENERIC_RELOC_LOCAL_SECTDIFF", &formulaDiff, &fieldWord16, 0, ""},
	4 | machoByte | machoPaired:  {"GENERIC_RELOC_LOCAL_SECTDIFF", &formulaDiff, &fieldWord8, 0, ""},

	3 | machoLong:           {name: "GENERIC_RELOC_PB_LA_PTR", refusal: refusePrebound},
	5 | machoLong:           {name: "GENERIC_RELOC_TLV", refusal: refuse32TLV},
	5 | machoPC | machoLong: {name: "GENERIC_RELOC_TLV", refusal: refuse32TLV},
}

// i386Darwin is i386 as Mach-O has it.
var i386Darwin = i386.asMachO(i386MachO[:], machoFix)

func init() {
	i386Darwin.relax = nil
	machoArches[objimage.ArchI386][0] = i386Darwin
}
