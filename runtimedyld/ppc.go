package runtimedyld

import (
	"debug/elf"

	"github.com/gomcjit/gomcjit/objimage"
)

// 32-bit PowerPC to a linker: branches reach 32 MiB, everything else any address, in two halves of 16 bits. There is no TOC; position-independent code has the address
// of _GLOBAL_OFFSET_TABLE_ in r30 (-fpic), or that of .got2 plus 32 KiB, a table of addresses in the object itself (-fPIC), and finds both relative to its own address.
// Stubs of executables may need r30 for that; these have the address in their instructions.
//
// Power Architecture 32-bit Application Binary Interface Supplement 1.0 - Linux & Embedded, 4.13 "Relocation"; 3.6 for thread-local storage.

var ppc arch

func init() {
	for i, name := range ppcVLENames {
		ppcELF[216+i] = howto{name: "R_PPC_VLE_" + name, refusal: "instructions of variable length (VLE) are not supported: compile without -mvle"}
	}
	ppc = arch{
		name: "ppc", rows: ppcELF[:], word: &fieldWord32, narrow: true, slotSize: 4, stubSize: 20, stubAlign: 4, direct: true,
		stub: ppcStub, indirect: ppcIndirect, threadBias: 0x8000, plan: ppcPlan, fix: ppcFix,
		provides: smallNames[smallData:], supply: ppc32Supply, begin: ppcBegin, finish: ppcFinish, far: ppcFar, advise: ppcAdvise,
	}
	ppc = *ppc.inBigEndian("ppc", true)
	ppc.like = nil
	elfArches[objimage.ArchPPC][0] = &ppc
}

// Code that finds the GOT by calling the word before it (clang's -fpic, and -mbss-plt), in which linkers put a `blrl` that comes back at once, with the GOT's address in the link register (4.13,
// R_PPC_LOCAL24PC). A GOT is never executable here; so the call goes, what is between it and the `mflr` that takes the address moves up, and `lis` and `ori` take the place of the `mflr`.

// A ppcGOTCall is such a call, and the mflr that belongs to it: where they are in a section.
type ppcGOTCall struct {
	sec      []byte
	from, to uint64
	reg      uint32
}

// ppcPlan refuses such calls where that cannot be, and notes that an object addresses small data.
func ppcPlan(p *plan, row *howto, r *objimage.Reloc, target int) {
	if isSmall(row) {
		p.small = true
		return
	}
	if p.traits[r.Sym]&traitProvided == 0 {
		return
	}
	if _, ok := findGOTCall(p.img.SectionData(target), r); !ok {
		p.refuseReloc(r, target, ErrUnsupportedRelocation, "it calls an instruction in the GOT, which is never executable; compile with -msecure-plt or -fPIC")
	}
}

// ppcFix computes R_PPC_LOCAL24PC, R_PPC_EMB_SDA21 and R_PPC_PLT16_HA and its like.
func ppcFix(f *fixer, row *howto, at *site) (uint64, bool) {
	v := &f.v
	switch row.formula {
	case &formulaSmall:
		return ppcSmall(f, at), true
	case &formulaPLTSlot:
		return row.formula.eval(v) - f.ppcPLTBase(at), true
	}
	call, ok := findGOTCall(at.file, &at.r)
	if !ok || v.S != v.GOT {
		return row.formula.eval(v), true
	}
	call.sec = at.sec
	f.gotCalls = append(f.gotCalls, call)
	return 0, true
}

// ppcFinish rewrites the calls, when all instructions between are relocated.
func ppcFinish(f *fixer) {
	for _, c := range f.gotCalls {
		if bigEndian.load(c.sec[c.from:], 4)>>26 != 18 { // no b any more: its relocation is given twice
			continue
		}
		copy(c.sec[c.from:], c.sec[c.from+4:c.to])
		ppcWrite(bigEndian, c.sec[c.to-4:], ppcLis|c.reg<<21|uint32(f.v.GOT>>16)&0xffff, ppcOri|c.reg<<21|c.reg<<16|lo(f.v.GOT))
	}
	clear(f.gotCalls)
	f.gotCalls = f.gotCalls[:0]
}

// ppcPLTBase returns what a register has to which code adds the distance of an entry in the PLT, to call a function that may be far away (-mlongcall, -fno-plt): what code with an address in .got2
// has in r30, which the addend says as that of R_PPC_PLTREL24; nothing, where the instruction of the higher half, which comes first, adds to no register; or the GOT.
func (f *fixer) ppcPLTBase(at *site) uint64 {
	sym, off := at.r.Sym, at.r.Offset
	if elf.R_PPC(at.r.Type) != elf.R_PPC_PLT16_LO && off > 1 {
		f.facts[sym] &^= ppcFromZero
		if at.sec[off-1]&31 == 0 { // lis
			f.facts[sym] |= ppcFromZero
		}
	}
	switch {
	case at.r.Addend >= tocBias && f.ownGOT() != 0:
		return f.got2 + uint64(at.r.Addend)
	case f.facts[sym]&ppcFromZero != 0:
		return 0
	}
	return f.v.GOT
}

// ppcFromZero is what is known of a symbol in fixer.facts: the last address of its entry in the PLT was added to no register. What is below it is its smallArea.
const ppcFromZero = 1 << 7

// ownGOT returns the address of the object's .got2, or 0. It is looked for once.
func (f *fixer) ownGOT() uint64 {
	if f.got2 != unknownGOT {
		return f.got2
	}
	f.got2 = 0
	for i := range f.o.fileSections() {
		if string(f.o.img.SectionName(int(f.o.sections[i].file))) == ".got2" {
			f.got2 = f.o.loadAddr(i)
			break
		}
	}
	return f.got2
}

// unknownGOT is fixer.got2 before ownGOT has looked.
const unknownGOT = 1

// findGOTCall finds the mflr that belongs to a call of the word before the GOT. There is no branch between.
func findGOTCall(code []byte, r *objimage.Reloc) (c ppcGOTCall, ok bool) {
	const most = 64 // instructions between them: a function saves 36 registers that are not vectors
	if r.Addend != -4 || uint64(len(code)) < r.Offset || r.Offset&3 != 0 {
		return c, false
	}
	code = code[r.Offset:]
	if len(code) < 8 || bigEndian.load(code, 4)>>26 != 18 { // b
		return c, false
	}
	for off := uint64(4); off+4 <= uint64(len(code)) && off <= 4*most; off += 4 {
		word := uint32(bigEndian.load(code[off:], 4))
		if word&^(31<<21) == ppcMflr {
			return ppcGOTCall{from: r.Offset, to: r.Offset + off, reg: word >> 21 & 31}, true
		}
		if op := word >> 26; op >= 16 && op <= 19 || word&^(31<<21) == ppcMtlr { // branches
			break
		}
	}
	return c, false
}

// Instructions of stubs, and of code that finds the GOT.
const (
	ppcLis    = 0x3c000000 // lis r0,d
	ppcOri    = 0x60000000 // ori r0,r0,d
	ppcMflr   = 0x7c0802a6 // mflr r0
	ppcMtlr   = 0x7c0803a6
	ppcLisR12 = 0x3d800000 // lis r12,d
	ppcLwzR12 = 0x818c0000 // lwz r12,d(r12)
)

// ppcStub writes a jump to what the word behind it holds, which changes at once when the target moves.
func ppcStub(_ *fixer, b []byte, at, _, target uint64) bool {
	const word = 16
	ppcWrite(bigEndian, b, ppcLisR12|hiAdjusted(at+word), ppcLwzR12|lo(at+word), ppcMtctrR12, ppcBctr, uint32(target))
	return true
}

// ppcIndirect writes the entry of an indirect function.
func ppcIndirect(_ *fixer, b []byte, _, slot uint64) bool {
	ppcWrite(bigEndian, b, ppcLisR12|hiAdjusted(slot), ppcLwzR12|lo(slot), ppcMtctrR12, ppcBctr)
	return true
}
