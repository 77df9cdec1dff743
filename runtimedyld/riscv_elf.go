package runtimedyld

import (
	"debug/elf"
	"slices"
)

// The formulas of RISC-V beside those of x86-64. Of a pair, it is S and P of the first one.
var (
	formulaPairLow = formula{"S - P", func(v *vars) uint64 { return v.S - v.P }}
)

// Relocation types that functions know.
const (
	riscvRVCJump     = uint32(elf.R_RISCV_RVC_JUMP)
	riscvJAL         = uint32(elf.R_RISCV_JAL)
	riscvAlign       = uint32(elf.R_RISCV_ALIGN)
	riscvRelax       = uint32(elf.R_RISCV_RELAX)
	riscvPCRelHi20   = uint32(elf.R_RISCV_PCREL_HI20)
	riscvGOTHi20     = uint32(elf.R_RISCV_GOT_HI20)
	riscvTLSGOTHi20  = uint32(elf.R_RISCV_TLS_GOT_HI20)
	riscvTLSGDHi20   = uint32(elf.R_RISCV_TLS_GD_HI20)
	riscvGOT32PCRel  = 41 // once R_RISCV_GNU_VTINHERIT, which nobody wrote
	riscvPLT32       = 59
	riscvSetULEB128  = 60
	riscvSubULEB128  = 61
	riscvTLSDescHi20 = 62
)

const refuseInternal = "linkers use it among themselves; assemblers do not write it"

func init() {
	riscv64.fix, riscv32.fix = riscvFix, riscvFix
	riscv64.rows = riscvELF[:]
	riscv32.rows = riscvNarrow(riscvELF[:])
}

// riscvELF is the table of the psABI, 8.4.
var riscvELF = [...]howto{
	elf.R_RISCV_NONE: {"R_RISCV_NONE", &formulaNone, &fieldNone, 0, ""},
	elf.R_RISCV_32:   {"R_RISCV_32", &formulaAbs, &fieldWord32, 0, ""},
	elf.R_RISCV_64:   {"R_RISCV_64", &formulaAbs, &fieldWord64, 0, ""},

	elf.R_RISCV_BRANCH:   {"R_RISCV_BRANCH", &formulaPC, &riscvBranch, 0, ""},
	elf.R_RISCV_JAL:      {"R_RISCV_JAL", &formulaBranch, &riscvJal, needStub, ""},
	elf.R_RISCV_CALL:     {"R_RISCV_CALL", &formulaBranch, &riscvCall, needStub | needPlan, ""},
	elf.R_RISCV_CALL_PLT: {"R_RISCV_CALL_PLT", &formulaBranch, &riscvCall, needStub | needPlan, ""},

	elf.R_RISCV_GOT_HI20:     {"R_RISCV_GOT_HI20", &formulaSlotPC, &riscvHi20, needSlot | needGOT | pairFirst, ""},
	elf.R_RISCV_TLS_GOT_HI20: {"R_RISCV_TLS_GOT_HI20", &formulaSlotPC, &riscvHi20, needThread | needDistance | needStatic | pairFirst, ""},
	elf.R_RISCV_TLS_GD_HI20:  {"R_RISCV_TLS_GD_HI20", &formulaSlotPC, &riscvHi20, needThread | needPair | pairFirst, ""},
	elf.R_RISCV_PCREL_HI20:   {"R_RISCV_PCREL_HI20", &formulaPC, &riscvHi20, needReach | pairFirst, ""},
	elf.R_RISCV_PCREL_LO12_I: {"R_RISCV_PCREL_LO12_I", &formulaPairLow, &riscvLo12I, needFix, ""},
	elf.R_RISCV_PCREL_LO12_S: {"R_RISCV_PCREL_LO12_S", &formulaPairLow, &riscvLo12S, needFix, ""},
	elf.R_RISCV_HI20:         {"R_RISCV_HI20", &formulaAbs, &riscvHi20, needReach, ""},
	elf.R_RISCV_LO12_I:       {"R_RISCV_LO12_I", &formulaAbs, &riscvLo12I, 0, ""},
	elf.R_RISCV_LO12_S:       {"R_RISCV_LO12_S", &formulaAbs, &riscvLo12S, 0, ""},

	elf.R_RISCV_TPREL_HI20:   {"R_RISCV_TPREL_HI20", &formulaThreadOff, &riscvHi20, needThread | needStatic, ""},
	elf.R_RISCV_TPREL_LO12_I: {"R_RISCV_TPREL_LO12_I", &formulaThreadOff, &riscvLo12I, needThread | needStatic, ""},
	elf.R_RISCV_TPREL_LO12_S: {"R_RISCV_TPREL_LO12_S", &formulaThreadOff, &riscvLo12S, needThread | needStatic, ""},
	elf.R_RISCV_TPREL_ADD:    {"R_RISCV_TPREL_ADD", &formulaNone, &fieldNone, 0, ""}, // marks the add, which stays

	elf.R_RISCV_ADD8:  {"R_RISCV_ADD8", &formulaAbs, &fieldAdd8, 0, ""},
	elf.R_RISCV_ADD16: {"R_RISCV_ADD16", &formulaAbs, &fieldAdd16, 0, ""},
	elf.R_RISCV_ADD32: {"R_RISCV_ADD32", &formulaAbs, &fieldAdd32, 0, ""},
	elf.R_RISCV_ADD64: {"R_RISCV_ADD64", &formulaAbs, &fieldAdd64, 0, ""},
	elf.R_RISCV_SUB8:  {"R_RISCV_SUB8", &formulaAbs, &fieldSub8, 0, ""},
	elf.R_RISCV_SUB16: {"R_RISCV_SUB16", &formulaAbs, &fieldSub16, 0, ""},
	elf.R_RISCV_SUB32: {"R_RISCV_SUB32", &formulaAbs, &fieldSub32, 0, ""},
	elf.R_RISCV_SUB64: {"R_RISCV_SUB64", &formulaAbs, &fieldSub64, 0, ""},
	elf.R_RISCV_SUB6:  {"R_RISCV_SUB6", &formulaAbs, &fieldSub6, 0, ""},
	elf.R_RISCV_SET6:  {"R_RISCV_SET6", &formulaAbs, &fieldSet6, 0, ""},
	elf.R_RISCV_SET8:  {"R_RISCV_SET8", &formulaAbs, &fieldSet8, 0, ""},
	elf.R_RISCV_SET16: {"R_RISCV_SET16", &formulaAbs, &fieldSet16, 0, ""},
	elf.R_RISCV_SET32: {"R_RISCV_SET32", &formulaAbs, &fieldSet32, 0, ""},

	elf.R_RISCV_32_PCREL: {"R_RISCV_32_PCREL", &formulaPC, &fieldInt32, 0, ""},
	riscvPLT32:           {"R_RISCV_PLT32", &formulaBranch, &fieldInt32, needStub, ""},
	riscvGOT32PCRel:      {"R_RISCV_GOT32_PCREL", &formulaSlotPC, &fieldInt32, needSlot | needGOT, ""},
	riscvSetULEB128:      {"R_RISCV_SET_ULEB128", &formulaAbs, &fieldULEB, needFix, ""},
	riscvSubULEB128:      {"R_RISCV_SUB_ULEB128", &formulaAbs, &fieldSubULEB, needFix, ""},

	elf.R_RISCV_RVC_BRANCH: {"R_RISCV_RVC_BRANCH", &formulaPC, &riscvBranchRVC, 0, ""},
	elf.R_RISCV_RVC_JUMP:   {"R_RISCV_RVC_JUMP", &formulaPC, &riscvJumpFieldRVC, 0, ""},
	elf.R_RISCV_RVC_LUI:    {"R_RISCV_RVC_LUI", &formulaAbs, &riscvLuiRVC, 0, ""},

	elf.R_RISCV_ALIGN: {"R_RISCV_ALIGN", &formulaNone, &fieldNone, needPlan, ""}, // see cuts.go
	elf.R_RISCV_RELAX: {"R_RISCV_RELAX", &formulaNone, &fieldNone, 0, ""},        // likewise

	riscvTLSDescHi20: {"R_RISCV_TLSDESC_HI20", &formulaSlotPC, &riscvHi20, needThread | needDescriptor | pairFirst, ""},
	63:               {"R_RISCV_TLSDESC_LOAD_LO12", &formulaPairLow, &riscvLo12I, needFix, ""},
	64:               {"R_RISCV_TLSDESC_ADD_LO12", &formulaPairLow, &riscvLo12I, needFix, ""},
	65:               {"R_RISCV_TLSDESC_CALL", &formulaNone, &fieldNone, 0, ""}, // marks the call, which stays

	// In debug information of thread-local variables, for which there are no other relocations.
	elf.R_RISCV_TLS_DTPREL32: {"R_RISCV_TLS_DTPREL32", &formulaModuleOff, &fieldInt32, needThread | needNear, ""},
	elf.R_RISCV_TLS_DTPREL64: {"R_RISCV_TLS_DTPREL64", &formulaModuleOff, &fieldWord64, needThread | needNear, ""},

	elf.R_RISCV_RELATIVE:     {name: "R_RISCV_RELATIVE", refusal: refuseDynamic},
	elf.R_RISCV_COPY:         {name: "R_RISCV_COPY", refusal: refuseDynamic},
	elf.R_RISCV_JUMP_SLOT:    {name: "R_RISCV_JUMP_SLOT", refusal: refuseDynamic},
	elf.R_RISCV_TLS_DTPMOD32: {name: "R_RISCV_TLS_DTPMOD32", refusal: refuseDynamic},
	elf.R_RISCV_TLS_DTPMOD64: {name: "R_RISCV_TLS_DTPMOD64", refusal: refuseDynamic},
	elf.R_RISCV_TLS_TPREL32:  {name: "R_RISCV_TLS_TPREL32", refusal: refuseDynamic},
	elf.R_RISCV_TLS_TPREL64:  {name: "R_RISCV_TLS_TPREL64", refusal: refuseDynamic},
	12:                       {name: "R_RISCV_TLSDESC", refusal: refuseDynamic},
	58:                       {name: "R_RISCV_IRELATIVE", refusal: refuseDynamic},

	elf.R_RISCV_GNU_VTENTRY: {name: "R_RISCV_GNU_VTENTRY", refusal: refuseInternal},
	elf.R_RISCV_GPREL_I:     {name: "R_RISCV_GPREL_I", refusal: refuseInternal},
	elf.R_RISCV_GPREL_S:     {name: "R_RISCV_GPREL_S", refusal: refuseInternal},
	elf.R_RISCV_TPREL_I:     {name: "R_RISCV_TPREL_I", refusal: refuseInternal},
	elf.R_RISCV_TPREL_S:     {name: "R_RISCV_TPREL_S", refusal: refuseInternal},
	191:                     {name: "R_RISCV_VENDOR", refusal: "relocations of vendors are not supported"},
}

// riscvNarrow returns the rows of 32 bits: what is added to the PC reaches everything.
func riscvNarrow(rows []howto) []howto {
	rows = slices.Clone(rows)
	for i := range rows {
		switch rows[i].field {
		case &riscvHi20:
			rows[i].field = &riscvHi20All
		case &riscvCall:
			rows[i].field = &riscvCallAll
		}
	}
	return rows
}
