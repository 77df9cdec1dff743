package runtimedyld

import (
	"cmp"
	"debug/elf"
	"encoding/binary"
	"slices"

	"github.com/gomcjit/gomcjit/memmgr"
	"github.com/gomcjit/gomcjit/objimage"
)

// MIPS to a linker: three ABIs, O32, N32 and N64. Addresses are built from 16 bits at a time, of which the lower ones are signed, so that the higher ones are rounded. Position-independent
// code addresses a GOT of at most 64 KiB by 16 bits from $gp, which points 0x7ff0 bytes into it, and expects its own address in $25. Each object has a GOT of its own, and so a
// $gp of its own, which it computes itself: _gp_disp, __gnu_local_gp and _gp are names that linkers define. For what is local the GOT has pages (gotpages.go).
//
// Jumps replace the lowest 28 bits of the program counter. What is in another region of 256 MiB is called through a stub, which also is how code that is not
// position-independent calls such that is: it loads the address into $25, from a word beside it. LLVM's stubs have the address in their instructions, between which a thread may stand
// when it changes.
//
// O32 has addends in the instructions (SHT_REL), of 32 bits in two halves: that of a high half is completed by the low one's, which is found by its symbol. N64 has up to three
// operations in one relocation, each on the result of the one before; N32 writes them as relocations of the same place.
//
// There are two compressed instruction sets beside the standard one: see micromips.go and mips16.go.
//
// System V ABI, MIPS Supplement, 3rd edition, 4 "Relocation Types"; "64-bit ELF Object File Specification", 2.9 "Relocation"; "MIPS ABIs" as GNU tools have them for the rest.

// mipsGPBias is where in the GOT $gp points.
const mipsGPBias = 0x7ff0

// Bits of e_flags and st_other.
const (
	mipsFlagPIC  = 0x2
	mipsFlagABI2 = 0x20 // N32
	mipsArch32R6 = 0x9  // in the highest 4 bits
	mipsArch64R6 = 0xa
)

// mipsIsPIC says whether st_other marks a function as position-independent (STO_MIPS_PIC) in an object that otherwise is not. The bits beside it say what instruction set it has.
func mipsIsPIC(other uint8) bool { return other&0x30 == 0x20 }

// mipsIsR6 says whether an object is for release 6 of the architecture.
func mipsIsR6(img *objimage.Object) bool {
	a := img.ELFFlags() >> 28
	return a == mipsArch32R6 || a == mipsArch64R6
}

var mipsel = arch{
	name:       "mipsel",
	word:       &fieldWord32,
	narrow:     true,
	implicit:   true,
	slotSize:   4,
	stubSize:   24,
	stubAlign:  4,
	direct:     true,
	noIFuncs:   true,
	tooFar:     "compile with -mlong-calls, or -mxgot if the GOT is full, and without small data (-G 0)",
	stub:       mipsStub(binary.LittleEndian),
	thumbStub:  microMIPSStub(binary.LittleEndian),
	provides:   []string{"_gp_disp", "__gnu_local_gp", "_gp"},
	plan:       mipsPlan,
	begin:      mipsBegin,
	fix:        mipsFix,
	far:        mipsFar,
	undefined:  mipsUndefined,
	threadBias: 0x8000,
}

// Instructions of stubs. They change $25 only, in which position-independent code expects its address.
const (
	mipsLuiT9    = 0x3c190000 // lui $25, imm
	mipsDaddiuT9 = 0x67390000 // daddiu $25, $25, imm
	mipsDsllT9   = 0x0019cc38 // dsll $25, $25, 16
	mipsLwT9     = 0x8f390000 // lw $25, imm($25)
	mipsLdT9     = 0xdf390000 // ld $25, imm($25)
	mipsNop      = 0          // also behind lw: MIPS I has what it loads an instruction later
)

// mipsStub returns what writes stubs, in the order of bytes: a jump to what the word behind it holds, which changes at once when the target moves.
func mipsStub(order binary.ByteOrder) func(f *fixer, b []byte, at, slot, target uint64) bool {
	return func(f *fixer, b []byte, at, _, target uint64) bool {
		word := at + 20
		mipsWrite(order, b, mipsLuiT9|(word+0x8000)>>16&0xffff, mipsLwT9|word&0xffff, mipsNop, mipsJumpT9(f.o.img), mipsNop, target)
		return true
	}
}

// mips64Stub returns what writes those for addresses of 64 bits.
func mips64Stub(order binary.ByteOrder) func(f *fixer, b []byte, at, slot, target uint64) bool {
	return func(f *fixer, b []byte, at, _, target uint64) bool {
		word := at + 32
		part := func(n int) uint64 { return (word + 0x8000_8000_8000>>(48-16*n)) >> (16 * n) & 0xffff }
		mipsWrite(order, b, mipsLuiT9|part(3), mipsDaddiuT9|part(2), mipsDsllT9, mipsDaddiuT9|part(1), mipsDsllT9, mipsLdT9|part(0), mipsJumpT9(f.o.img), mipsNop)
		order.PutUint64(b[32:], target)
		return true
	}
}

func mipsWrite(order binary.ByteOrder, b []byte, words ...uint64) {
	for i, w := range words {
		order.PutUint32(b[4*i:], uint32(w))
	}
}

// mipsJumpT9 returns `jr $25`, which release 6 of the architecture writes as jalr to no register.
func mipsJumpT9(img *objimage.Object) uint64 {
	if mipsIsR6(img) {
		return 0x03200009
	}
	return 0x03200008
}

// mipsPlan asks for veneers and for entries of the GOT, and finds small data.
func mipsPlan(p *plan, row *howto, r *objimage.Reloc, target int) {
	y, local, k := &p.syms[r.Sym], r.Sym < uint32(p.img.FirstGlobal()), &mipsKinds[r.Type&0xff]
	if k.isa != standardMIPS && r.Offset&1 != 0 {
		p.refuseReloc(r, target, ErrMisaligned, "instructions are at multiples of 2: a label that is code has the lowest bit set, which offsets of relocations must not have")
		return
	}
	switch k.kind {
	case elf.R_MIPS_26, mipsPC26S2:
		elsewhere := y.Place != objimage.PlaceSection || p.traits[r.Sym]&traitFar != 0 || int(y.Section) != target || mipsIsPIC(y.Other) || y.Value&1 != k.isa.bit()
		if r.Sym != 0 && elsewhere && p.traits[r.Sym]&traitThread == 0 {
			p.planVeneer(veneer{sym: r.Sym, bytes: mipsBranchBytes(r, k.kind), thumb: k.isa == microMIPS})
		}
	case elf.R_MIPS_PC16, mipsPC21S2, mipsGNURel16S2:
		p.mipsPlanBranch(row, r, k.isa)
	case elf.R_MIPS_GOT16, elf.R_MIPS_GOT_PAGE, elf.R_MIPS_GOT_OFST:
		switch {
		case local:
			p.planPage(r.Sym)
		case k.kind == elf.R_MIPS_GOT16 && r.Addend != 0:
			p.planSlotPlus(r)
		default:
			p.give(r.Sym, traitSlot)
		}
	case elf.R_MIPS_GPREL16, elf.R_MIPS_LITERAL:
		if r.Type < 0x100 && p.tocAt < 0 && y.Place == objimage.PlaceSection && p.loaded[y.Section] != 0 && (!p.arch.chains || p.requests[p.loaded[y.Section]-1].Kind != memmgr.Code) {
			p.tocAt = int32(p.loaded[y.Section] - 1)
		}
	}
}

// mipsBranchBytes returns how far behind its symbol a jump or a branch leads.
func mipsBranchBytes(r *objimage.Reloc, kind elf.R_MIPS) int64 {
	if kind == mipsPC26S2 {
		return r.Addend + 4
	}
	return r.Addend
}

// mipsState is what the fixer remembers of an object.
type mipsState struct {
	gpDisp uint32 // number of the symbol _gp_disp; 0 if there is none
	table  *objimage.RelocTable
	lows   []mipsLow // of table, by type, symbol and number
	chain  uint64    // N32: result of the relocation before, if it has the same place
	linked bool      // it has
	next   [1]objimage.Reloc
}

// A mipsLow is a relocation of a low half.
type mipsLow struct {
	typ, sym uint32
	index    int
	off      uint64
}

func (l mipsLow) compare(m mipsLow) int {
	return cmp.Or(cmp.Compare(l.typ, m.typ), cmp.Compare(l.sym, m.sym), cmp.Compare(l.index, m.index))
}

// mipsBegin finds $gp: 0x7ff0 bytes into the GOT, or into small data if all that is relative to it is there.
func mipsBegin(f *fixer) {
	o := f.o
	f.mips = mipsState{lows: f.mips.lows[:0]}
	clear(f.pages)
	f.page1 = pageEntry{}
	f.facts = zeroed(f.facts, len(f.addrs))
	f.v.GP = o.gotAddr() + mipsGPBias
	switch hasGOT := uint32(len(o.slots())+len(o.slotsPlus))+o.pages > 0; {
	case hasGOT:
	case f.dyld.anchored:
		f.v.GP = f.dyld.anchor + mipsGPBias
	case o.tocAt >= 0:
		f.v.GP = o.loadAddr(int(o.tocAt)) + mipsGPBias
	}
	f.provide(f.v.GP)
	first := o.img.FirstGlobal()
	for i, id := range o.globals {
		if id == 0 {
			if y := o.global(i); string(o.img.SymbolName(&y)) == "_gp_disp" {
				f.mips.gpDisp = uint32(first + i)
			}
		}
	}
}

// mipsUndefined: a branch to what is undefined and weak goes to the next instruction.
func mipsUndefined(row *howto, p uint64) uint64 {
	switch {
	case row.field.code == nil:
	case row.formula == &formulaPC:
		return p + 4
	case row.formula == &formulaMicroPC:
		return p + uint64(mipsBranchSize(row)) + 1
	}
	return 0
}

// mipsFix computes what is more than a formula: halves of values, calls, what is local in the GOT, and operations that follow each other.
func mipsFix(f *fixer, row *howto, at *site) (uint64, bool) {
	if at.r.Type > 0xff {
		return mipsCompound(f, at)
	}
	if f.o.arch.chains {
		return mipsChained(f, row, at)
	}
	return mipsOne(f, row, at, elf.R_MIPS(at.r.Type))
}

// mipsOne computes one operation of f.v.
func mipsOne(f *fixer, row *howto, at *site, typ elf.R_MIPS) (uint64, bool) {
	v, k := &f.v, &mipsKinds[typ&0xff]
	if k.low != 0 && at.table.Implicit && (k.kind != elf.R_MIPS_GOT16 || at.r.Sym < uint32(f.o.img.FirstGlobal())) {
		low, ok := mipsLowAddend(f, at, k.low)
		if !ok {
			return f.refuse(ErrMalformedRelocation, "there is no "+f.o.arch.rows[k.low].name+" for the same symbol, which has the other half of the addend")
		}
		if k.kind == elf.R_MIPS_GOT16 {
			v.A <<= 16
		}
		v.A += low
	}
	switch k.kind {
	case elf.R_MIPS_26, mipsPC26S2:
		return mipsCall(f, row, at, k)
	case elf.R_MIPS_HI16, elf.R_MIPS_LO16:
		if at.r.Sym == f.mips.gpDisp && at.r.Sym != 0 {
			v.S = k.isa.gpDisp(v, k.kind == elf.R_MIPS_LO16)
		}
	case elf.R_MIPS_GOT16, elf.R_MIPS_GOT_PAGE, elf.R_MIPS_GOT_OFST:
		return mipsLocalSlot(f, row, at, k.kind)
	case elf.R_MIPS_JALR:
		mipsHint(f, at)
		return 0, false
	case mipsPC18S3:
		v.P &^= 7
	}
	return row.formula.eval(v), true
}

// mipsLowOf says which low half completes the addend of a high half.
var mipsLowOf = [256]uint32{
	elf.R_MIPS_HI16:            uint32(elf.R_MIPS_LO16),
	elf.R_MIPS_GOT16:           uint32(elf.R_MIPS_LO16),
	mipsPCHI16:                 uint32(mipsPCLO16),
	elf.R_MIPS_TLS_DTPREL_HI16: uint32(elf.R_MIPS_TLS_DTPREL_LO16),
	elf.R_MIPS_TLS_TPREL_HI16:  uint32(elf.R_MIPS_TLS_TPREL_LO16),
	mips16HI16:                 uint32(mips16LO16),
	mips16GOT16:                uint32(mips16LO16),
	mips16DTPRELHI16:           uint32(mips16DTPRELLO16),
	mips16TPRELHI16:            uint32(mips16TPRELLO16),
	microHI16:                  uint32(microLO16),
	microGOT16:                 uint32(microLO16),
	microDTPRELHI16:            uint32(microDTPRELLO16),
	microTPRELHI16:             uint32(microTPRELLO16),
}

// mipsIsLow says which types are in mipsLowOf as low halves.
var mipsIsLow = func() (low [256]bool) {
	for _, typ := range mipsLowOf {
		low[typ] = typ != 0
	}
	return low
}()

// mipsLowAddend returns the addend in the file of the low half that belongs to the high half at f.site: the next one of the same symbol, or the last one before it.
func mipsLowAddend(f *fixer, at *site, typ uint32) (uint64, bool) {
	for _, r := range at.batch[at.nth+1 : min(at.nth+fewAhead, len(at.batch))] {
		if r.Type == typ && r.Sym == at.r.Sym {
			return mipsAddendAt(f, at, typ, r.Offset)
		}
	}
	if f.mips.table != at.table {
		mipsSortLows(f, at.table)
	}
	lows := f.mips.lows
	i, _ := slices.BinarySearchFunc(lows, mipsLow{typ, at.r.Sym, at.index(), 0}, mipsLow.compare)
	same := func(i int) bool { return i >= 0 && i < len(lows) && lows[i].typ == typ && lows[i].sym == at.r.Sym }
	if !same(i) {
		if i--; !same(i) {
			return 0, false
		}
	}
	return mipsAddendAt(f, at, typ, lows[i].off)
}

// fewAhead is how many relocations behind that of a high half are looked at for the low one, before those of the whole section are sorted: compilers mostly write both together.
const fewAhead = 8

// mipsAddendAt returns the addend in the file of a low half.
func mipsAddendAt(f *fixer, at *site, typ uint32, off uint64) (uint64, bool) {
	if off > uint64(len(at.file)) || uint64(len(at.file))-off < 4 {
		return 0, false
	}
	return uint64(f.o.arch.rows[typ].field.addend(at.file[off:])), true
}

// mipsSortLows collects the low halves of a table.
func mipsSortLows(f *fixer, table *objimage.RelocTable) {
	var buf [64]objimage.Reloc
	s := &f.mips
	s.table, s.lows = table, s.lows[:0]
	for from := 0; from < int(table.Num); {
		relocs := f.o.img.RelocsOf(table, from, buf[:])
		for i, r := range relocs {
			if r.Type < 256 && mipsIsLow[r.Type] {
				s.lows = append(s.lows, mipsLow{r.Type, r.Sym, from + i, r.Offset})
			}
		}
		from += len(relocs)
	}
	slices.SortFunc(s.lows, mipsLow.compare)
}

// mipsLocalSlot is for entries that are those of symbols if these are global, and pages if they are local.
func mipsLocalSlot(f *fixer, row *howto, at *site, typ elf.R_MIPS) (uint64, bool) {
	v := &f.v
	if at.r.Sym >= uint32(f.o.img.FirstGlobal()) {
		if typ == elf.R_MIPS_GOT_OFST {
			return v.A, true
		}
		v.G = uint64(f.slots[at.r.Sym]) * f.o.arch.slotSize
		if typ == elf.R_MIPS_GOT16 && at.r.Addend != 0 {
			v.G = f.o.slotPlus(at.r.Sym, at.r.Addend)
		}
		return row.formula.eval(v), true
	}
	if typ == elf.R_MIPS_GOT_OFST {
		return v.S + v.A - pageAround(v.S+v.A), true
	}
	g, ok := f.page(v.S + v.A)
	if !ok {
		return f.refuse(ErrRelocationOverflow, "the symbol plus the addend is too far outside of its section for an entry in the GOT")
	}
	v.G = g
	return row.formula.eval(v), true
}

// mipsCall is for jumps and branches that may go through stubs.
func mipsCall(f *fixer, row *howto, at *site, k *mipsKind) (uint64, bool) {
	v, jump := &f.v, k.kind == elf.R_MIPS_26
	if jump && k.isa == standardMIPS && mipsIsPlainCall(f, row, at) {
		return v.S + v.A, true
	}
	missing, region := f.addrs[at.r.Sym] == 0 && f.isUndefined(at.r.Sym), k.isa.region()
	if jump && missing {
		return v.P >> region << region, true // it is not to be reached
	}
	bytes := mipsBranchBytes(&at.r, k.kind)
	value := func(target uint64) (x uint64, ok bool) {
		if jump {
			return target, (target^(v.P+4))>>region == 0
		}
		x = target - 4 - v.P
		return x, row.field.fits(uint64(signExtend(x, f.o.img.Bits())) &^ row.field.low)
	}
	target := v.S&^k.isa.bit() + v.A // which may be the result of the operation before
	if !jump {
		target += 4
	}
	switches := v.S&1 != k.isa.bit() && !missing
	x, near := value(target)
	if near && !switches && !f.wantsStub(at.r.Sym) {
		if jump {
			mipsSwitch(f, at, row, k.isa, false)
		}
		return x, true
	}
	stub, made := f.veneers[veneer{sym: at.r.Sym, bytes: bytes, thumb: k.isa == microMIPS}]
	y, reached := value(stub)
	made = made && reached
	if switches && jump && !(made && f.wantsStub(at.r.Sym)) {
		if x, ok := mipsJalx(f, row, at, k.isa, target&^1); ok {
			return x, true
		}
	}
	switch {
	case made || near && !switches:
		if jump {
			mipsSwitch(f, at, row, k.isa, made && k.isa == mips16)
		}
		if made {
			return y, true
		}
	case switches:
		return f.refuse(ErrUnsupportedRelocation, mipsNoSwitch)
	case jump:
		lo := (v.P + 4) >> region << region
		return f.overflow(x, lo, lo+1<<region-row.field.low-1, f.o.arch.tooFar)
	}
	return x, true
}

// mipsIsPlainCall says whether a jump in standard code needs nothing but its target, as most do: that is in standard code, in the same region and wants no stub.
func mipsIsPlainCall(f *fixer, row *howto, at *site) bool {
	v := &f.v
	return v.S != 0 && v.S&1 == 0 && (v.S+v.A^(v.P+4))>>28 == 0 && !f.wantsStub(at.r.Sym) && row.field.order.load(at.sec[at.r.Offset:], 4)>>26 != mipsCalls[standardMIPS][1]
}

// wantsStub says whether a call is to go through a stub where it could do without.
func (f *fixer) wantsStub(sym uint32) bool {
	return !f.dyld.stubless && f.wantsT9(sym) || f.prefersVeneer(sym)
}

// What is known of a function, in fixer.facts.
const (
	mipsPlain uint8 = 1 + iota
	mipsPIC
)

// wantsT9 is mipsWantsT9, asked once for each object.
func (f *fixer) wantsT9(sym uint32) bool {
	if f.facts[sym] == 0 {
		f.facts[sym] = mipsPlain
		if mipsWantsT9(f, sym) {
			f.facts[sym] = mipsPIC
		}
	}
	return f.facts[sym] == mipsPIC
}

// mipsWantsT9 says whether a function is position-independent code of somebody else, which expects its address in $25.
func mipsWantsT9(f *fixer, sym uint32) bool {
	y, own := f.definition(sym)
	if first := uint32(f.o.img.FirstGlobal()); !own && sym >= first {
		switch owner := f.dyld.table.at(f.o.globals[sym-first]).owner.Load(); {
		case owner == 0:
			return false
		case owner == hostIndex:
			return true
		default:
			img := f.dyld.objects[owner].img
			return img == nil || img.ELFFlags()&mipsFlagPIC != 0 || mipsIsPIC(y.Other)
		}
	}
	return mipsIsPIC(y.Other)
}

// mipsHint makes `jalr $25` to a function that is near a branch to it, which is what the relocation is for.
func mipsHint(f *fixer, at *site) {
	v, off := &f.v, at.r.Offset
	if off > uint64(len(at.sec)) || uint64(len(at.sec))-off < 4 || v.S == 0 || f.dyld.unrelaxed || f.symbolType(at.r.Sym) == objimage.TypeObject {
		return
	}
	x := v.S + v.A - v.P - 4
	if f.o.arch.narrow {
		x = uint64(signExtend(x, 32))
	}
	if !mipsBranch16.fits(x) {
		return
	}
	b, order := at.sec[off:], f.o.arch.word.order
	switch order.load(b, 4) {
	case 0x0320f809: // jalr $25
		order.store(b, 4, 0x04110000|x>>2&0xffff) // bal
	case 0x03200008: // jr $25
		order.store(b, 4, 0x10000000|x>>2&0xffff) // b
	}
}

// mipsRow makes a row of a relocation of N64 that has several operations. It reports false if one of them is not served.
func mipsRow(a *arch, typ uint32, row *howto) bool {
	*row = howto{}
	if special := typ >> 24; special > 3 || special != 0 && typ>>8&0xff == 0 {
		return false
	}
	for i := 0; i < 3; i++ {
		t := typ >> (8 * i) & 0xff
		if t == 0 && i > 0 {
			continue
		}
		part := a.row(t)
		if part == nil || part.formula == nil || part.need&needThread != 0 && i > 0 {
			return false
		}
		if i > 0 {
			row.name += "/"
		}
		row.name += part.name
		row.formula, row.field = part.formula, part.field
		row.need |= part.need
	}
	row.need |= needFix
	return true
}

// mipsCompound computes the operations of a relocation of N64 one after the other. The symbol of the second one is a special one: none, $gp, $gp of the assembler, which is 0, or the place
// (2.9.1, r_ssym).
func mipsCompound(f *fixer, at *site) (uint64, bool) {
	v := &f.v
	x := v.A
	for i := 0; i < 3; i++ {
		typ := at.r.Type >> (8 * i) & 0xff
		if typ == 0 && i > 0 {
			continue
		}
		if i > 0 {
			v.A, v.S = x, 0
			if special := at.r.Type >> 24; i == 1 && special == 1 {
				v.S = v.GP
			} else if i == 1 && special == 3 {
				v.S = v.P
			}
		}
		var ok bool
		if x, ok = mipsOne(f, &f.o.arch.rows[typ], at, elf.R_MIPS(typ)); !ok {
			return 0, false
		}
	}
	return x, true
}

// mipsChained does so for the relocations of N32 that have the same place, one after the other.
func mipsChained(f *fixer, row *howto, at *site) (uint64, bool) {
	s := &f.mips
	if s.linked {
		f.v.A = s.chain
	}
	x, ok := mipsOne(f, row, at, elf.R_MIPS(at.r.Type))
	next := f.o.img.RelocsOf(at.table, at.index()+1, s.next[:])
	s.linked = len(next) > 0 && next[0].Offset == at.r.Offset && row.field.size > 0
	s.chain = x
	return x, ok && !s.linked
}
