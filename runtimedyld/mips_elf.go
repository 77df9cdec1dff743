package runtimedyld

import (
	"cmp"
	"debug/elf"
	"encoding/binary"
	"slices"

	"github.com/gomcjit/gomcjit/objimage"
)

// The formulas of MIPS. G is an offset in the GOT here, and in the ABI one from $gp, that is G + GOT - GP.
var (
	formulaGP      = formula{"S + A - GP", func(v *vars) uint64 { return v.S + v.A - v.GP }}
	formulaSlotGP  = formula{"G + GOT - GP", func(v *vars) uint64 { return v.G + v.GOT - v.GP }}
	formulaSub     = formula{"S - A", func(v *vars) uint64 { return v.S - v.A }}
	formulaMipsPC8 = formula{"S + A - (P & ~7)", func(v *vars) uint64 { return v.S + v.A - v.P&^7 }}
)

// Relocation types that debug/elf does not have.
const (
	mipsPC21S2 elf.R_MIPS = 60 + iota
	mipsPC26S2
	mipsPC18S3
	mipsPC19S2
	mipsPCHI16
	mipsPCLO16
)

const mipsGNURel16S2 elf.R_MIPS = 250

// refuseMipsEH is the reason why R_MIPS_EH is refused.
const refuseMipsEH = "no compiler emits it for Linux"

func init() {
	for typ := range mipsKinds {
		mipsKinds[typ] = mipsKind{kind: elf.R_MIPS(typ), low: mipsLowOf[typ]}
	}
	for _, r := range microMIPSRows {
		mipsELF[r.typ], mipsKinds[r.typ] = r.row, mipsKind{cmp.Or(r.kind, r.typ), mipsLowOf[r.typ], microMIPS}
	}
	for _, r := range mips16Rows {
		mipsELF[r.typ], mipsKinds[r.typ] = r.row, mipsKind{cmp.Or(r.kind, r.typ), mipsLowOf[r.typ], mips16}
	}
	mipsel.rows = mipsELF[:]
	mips := mipsel.inBigEndian("mips", true)
	mips.stub, mips.thumbStub = mipsStub(binary.BigEndian), microMIPSStub(binary.BigEndian)
	big := mipsABIs(mips, binary.BigEndian, "mips64", "mipsn32")
	little := mipsABIs(&mipsel, binary.LittleEndian, "mips64el", "mipsn32el")
	elfArches[objimage.ArchMipsel][0], elfArches[objimage.ArchMips64el][1] = little[0], little[1]
	elfArches[objimage.ArchMips][0], elfArches[objimage.ArchMips64][1] = big[0], big[1]
}

// mipsABIs returns the architecture for O32, which chooses N32 by an object's header, and for N64.
func mipsABIs(o32 *arch, order binary.ByteOrder, name64, name32 string) [2]*arch {
	n64, n32 := *o32, *o32
	n64.name, n64.like, n64.narrow, n64.implicit, n64.slotSize, n64.stubSize, n64.stubAlign = name64, &mipsel, false, false, 8, 40, 8
	n64.word, n64.stub, n64.thumbStub, n64.compound = fieldWord64.in(o32.word.order), mips64Stub(order), microMIPS64Stub(order), mipsRow
	n32.name, n32.like, n32.implicit, n32.chains = name32, &mipsel, false, true
	n32.rows = slices.Clone(o32.rows)
	for i := range n32.rows {
		if row := &n32.rows[i]; row.formula != nil && row.field.size > 0 {
			row.need |= needFix
		}
	}
	n32.rows[elf.R_MIPS_SUB].field, n32.rows[microSub].field = o32.word, o32.word // they have another relocation behind them
	o32.choose = func(img *objimage.Object) *arch {
		if img.ELFFlags()&mipsFlagABI2 != 0 {
			return &n32
		}
		return o32
	}
	return [2]*arch{o32, &n64}
}

// mipsELF is the table of the MIPS supplement, with what the 64-bit ABIs, release 6 and GNU tools have added.
var mipsELF = [255]howto{
	elf.R_MIPS_NONE:            {"R_MIPS_NONE", &formulaNone, &fieldNone, 0, ""},
	elf.R_MIPS_16:              {"R_MIPS_16", &formulaAbs, &fieldInt16, 0, ""},
	elf.R_MIPS_32:              {"R_MIPS_32", &formulaAbs, &fieldWord32, 0, ""},
	elf.R_MIPS_REL32:           {name: "R_MIPS_REL32", refusal: refuseDynamic},
	elf.R_MIPS_26:              {"R_MIPS_26", &formulaAbs, &mipsJump26, needFix | needPlan | needVeneer, ""},
	elf.R_MIPS_HI16:            {"R_MIPS_HI16", &formulaAbs, &mipsHigh16, needFix, ""},
	elf.R_MIPS_LO16:            {"R_MIPS_LO16", &formulaAbs, &mipsLow16, needFix, ""},
	elf.R_MIPS_GPREL16:         {"R_MIPS_GPREL16", &formulaGP, &mipsImm16, needGOT | needPlan, ""},
	elf.R_MIPS_LITERAL:         {"R_MIPS_LITERAL", &formulaGP, &mipsImm16, needGOT | needPlan, ""},
	elf.R_MIPS_GOT16:           {"R_MIPS_GOT16", &formulaSlotGP, &mipsImm16, needFix | needPlan | needGOT, ""}, // the entry of a global symbol, the page of a local one
	elf.R_MIPS_PC16:            {"R_MIPS_PC16", &formulaPC, &mipsBranch16, needPlan | needVeneer, ""},
	elf.R_MIPS_CALL16:          {"R_MIPS_CALL16", &formulaSlotGP, &mipsImm16, needSlot | needGOT | addendInSlot, ""},
	elf.R_MIPS_GPREL32:         {"R_MIPS_GPREL32", &formulaGP, &fieldWord32, needGOT, ""},
	elf.R_MIPS_SHIFT5:          {name: "R_MIPS_SHIFT5", refusal: refuseObsolete},
	elf.R_MIPS_SHIFT6:          {name: "R_MIPS_SHIFT6", refusal: refuseObsolete},
	elf.R_MIPS_64:              {"R_MIPS_64", &formulaAbs, &fieldWord64, 0, ""},
	elf.R_MIPS_GOT_DISP:        {"R_MIPS_GOT_DISP", &formulaSlotGP, &mipsImm16, needSlot | needGOT | addendInSlot, ""},
	elf.R_MIPS_GOT_PAGE:        {"R_MIPS_GOT_PAGE", &formulaSlotGP, &mipsImm16, needFix | needPlan | needGOT, ""}, // the entry of a global symbol, the page of a local one
	elf.R_MIPS_GOT_OFST:        {"R_MIPS_GOT_OFST", &formulaAbs, &mipsImm16, needFix | needPlan, ""},              // less the page of a local symbol, or the address of a global one
	elf.R_MIPS_GOT_HI16:        {"R_MIPS_GOT_HI16", &formulaSlotGP, &mipsHigh16, needSlot | needGOT | addendInSlot, ""},
	elf.R_MIPS_GOT_LO16:        {"R_MIPS_GOT_LO16", &formulaSlotGP, &mipsLow16, needSlot | needGOT | addendInSlot, ""},
	elf.R_MIPS_SUB:             {"R_MIPS_SUB", &formulaSub, &fieldWord64, 0, ""},
	elf.R_MIPS_INSERT_A:        {name: "R_MIPS_INSERT_A", refusal: refuseObsolete},
	elf.R_MIPS_INSERT_B:        {name: "R_MIPS_INSERT_B", refusal: refuseObsolete},
	elf.R_MIPS_DELETE:          {name: "R_MIPS_DELETE", refusal: refuseObsolete},
	elf.R_MIPS_HIGHER:          {"R_MIPS_HIGHER", &formulaAbs, &mipsHigher, 0, ""},
	elf.R_MIPS_HIGHEST:         {"R_MIPS_HIGHEST", &formulaAbs, &mipsHighest, 0, ""},
	elf.R_MIPS_CALL_HI16:       {"R_MIPS_CALL_HI16", &formulaSlotGP, &mipsHigh16, needSlot | needGOT | addendInSlot, ""},
	elf.R_MIPS_CALL_LO16:       {"R_MIPS_CALL_LO16", &formulaSlotGP, &mipsLow16, needSlot | needGOT | addendInSlot, ""},
	elf.R_MIPS_SCN_DISP:        {name: "R_MIPS_SCN_DISP", refusal: refuseObsolete},
	elf.R_MIPS_REL16:           {name: "R_MIPS_REL16", refusal: refuseObsolete},
	elf.R_MIPS_ADD_IMMEDIATE:   {name: "R_MIPS_ADD_IMMEDIATE", refusal: refuseObsolete},
	elf.R_MIPS_PJUMP:           {name: "R_MIPS_PJUMP", refusal: refuseObsolete},
	elf.R_MIPS_RELGOT:          {name: "R_MIPS_RELGOT", refusal: refuseObsolete},
	elf.R_MIPS_JALR:            {"R_MIPS_JALR", &formulaNone, &fieldNone, needFix, ""}, // jalr $25 to a function that is near becomes a branch
	elf.R_MIPS_TLS_DTPMOD32:    {name: "R_MIPS_TLS_DTPMOD32", refusal: refuseDynamic},
	elf.R_MIPS_TLS_DTPREL32:    {"R_MIPS_TLS_DTPREL32", &formulaModuleOff, &fieldWord32, needThread | needNear, ""},
	elf.R_MIPS_TLS_DTPMOD64:    {name: "R_MIPS_TLS_DTPMOD64", refusal: refuseDynamic},
	elf.R_MIPS_TLS_DTPREL64:    {"R_MIPS_TLS_DTPREL64", &formulaModuleOff, &fieldWord64, needThread | needNear, ""},
	elf.R_MIPS_TLS_GD:          {"R_MIPS_TLS_GD", &formulaSlotGP, &mipsImm16, needThread | needPair | needGOT, ""},
	elf.R_MIPS_TLS_LDM:         {"R_MIPS_TLS_LDM", &formulaSlotGP, &mipsImm16, needThread | needModule | needNear | needGOT, ""},
	elf.R_MIPS_TLS_DTPREL_HI16: {"R_MIPS_TLS_DTPREL_HI16", &formulaModuleOff, &mipsHigh16, needThread | needNear | needFix, ""},
	elf.R_MIPS_TLS_DTPREL_LO16: {"R_MIPS_TLS_DTPREL_LO16", &formulaModuleOff, &mipsLow16, needThread | needNear, ""},
	elf.R_MIPS_TLS_GOTTPREL:    {"R_MIPS_TLS_GOTTPREL", &formulaSlotGP, &mipsImm16, needThread | needDistance | needStatic | needGOT, ""},
	elf.R_MIPS_TLS_TPREL32:     {"R_MIPS_TLS_TPREL32", &formulaThreadOff, &fieldWord32, needThread | needStatic, ""},
	elf.R_MIPS_TLS_TPREL64:     {"R_MIPS_TLS_TPREL64", &formulaThreadOff, &fieldWord64, needThread | needStatic, ""},
	elf.R_MIPS_TLS_TPREL_HI16:  {"R_MIPS_TLS_TPREL_HI16", &formulaThreadOff, &mipsHigh16, needThread | needStatic | needFix, ""},
	elf.R_MIPS_TLS_TPREL_LO16:  {"R_MIPS_TLS_TPREL_LO16", &formulaThreadOff, &mipsLow16, needThread | needStatic, ""},
	51:                         {name: "R_MIPS_GLOB_DAT", refusal: refuseDynamic},
	mipsPC21S2:                 {"R_MIPS_PC21_S2", &formulaPC, &mipsBranch21, needPlan | needVeneer, ""},
	mipsPC26S2:                 {"R_MIPS_PC26_S2", &formulaPC, &mipsBranch26, needFix | needPlan | needVeneer, ""},
	mipsPC18S3:                 {"R_MIPS_PC18_S3", &formulaMipsPC8, &mipsLoad18, needFix, ""},
	mipsPC19S2:                 {"R_MIPS_PC19_S2", &formulaPC, &mipsLoad19, 0, ""},
	mipsPCHI16:                 {"R_MIPS_PCHI16", &formulaPC, &mipsHigh16, needFix, ""},
	mipsPCLO16:                 {"R_MIPS_PCLO16", &formulaPC, &mipsLow16, 0, ""},
	126:                        {name: "R_MIPS_COPY", refusal: refuseDynamic},
	127:                        {name: "R_MIPS_JUMP_SLOT", refusal: refuseDynamic},
	elf.R_MIPS_PC32:            {"R_MIPS_PC32", &formulaPC, &fieldWord32, 0, ""},
	249:                        {name: "R_MIPS_EH", refusal: refuseMipsEH},
	mipsGNURel16S2:             {"R_MIPS_GNU_REL16_S2", &formulaPC, &mipsBranch16, needPlan, ""},
	253:                        {"R_MIPS_GNU_VTINHERIT", &formulaNone, &fieldNone, 0, ""},
	254:                        {"R_MIPS_GNU_VTENTRY", &formulaNone, &fieldNone, 0, ""},
}
