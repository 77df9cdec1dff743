package runtimedyld

import (
	"encoding/binary"
)

// i386 to a linker: displacements have 32 bits, as addresses have, and so reach everything; no branch needs a stub. There is no addressing relative to the
// instruction but in branches: position-independent code finds the GOT first, by a call that leaves its own address on the stack, and everything else from there. The
// addend is in the place (SHT_REL). A GOT entry is addressed by a register that holds the GOT's address, or absolutely: the byte before the displacement tells.
//
// System V ABI, Intel386 Architecture Processor Supplement 1.1, 4.4 "Relocation" and B.2 "Optimize R_386_GOT32X Relocation".

var i386 = arch{
	name:      "i386",
	word:      &fieldWord32,
	narrow:    true,
	implicit:  true,
	slotSize:  4,
	stubSize:  8,
	stubAlign: 8,
	stub:      i386Stub,
	relax:     i386Relax,
	fix:       i386Fix,

	landing:         "\xf3\x0f\x1e\xfb", // endbr32
	landingProperty: 0xc0000002,         // GNU_PROPERTY_X86_FEATURE_1_AND; the bit is that of IBT
}

// i386Stub writes `jmp *slot` and two traps: only indirect functions have stubs.
func i386Stub(_ *fixer, b []byte, _, slot, _ uint64) bool {
	b[0], b[1] = 0xff, modrmJmp
	binary.LittleEndian.PutUint32(b[2:], uint32(slot))
	b[6], b[7] = 0xcc, 0xcc
	return true
}

// i386Fix computes the place of a GOT entry (R_386_GOT32, R_386_GOT32X): relative to the GOT, whose address is in a register, or absolute where the instruction
// has none.
func i386Fix(f *fixer, _ *howto, at *site) (uint64, bool) {
	x := f.v.G + f.v.A
	if at.code && at.r.Offset > 0 && i386IsAbsolute(at.sec[at.r.Offset-1]) {
		x += f.v.GOT
	}
	return x, true
}

// i386IsAbsolute knows the ModRM byte of an operand that is a displacement without a register.
func i386IsAbsolute(modrm byte) bool { return modrm&modrmNotReg == modrmRIP }

// ModRM bytes of indirect branches by a displacement from a register (mod 10), but for the register.
const (
	modrmCallBase = 0x90
	modrmJmpBase  = 0xa0
)

// i386Relax does the optimizations of B.2 on the instruction whose displacement is at sec[off:]. Addresses are known, so that all of them fit an immediate operand,
// also in position-independent code.
func i386Relax(_ uint32, sec []byte, off uint64, v *vars) bool {
	if v.A != 0 || off < 2 || off+4 > uint64(len(sec)) {
		return false
	}
	op, modrm := sec[off-2], sec[off-1]
	based := modrm>>6 == 2 && modrm&7 != 4 // not with an index
	if !based && !i386IsAbsolute(modrm) {
		return false
	}
	call, reg := modrm&0x38 == modrmCallBase&0x38, modrm>>3&7
	switch {
	case op == opGroup5 && call:
		sec[off-2], sec[off-1] = prefixAddr, opCall
		binary.LittleEndian.PutUint32(sec[off:], uint32(v.S-v.P-4))
	case op == opGroup5 && modrm&0x38 == modrmJmpBase&0x38:
		sec[off-2], sec[off+3] = opJmp, opNop
		binary.LittleEndian.PutUint32(sec[off-1:], uint32(v.S-v.P-3))
	case op == opMovLoad && based:
		sec[off-2] = opLea
		binary.LittleEndian.PutUint32(sec[off:], uint32(v.S-v.GOT))
	case op == opMovLoad:
		sec[off-2], sec[off-1] = opMovImm, modrmDirect|reg
		binary.LittleEndian.PutUint32(sec[off:], uint32(v.S))
	case op == opTest:
		sec[off-2], sec[off-1] = opTestImm, modrmDirect|reg
		binary.LittleEndian.PutUint32(sec[off:], uint32(v.S))
	case op&^0x38 == 0x03: // add, or, adc, sbb, and, sub, xor, cmp: r/m to reg
		sec[off-2], sec[off-1] = opBinopImm, modrmDirect|op&0x38|reg
		binary.LittleEndian.PutUint32(sec[off:], uint32(v.S))
	default:
		return false
	}
	return true
}

// i386Wrap16 is for code of 16 bits, whose branches reach all of their 64 KiB by wrapping around.
var i386Wrap16 = field{name: "wrap16", size: 2, bias: 1 << 16, span: 1<<17 - 1}
