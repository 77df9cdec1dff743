package runtimedyld

import "debug/elf"

// The formulas of i386, beside those of x86-64. G is an offset from the GOT's address.
var (
	formulaSlotOffset = formula{"G + A, or G + GOT + A without a base register", nil}
	formulaPLTAbs     = formula{"L + A", func(v *vars) uint64 { return v.L + v.A }}
	formulaSunOff     = formula{"A - T", func(v *vars) uint64 { return v.A - v.T }}
)

// refuseSun is for the sequences of Sun's compilers, which end in calls of ___tls_get_addr that a linker has to write.
const refuseSun = "the thread-local sequences of Sun's compilers are not supported: gcc and clang have others"

func init() { i386.rows = i386ELF[:] }

// What the groups of relocations need.
const (
	i386GOT   = needSlot | needGOT | needFix
	i386Entry = needThread | needGOT
)

// i386ELF is table 4.3 of the psABI, "Relocation Types", and "ELF Handling For Thread-Local Storage", 4.4.2.
var i386ELF = [...]howto{
	elf.R_386_NONE:   {"R_386_NONE", &formulaNone, &fieldNone, 0, ""},
	elf.R_386_32:     {"R_386_32", &formulaAbs, &fieldWord32, 0, ""},
	elf.R_386_PC32:   {"R_386_PC32", &formulaPC, &fieldWord32, 0, ""},
	elf.R_386_GOT32:  {"R_386_GOT32", &formulaSlotOffset, &fieldWord32, i386GOT, ""},
	elf.R_386_PLT32:  {"R_386_PLT32", &formulaBranch, &fieldWord32, 0, ""},
	elf.R_386_GOTOFF: {"R_386_GOTOFF", &formulaGOTOff, &fieldWord32, needGOT, ""},
	elf.R_386_GOTPC:  {"R_386_GOTPC", &formulaGOTPC, &fieldWord32, needGOT, ""},
	elf.R_386_32PLT:  {"R_386_32PLT", &formulaPLTAbs, &fieldWord32, 0, ""},
	elf.R_386_16:     {"R_386_16", &formulaAbs, &fieldWord16, 0, ""},
	elf.R_386_PC16:   {"R_386_PC16", &formulaPC, &i386Wrap16, 0, ""},
	elf.R_386_8:      {"R_386_8", &formulaAbs, &fieldWord8, 0, ""},
	elf.R_386_PC8:    {"R_386_PC8", &formulaPC, &fieldInt8, 0, ""},
	elf.R_386_SIZE32: {"R_386_SIZE32", &formulaSymbolSize, &fieldWord32, needSize, ""},
	elf.R_386_GOT32X: {"R_386_GOT32X", &formulaSlotOffset, &fieldWord32, i386GOT | relaxable, ""},

	elf.R_386_TLS_IE:        {"R_386_TLS_IE", &formulaSlotAbs, &fieldWord32, needThread | needDistance | needStatic, ""},
	elf.R_386_TLS_GOTIE:     {"R_386_TLS_GOTIE", &formulaSlotOff, &fieldWord32, i386Entry | needDistance | needStatic, ""},
	elf.R_386_TLS_LE:        {"R_386_TLS_LE", &formulaThreadOff, &fieldWord32, needThread | needStatic, ""},
	elf.R_386_TLS_GD:        {"R_386_TLS_GD", &formulaSlotOff, &fieldWord32, i386Entry | needPair, ""},
	elf.R_386_TLS_LDM:       {"R_386_TLS_LDM", &formulaSlotOff, &fieldWord32, i386Entry | needModule | needNear, ""},
	elf.R_386_TLS_LDO_32:    {"R_386_TLS_LDO_32", &formulaModuleOff, &fieldWord32, needThread | needNear, ""},
	elf.R_386_TLS_IE_32:     {"R_386_TLS_IE_32", &formulaSlotOff, &fieldWord32, i386Entry | needDistance | needStatic | negative, ""},
	elf.R_386_TLS_LE_32:     {"R_386_TLS_LE_32", &formulaSunOff, &fieldWord32, needThread | needStatic, ""},
	elf.R_386_TLS_GOTDESC:   {"R_386_TLS_GOTDESC", &formulaSlotOff, &fieldWord32, i386Entry | needDescriptor, ""},
	elf.R_386_TLS_DESC_CALL: {"R_386_TLS_DESC_CALL", &formulaNone, &fieldNone, 0, ""}, // marks the call, which stays

	elf.R_386_TLS_GD_32:    {name: "R_386_TLS_GD_32", refusal: refuseSun},
	elf.R_386_TLS_GD_PUSH:  {name: "R_386_TLS_GD_PUSH", refusal: refuseSun},
	elf.R_386_TLS_GD_CALL:  {name: "R_386_TLS_GD_CALL", refusal: refuseSun},
	elf.R_386_TLS_GD_POP:   {name: "R_386_TLS_GD_POP", refusal: refuseSun},
	elf.R_386_TLS_LDM_32:   {name: "R_386_TLS_LDM_32", refusal: refuseSun},
	elf.R_386_TLS_LDM_PUSH: {name: "R_386_TLS_LDM_PUSH", refusal: refuseSun},
	elf.R_386_TLS_LDM_CALL: {name: "R_386_TLS_LDM_CALL", refusal: refuseSun},
	elf.R_386_TLS_LDM_POP:  {name: "R_386_TLS_LDM_POP", refusal: refuseSun},

	elf.R_386_COPY:         {name: "R_386_COPY", refusal: refuseDynamic},
	elf.R_386_GLOB_DAT:     {name: "R_386_GLOB_DAT", refusal: refuseDynamic},
	elf.R_386_JMP_SLOT:     {name: "R_386_JMP_SLOT", refusal: refuseDynamic},
	elf.R_386_RELATIVE:     {name: "R_386_RELATIVE", refusal: refuseDynamic},
	elf.R_386_TLS_TPOFF:    {name: "R_386_TLS_TPOFF", refusal: refuseDynamic},
	elf.R_386_TLS_DTPMOD32: {name: "R_386_TLS_DTPMOD32", refusal: refuseDynamic},
	elf.R_386_TLS_DTPOFF32: {name: "R_386_TLS_DTPOFF32", refusal: refuseDynamic},
	elf.R_386_TLS_TPOFF32:  {name: "R_386_TLS_TPOFF32", refusal: refuseDynamic},
	elf.R_386_TLS_DESC:     {name: "R_386_TLS_DESC", refusal: refuseDynamic},
	elf.R_386_IRELATIVE:    {name: "R_386_IRELATIVE", refusal: refuseDynamic},

	250: {"R_386_GNU_VTINHERIT", &formulaNone, &fieldNone, 0, ""}, // tell which entries of virtual tables are used
	251: {"R_386_GNU_VTENTRY", &formulaNone, &fieldNone, 0, ""},
}
