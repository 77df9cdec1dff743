package runtimedyld

import "github.com/gomcjit/gomcjit/objimage"

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
	}
	ppc = *ppc.inBigEndian("ppc", true)
	ppc.like = nil
	elfArches[objimage.ArchPPC][0] = &ppc
}

// Code that finds the GOT by calling the word before it (clang's -fpic, and -mbss-plt), in which linkers put a `blrl` that comes back at once, with the GOT's address in the link register (4.13,
// R_PPC_LOCAL24PC). A GOT is never executable here; so the call and the `mflr` behind it, which takes the address, become `lis` and `addi`.

// ppcPlan refuses such calls where that cannot be.
func ppcPlan(p *plan, _ *howto, r *objimage.Reloc, target int) {
	if p.traits[r.Sym]&traitProvided == 0 {
		return
	}
	if _, _, ok := ppcGOTCall(p.img.SectionData(target), r); !ok {
		p.refuseReloc(r, target, ErrUnsupportedRelocation, "it calls an instruction in the GOT, which is never executable; compile with -msecure-plt or -fPIC")
	}
}

// ppcFix computes R_PPC_LOCAL24PC.
func ppcFix(f *fixer, row *howto, at *site) (uint64, bool) {
	v := &f.v
	off, reg, ok := ppcGOTCall(at.file, &at.r)
	if !ok || v.S != v.GOT {
		return row.formula.eval(v), true
	}
	lis := ppcLis | reg<<21 | hiAdjusted(v.GOT)
	ppcWrite(bigEndian, at.sec[off:], ppcAddi|reg<<21|reg<<16|lo(v.GOT))
	ppcWrite(bigEndian, at.sec[at.r.Offset:], lis)
	return uint64(signExtend(uint64(lis)&^3, 26)), true // these bits of it are stored once more; the others are there
}

// ppcGOTCall finds the mflr that belongs to a call of the word before the GOT, and its register, which nothing between them uses.
func ppcGOTCall(code []byte, r *objimage.Reloc) (off uint64, reg uint32, ok bool) {
	const most = 16 // instructions between them
	if r.Addend != -4 || uint64(len(code)) < r.Offset || r.Offset&3 != 0 {
		return 0, 0, false
	}
	code = code[r.Offset:]
	if len(code) < 8 || bigEndian.load(code, 4)>>26 != 18 { // b
		return 0, 0, false
	}
	used := uint32(0)
	for off = 4; off+4 <= uint64(len(code)) && off <= 4*most; off += 4 {
		word := uint32(bigEndian.load(code[off:], 4))
		if word&^(31<<21) == ppcMflr {
			reg = word >> 21 & 31
			return r.Offset + off, reg, reg != 0 && used>>reg&1 == 0
		}
		if op := word >> 26; op >= 16 && op <= 19 || word&^(31<<21) == ppcMtlr { // branches
			break
		}
		used |= 1<<(word>>21&31) | 1<<(word>>16&31) | 1<<(word>>11&31) // or immediates, which look like registers
	}
	return 0, 0, false
}

// Instructions of stubs, and of code that finds the GOT.
const (
	ppcLis    = 0x3c000000 // lis r0,d
	ppcAddi   = 0x38000000 // addi r0,0,d
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
