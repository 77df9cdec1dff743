package runtimedyld

func init() { m68k.rows = m68kELF[:] }

// refusePLTOffset is for offsets in a table that only executables and shared libraries have.
const refusePLTOffset = "it is an offset in a procedure linkage table, which no object has; compilers use R_68K_PLT32 and R_68K_PLT16"

// What the groups of relocations need.
const (
	m68kSlot   = needSlot | needGOT | needFix
	m68kOff    = needSlot | needGOT
	m68kPair   = needThread | needGOT | needPair
	m68kModule = needThread | needGOT | needModule | needNear
	m68kTPSlot = needThread | needGOT | needDistance | needStatic
)

var (
	m68kWord32 = fieldWord32.in(bigEndian)
	m68kWord16 = fieldWord16.in(bigEndian)
	m68kInt16  = fieldInt16.in(bigEndian)
)

// m68kELF is the table of the supplement, and thread-local storage.
var m68kELF = [...]howto{
	0:  {"R_68K_NONE", &formulaNone, &fieldNone, 0, ""},
	1:  {"R_68K_32", &formulaAbs, m68kWord32, 0, ""},
	2:  {"R_68K_16", &formulaAbs, m68kWord16, 0, ""},
	3:  {"R_68K_8", &formulaAbs, &fieldWord8, 0, ""},
	4:  {"R_68K_PC32", &formulaPC, m68kWord32, 0, ""},
	5:  {"R_68K_PC16", &formulaBranch, m68kInt16, needStub, ""},
	6:  {"R_68K_PC8", &formulaPC, &fieldInt8, 0, ""},
	7:  {"R_68K_GOT32", &formulaSlotPC, m68kWord32, m68kSlot, ""},
	8:  {"R_68K_GOT16", &formulaSlotPC, m68kInt16, m68kSlot, ""},
	9:  {"R_68K_GOT8", &formulaSlotPC, &fieldInt8, m68kSlot, ""},
	10: {"R_68K_GOT32O", &formulaSlotOff, m68kWord32, m68kOff, ""},
	11: {"R_68K_GOT16O", &formulaSlotOff, m68kInt16, m68kOff, ""},
	12: {"R_68K_GOT8O", &formulaSlotOff, &fieldInt8, m68kOff, ""},
	13: {"R_68K_PLT32", &formulaBranch, m68kWord32, 0, ""},
	14: {"R_68K_PLT16", &formulaBranch, m68kInt16, needStub, ""},
	15: {"R_68K_PLT8", &formulaBranch, &fieldInt8, needStub, ""},
	16: {name: "R_68K_PLT32O", refusal: refusePLTOffset},
	17: {name: "R_68K_PLT16O", refusal: refusePLTOffset},
	18: {name: "R_68K_PLT8O", refusal: refusePLTOffset},
	19: {name: "R_68K_COPY", refusal: refuseDynamic},
	20: {name: "R_68K_GLOB_DAT", refusal: refuseDynamic},
	21: {name: "R_68K_JMP_SLOT", refusal: refuseDynamic},
	22: {name: "R_68K_RELATIVE", refusal: refuseDynamic},
	23: {"R_68K_GNU_VTINHERIT", &formulaNone, &fieldNone, 0, ""}, // tell which entries of virtual tables are used
	24: {"R_68K_GNU_VTENTRY", &formulaNone, &fieldNone, 0, ""},

	25: {"R_68K_TLS_GD32", &formulaSlotOff, m68kWord32, m68kPair, ""},
	26: {"R_68K_TLS_GD16", &formulaSlotOff, m68kInt16, m68kPair, ""},
	27: {"R_68K_TLS_GD8", &formulaSlotOff, &fieldInt8, m68kPair, ""},
	28: {"R_68K_TLS_LDM32", &formulaSlotOff, m68kWord32, m68kModule, ""},
	29: {"R_68K_TLS_LDM16", &formulaSlotOff, m68kInt16, m68kModule, ""},
	30: {"R_68K_TLS_LDM8", &formulaSlotOff, &fieldInt8, m68kModule, ""},
	31: {"R_68K_TLS_LDO32", &formulaModuleOff, m68kWord32, needThread | needNear, ""},
	32: {"R_68K_TLS_LDO16", &formulaModuleOff, m68kInt16, needThread | needNear, ""},
	33: {"R_68K_TLS_LDO8", &formulaModuleOff, &fieldInt8, needThread | needNear, ""},
	34: {"R_68K_TLS_IE32", &formulaSlotOff, m68kWord32, m68kTPSlot, ""},
	35: {"R_68K_TLS_IE16", &formulaSlotOff, m68kInt16, m68kTPSlot, ""},
	36: {"R_68K_TLS_IE8", &formulaSlotOff, &fieldInt8, m68kTPSlot, ""},
	37: {"R_68K_TLS_LE32", &formulaThreadOff, m68kWord32, needThread | needStatic, ""},
	38: {"R_68K_TLS_LE16", &formulaThreadOff, m68kInt16, needThread | needStatic, ""},
	39: {"R_68K_TLS_LE8", &formulaThreadOff, &fieldInt8, needThread | needStatic, ""},
	40: {name: "R_68K_TLS_DTPMOD32", refusal: refuseDynamic},
	41: {name: "R_68K_TLS_DTPREL32", refusal: refuseDynamic},
	42: {name: "R_68K_TLS_TPREL32", refusal: refuseDynamic},
}
