package runtimedyld

import "debug/elf"

// The formulas of x86-64. G is an offset here, so that the address of a slot is G + GOT, as the psABI writes it.
var (
	formulaNone       = formula{"0", func(*vars) uint64 { return 0 }}
	formulaAbs        = formula{"S + A", func(v *vars) uint64 { return v.S + v.A }}
	formulaPC         = formula{"S + A - P", func(v *vars) uint64 { return v.S + v.A - v.P }}
	formulaBranch     = formula{"L + A - P", func(v *vars) uint64 { return v.L + v.A - v.P }}
	formulaSlotPC     = formula{"G + GOT + A - P", func(v *vars) uint64 { return v.G + v.GOT + v.A - v.P }}
	formulaSlotOff    = formula{"G + A", func(v *vars) uint64 { return v.G + v.A }}
	formulaGOTOff     = formula{"S + A - GOT", func(v *vars) uint64 { return v.S + v.A - v.GOT }}
	formulaGOTPC      = formula{"GOT + A - P", func(v *vars) uint64 { return v.GOT + v.A - v.P }}
	formulaPLTOff     = formula{"L + A - GOT", func(v *vars) uint64 { return v.L + v.A - v.GOT }}
	formulaModuleOff  = formula{"D + A", func(v *vars) uint64 { return v.D + v.A }}
	formulaThreadOff  = formula{"T + A", func(v *vars) uint64 { return v.T + v.A }}
	formulaSymbolSize = formula{"Z + A", func(v *vars) uint64 { return v.Z + v.A }}
)

// Reasons for the rows that are refused.
const (
	refuseTLS     = "this engine has no thread-local storage: give it one (mcjit.WithThreadStorage), or compile without thread-local variables"
	refuseDynamic = "it belongs in executables and shared libraries, not in relocatable objects"
	refuseAPX     = "APX instructions are not supported"
)

func init() { x86_64.rows = x86_64ELF[:] }

// x86_64ELF is table 4.9 of the psABI, "Relocation Types".
var x86_64ELF = [...]howto{
	elf.R_X86_64_NONE:     {"R_X86_64_NONE", &formulaNone, &fieldNone, 0, ""},
	elf.R_X86_64_64:       {"R_X86_64_64", &formulaAbs, &fieldWord64, 0, ""},
	elf.R_X86_64_PC32:     {"R_X86_64_PC32", &formulaPC, &fieldInt32, needStub | ifBranch | needReach, ""},
	elf.R_X86_64_GOT32:    {"R_X86_64_GOT32", &formulaSlotOff, &fieldInt32, needSlot | needGOT, ""},
	elf.R_X86_64_PLT32:    {"R_X86_64_PLT32", &formulaBranch, &fieldInt32, needStub, ""},
	elf.R_X86_64_GOTPCREL: {"R_X86_64_GOTPCREL", &formulaSlotPC, &fieldInt32, needSlot | needGOT, ""},
	elf.R_X86_64_32:       {"R_X86_64_32", &formulaAbs, &fieldUint32, needReach, ""},
	elf.R_X86_64_32S:      {"R_X86_64_32S", &formulaAbs, &fieldInt32, needReach, ""},
	elf.R_X86_64_16:       {"R_X86_64_16", &formulaAbs, &fieldWord16, 0, ""},
	elf.R_X86_64_PC16:     {"R_X86_64_PC16", &formulaPC, &fieldInt16, 0, ""},
	elf.R_X86_64_8:        {"R_X86_64_8", &formulaAbs, &fieldWord8, 0, ""},
	elf.R_X86_64_PC8:      {"R_X86_64_PC8", &formulaPC, &fieldInt8, 0, ""},
	elf.R_X86_64_PC64:     {"R_X86_64_PC64", &formulaPC, &fieldWord64, 0, ""},
	elf.R_X86_64_GOTOFF64: {"R_X86_64_GOTOFF64", &formulaGOTOff, &fieldWord64, needGOT, ""},
	elf.R_X86_64_GOTPC32:  {"R_X86_64_GOTPC32", &formulaGOTPC, &fieldInt32, needGOT, ""},

	elf.R_X86_64_GOT64:      {"R_X86_64_GOT64", &formulaSlotOff, &fieldWord64, needSlot | needGOT, ""},
	elf.R_X86_64_GOTPCREL64: {"R_X86_64_GOTPCREL64", &formulaSlotPC, &fieldWord64, needSlot | needGOT, ""},
	elf.R_X86_64_GOTPC64:    {"R_X86_64_GOTPC64", &formulaGOTPC, &fieldWord64, needGOT, ""},
	elf.R_X86_64_GOTPLT64:   {"R_X86_64_GOTPLT64", &formulaSlotOff, &fieldWord64, needSlot | needGOT, ""},
	elf.R_X86_64_PLTOFF64:   {"R_X86_64_PLTOFF64", &formulaPLTOff, &fieldWord64, needGOT, ""},
	elf.R_X86_64_SIZE32:     {"R_X86_64_SIZE32", &formulaSymbolSize, &fieldUint32, needSize, ""},
	elf.R_X86_64_SIZE64:     {"R_X86_64_SIZE64", &formulaSymbolSize, &fieldWord64, needSize, ""},

	// Old names for a branch with an MPX prefix (bnd), which changes nothing for a linker; deprecated in the psABI, written by gas before 2.28.
	elf.R_X86_64_PC32_BND:  {"R_X86_64_PC32_BND", &formulaPC, &fieldInt32, needStub | ifBranch | needReach, ""},
	elf.R_X86_64_PLT32_BND: {"R_X86_64_PLT32_BND", &formulaBranch, &fieldInt32, needStub, ""},

	elf.R_X86_64_GOTPCRELX:     {"R_X86_64_GOTPCRELX", &formulaSlotPC, &fieldInt32, needSlot | needGOT | relaxable, ""},
	elf.R_X86_64_REX_GOTPCRELX: {"R_X86_64_REX_GOTPCRELX", &formulaSlotPC, &fieldInt32, needSlot | needGOT | relaxable, ""},

	// Thread-local variables: "ELF Handling For Thread-Local Storage", 4.4.6. G + GOT is the address of the symbol's entry of the kind.
	elf.R_X86_64_TLSGD:           {"R_X86_64_TLSGD", &formulaSlotPC, &fieldInt32, needThread | needPair, ""},
	elf.R_X86_64_TLSLD:           {"R_X86_64_TLSLD", &formulaSlotPC, &fieldInt32, needThread | needModule | needNear, ""},
	elf.R_X86_64_DTPOFF32:        {"R_X86_64_DTPOFF32", &formulaModuleOff, &fieldInt32, needThread | needNear, ""},
	elf.R_X86_64_DTPOFF64:        {"R_X86_64_DTPOFF64", &formulaModuleOff, &fieldWord64, needThread | needNear, ""},
	elf.R_X86_64_GOTTPOFF:        {"R_X86_64_GOTTPOFF", &formulaSlotPC, &fieldInt32, needThread | needDistance | needStatic, ""},
	elf.R_X86_64_TPOFF32:         {"R_X86_64_TPOFF32", &formulaThreadOff, &fieldInt32, needThread | needStatic, ""},
	elf.R_X86_64_TPOFF64:         {"R_X86_64_TPOFF64", &formulaThreadOff, &fieldWord64, needThread | needStatic, ""},
	elf.R_X86_64_GOTPC32_TLSDESC: {"R_X86_64_GOTPC32_TLSDESC", &formulaSlotPC, &fieldInt32, needThread | needDescriptor, ""},
	elf.R_X86_64_TLSDESC_CALL:    {"R_X86_64_TLSDESC_CALL", &formulaNone, &fieldNone, 0, ""}, // marks the call, which stays

	elf.R_X86_64_DTPMOD64: {name: "R_X86_64_DTPMOD64", refusal: refuseDynamic},
	elf.R_X86_64_TLSDESC:  {name: "R_X86_64_TLSDESC", refusal: refuseDynamic},

	elf.R_X86_64_COPY:       {name: "R_X86_64_COPY", refusal: refuseDynamic},
	elf.R_X86_64_GLOB_DAT:   {name: "R_X86_64_GLOB_DAT", refusal: refuseDynamic},
	elf.R_X86_64_JMP_SLOT:   {name: "R_X86_64_JMP_SLOT", refusal: refuseDynamic},
	elf.R_X86_64_RELATIVE:   {name: "R_X86_64_RELATIVE", refusal: refuseDynamic},
	elf.R_X86_64_IRELATIVE:  {name: "R_X86_64_IRELATIVE", refusal: refuseDynamic},
	elf.R_X86_64_RELATIVE64: {name: "R_X86_64_RELATIVE64", refusal: refuseDynamic},

	43: {name: "R_X86_64_CODE_4_GOTPCRELX", refusal: refuseAPX},
	44: {name: "R_X86_64_CODE_4_GOTTPOFF", refusal: refuseAPX},
	45: {name: "R_X86_64_CODE_4_GOTPC32_TLSDESC", refusal: refuseAPX},

	250: {"R_X86_64_GNU_VTINHERIT", &formulaNone, &fieldNone, 0, ""}, // tell which entries of virtual tables are used
	251: {"R_X86_64_GNU_VTENTRY", &formulaNone, &fieldNone, 0, ""},
}
