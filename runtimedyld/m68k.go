package runtimedyld

import (
	"encoding/binary"

	"github.com/gomcjit/gomcjit/objimage"
)

// m68k (Motorola 68000 and ColdFire) to a linker: displacements are whole words of 8, 16 or 32 bits behind the instruction's first one, most significant byte first, so that no field is
// a part of a word. Those of 32 bits reach everything; older processors have branches of 16 bits only, which may need a stub. Position-independent code has the GOT's address in
// a register, %a5 usually, and finds it by a displacement from the instruction, whose relocation is that of a GOT entry, but against the GOT itself.
//
// System V Application Binary Interface, Motorola 68000 Processor Family Supplement, 4 "Relocation"; "Thread-Local Storage Support for m68k" for the rest.

var m68k = arch{
	name:       "m68k",
	word:       fieldWord32.in(bigEndian),
	narrow:     true,
	slotSize:   4,
	stubSize:   8,
	stubAlign:  4,
	direct:     true,
	stub:       m68kStub,
	noIFuncs:   true,
	threadBias: 0x8000,
	fix:        m68kFix,
}

func init() { elfArches[objimage.ArchM68k][0] = &m68k }

// m68kStub writes `jmp target` and a nop.
func m68kStub(_ *fixer, b []byte, _, _, target uint64) bool {
	binary.BigEndian.PutUint16(b, 0x4e71) // nop, so that the address is a word that changes at once
	binary.BigEndian.PutUint16(b[2:], 0x4ef9)
	binary.BigEndian.PutUint32(b[4:], uint32(target))
	return true
}

// m68kFix computes the distance of a symbol's GOT entry, or of the GOT itself, which only its own name means: other symbols may be where it begins.
func m68kFix(f *fixer, _ *howto, at *site) (uint64, bool) {
	first := uint32(f.o.img.FirstGlobal())
	if at.r.Sym >= first && f.o.globals[at.r.Sym-first] == 0 && f.v.S == f.v.GOT {
		f.v.G = 0
	}
	return formulaSlotPC.eval(&f.v), true
}
