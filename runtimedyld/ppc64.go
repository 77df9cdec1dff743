package runtimedyld

import (
	"github.com/gomcjit/gomcjit/memmgr"
	"github.com/gomcjit/gomcjit/objimage"
)

// 64-bit PowerPC to a linker: data is addressed relative to the TOC, to which r2 points while code of an object runs; each object has a TOC base of its own here,
// so that a call into another object is one into another module: it goes through a stub that saves r2, and the nop behind the call becomes the
// instruction that loads it again. A function has a global entry, which finds its TOC base from its own address in r12, and a local one behind that, for
// callers with the same TOC; st_other tells the distance (version 2 of the ABI). In version 1, which big-endian systems have, a function's symbol is a descriptor
// in .opd instead: the address of its code, its TOC base, and an environment. Branches reach 32 MiB.
//
// Power Architecture 64-Bit ELF V2 ABI Specification, Revision 1.5, 3.4 "Symbol Table" to 3.6 "Relocations"; 64-bit PowerPC ELF ABI Supplement 1.9, 3.2.5 and 4.5.

// tocBias is how far behind the beginning of what it addresses the TOC base is: displacements are signed.
const tocBias = 0x8000

// Instructions, with registers in and displacements out.
const (
	ppcNop       = 0x60000000
	ppcLink      = 1          // LK: the branch is a call
	ppcStdR2     = 0xf8410000 // std r2,d(r1)
	ppcLdR2      = 0xe8410000 // ld r2,d(r1)
	ppcAddisR12  = 0x3d820000 // addis r12,r2,d
	ppcLdR12     = 0xe98c0000 // ld r12,d(r12)
	ppcAddisR11  = 0x3d620000 // addis r11,r2,d
	ppcLdR11     = 0xe96b0000 // ld r11,d(r11)
	ppcMtctrR12  = 0x7d8903a6
	ppcBctr      = 0x4e800420
	ppcMflrR12   = 0x7d8802a6
	ppcMflrR11   = 0x7d6802a6
	ppcMtlrR12   = 0x7d8803a6
	ppcBclNext   = 0x429f0005 // bcl 20,31,.+4
	ppcAddis1211 = 0x3d8b0000 // addis r12,r11,d
	ppcAddis1212 = 0x3d8c0000 // addis r12,r12,d
	ppcLdR11R2   = 0xe9620000 // ld r11,0(r2)

	// What a descriptor says to which r11 points, which is last.
	ppcLdCode = 0xe98b0000 // ld r12,0(r11)
	ppcLdTOC  = 0xe84b0008 // ld r2,8(r11)
	ppcLdEnv  = 0xe96b0010 // ld r11,16(r11)

	ppcSaveV1, ppcSaveV2 = 40, 24 // where r2 is saved in the caller's frame
)

// ppc64V2Notoc is how far into a stub those enter it who have no TOC to be saved.
const ppc64V2Notoc = 24

// ppc64le is version 2, ppc64V2 the same in the other byte order, and ppc64 version 1. Their shapes of stubs are in ppc64Stub.
var ppc64le, ppc64, ppc64V2 arch

func init() {
	ppc64le = arch{
		name: "ppc64le", rows: ppc64ELF[:], word: &fieldWord64, slotSize: 8, stubSize: 56, stubAlign: 8,
		stub: ppc64StubV2, indirect: ppc64IFuncStub,
		provides: []string{".TOC."}, supply: ppc64Supply, plan: ppc64Plan, begin: ppc64Begin, fix: ppc64Fix, advise: ppc64Advise, threadBias: 0x8000,
	}
	ppc64V2 = *ppc64le.inBigEndian("ppc64", true)
	ppc64 = ppc64V2
	ppc64.stubSize, ppc64.stub, ppc64.descriptors = 32, ppc64StubV1, true
	ppc64.indirectSize, ppc64.indirect = 48, ppc64IFuncStubV1
	ppc64.choose = func(img *objimage.Object) *arch {
		if img.ELFFlags()&3 == 2 {
			return &ppc64V2
		}
		return &ppc64
	}
	elfArches[objimage.ArchPPC64LE][1], elfArches[objimage.ArchPPC64][1] = &ppc64le, &ppc64
}

// hiAdjusted and lo are the halves of a displacement, of which the lower one is signed: #ha and #lo of the ABI.
func hiAdjusted(v uint64) uint32 { return uint32((v+0x8000)>>16) & 0xffff }
func lo(v uint64) uint32         { return uint32(v) & 0xffff }

// fieldPair is what a pair of #ha and #lo can hold.
var fieldPair = field{name: "ha16, lo16", size: 4, bias: 1<<31 + 0x8000, span: 1<<32 - 1}

// ppcWrite writes instructions.
func ppcWrite(o order, b []byte, code ...uint32) {
	for i, word := range code {
		o.store(b[4*i:], 4, uint64(word))
	}
}

// ppc64StubV2 writes a stub with two entries. The first is for callers with a TOC: it saves r2, and finds the slot from there. The second, for those without one
// (R_PPC64_REL24_NOTOC), finds it from its own address.
func ppc64StubV2(f *fixer, b []byte, at, slot, _ uint64) bool {
	d, n := slot-f.v.TOC, slot-(at+ppc64V2Notoc+8)
	if !fieldPair.fits(d) || !fieldPair.fits(n) {
		return false
	}
	ppcWrite(f.o.arch.word.order, b,
		ppcStdR2|ppcSaveV2, ppcAddisR12|hiAdjusted(d), ppcLdR12|lo(d), ppcMtctrR12, ppcBctr, ppcNop,
		ppcMflrR12, ppcBclNext, ppcMflrR11, ppcMtlrR12, ppcAddis1211|hiAdjusted(n), ppcLdR12|lo(n), ppcMtctrR12, ppcBctr)
	return true
}

// ppc64StubV1 writes a stub that saves r2, and takes code, TOC base and environment from the descriptor to which the slot points.
func ppc64StubV1(f *fixer, b []byte, at, slot, _ uint64) bool {
	d := slot - f.v.TOC
	if !fieldPair.fits(d) {
		return false
	}
	ppcWrite(f.o.arch.word.order, b,
		ppcStdR2|ppcSaveV1, ppcAddisR11|hiAdjusted(d), ppcLdR11|lo(d), ppcLdCode, ppcMtctrR12, ppcLdTOC, ppcLdEnv, ppcBctr)
	return true
}

// ppc64IFuncStub writes the entry of an indirect function. Its address is the function's, so that it may be called through a pointer: it has its own address in r12,
// and no TOC.
func ppc64IFuncStub(f *fixer, b []byte, at, slot uint64) bool {
	d := slot - at
	if !fieldPair.fits(d) {
		return false
	}
	ppcWrite(f.o.arch.word.order, b, ppcAddis1212|hiAdjusted(d), ppcLdR12|lo(d), ppcMtctrR12, ppcBctr)
	return true
}

// ppc64IFuncStubV1 writes an indirect function as descriptors have it: one of its own, which is its address, for calls and for pointers alike, and behind that its code, which
// goes on to the descriptor that the resolver has returned. Where a function has its TOC base, this has the slot's address: every call by a descriptor loads that into r2, and has
// saved its own. In programs of the GNU linker calls go by a descriptor, too (.iplt), into which the C library copies the three words of the implementation's (R_PPC64_JMP_IREL), and
// pointers are the implementation's own (R_PPC64_IRELATIVE). Here all have one address before any resolver runs, and it is one word that changes, which may be in another process.
func ppc64IFuncStubV1(f *fixer, b []byte, at, slot uint64) bool {
	const code = 24 // behind the descriptor
	word := f.o.arch.word
	word.store(b, at+code)
	word.store(b[8:], slot)
	word.store(b[16:], 0)
	ppcWrite(word.order, b[code:], ppcLdR11R2, ppcLdCode, ppcMtctrR12, ppcLdTOC, ppcLdEnv, ppcBctr)
	return true
}

// ppc64Plan is for calls, and for displacements of 16 bits from the TOC base, which decide where that is: those of entries (-mcmodel=small has some, for thread-local variables), and those in the object's own table.
func ppc64Plan(p *plan, row *howto, r *objimage.Reloc, target int) {
	y := &p.syms[r.Sym]
	switch {
	case row.formula == &formulaSlotTOC:
		p.tocNear = true
	case row.field.size == 2: // R_PPC64_TOC16 and TOC16_DS
		if y.Place == objimage.PlaceSection && p.loaded[y.Section] != 0 {
			p.tocAt = int32(p.loaded[y.Section] - 1)
		}
	case p.traits[r.Sym]&traitFar != 0 || y.Type == objimage.TypeIFunc || ppc64NeedsStub(row, y.Other):
		p.give(r.Sym, traitSlot|traitStub)
	}
}

// ppc64NeedsStub says whether a call needs a stub even to a function of the same object: the one has a TOC, and the other has not.
func ppc64NeedsStub(row *howto, other uint8) bool {
	if row.need&needTOC == 0 {
		return other>>5 > 1
	}
	return other>>5 == 1
}

// ppc64Begin finds the TOC base, and where the code of the object's own descriptors is.
func ppc64Begin(f *fixer) {
	o := f.o
	f.v.TOC = o.gotAddr() + tocBias
	switch {
	case f.dyld.stubless: // there is no GOT of ours that it would have to be near
		f.v.TOC = f.llvmTOC() + tocBias
	case o.tocAt >= 0:
		f.v.TOC = o.tocStart() + tocBias
	case o.gotBase < 0 && o.tls != nil && o.tls.entryBase >= 0:
		f.v.TOC = o.loadAddr(int(o.tls.entryBase)) + tocBias
	}
	f.provide(f.v.TOC)
	f.facts = zeroed(f.facts, len(f.addrs))
	f.opd, f.opdSection = f.opd[:0], -1
	if !o.arch.descriptors {
		return
	}
	for i := range o.layout.tables {
		t := &o.layout.tables[i]
		if file := int(o.sections[t.Target].file); string(o.img.SectionName(file)) == ".opd" && o.layout.extents[t.Target].offset != noContents {
			f.opdSection = file
			f.readDescriptors(t)
		}
	}
}

// entryKind returns the kind of memory for the GOT, and for entries of thread-local variables: that of the section near which they have to be.
func (p *plan) entryKind() memmgr.Kind {
	if p.tocNear {
		return memmgr.RWData
	}
	return memmgr.ROData
}

// tocStart returns where the section begins that code addresses by 16 bits, or the entries before it that it addresses so, too, or that are as near, as other linkers have them.
func (o *Object) tocStart() uint64 {
	toc, entries := o.loadAddr(int(o.tocAt)), o.entriesStart()
	if o.tocNear || entries < toc && toc+o.extentOf(int(o.tocAt))-entries <= 2*tocBias {
		return min(toc, entries)
	}
	return toc
}

// entriesStart returns where the GOT and the entries of thread-local variables begin.
func (o *Object) entriesStart() uint64 {
	start := ^uint64(tocBias)
	if o.gotBase >= 0 {
		start = o.loadAddr(int(o.gotBase))
	}
	if o.tls != nil && o.tls.entryBase >= 0 {
		start = min(start, o.loadAddr(int(o.tls.entryBase)))
	}
	return start
}

// ppc64Advise says what to do about what is too far from the TOC base.
func ppc64Advise(row *howto) string {
	if row.formula != &formulaSlotTOC && row.formula != &formulaTOCOff {
		return ""
	}
	return "what code addresses by 16 bits from the TOC base has to be within 64 KiB: compile with -mcmodel=medium"
}

// llvmTOC returns where RuntimeDyld takes an object's own table of contents to begin: in the first of these sections (V2, 3.3 "TOC"), or else in the first section that it has loaded of all, that of the
// first symbol.
func (f *fixer) llvmTOC() uint64 {
	o := f.o
	for i := range o.fileSections() {
		switch string(o.img.SectionName(int(o.sections[i].file))) {
		case ".got", ".toc", ".tocbss", ".plt":
			return o.loadAddr(i)
		}
	}
	if first := f.dyld.objects[hostIndex+1]; first != nil && first.img != nil {
		o = first
	}
	var y [1]objimage.Symbol
	for i := range o.img.NumSymbols() {
		if _, err := o.img.Symbols(i, y[:]); err != nil || y[0].Place != objimage.PlaceSection || y[0].Type == objimage.TypeSection || y[0].Type == objimage.TypeFile {
			continue
		}
		if k := o.sectionIndex(int(y[0].Section)); k >= 0 {
			return o.loadAddr(k)
		}
	}
	return o.gotAddr()
}

// readDescriptors fills f.opd: the code's address by the descriptor's offset, in words.
func (f *fixer) readDescriptors(t *objimage.RelocTable) {
	words := f.o.layout.extents[t.Target].size / 8
	f.opd = zeroed(f.opd, int(words))
	for from := 0; from < int(t.Num); {
		relocs := f.o.img.RelocsOf(t, from, f.relocs[:])
		for i := range relocs {
			if r := &relocs[i]; r.Offset/8 < words && uint64(r.Sym) < uint64(len(f.addrs)) {
				f.opd[r.Offset/8] = f.addrs[r.Sym] + uint64(r.Addend)
			}
		}
		from += len(relocs)
	}
}

// ppc64Local computes R_PPC64_ADDR64_LOCAL.
func ppc64Local(f *fixer, at *site) (uint64, bool) {
	y, own := f.definition(at.r.Sym)
	if !own {
		return f.refuse(ErrUnsupportedSymbol, "the local entry of a function of another object")
	}
	return f.v.S + f.v.A + ppc64LocalEntry(y.Other), true
}

// ppc64LocalEntry returns how far the local entry of a function is behind the global one (V2, 3.4.1 "Symbol Values").
func ppc64LocalEntry(other uint8) uint64 { return 1 << (other >> 5) >> 2 << 2 }

// A ppcCallee is what a call has to know of a function: from which of its entries on it needs a TOC (the upper 3 bits of st_other), and these.
type ppcCallee uint8

const (
	ppcLocalEntry ppcCallee = 7
	ppcKnown      ppcCallee = 1 << iota << 2 // it has been looked up
	ppcOwn                                   // it is the object's
	ppcIFunc                                 // it is an indirect function
	ppcPlaced                                // it is in a section, here or in another object
	ppcDescribed                             // its symbol is a descriptor in the object's .opd
)

// ppc64Callee looks a function up, once for each object. Of one elsewhere that has a descriptor, nothing more is to be known.
func (f *fixer) ppc64Callee(sym uint32) ppcCallee {
	if f.o.arch.descriptors && f.isElsewhere(sym) {
		f.facts[sym] = uint8(ppcKnown)
		return ppcKnown
	}
	y, own := f.definition(sym)
	c := ppcKnown | ppcCallee(y.Other>>5)
	if own {
		c |= ppcOwn
	}
	if y.Type == objimage.TypeIFunc {
		c |= ppcIFunc
	}
	if y.Place == objimage.PlaceSection {
		c |= ppcPlaced
		if own && int(y.Section) == f.opdSection {
			c |= ppcDescribed
		}
	}
	f.facts[sym] = uint8(c)
	return c
}

// ppc64Fix computes R_PPC64_REL24 and its like: to the local entry of a function of the same object, and through a stub to any other.
func ppc64Fix(f *fixer, row *howto, at *site) (uint64, bool) {
	if row.need&needPlan == 0 {
		return ppc64Local(f, at)
	}
	c, v := ppcCallee(f.facts[at.r.Sym]), &f.v
	if c == 0 {
		c = f.ppc64Callee(at.r.Sym)
	}
	direct := v.S + v.A - v.P
	if c&(ppcOwn|ppcIFunc) == ppcOwn && !ppc64NeedsStub(row, uint8(c&ppcLocalEntry)<<5) {
		switch {
		case c&ppcDescribed != 0:
			return f.described(v.S+v.A) - v.P, true
		case row.need&needTOC != 0 && !f.o.arch.descriptors:
			return direct + ppc64LocalEntry(uint8(c&ppcLocalEntry)<<5), true
		}
		return direct, true
	}
	if !f.o.arch.descriptors && c&(ppcLocalEntry|ppcPlaced|ppcIFunc) == ppcPlaced && row.field.fits(direct) {
		return direct, true // it needs neither r2 nor r12, and leaves r2 alone
	}
	stub := f.stubs[at.r.Sym] - 1
	if stub == all || at.r.Addend != 0 {
		return f.refuse(ErrRelocationOverflow, "a call into another object that has no stub: the GOT is too far, or the call is not to the function's beginning")
	}
	if row.need&needTOC == 0 {
		return stub + ppc64V2Notoc - v.P, true
	}
	return stub - v.P, f.ppc64Restore(at)
}

// described returns where the code is to which a descriptor of the object leads.
func (f *fixer) described(at uint64) uint64 {
	if k := (at - f.starts[f.opdSection]) / 8; k < uint64(len(f.opd)) {
		return f.opd[k]
	}
	return at
}

// ppc64Restore makes the nop behind a call the instruction that loads r2 again.
func (f *fixer) ppc64Restore(at *site) bool {
	big, restore := f.o.arch.word.order == bigEndian, uint32(ppcLdR2|ppcSaveV2)
	if f.o.arch.descriptors {
		restore = ppcLdR2 | ppcSaveV1
	}
	b := at.sec[at.r.Offset:]
	if load32(b, big)&ppcLink == 0 {
		f.refuse(ErrUnsupportedRelocation, "a jump into another object would leave that one's TOC in r2; compile with -fno-optimize-sibling-calls")
		return false
	}
	if len(b) >= 8 {
		switch load32(b[4:], big) {
		case ppcNop, 0x4def7b82, 0x4ffffb82: // cror 15,15,15 and cror 31,31,31: what old compilers wrote
			store32(b[4:], restore, big)
			return true
		case restore:
			return true
		}
	}
	f.refuse(ErrUnsupportedRelocation, "a call into another object has no nop behind it that could restore the TOC")
	return false
}

// Fields of instructions.

// ppcHalf returns a half of a value: of v+adjust, the bits from shift on.
func ppcHalf(name string, shift, adjust uint64, bias, span uint64) field {
	return field{name: name, size: 2, bias: bias, span: span, code: &code{bits: bitsOf{mask: 0xffff, round: adjust, from: uint8(shift)}}}
}

// ppcDS is a half whose two lowest bits belong to the instruction.
func ppcDS(name string, bias, span uint64) field {
	return field{name: name, size: 2, bias: bias, span: span, low: 3, code: &code{
		bits:    bitsOf{mask: 0xfffc},
		extract: func(w uint64) uint64 { return uint64(signExtend(w&^3, 16)) },
	}}
}

// ppcBranch is a displacement of so many bits, in the middle of an instruction.
func ppcBranch(name string, width int) field {
	mask := uint64(1)<<width - 4
	return field{name: name, size: 4, bias: 1 << (width - 1), span: 1<<width - 1, low: 3, code: &code{
		bits:    bitsOf{mask: mask},
		extract: func(w uint64) uint64 { return uint64(signExtend(w&mask, width)) },
	}}
}

// ppcPrefixed is an immediate of a prefixed instruction: the lower 16 bits are in the suffix.
func ppcPrefixed(name string, width int, shift, adjust, bias, span uint64) field {
	mask := uint64(1)<<(width-16) - 1
	return field{name: name, size: 8, bias: bias, span: span, order: littleWords, code: &code{
		insert: func(w, v uint64) uint64 {
			v = (v + adjust) >> shift
			return w&^(mask<<32|0xffff) | v>>16&mask<<32 | v&0xffff
		},
	}}
}

const all = ^uint64(0)

var (
	ppcHalf16    = field{name: "half16", size: 2, bias: 1 << 15, span: 1<<15 + 0xffff}
	ppcInt16     = fieldInt16
	ppcLo        = field{name: "lo16", size: 2, span: all}
	ppcHi        = ppcHalf("hi16", 16, 0, 1<<31, 1<<32-1)
	ppcHa        = ppcHalf("ha16", 16, 0x8000, 1<<31+0x8000, 1<<32-1)
	ppcHigh      = ppcHalf("high16", 16, 0, 0, all)
	ppcHighA     = ppcHalf("higha16", 16, 0x8000, 0, all)
	ppcHigher    = ppcHalf("higher16", 32, 0, 0, all)
	ppcHigherA   = ppcHalf("highera16", 32, 0x8000, 0, all)
	ppcHighest   = ppcHalf("highest16", 48, 0, 0, all)
	ppcHighestA  = ppcHalf("highesta16", 48, 0x8000, 0, all)
	ppcHigher34  = ppcHalf("higher34", 34, 0, 0, all)
	ppcHigherA34 = ppcHalf("highera34", 34, 1<<33, 0, all)
	ppcHighest34 = ppcHalf("highest34", 50, 0, 0, all)
	ppcHighstA34 = ppcHalf("highesta34", 50, 1<<33, 0, all)
	ppcDS16      = ppcDS("half16ds", 1<<15, 1<<16-1)
	ppcLoDS      = ppcDS("lo16ds", 0, all)
	ppcLow24     = ppcBranch("low24", 26)
	ppcLow14     = ppcBranch("low14", 16)
	ppcWord30    = field{name: "word30", size: 4, bias: 1 << 31, span: 1<<32 - 1, low: 3, code: &code{
		insert: func(w, v uint64) uint64 { return w&3 | v&^3 },
	}}
	ppcD34     = ppcPrefixed("prefix34", 34, 0, 0, 1<<33, 1<<34-1)
	ppcD34Lo   = ppcPrefixed("prefix34 lo", 34, 0, 0, 0, all)
	ppcD34Hi30 = ppcPrefixed("prefix34 hi30", 34, 34, 0, 0, all)
	ppcD34Ha30 = ppcPrefixed("prefix34 ha30", 34, 34, 1<<33, 0, all)
	ppcD28     = ppcPrefixed("prefix28", 28, 0, 0, 1<<27, 1<<28-1)
	ppcDX      = field{name: "dx16 ha", size: 4, bias: 1<<31 + 0x8000, span: 1<<32 - 1, code: &code{
		insert: func(w, v uint64) uint64 { // d0, d1 and d2 of addpcis
			v = (v + 0x8000) >> 16
			return w&^0x1fffc1 | v&0xffc0 | v&0x3e<<15 | v&1
		},
	}}
)
