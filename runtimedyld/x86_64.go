package runtimedyld

import (
	"debug/elf"
	"encoding/binary"
	"math"
)

// x86-64 to a linker: direct branches and data references reach 2 GiB either way, through a signed 32-bit displacement from the end of
// the instruction (compilers put that distance into the addend). What is farther goes through a GOT entry: calls by a stub,
// data by the code that the compiler emitted for position-independent code, which is relaxed to a direct reference where the target is near.
//
// System V ABI, AMD64 Architecture Processor Supplement, 4.4 "Relocation" and B.2 "Optimize GOTPCRELX relocations".

var x86_64 = arch{
	name:         "x86_64",
	word:         &fieldWord64,
	slotSize:     8,
	stubSize:     8,
	stubAlign:    8,
	tooFar:       tooFarPIC,
	stub:         x86_64Stub,
	relax:        x86_64Relax,
	isBranch:     x86_64IsBranch,
	branchAddend: -4,

	landing:         "\xf3\x0f\x1e\xfa", // endbr64
	landingProperty: 0xc0000002,         // GNU_PROPERTY_X86_FEATURE_1_AND; the bit is that of IBT

	endFragment:   x86_64EndFragment,
	fragmentEnd:   14,
	fragmentEntry: 5,
}

// x86_64Stub writes `jmp *slot(%rip)` and two traps. It reports whether the slot is in reach.
func x86_64Stub(_ *fixer, b []byte, at, slot, _ uint64) bool {
	disp := slot - (at + 6)
	if !fieldInt32.fits(disp) {
		return false
	}
	b[0], b[1] = 0xff, 0x25
	binary.LittleEndian.PutUint32(b[2:], uint32(disp))
	b[6], b[7] = 0xcc, 0xcc
	return true
}

// x86_64EndFragment writes `add $8,%rsp; ret` and `sub $8,%rsp; jmp piece`: the stack is aligned to 16 bytes where functions are called.
func x86_64EndFragment(b []byte, size uint64) {
	copy(b, "\x48\x83\xc4\x08\xc3\x48\x83\xec\x08\xe9")
	binary.LittleEndian.PutUint32(b[10:], -uint32(size+14))
}

// x86_64IsBranch knows call, jmp and jcc with a 32-bit displacement.
func x86_64IsBranch(sec []byte, off uint64) bool {
	if off < 1 || off > uint64(len(sec)) {
		return false
	}
	op := sec[off-1]
	return op == 0xe8 || op == 0xe9 || off >= 2 && sec[off-2] == 0x0f && op&0xf0 == 0x80
}

// Opcodes and ModRM bytes of B.2.
const (
	opMovLoad   = 0x8b // mov r/m, reg
	opLea       = 0x8d
	opMovImm    = 0xc7 // mov $imm32, r/m
	opTest      = 0x85 // test reg, r/m
	opTestImm   = 0xf7 // test $imm32, r/m
	opBinopImm  = 0x81 // op $imm32, r/m
	opGroup5    = 0xff // indirect call and jmp
	modrmCall   = 0x15 // call *disp32(%rip)
	modrmJmp    = 0x25 // jmp *disp32(%rip)
	opCall      = 0xe8
	opJmp       = 0xe9
	opNop       = 0x90
	prefixData  = 0x66
	prefixAddr  = 0x67 // addr32, on i386 addr16: pads call to the length of the indirect one
	modrmDirect = 0xc0 // mod 11: r/m is a register
	modrmRIP    = 0x05 // mod 00, r/m 101: disp32(%rip)
	modrmNotReg = 0xc7 // all of ModRM but the register
	rex         = 0x40 // a REX prefix has this in its high half
	rexR, rexB  = 0x04, 0x01
	rexW        = 0x08
)

// x86_64Relax does the optimizations of B.2 on the instruction whose displacement is at sec[off:]. A near symbol is addressed directly;
// one whose address fits an immediate operand becomes that operand. The displacement is 4 bytes and ends the instruction, so A is -4;
// with any other addend it is not the slot itself that is loaded.
func x86_64Relax(typ uint32, sec []byte, off uint64, v *vars) bool {
	if v.A != minus4 || off < 2 || off+4 > uint64(len(sec)) || sec[off-1]&modrmNotReg != modrmRIP {
		return false
	}
	disp := v.S + v.A - v.P
	near := fieldInt32.fits(disp)
	switch op, modrm := sec[off-2], sec[off-1]; {
	case op == opMovLoad && near:
		sec[off-2] = opLea
	case op == opGroup5 && modrm == modrmCall && near && !x86_64IsPadded(sec, off):
		sec[off-2], sec[off-1] = prefixAddr, opCall
	case op == opGroup5 && modrm == modrmJmp && fieldInt32.fits(disp+1):
		sec[off-2], sec[off+3] = opJmp, opNop
		binary.LittleEndian.PutUint32(sec[off-1:], uint32(disp+1)) // one byte shorter, so one byte farther
		return true
	case op == opGroup5:
		return false
	default:
		return x86_64RelaxImmediate(sec, off, v.S, typ == uint32(elf.R_X86_64_REX_GOTPCRELX))
	}
	binary.LittleEndian.PutUint32(sec[off:], uint32(disp))
	return true
}

// x86_64IsPadded knows the call of the general dynamic sequence without PLT, data16 rex.W call *__tls_get_addr@GOTPCREL(%rip) ("ELF Handling For Thread-Local
// Storage", 4.4.1, as compilers write it now). The addr32 prefix would part the REX prefix from the opcode, and leave data16 to make it a call of 16 bits.
func x86_64IsPadded(sec []byte, off uint64) bool {
	return off >= 4 && sec[off-4] == prefixData && sec[off-3] == 0x40|rexW
}

const minus4 = math.MaxUint64 - 3

// x86_64RelaxImmediate turns a load of the GOT entry, or an operation with it, into one with the immediate operand s.
// An operation of 64 bits sign-extends its immediate.
func x86_64RelaxImmediate(sec []byte, off uint64, s uint64, hasREX bool) bool {
	prefix := byte(0)
	if hasREX {
		if off < 3 || sec[off-3]&0xf0 != rex {
			return false
		}
		prefix = sec[off-3]
	}
	wide := prefix&rexW != 0
	if wide && !fieldInt32.fits(s) || !wide && !fieldUint32.fits(s) {
		return false
	}
	op, reg := sec[off-2], sec[off-1]>>3&7
	switch {
	case op == opMovLoad:
		sec[off-2], sec[off-1] = opMovImm, modrmDirect|reg
	case op == opTest:
		sec[off-2], sec[off-1] = opTestImm, modrmDirect|reg
	case op&^0x38 == 0x03: // add, or, adc, sbb, and, sub, xor, cmp: r/m to reg
		sec[off-2], sec[off-1] = opBinopImm, modrmDirect|op&0x38|reg
	default:
		return false
	}
	if hasREX { // the register was in ModRM.reg, and is now in ModRM.rm
		sec[off-3] = prefix&^(rexR|rexB) | prefix&rexR>>2
	}
	binary.LittleEndian.PutUint32(sec[off:], uint32(s))
	return true
}
