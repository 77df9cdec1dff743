package runtimedyld

import "debug/elf"

func init() { systemz.rows = systemzELF[:] }

// What the groups of relocations need.
const (
	s390GOT    = needSlot | needGOT
	s390Branch = needStub
	s390Near   = needStub | ifBranch | needReach
	s390Pair   = needThread | needGOT | needPair
	s390Module = needThread | needGOT | needModule | needNear
	s390TPSlot = needThread | needGOT | needDistance | needStatic
)

// refuse31 is for what only the ABI of 31 bits has.
const refuse31 = "it belongs in 31-bit objects (-m31)"

// systemzELF is the table of 3.5.5 of the supplement. What it halves is halved by the field here. A slot of the PLT (GOTPLT) is the symbol's GOT entry.
var systemzELF = [...]howto{
	elf.R_390_NONE: {"R_390_NONE", &formulaNone, &fieldNone, 0, ""},

	// Data.
	elf.R_390_8:    {"R_390_8", &formulaAbs, &fieldWord8, 0, ""},
	elf.R_390_16:   {"R_390_16", &formulaAbs, s390Word16, 0, ""},
	elf.R_390_32:   {"R_390_32", &formulaAbs, s390Word32, needReach, ""},
	elf.R_390_64:   {"R_390_64", &formulaAbs, s390Word64, 0, ""},
	elf.R_390_PC16: {"R_390_PC16", &formulaPC, s390Int16, 0, ""},
	elf.R_390_PC32: {"R_390_PC32", &formulaPC, s390Int32, needReach, ""},
	elf.R_390_PC64: {"R_390_PC64", &formulaPC, s390Word64, 0, ""},

	// Displacements.
	elf.R_390_12: {"R_390_12", &formulaAbs, s390Disp12, 0, ""},
	elf.R_390_20: {"R_390_20", &formulaAbs, s390Disp20, 0, ""},

	// Distances from the instruction.
	62:                 {"R_390_PC12DBL", &formulaPC, s390Half12, 0, ""},
	elf.R_390_PC16DBL:  {"R_390_PC16DBL", &formulaPC, s390Half16, 0, ""},
	64:                 {"R_390_PC24DBL", &formulaPC, s390Half24, 0, ""},
	elf.R_390_PC32DBL:  {"R_390_PC32DBL", &formulaPC, s390Half32, s390Near, ""},
	63:                 {"R_390_PLT12DBL", &formulaBranch, s390Half12, s390Branch, ""},
	elf.R_390_PLT16DBL: {"R_390_PLT16DBL", &formulaBranch, s390Half16, s390Branch, ""},
	65:                 {"R_390_PLT24DBL", &formulaBranch, s390Half24, s390Branch, ""},
	elf.R_390_PLT32DBL: {"R_390_PLT32DBL", &formulaBranch, s390Half32, s390Branch, ""},
	elf.R_390_PLT32:    {"R_390_PLT32", &formulaBranch, s390Int32, s390Branch, ""},
	elf.R_390_PLT64:    {"R_390_PLT64", &formulaBranch, s390Word64, 0, ""},

	// The GOT.
	elf.R_390_GOT12:     {"R_390_GOT12", &formulaSlotOff, s390Disp12, s390GOT, ""},
	elf.R_390_GOT16:     {"R_390_GOT16", &formulaSlotOff, s390Word16, s390GOT, ""},
	elf.R_390_GOT20:     {"R_390_GOT20", &formulaSlotOff, s390Disp20, s390GOT, ""},
	elf.R_390_GOT32:     {"R_390_GOT32", &formulaSlotOff, s390Word32, s390GOT, ""},
	elf.R_390_GOT64:     {"R_390_GOT64", &formulaSlotOff, s390Word64, s390GOT, ""},
	elf.R_390_GOTENT:    {"R_390_GOTENT", &formulaSlotPC, s390Half32, s390GOT, ""},
	elf.R_390_GOTPLT12:  {"R_390_GOTPLT12", &formulaSlotOff, s390Disp12, s390GOT, ""},
	elf.R_390_GOTPLT16:  {"R_390_GOTPLT16", &formulaSlotOff, s390Word16, s390GOT, ""},
	elf.R_390_GOTPLT20:  {"R_390_GOTPLT20", &formulaSlotOff, s390Disp20, s390GOT, ""},
	elf.R_390_GOTPLT32:  {"R_390_GOTPLT32", &formulaSlotOff, s390Word32, s390GOT, ""},
	elf.R_390_GOTPLT64:  {"R_390_GOTPLT64", &formulaSlotOff, s390Word64, s390GOT, ""},
	elf.R_390_GOTPLTENT: {"R_390_GOTPLTENT", &formulaSlotPC, s390Half32, s390GOT, ""},
	elf.R_390_GOTOFF16:  {"R_390_GOTOFF16", &formulaGOTOff, s390Word16, needGOT, ""},
	elf.R_390_GOTOFF:    {"R_390_GOTOFF", &formulaGOTOff, s390Word32, needGOT | needReach, ""},
	elf.R_390_GOTOFF64:  {"R_390_GOTOFF64", &formulaGOTOff, s390Word64, needGOT, ""},
	34:                  {"R_390_PLTOFF16", &formulaPLTOff, s390Word16, needGOT | s390Branch, ""},
	35:                  {"R_390_PLTOFF32", &formulaPLTOff, s390Word32, needGOT | s390Branch, ""},
	36:                  {"R_390_PLTOFF64", &formulaPLTOff, s390Word64, needGOT, ""},
	elf.R_390_GOTPC:     {"R_390_GOTPC", &formulaGOTPC, s390Word64, needGOT, ""},
	elf.R_390_GOTPCDBL:  {"R_390_GOTPCDBL", &formulaGOTPC, s390Half32, needGOT, ""},

	// Thread-local variables: "ELF Handling For Thread-Local Storage", 4.4.7. The first three mark instructions, which stay.
	elf.R_390_TLS_LOAD:    {"R_390_TLS_LOAD", &formulaNone, &fieldNone, 0, ""},
	elf.R_390_TLS_GDCALL:  {"R_390_TLS_GDCALL", &formulaNone, &fieldNone, 0, ""},
	elf.R_390_TLS_LDCALL:  {"R_390_TLS_LDCALL", &formulaNone, &fieldNone, 0, ""},
	elf.R_390_TLS_GD64:    {"R_390_TLS_GD64", &formulaSlotOff, s390Word64, s390Pair, ""},
	elf.R_390_TLS_LDM64:   {"R_390_TLS_LDM64", &formulaSlotOff, s390Word64, s390Module, ""},
	elf.R_390_TLS_LDO64:   {"R_390_TLS_LDO64", &formulaModuleOff, s390Word64, needThread | needNear, ""},
	elf.R_390_TLS_GOTIE12: {"R_390_TLS_GOTIE12", &formulaSlotOff, s390Disp12, s390TPSlot, ""},
	elf.R_390_TLS_GOTIE20: {"R_390_TLS_GOTIE20", &formulaSlotOff, s390Disp20, s390TPSlot, ""},
	elf.R_390_TLS_GOTIE64: {"R_390_TLS_GOTIE64", &formulaSlotOff, s390Word64, s390TPSlot, ""},
	elf.R_390_TLS_IE64:    {"R_390_TLS_IE64", &formulaSlotAbs, s390Word64, needThread | needDistance | needStatic, ""},
	elf.R_390_TLS_IEENT:   {"R_390_TLS_IEENT", &formulaSlotPC, s390Half32, needThread | needDistance | needStatic, ""},
	elf.R_390_TLS_LE64:    {"R_390_TLS_LE64", &formulaThreadOff, s390Word64, needThread | needStatic, ""},

	elf.R_390_TLS_GD32:    {name: "R_390_TLS_GD32", refusal: refuse31},
	elf.R_390_TLS_GOTIE32: {name: "R_390_TLS_GOTIE32", refusal: refuse31},
	elf.R_390_TLS_LDM32:   {name: "R_390_TLS_LDM32", refusal: refuse31},
	elf.R_390_TLS_IE32:    {name: "R_390_TLS_IE32", refusal: refuse31},
	elf.R_390_TLS_LE32:    {name: "R_390_TLS_LE32", refusal: refuse31},
	elf.R_390_TLS_LDO32:   {name: "R_390_TLS_LDO32", refusal: refuse31},

	elf.R_390_COPY:       {name: "R_390_COPY", refusal: refuseDynamic},
	elf.R_390_GLOB_DAT:   {name: "R_390_GLOB_DAT", refusal: refuseDynamic},
	elf.R_390_JMP_SLOT:   {name: "R_390_JMP_SLOT", refusal: refuseDynamic},
	elf.R_390_RELATIVE:   {name: "R_390_RELATIVE", refusal: refuseDynamic},
	elf.R_390_TLS_DTPMOD: {name: "R_390_TLS_DTPMOD", refusal: refuseDynamic},
	elf.R_390_TLS_DTPOFF: {name: "R_390_TLS_DTPOFF", refusal: refuseDynamic},
	elf.R_390_TLS_TPOFF:  {name: "R_390_TLS_TPOFF", refusal: refuseDynamic},
	61:                   {name: "R_390_IRELATIVE", refusal: refuseDynamic},

	250: {"R_390_GNU_VTINHERIT", &formulaNone, &fieldNone, 0, ""}, // tell which entries of virtual tables are used
	251: {"R_390_GNU_VTENTRY", &formulaNone, &fieldNone, 0, ""},
}
