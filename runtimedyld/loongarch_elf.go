package runtimedyld

import "debug/elf"

// The formulas of LoongArch beside those of x86-64. Page is the address of a page of 4 KiB; 0x800 makes good that the low 12 bits are signed, and what is taken away
// from the upper half, that the sum of the lower ones is.
var (
	formulaPage = formula{"Page(S + A + 0x800) - Page(P)", func(v *vars) uint64 { return pageOf(v.S+v.A+0x800) - pageOf(v.P) }}
	formulaFar8 = formula{"Page(S + A + 0x800) - Page(P - 8) + 0x80000000 - ((S + A & 0x800) << 21)", func(v *vars) uint64 {
		return farPage(v.S+v.A, v.P-8)
	}}
	formulaFar12 = formula{"Page(S + A + 0x800) - Page(P - 12) + 0x80000000 - ((S + A & 0x800) << 21)", func(v *vars) uint64 {
		return farPage(v.S+v.A, v.P-12)
	}}
	formulaSlot     = formula{"G + GOT + A", func(v *vars) uint64 { return v.G + v.GOT + v.A }}
	formulaSlotPage = formula{"Page(G + GOT + A + 0x800) - Page(P)", func(v *vars) uint64 { return pageOf(v.G+v.GOT+v.A+0x800) - pageOf(v.P) }}
	formulaSlotFar8 = formula{"Page(G + GOT + A + 0x800) - Page(P - 8) + 0x80000000 - ((G + GOT + A & 0x800) << 21)", func(v *vars) uint64 {
		return farPage(v.G+v.GOT+v.A, v.P-8)
	}}
	formulaSlotFar12 = formula{"Page(G + GOT + A + 0x800) - Page(P - 12) + 0x80000000 - ((G + GOT + A & 0x800) << 21)", func(v *vars) uint64 {
		return farPage(v.G+v.GOT+v.A, v.P-12)
	}}
)

// farPage returns what the upper 32 bits of a far address are made of, of which the lower ones are that of a signed page and of signed 12 bits.
func farPage(dest, pc uint64) uint64 { return pageOf(dest+0x800) - pageOf(pc) + 1<<31 - dest&0x800<<21 }

// Relocation types that functions know.
const (
	loongarchB26Type = uint32(elf.R_LARCH_B26)
	loongarchRelax   = uint32(elf.R_LARCH_RELAX)
	loongarchAlign   = uint32(elf.R_LARCH_ALIGN)
)

const refuseStack = "objects of the first LoongArch ABI (relocations of a stack machine, written by binutils 2.39 and before) are not supported: assemble with binutils 2.40 or LLVM"

func init() {
	loongarch64.fix = loongarchFix
	loongarch64.rows = loongarchELF[:]
}

// loongarchELF is the table of the psABI, "Relocation types".
var loongarchELF = func() (rows [127]howto) {
	for typ := elf.R_LARCH_SOP_PUSH_PCREL; typ <= elf.R_LARCH_SOP_POP_32_U; typ++ {
		rows[typ] = howto{name: typ.String(), refusal: refuseStack}
	}
	for _, typ := range []elf.R_LARCH{
		elf.R_LARCH_RELATIVE, elf.R_LARCH_COPY, elf.R_LARCH_JUMP_SLOT, elf.R_LARCH_TLS_DTPMOD32, elf.R_LARCH_TLS_DTPMOD64, elf.R_LARCH_TLS_TPREL32,
		elf.R_LARCH_TLS_TPREL64, elf.R_LARCH_IRELATIVE, elf.R_LARCH_TLS_DESC32, elf.R_LARCH_TLS_DESC64,
	} {
		rows[typ] = howto{name: typ.String(), refusal: refuseDynamic}
	}
	for _, typ := range []elf.R_LARCH{elf.R_LARCH_DELETE, elf.R_LARCH_CFA, elf.R_LARCH_GNU_VTINHERIT, elf.R_LARCH_GNU_VTENTRY} {
		rows[typ] = howto{name: typ.String(), refusal: refuseInternal}
	}
	for typ, row := range loongarchServed {
		rows[typ] = howto{elf.R_LARCH(typ).String(), row.formula, row.field, row.need, ""}
	}
	return rows
}()

// A loongarchRow is a row that is served.
type loongarchRow struct {
	formula *formula
	field   *field
	need    need
}

var loongarchServed = map[elf.R_LARCH]loongarchRow{
	elf.R_LARCH_NONE:                {&formulaNone, &fieldNone, 0},
	elf.R_LARCH_32:                  {&formulaAbs, &fieldWord32, 0},
	elf.R_LARCH_64:                  {&formulaAbs, &fieldWord64, 0},
	elf.R_LARCH_MARK_LA:             {&formulaNone, &fieldNone, 0},
	elf.R_LARCH_MARK_PCREL:          {&formulaNone, &fieldNone, 0},
	elf.R_LARCH_TLS_DTPREL32:        {&formulaModuleOff, &fieldInt32, needThread | needNear},
	elf.R_LARCH_TLS_DTPREL64:        {&formulaModuleOff, &fieldWord64, needThread | needNear},
	elf.R_LARCH_ADD8:                {&formulaAbs, &fieldAdd8, 0},
	elf.R_LARCH_SUB8:                {&formulaAbs, &fieldSub8, 0},
	elf.R_LARCH_ADD16:               {&formulaAbs, &fieldAdd16, 0},
	elf.R_LARCH_SUB16:               {&formulaAbs, &fieldSub16, 0},
	elf.R_LARCH_ADD24:               {&formulaAbs, &fieldAdd24, 0},
	elf.R_LARCH_SUB24:               {&formulaAbs, &fieldSub24, 0},
	elf.R_LARCH_ADD32:               {&formulaAbs, &fieldAdd32, 0},
	elf.R_LARCH_SUB32:               {&formulaAbs, &fieldSub32, 0},
	elf.R_LARCH_ADD64:               {&formulaAbs, &fieldAdd64, 0},
	elf.R_LARCH_SUB64:               {&formulaAbs, &fieldSub64, 0},
	elf.R_LARCH_ADD6:                {&formulaAbs, &fieldAdd6, 0},
	elf.R_LARCH_SUB6:                {&formulaAbs, &fieldSub6, 0},
	elf.R_LARCH_ADD_ULEB128:         {&formulaAbs, &fieldULEB, needFix},
	elf.R_LARCH_SUB_ULEB128:         {&formulaAbs, &fieldSubULEB, needFix},
	elf.R_LARCH_B16:                 {&formulaBranch, &loongarchB16, needStub},
	elf.R_LARCH_B21:                 {&formulaBranch, &loongarchB21, needStub},
	elf.R_LARCH_B26:                 {&formulaBranch, &loongarchB26, needStub},
	elf.R_LARCH_CALL36:              {&formulaBranch, &loongarchCall, needStub | needPlan},
	elf.R_LARCH_ABS_HI20:            {&formulaAbs, &loongarchHi20, 0},
	elf.R_LARCH_ABS_LO12:            {&formulaAbs, &loongarchLo12, 0},
	elf.R_LARCH_ABS64_LO20:          {&formulaAbs, &loongarchFar20, 0},
	elf.R_LARCH_ABS64_HI12:          {&formulaAbs, &loongarchFar12, 0},
	elf.R_LARCH_PCALA_HI20:          {&formulaPage, &loongarchHi20, needReach},
	elf.R_LARCH_PCALA_LO12:          {&formulaAbs, &loongarchLo12, 0},
	elf.R_LARCH_PCALA64_LO20:        {&formulaFar8, &loongarchFar20, 0},
	elf.R_LARCH_PCALA64_HI12:        {&formulaFar12, &loongarchFar12, 0},
	elf.R_LARCH_PCREL20_S2:          {&formulaPC, &loongarchPCRel20, needReach},
	elf.R_LARCH_GOT_PC_HI20:         {&formulaSlotPage, &loongarchHi20, needSlot | needGOT},
	elf.R_LARCH_GOT_PC_LO12:         {&formulaSlot, &loongarchLo12, needSlot | needGOT | needFix},
	elf.R_LARCH_GOT64_PC_LO20:       {&formulaSlotFar8, &loongarchFar20, needSlot | needGOT | needFix},
	elf.R_LARCH_GOT64_PC_HI12:       {&formulaSlotFar12, &loongarchFar12, needSlot | needGOT | needFix},
	elf.R_LARCH_GOT_HI20:            {&formulaSlot, &loongarchHi20, needSlot | needGOT},
	elf.R_LARCH_GOT_LO12:            {&formulaSlot, &loongarchLo12, needSlot | needGOT | needFix},
	elf.R_LARCH_GOT64_LO20:          {&formulaSlot, &loongarchFar20, needSlot | needGOT | needFix},
	elf.R_LARCH_GOT64_HI12:          {&formulaSlot, &loongarchFar12, needSlot | needGOT | needFix},
	elf.R_LARCH_TLS_LE_HI20:         {&formulaThreadOff, &loongarchHi20, needThread | needStatic},
	elf.R_LARCH_TLS_LE_LO12:         {&formulaThreadOff, &loongarchLo12, needThread | needStatic},
	elf.R_LARCH_TLS_LE64_LO20:       {&formulaThreadOff, &loongarchFar20, needThread | needStatic},
	elf.R_LARCH_TLS_LE64_HI12:       {&formulaThreadOff, &loongarchFar12, needThread | needStatic},
	elf.R_LARCH_TLS_LE_HI20_R:       {&formulaThreadOff, &loongarchHi20R, needThread | needStatic},
	elf.R_LARCH_TLS_LE_ADD_R:        {&formulaNone, &fieldNone, 0},
	elf.R_LARCH_TLS_LE_LO12_R:       {&formulaThreadOff, &loongarchLo12, needThread | needStatic},
	elf.R_LARCH_TLS_IE_PC_HI20:      {&formulaSlotPage, &loongarchHi20, needThread | needDistance | needStatic},
	elf.R_LARCH_TLS_IE_PC_LO12:      {&formulaSlot, &loongarchLo12, needThread | needDistance | needStatic},
	elf.R_LARCH_TLS_IE64_PC_LO20:    {&formulaSlotFar8, &loongarchFar20, needThread | needDistance | needStatic},
	elf.R_LARCH_TLS_IE64_PC_HI12:    {&formulaSlotFar12, &loongarchFar12, needThread | needDistance | needStatic},
	elf.R_LARCH_TLS_IE_HI20:         {&formulaSlot, &loongarchHi20, needThread | needDistance | needStatic},
	elf.R_LARCH_TLS_IE_LO12:         {&formulaSlot, &loongarchLo12, needThread | needDistance | needStatic},
	elf.R_LARCH_TLS_IE64_LO20:       {&formulaSlot, &loongarchFar20, needThread | needDistance | needStatic},
	elf.R_LARCH_TLS_IE64_HI12:       {&formulaSlot, &loongarchFar12, needThread | needDistance | needStatic},
	elf.R_LARCH_TLS_LD_PC_HI20:      {&formulaSlotPage, &loongarchHi20, needThread | needPair},
	elf.R_LARCH_TLS_LD_HI20:         {&formulaSlot, &loongarchHi20, needThread | needPair},
	elf.R_LARCH_TLS_LD_PCREL20_S2:   {&formulaSlotPC, &loongarchPCRel20, needThread | needPair},
	elf.R_LARCH_TLS_GD_PC_HI20:      {&formulaSlotPage, &loongarchHi20, needThread | needPair},
	elf.R_LARCH_TLS_GD_HI20:         {&formulaSlot, &loongarchHi20, needThread | needPair},
	elf.R_LARCH_TLS_GD_PCREL20_S2:   {&formulaSlotPC, &loongarchPCRel20, needThread | needPair},
	elf.R_LARCH_TLS_DESC_PC_HI20:    {&formulaSlotPage, &loongarchHi20, needThread | needDescriptor},
	elf.R_LARCH_TLS_DESC_PC_LO12:    {&formulaSlot, &loongarchLo12, needThread | needDescriptor},
	elf.R_LARCH_TLS_DESC64_PC_LO20:  {&formulaSlotFar8, &loongarchFar20, needThread | needDescriptor},
	elf.R_LARCH_TLS_DESC64_PC_HI12:  {&formulaSlotFar12, &loongarchFar12, needThread | needDescriptor},
	elf.R_LARCH_TLS_DESC_HI20:       {&formulaSlot, &loongarchHi20, needThread | needDescriptor},
	elf.R_LARCH_TLS_DESC_LO12:       {&formulaSlot, &loongarchLo12, needThread | needDescriptor},
	elf.R_LARCH_TLS_DESC64_LO20:     {&formulaSlot, &loongarchFar20, needThread | needDescriptor},
	elf.R_LARCH_TLS_DESC64_HI12:     {&formulaSlot, &loongarchFar12, needThread | needDescriptor},
	elf.R_LARCH_TLS_DESC_PCREL20_S2: {&formulaSlotPC, &loongarchPCRel20, needThread | needDescriptor},
	elf.R_LARCH_TLS_DESC_LD:         {&formulaNone, &fieldNone, 0},
	elf.R_LARCH_TLS_DESC_CALL:       {&formulaNone, &fieldNone, 0},
	elf.R_LARCH_32_PCREL:            {&formulaPC, &fieldInt32, 0},
	elf.R_LARCH_64_PCREL:            {&formulaPC, &fieldWord64, 0},
	elf.R_LARCH_RELAX:               {&formulaNone, &fieldNone, 0},
	elf.R_LARCH_ALIGN:               {&formulaNone, &fieldNone, needPlan},
}
