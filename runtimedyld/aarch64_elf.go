package runtimedyld

import "debug/elf"

// The formulas of AArch64. Of those that build an address by several instructions, the last one has a mask: what is above it is the others' matter.
// G + GOT is the address of an entry: G(GDAT(S + A)), G(GTLSIDX(S, A)) and so on in the document, so that A belongs to what the entry holds.
var (
	a64Pages        = formula{"Page(S + A) - Page(P)", func(v *vars) uint64 { return pageOf(v.S+v.A) - pageOf(v.P) }}
	a64Low          = formula{"(S + A) & 0xfff", func(v *vars) uint64 { return (v.S + v.A) & 0xfff }}
	a64Slot         = formula{"G + GOT - P", func(v *vars) uint64 { return v.G + v.GOT - v.P }}
	a64SlotPages    = formula{"Page(G + GOT) - Page(P)", func(v *vars) uint64 { return pageOf(v.G+v.GOT) - pageOf(v.P) }}
	a64SlotLow      = formula{"(G + GOT) & 0xfff", func(v *vars) uint64 { return (v.G + v.GOT) & 0xfff }}
	formulaEntryOff = formula{"G", func(v *vars) uint64 { return v.G }}
	a64SlotInPage   = formula{"G + GOT - Page(GOT)", func(v *vars) uint64 { return v.G + v.GOT - pageOf(v.GOT) }}
	a64ModuleLow    = formula{"(D + A) & 0xfff", func(v *vars) uint64 { return (v.D + v.A) & 0xfff }}
	a64ThreadLow    = formula{"(T + A) & 0xfff", func(v *vars) uint64 { return (v.T + v.A) & 0xfff }}
)

func init() {
	aarch64.rows = aarch64ELF[:]
	aarch64BE = *aarch64.inBigEndian("aarch64_be", false)
}

// What the groups of relocations need.
const (
	a64GOT    = needSlot | needGOT | addendInSlot
	a64Pair   = needThread | needPair | addendInSlot
	a64Module = needThread | needModule | needNear
	a64Near   = needThread | needNear
	a64Static = needThread | needStatic
	a64TPSlot = needThread | needDistance | needStatic | addendInSlot
	a64Desc   = needThread | needDescriptor | addendInSlot
)

// refusePointerAuth is for the extension of the ABI that signs pointers.
const refusePointerAuth = "signed pointers (PAuth ABI) are not supported: compile without -mabi=pauthtest"

// aarch64ELF is the tables of aaelf64, 5.7.5 "Static AArch64 relocations" to 5.7.15 "Dynamic relocations".
var aarch64ELF = [...]howto{
	elf.R_AARCH64_NONE: {"R_AARCH64_NONE", &formulaNone, &fieldNone, 0, ""},
	256:                {"R_AARCH64_NULL", &formulaNone, &fieldNone, 0, ""}, // the same, in older objects

	// 5.7.5: data.
	elf.R_AARCH64_ABS64:  {"R_AARCH64_ABS64", &formulaAbs, &fieldWord64, 0, ""},
	elf.R_AARCH64_ABS32:  {"R_AARCH64_ABS32", &formulaAbs, &fieldWord32, needReach, ""},
	elf.R_AARCH64_ABS16:  {"R_AARCH64_ABS16", &formulaAbs, &fieldWord16, 0, ""},
	elf.R_AARCH64_PREL64: {"R_AARCH64_PREL64", &formulaPC, &fieldWord64, 0, ""},
	elf.R_AARCH64_PREL32: {"R_AARCH64_PREL32", &formulaPC, &fieldWord32, needReach, ""},
	elf.R_AARCH64_PREL16: {"R_AARCH64_PREL16", &formulaPC, &fieldWord16, 0, ""},
	314:                  {"R_AARCH64_PLT32", &formulaBranch, &fieldInt32, needStub, ""},
	315:                  {"R_AARCH64_GOTPCREL32", &formulaSlotPC, &fieldInt32, needSlot | needGOT, ""},

	// 5.7.6: instructions. Absolute addresses in groups of moves.
	elf.R_AARCH64_MOVW_UABS_G0:    {"R_AARCH64_MOVW_UABS_G0", &formulaAbs, &a64Group0, 0, ""},
	elf.R_AARCH64_MOVW_UABS_G0_NC: {"R_AARCH64_MOVW_UABS_G0_NC", &formulaAbs, &a64AnyGroup0, 0, ""},
	elf.R_AARCH64_MOVW_UABS_G1:    {"R_AARCH64_MOVW_UABS_G1", &formulaAbs, &a64Group1, needReach, ""},
	elf.R_AARCH64_MOVW_UABS_G1_NC: {"R_AARCH64_MOVW_UABS_G1_NC", &formulaAbs, &a64AnyGroup1, 0, ""},
	elf.R_AARCH64_MOVW_UABS_G2:    {"R_AARCH64_MOVW_UABS_G2", &formulaAbs, &a64Group2, 0, ""},
	elf.R_AARCH64_MOVW_UABS_G2_NC: {"R_AARCH64_MOVW_UABS_G2_NC", &formulaAbs, &a64AnyGroup2, 0, ""},
	elf.R_AARCH64_MOVW_UABS_G3:    {"R_AARCH64_MOVW_UABS_G3", &formulaAbs, &a64AnyGroup3, 0, ""},
	elf.R_AARCH64_MOVW_SABS_G0:    {"R_AARCH64_MOVW_SABS_G0", &formulaAbs, &a64SignGroup0, 0, ""},
	elf.R_AARCH64_MOVW_SABS_G1:    {"R_AARCH64_MOVW_SABS_G1", &formulaAbs, &a64SignGroup1, needReach, ""},
	elf.R_AARCH64_MOVW_SABS_G2:    {"R_AARCH64_MOVW_SABS_G2", &formulaAbs, &a64SignGroup2, 0, ""},

	// Addresses relative to the place.
	elf.R_AARCH64_LD_PREL_LO19:        {"R_AARCH64_LD_PREL_LO19", &formulaPC, &a64Literal19, needReach, ""},
	elf.R_AARCH64_ADR_PREL_LO21:       {"R_AARCH64_ADR_PREL_LO21", &formulaPC, &a64Near21, needReach, ""},
	elf.R_AARCH64_ADR_PREL_PG_HI21:    {"R_AARCH64_ADR_PREL_PG_HI21", &a64Pages, &a64Page, needReach, ""},
	elf.R_AARCH64_ADR_PREL_PG_HI21_NC: {"R_AARCH64_ADR_PREL_PG_HI21_NC", &a64Pages, &a64AnyPage, needReach, ""},
	elf.R_AARCH64_ADD_ABS_LO12_NC:     {"R_AARCH64_ADD_ABS_LO12_NC", &a64Low, &a64Low12, 0, ""},
	elf.R_AARCH64_LDST8_ABS_LO12_NC:   {"R_AARCH64_LDST8_ABS_LO12_NC", &a64Low, &a64Low12, 0, ""},
	elf.R_AARCH64_LDST16_ABS_LO12_NC:  {"R_AARCH64_LDST16_ABS_LO12_NC", &a64Low, &a64Low12By2, 0, ""},
	elf.R_AARCH64_LDST32_ABS_LO12_NC:  {"R_AARCH64_LDST32_ABS_LO12_NC", &a64Low, &a64Low12By4, 0, ""},
	elf.R_AARCH64_LDST64_ABS_LO12_NC:  {"R_AARCH64_LDST64_ABS_LO12_NC", &a64Low, &a64Low12By8, 0, ""},
	elf.R_AARCH64_LDST128_ABS_LO12_NC: {"R_AARCH64_LDST128_ABS_LO12_NC", &a64Low, &a64Low12By16, 0, ""},

	// Branches. Only calls and jumps may go through a stub (5.6.1).
	elf.R_AARCH64_TSTBR14:  {"R_AARCH64_TSTBR14", &formulaPC, &a64Branch14, 0, ""},
	elf.R_AARCH64_CONDBR19: {"R_AARCH64_CONDBR19", &formulaPC, &a64Branch19, 0, ""},
	elf.R_AARCH64_JUMP26:   {"R_AARCH64_JUMP26", &formulaBranch, &a64Branch26, needStub, ""},
	elf.R_AARCH64_CALL26:   {"R_AARCH64_CALL26", &formulaBranch, &a64Branch26, needStub, ""},

	// Relative addresses in groups of moves.
	287: {"R_AARCH64_MOVW_PREL_G0", &formulaPC, &a64SignGroup0, 0, ""},
	288: {"R_AARCH64_MOVW_PREL_G0_NC", &formulaPC, &a64AnyGroup0, 0, ""},
	289: {"R_AARCH64_MOVW_PREL_G1", &formulaPC, &a64SignGroup1, needReach, ""},
	290: {"R_AARCH64_MOVW_PREL_G1_NC", &formulaPC, &a64AnyGroup1, 0, ""},
	291: {"R_AARCH64_MOVW_PREL_G2", &formulaPC, &a64SignGroup2, 0, ""},
	292: {"R_AARCH64_MOVW_PREL_G2_NC", &formulaPC, &a64AnyGroup2, 0, ""},
	293: {"R_AARCH64_MOVW_PREL_G3", &formulaPC, &a64AnyGroup3, 0, ""},

	// The GOT. What is relative to it begins at its first entry.
	300: {"R_AARCH64_MOVW_GOTOFF_G0", &formulaEntryOff, &a64SignGroup0, a64GOT, ""},
	301: {"R_AARCH64_MOVW_GOTOFF_G0_NC", &formulaEntryOff, &a64AnyGroup0, a64GOT, ""},
	302: {"R_AARCH64_MOVW_GOTOFF_G1", &formulaEntryOff, &a64SignGroup1, a64GOT, ""},
	303: {"R_AARCH64_MOVW_GOTOFF_G1_NC", &formulaEntryOff, &a64AnyGroup1, a64GOT, ""},
	304: {"R_AARCH64_MOVW_GOTOFF_G2", &formulaEntryOff, &a64SignGroup2, a64GOT, ""},
	305: {"R_AARCH64_MOVW_GOTOFF_G2_NC", &formulaEntryOff, &a64AnyGroup2, a64GOT, ""},
	306: {"R_AARCH64_MOVW_GOTOFF_G3", &formulaEntryOff, &a64AnyGroup3, a64GOT, ""},
	307: {"R_AARCH64_GOTREL64", &formulaGOTOff, &fieldWord64, needGOT, ""},
	308: {"R_AARCH64_GOTREL32", &formulaGOTOff, &fieldWord32, needGOT | needReach, ""},

	elf.R_AARCH64_GOT_LD_PREL19:     {"R_AARCH64_GOT_LD_PREL19", &a64Slot, &a64Literal19, a64GOT, ""},
	elf.R_AARCH64_LD64_GOTOFF_LO15:  {"R_AARCH64_LD64_GOTOFF_LO15", &formulaEntryOff, &a64Low15By8, a64GOT, ""},
	elf.R_AARCH64_ADR_GOT_PAGE:      {"R_AARCH64_ADR_GOT_PAGE", &a64SlotPages, &a64Page, a64GOT, ""},
	elf.R_AARCH64_LD64_GOT_LO12_NC:  {"R_AARCH64_LD64_GOT_LO12_NC", &a64SlotLow, &a64Low12By8, a64GOT, ""},
	elf.R_AARCH64_LD64_GOTPAGE_LO15: {"R_AARCH64_LD64_GOTPAGE_LO15", &a64SlotInPage, &a64Low15By8, a64GOT, ""},

	// 5.7.12: thread-local variables, general dynamic.
	elf.R_AARCH64_TLSGD_ADR_PREL21:  {"R_AARCH64_TLSGD_ADR_PREL21", &a64Slot, &a64Near21, a64Pair, ""},
	elf.R_AARCH64_TLSGD_ADR_PAGE21:  {"R_AARCH64_TLSGD_ADR_PAGE21", &a64SlotPages, &a64Page, a64Pair, ""},
	elf.R_AARCH64_TLSGD_ADD_LO12_NC: {"R_AARCH64_TLSGD_ADD_LO12_NC", &a64SlotLow, &a64Low12, a64Pair, ""},
	elf.R_AARCH64_TLSGD_MOVW_G1:     {"R_AARCH64_TLSGD_MOVW_G1", &formulaEntryOff, &a64SignGroup1, a64Pair | needGOT, ""},
	elf.R_AARCH64_TLSGD_MOVW_G0_NC:  {"R_AARCH64_TLSGD_MOVW_G0_NC", &formulaEntryOff, &a64AnyGroup0, a64Pair | needGOT, ""},

	// Local dynamic: the module, and distances in its block.
	elf.R_AARCH64_TLSLD_ADR_PREL21:          {"R_AARCH64_TLSLD_ADR_PREL21", &a64Slot, &a64Near21, a64Module, ""},
	elf.R_AARCH64_TLSLD_ADR_PAGE21:          {"R_AARCH64_TLSLD_ADR_PAGE21", &a64SlotPages, &a64Page, a64Module, ""},
	519:                                     {"R_AARCH64_TLSLD_ADD_LO12_NC", &a64SlotLow, &a64Low12, a64Module, ""},
	520:                                     {"R_AARCH64_TLSLD_MOVW_G1", &formulaEntryOff, &a64SignGroup1, a64Module | needGOT, ""},
	521:                                     {"R_AARCH64_TLSLD_MOVW_G0_NC", &formulaEntryOff, &a64AnyGroup0, a64Module | needGOT, ""},
	522:                                     {"R_AARCH64_TLSLD_LD_PREL19", &a64Slot, &a64Literal19, a64Module, ""},
	523:                                     {"R_AARCH64_TLSLD_MOVW_DTPREL_G2", &formulaModuleOff, &a64SignGroup2, a64Near, ""},
	524:                                     {"R_AARCH64_TLSLD_MOVW_DTPREL_G1", &formulaModuleOff, &a64SignGroup1, a64Near, ""},
	525:                                     {"R_AARCH64_TLSLD_MOVW_DTPREL_G1_NC", &formulaModuleOff, &a64AnyGroup1, a64Near, ""},
	526:                                     {"R_AARCH64_TLSLD_MOVW_DTPREL_G0", &formulaModuleOff, &a64SignGroup0, a64Near, ""},
	527:                                     {"R_AARCH64_TLSLD_MOVW_DTPREL_G0_NC", &formulaModuleOff, &a64AnyGroup0, a64Near, ""},
	528:                                     {"R_AARCH64_TLSLD_ADD_DTPREL_HI12", &formulaModuleOff, &a64High12, a64Near, ""},
	529:                                     {"R_AARCH64_TLSLD_ADD_DTPREL_LO12", &formulaModuleOff, &a64Low12, a64Near, ""},
	530:                                     {"R_AARCH64_TLSLD_ADD_DTPREL_LO12_NC", &a64ModuleLow, &a64Low12, a64Near, ""},
	531:                                     {"R_AARCH64_TLSLD_LDST8_DTPREL_LO12", &formulaModuleOff, &a64Low12, a64Near, ""},
	532:                                     {"R_AARCH64_TLSLD_LDST8_DTPREL_LO12_NC", &a64ModuleLow, &a64Low12, a64Near, ""},
	533:                                     {"R_AARCH64_TLSLD_LDST16_DTPREL_LO12", &formulaModuleOff, &a64Low12By2, a64Near, ""},
	534:                                     {"R_AARCH64_TLSLD_LDST16_DTPREL_LO12_NC", &a64ModuleLow, &a64Low12By2, a64Near, ""},
	535:                                     {"R_AARCH64_TLSLD_LDST32_DTPREL_LO12", &formulaModuleOff, &a64Low12By4, a64Near, ""},
	536:                                     {"R_AARCH64_TLSLD_LDST32_DTPREL_LO12_NC", &a64ModuleLow, &a64Low12By4, a64Near, ""},
	537:                                     {"R_AARCH64_TLSLD_LDST64_DTPREL_LO12", &formulaModuleOff, &a64Low12By8, a64Near, ""},
	538:                                     {"R_AARCH64_TLSLD_LDST64_DTPREL_LO12_NC", &a64ModuleLow, &a64Low12By8, a64Near, ""},
	elf.R_AARCH64_TLSLD_LDST128_DTPREL_LO12: {"R_AARCH64_TLSLD_LDST128_DTPREL_LO12", &formulaModuleOff, &a64Low12By16, a64Near, ""},
	elf.R_AARCH64_TLSLD_LDST128_DTPREL_LO12_NC: {"R_AARCH64_TLSLD_LDST128_DTPREL_LO12_NC", &a64ModuleLow, &a64Low12By16, a64Near, ""},

	// Initial exec.
	elf.R_AARCH64_TLSIE_MOVW_GOTTPREL_G1:      {"R_AARCH64_TLSIE_MOVW_GOTTPREL_G1", &formulaEntryOff, &a64SignGroup1, a64TPSlot | needGOT, ""},
	elf.R_AARCH64_TLSIE_MOVW_GOTTPREL_G0_NC:   {"R_AARCH64_TLSIE_MOVW_GOTTPREL_G0_NC", &formulaEntryOff, &a64AnyGroup0, a64TPSlot | needGOT, ""},
	elf.R_AARCH64_TLSIE_ADR_GOTTPREL_PAGE21:   {"R_AARCH64_TLSIE_ADR_GOTTPREL_PAGE21", &a64SlotPages, &a64Page, a64TPSlot, ""},
	elf.R_AARCH64_TLSIE_LD64_GOTTPREL_LO12_NC: {"R_AARCH64_TLSIE_LD64_GOTTPREL_LO12_NC", &a64SlotLow, &a64Low12By8, a64TPSlot, ""},
	elf.R_AARCH64_TLSIE_LD_GOTTPREL_PREL19:    {"R_AARCH64_TLSIE_LD_GOTTPREL_PREL19", &a64Slot, &a64Literal19, a64TPSlot, ""},

	// Local exec.
	elf.R_AARCH64_TLSLE_MOVW_TPREL_G2:      {"R_AARCH64_TLSLE_MOVW_TPREL_G2", &formulaThreadOff, &a64SignGroup2, a64Static, ""},
	elf.R_AARCH64_TLSLE_MOVW_TPREL_G1:      {"R_AARCH64_TLSLE_MOVW_TPREL_G1", &formulaThreadOff, &a64SignGroup1, a64Static, ""},
	elf.R_AARCH64_TLSLE_MOVW_TPREL_G1_NC:   {"R_AARCH64_TLSLE_MOVW_TPREL_G1_NC", &formulaThreadOff, &a64AnyGroup1, a64Static, ""},
	elf.R_AARCH64_TLSLE_MOVW_TPREL_G0:      {"R_AARCH64_TLSLE_MOVW_TPREL_G0", &formulaThreadOff, &a64SignGroup0, a64Static, ""},
	elf.R_AARCH64_TLSLE_MOVW_TPREL_G0_NC:   {"R_AARCH64_TLSLE_MOVW_TPREL_G0_NC", &formulaThreadOff, &a64AnyGroup0, a64Static, ""},
	elf.R_AARCH64_TLSLE_ADD_TPREL_HI12:     {"R_AARCH64_TLSLE_ADD_TPREL_HI12", &formulaThreadOff, &a64High12, a64Static, ""},
	elf.R_AARCH64_TLSLE_ADD_TPREL_LO12:     {"R_AARCH64_TLSLE_ADD_TPREL_LO12", &formulaThreadOff, &a64Low12, a64Static, ""},
	elf.R_AARCH64_TLSLE_ADD_TPREL_LO12_NC:  {"R_AARCH64_TLSLE_ADD_TPREL_LO12_NC", &a64ThreadLow, &a64Low12, a64Static, ""},
	552:                                    {"R_AARCH64_TLSLE_LDST8_TPREL_LO12", &formulaThreadOff, &a64Low12, a64Static, ""},
	553:                                    {"R_AARCH64_TLSLE_LDST8_TPREL_LO12_NC", &a64ThreadLow, &a64Low12, a64Static, ""},
	554:                                    {"R_AARCH64_TLSLE_LDST16_TPREL_LO12", &formulaThreadOff, &a64Low12By2, a64Static, ""},
	555:                                    {"R_AARCH64_TLSLE_LDST16_TPREL_LO12_NC", &a64ThreadLow, &a64Low12By2, a64Static, ""},
	556:                                    {"R_AARCH64_TLSLE_LDST32_TPREL_LO12", &formulaThreadOff, &a64Low12By4, a64Static, ""},
	557:                                    {"R_AARCH64_TLSLE_LDST32_TPREL_LO12_NC", &a64ThreadLow, &a64Low12By4, a64Static, ""},
	558:                                    {"R_AARCH64_TLSLE_LDST64_TPREL_LO12", &formulaThreadOff, &a64Low12By8, a64Static, ""},
	559:                                    {"R_AARCH64_TLSLE_LDST64_TPREL_LO12_NC", &a64ThreadLow, &a64Low12By8, a64Static, ""},
	elf.R_AARCH64_TLSLE_LDST128_TPREL_LO12: {"R_AARCH64_TLSLE_LDST128_TPREL_LO12", &formulaThreadOff, &a64Low12By16, a64Static, ""},
	elf.R_AARCH64_TLSLE_LDST128_TPREL_LO12_NC: {"R_AARCH64_TLSLE_LDST128_TPREL_LO12_NC", &a64ThreadLow, &a64Low12By16, a64Static, ""},

	// Descriptors. The last three mark instructions, which stay.
	elf.R_AARCH64_TLSDESC_LD_PREL19:  {"R_AARCH64_TLSDESC_LD_PREL19", &a64Slot, &a64Literal19, a64Desc, ""},
	elf.R_AARCH64_TLSDESC_ADR_PREL21: {"R_AARCH64_TLSDESC_ADR_PREL21", &a64Slot, &a64Near21, a64Desc, ""},
	elf.R_AARCH64_TLSDESC_ADR_PAGE21: {"R_AARCH64_TLSDESC_ADR_PAGE21", &a64SlotPages, &a64Page, a64Desc, ""},
	563:                              {"R_AARCH64_TLSDESC_LD64_LO12", &a64SlotLow, &a64Low12By8, a64Desc, ""},
	564:                              {"R_AARCH64_TLSDESC_ADD_LO12", &a64SlotLow, &a64Low12, a64Desc, ""},
	elf.R_AARCH64_TLSDESC_OFF_G1:     {"R_AARCH64_TLSDESC_OFF_G1", &formulaEntryOff, &a64SignGroup1, a64Desc | needGOT, ""},
	elf.R_AARCH64_TLSDESC_OFF_G0_NC:  {"R_AARCH64_TLSDESC_OFF_G0_NC", &formulaEntryOff, &a64AnyGroup0, a64Desc | needGOT, ""},
	elf.R_AARCH64_TLSDESC_LDR:        {"R_AARCH64_TLSDESC_LDR", &formulaNone, &fieldNone, 0, ""},
	elf.R_AARCH64_TLSDESC_ADD:        {"R_AARCH64_TLSDESC_ADD", &formulaNone, &fieldNone, 0, ""},
	elf.R_AARCH64_TLSDESC_CALL:       {"R_AARCH64_TLSDESC_CALL", &formulaNone, &fieldNone, 0, ""},

	580: {name: "R_AARCH64_AUTH_ABS64", refusal: refusePointerAuth},

	elf.R_AARCH64_COPY:         {name: "R_AARCH64_COPY", refusal: refuseDynamic},
	elf.R_AARCH64_GLOB_DAT:     {name: "R_AARCH64_GLOB_DAT", refusal: refuseDynamic},
	elf.R_AARCH64_JUMP_SLOT:    {name: "R_AARCH64_JUMP_SLOT", refusal: refuseDynamic},
	elf.R_AARCH64_RELATIVE:     {name: "R_AARCH64_RELATIVE", refusal: refuseDynamic},
	elf.R_AARCH64_TLS_DTPMOD64: {name: "R_AARCH64_TLS_DTPMOD64", refusal: refuseDynamic},
	elf.R_AARCH64_TLS_DTPREL64: {name: "R_AARCH64_TLS_DTPREL64", refusal: refuseDynamic},
	elf.R_AARCH64_TLS_TPREL64:  {name: "R_AARCH64_TLS_TPREL64", refusal: refuseDynamic},
	elf.R_AARCH64_TLSDESC:      {name: "R_AARCH64_TLSDESC", refusal: refuseDynamic},
	elf.R_AARCH64_IRELATIVE:    {name: "R_AARCH64_IRELATIVE", refusal: refuseDynamic},
	1041:                       {name: "R_AARCH64_AUTH_RELATIVE", refusal: refuseDynamic},
}
