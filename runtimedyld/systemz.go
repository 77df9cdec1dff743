package runtimedyld

import "encoding/binary"

// SystemZ (s390x) to a linker: instructions count distances in halfwords. Calls, and addresses and loads relative to the instruction, reach 4 GiB; older branches
// 64 KiB, branch predictions 4 KiB and 16 MiB. Displacements from a register have 12 bits, or 20 in two pieces. The operand begins two bytes into the
// instruction from whose start the distance counts, so that addends are 2. A stub may use r1.
//
// "ELF Application Binary Interface s390x Supplement" 1.6, 3.5.5 "Relocation".

var systemz = arch{
	name:         "s390x",
	word:         fieldWord64.in(bigEndian),
	slotSize:     8,
	stubSize:     8,
	stubAlign:    8,
	stub:         systemzStub,
	isBranch:     systemzIsBranch,
	branchAddend: 2,
}

// systemzStub writes `lgrl %r1, slot; br %r1`. It reports whether the slot is in reach.
func systemzStub(_ *fixer, b []byte, at, slot, _ uint64) bool {
	if !s390Half32.fits(slot - at) {
		return false
	}
	binary.BigEndian.PutUint16(b, 0xc418)
	s390Half32.store(b[2:], slot-at)
	binary.BigEndian.PutUint16(b[6:], 0x07f1)
	return true
}

// systemzIsBranch knows BRASL and BRCL, whose operand is at sec[off:].
func systemzIsBranch(sec []byte, off uint64) bool {
	if off < 2 || off > uint64(len(sec)) || sec[off-2] != 0xc0 {
		return false
	}
	op := sec[off-1] & 0xf
	return op == 4 || op == 5
}

// Fields, all big-endian: data, displacements from a register, and distances of which the half is stored.
var (
	s390Word64 = fieldWord64.in(bigEndian)
	s390Word32 = fieldWord32.in(bigEndian)
	s390Int32  = fieldInt32.in(bigEndian)
	s390Word16 = fieldWord16.in(bigEndian)
	s390Int16  = fieldInt16.in(bigEndian)

	s390Disp12 = &field{name: "disp12", size: 2, span: 0xfff, order: bigEndian, code: immediate(0, 12, 0)}
	s390Disp20 = &field{name: "disp20", size: 4, bias: 1 << 19, span: 1<<20 - 1, order: bigEndian, code: &code{insert: func(word, v uint64) uint64 {
		return word&^0xfff_ff00 | v&0xfff<<16 | v>>12&0xff<<8
	}}}

	s390Half12 = &field{name: "half12", size: 2, bias: 1 << 12, span: 1<<13 - 1, low: 1, order: bigEndian, code: immediate(0, 12, 1)}
	s390Half16 = &field{name: "half16", size: 2, bias: 1 << 16, span: 1<<17 - 1, low: 1, order: bigEndian, code: immediate(0, 16, 1)}
	s390Half24 = &field{name: "half24", size: 3, bias: 1 << 24, span: 1<<25 - 1, low: 1, order: bigEndian, code: immediate(0, 24, 1)}
	s390Half32 = &field{name: "half32", size: 4, bias: 1 << 32, span: 1<<33 - 1, low: 1, order: bigEndian, code: immediate(0, 32, 1)}
)
