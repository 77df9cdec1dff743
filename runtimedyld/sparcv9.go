package runtimedyld

import (
	"encoding/binary"

	"github.com/gomcjit/gomcjit/objimage"
)

// SPARC V9 to a linker: a call reaches 2 GiB either way, branches on conditions 8 MiB, 1 MiB, 128 KiB or 2 KiB. Addresses are built from pieces of 22 bits (sethi) and of 10 to 13
// bits, for code models of 32, 34, 44 and 64 bits. Position-independent code finds the GOT from its own address, keeps it in %l7, and loads from there at an offset of
// 13 or of 32 bits. A stub may use %g1 and %g5, as entries of procedure linkage tables do.
//
// "SPARC Compliance Definition" 2.4.1, 4P "Object Files"; Oracle "Linker and Libraries Guide", "SPARC: Relocation Types" and "SPARC: Thread-Local Variable Access".

var sparcv9 = arch{
	name:        "sparcv9",
	word:        fieldWord64.in(bigEndian),
	slotSize:    8,
	stubSize:    40,
	stubAlign:   8,
	direct:      true,
	stub:        sparcStub,
	indirect:    sparcIndirect,
	relax:       sparcRelax,
	compound:    sparcCompound,
	plan:        sparcPlan,
	begin:       sparcBegin,
	fix:         sparcFix,
	ownSymbols:  true, // STT_SPARC_REGISTER: how a file uses %g2, %g3, %g6 or %g7
	threadCalls: "__tls_get_addr",
	tooFar:      tooFarPIC,
}

func init() { elfArches[objimage.ArchSparcV9][1] = &sparcv9 }

// Instructions, with registers in and immediates out.
const (
	sparcSethiG1 = 0x0300_0000
	sparcSethiG5 = 0x0b00_0000
	sparcOrG1    = 0x8210_6000 // or %g1, imm, %g1
	sparcSllxG1  = 0x8328_7020 // sllx %g1, 32, %g1
	sparcOrG1G5  = 0x8210_4005 // or %g1, %g5, %g1
	sparcLdxG1   = 0xc258_6000 // ldx [%g1+imm], %g1
	sparcJmpG1   = 0x81c0_6000 // jmp %g1+imm
	sparcNop     = 0x0100_0000
	sparcAdd     = 0x8000_0000 // add of no registers
	sparcThree   = 0x3e07_c01f // three registers
)

// sparcUpper writes the instructions that put an address into %g1, all of it but its lowest 10 bits.
func sparcUpper(b []byte, addr uint64) {
	sparcWrite(b, sparcSethiG1|uint32(addr>>42), sparcSethiG5|uint32(addr>>10)&0x3f_ffff, sparcOrG1|uint32(addr>>32)&0x3ff, sparcSllxG1, sparcOrG1G5)
}

func sparcWrite(b []byte, code ...uint32) {
	for i, word := range code {
		binary.BigEndian.PutUint32(b[4*i:], word)
	}
}

// sparcStub writes a jump to any address.
func sparcStub(_ *fixer, b []byte, at, _, target uint64) bool {
	const word = 32 // which changes at once when the target moves
	sparcUpper(b, at+word)
	sparcWrite(b[20:], sparcLdxG1|uint32(at+word)&0x3ff, sparcJmpG1, sparcNop)
	binary.BigEndian.PutUint64(b[word:], target)
	return true
}

// sparcIndirect writes a jump to what the word at slot holds.
func sparcIndirect(_ *fixer, b []byte, _, slot uint64) bool {
	sparcUpper(b, slot)
	sparcWrite(b[20:], sparcLdxG1|uint32(slot)&0x3ff, sparcJmpG1, sparcNop)
	return true
}

// sparcRelax makes the three instructions that load a GOT entry (R_SPARC_GOTDATA_OP_HIX22, GOTDATA_OP_LOX10 and GOTDATA_OP) compute the symbol's address, where that is within 2 GiB
// of the GOT and not undefined: whether it is does not depend on the instruction, so that the three agree.
func sparcRelax(typ uint32, sec []byte, off uint64, v *vars) bool {
	d := v.S + v.A - v.GOT
	if v.S == 0 || off+4 > uint64(len(sec)) || !sparcData22.fits(d) {
		return false
	}
	switch place := sec[off:]; typ {
	case sparcGOTDataHigh:
		sparcData22.store(place, d)
	case sparcGOTDataLow:
		sparcData13.store(place, d)
	default: // ldx [%l7+%rs], %rd becomes add %l7, %rs, %rd
		binary.BigEndian.PutUint32(place, sparcAdd|binary.BigEndian.Uint32(place)&sparcThree)
	}
	return true
}

// sparcCompound knows R_SPARC_OLO10 with its second addend, which is in the upper 24 bits of the type (ELF64_R_TYPE_DATA).
func sparcCompound(a *arch, typ uint32, row *howto) bool {
	if typ&0xff != sparcOLO10 {
		return false
	}
	*row = a.rows[sparcOLO10]
	return true
}

// sparcPlan is for calls of __tls_get_addr, whose relocations name the variable instead.
func sparcPlan(p *plan, row *howto, r *objimage.Reloc, target int) {
	sym, ok := p.threadCallee()
	if !ok {
		p.refuseReloc(r, target, ErrMalformedRelocation, "the object has no symbol __tls_get_addr, which the instruction calls")
		return
	}
	if p.traits[sym]&traitFar != 0 {
		p.give(sym, traitStub)
	}
}

// noCallee is for objects that do not name the function.
const noCallee = ^uint32(0)

// threadCallee returns the object's symbol of the function that finds thread-local variables.
func (p *plan) threadCallee() (sym uint32, ok bool) {
	if p.callee == 0 {
		p.callee = noCallee
		for i, name := range p.names {
			if string(name) == p.arch.threadCalls {
				p.callee = uint32(p.img.FirstGlobal() + i)
				break
			}
		}
	}
	return p.callee, p.callee != noCallee
}

// sparcBegin looks for the same in objects that may have such calls.
func sparcBegin(f *fixer) {
	f.callee = 0
	if f.o.tls == nil {
		return
	}
	for i := range f.o.globals {
		if y := f.o.global(i); string(f.o.img.SymbolName(&y)) == f.o.arch.threadCalls {
			f.callee = uint32(f.o.img.FirstGlobal() + i)
			return
		}
	}
}

func sparcFix(f *fixer, row *howto, at *site) (uint64, bool) {
	switch {
	case row.need&needThread != 0:
		return sparcCall(f, row)
	case row.need&needSlot != 0:
		return f.v.G, true
	}
	return (f.v.S+f.v.A)&0x3ff + uint64(signExtend(uint64(at.r.Type>>8), 24)), true // R_SPARC_OLO10
}

// sparcCall computes the distance of __tls_get_addr, or of its stub.
func sparcCall(f *fixer, row *howto) (uint64, bool) {
	d, stub := f.addrs[f.callee]-f.v.P, f.stubs[f.callee]
	if stub != 0 && !row.field.fits(d) {
		d = stub - 1 - f.v.P
	}
	return d, true
}
