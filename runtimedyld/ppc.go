package runtimedyld

import "github.com/gomcjit/gomcjit/objimage"

// 32-bit PowerPC to a linker: branches reach 32 MiB, everything else any address, in two halves of 16 bits. There is no TOC; position-independent code has the address
// of _GLOBAL_OFFSET_TABLE_ in r30 (-fpic), or that of .got2 plus 32 KiB, a table of addresses in the object itself (-fPIC), and finds both relative to its own address.
// Stubs of executables may need r30 for that; these have the address in their instructions.
//
// Power Architecture 32-bit Application Binary Interface Supplement 1.0 - Linux & Embedded, 4.13 "Relocation"; 3.6 for thread-local storage.

var ppc arch

func init() {
	ppc = arch{
		name: "ppc", rows: ppcELF[:], word: &fieldWord32, narrow: true, slotSize: 4, stubSize: 20, stubAlign: 4, direct: true,
		stub: ppcStub, indirect: ppcIndirect, threadBias: 0x8000, plan: ppcPlan,
	}
	ppc = *ppc.inBigEndian("ppc", true)
	ppc.like = nil
	elfArches[objimage.ArchPPC][0] = &ppc
}

// ppcPlan refuses calls of the instruction that linkers put before the GOT for code which finds the GOT that way (4.13, R_PPC_LOCAL24PC).
func ppcPlan(p *plan, _ *howto, r *objimage.Reloc, target int) {
	if p.traits[r.Sym]&traitProvided != 0 {
		p.refuseReloc(r, target, ErrUnsupportedRelocation, "it calls an instruction in the GOT, which is never executable; compile with -msecure-plt or -fPIC")
	}
}

// Instructions of stubs.
const (
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
