package runtimedyld

import (
	"encoding/binary"
	"math"
)

// AArch64 to a linker: branches reach 128 MiB, conditional ones 1 MiB or 32 KiB. Addresses are built from pairs of instructions: ADRP gives the page of 4 KiB, up to
// 4 GiB away, and the instruction behind has the rest, scaled by the size of what is loaded; or from groups of MOVZ, MOVN and MOVK with 16 bits each. What is
// farther goes through a GOT entry: calls by a stub, data by the code that the compiler emitted. Instructions are little-endian words, also where data is
// big-endian. A stub may use x16 and x17 (IP0 and IP1).
//
// "ELF for the Arm 64-bit Architecture" (aaelf64), 5.7 "Relocation" and 5.6.1 "Call and Jump relocations".

var aarch64 = arch{
	name:      "aarch64",
	word:      &fieldWord64,
	slotSize:  8,
	stubSize:  12,
	stubAlign: 4,
	tooFar:    tooFarPIC,
	stub:      aarch64Stub(0xf940_0211, &a64Low12By8), // ldr x17, [x16]
	reach:     128 << 20,
	isBranch:  aarch64IsBranch,
	undefined: aarch64Undefined,

	landing:         "\x5f\x24\x03\xd5", // bti c
	landingProperty: 0xc0000000,         // GNU_PROPERTY_AARCH64_FEATURE_1_AND
}

var aarch64BE arch

// aarch64Stub returns what writes `adrp x16, slot; ldr x17, [x16, :lo12:slot]; br x17`, with the instruction that loads. It reports whether the slot is in reach.
func aarch64Stub(load uint32, low *field) func(f *fixer, b []byte, at, slot, target uint64) bool {
	return func(_ *fixer, b []byte, at, slot, _ uint64) bool {
		pages := pageOf(slot) - pageOf(at)
		if !a64Page.fits(pages) {
			return false
		}
		binary.LittleEndian.PutUint32(b, 0x9000_0010)
		binary.LittleEndian.PutUint32(b[4:], load)
		binary.LittleEndian.PutUint32(b[8:], 0xd61f_0220)
		a64Page.store(b, pages)
		low.store(b[4:], slot&0xfff)
		return true
	}
}

// aarch64IsBranch knows B and BL.
func aarch64IsBranch(sec []byte, off uint64) bool {
	return off+4 <= uint64(len(sec)) && sec[off+3]&0x7c == 0x14
}

// pageOf returns the start of the 4 KiB around an address.
func pageOf(x uint64) uint64 { return x &^ 0xfff }

// aarch64Undefined: to what is undefined and weak, a branch goes to the next instruction, and the place itself is where other relative addresses are
// (aaelf64, 5.7.4 "Relocation operations", 4.5.1 "Weak symbols").
func aarch64Undefined(row *howto, p uint64) uint64 {
	switch {
	case row.field == &a64Branch26 || row.field == &a64Branch19 || row.field == &a64Branch14:
		return p + 4
	case row.formula == &a64Pages || row.formula == &formulaPC || row.formula == &formulaBranch:
		return p
	}
	return 0
}

// Fields of instructions. Those that "check" nothing in the document hold any value, of which they store their part.
var (
	a64Branch26  = field{name: "branch26", size: 4, bias: 1 << 27, span: 1<<28 - 1, low: 3, code: immediate(0, 26, 2)}
	a64Branch19  = field{name: "branch19", size: 4, bias: 1 << 20, span: 1<<21 - 1, low: 3, code: immediate(5, 19, 2)}
	a64Branch14  = field{name: "branch14", size: 4, bias: 1 << 15, span: 1<<16 - 1, low: 3, code: immediate(5, 14, 2)}
	a64Literal19 = field{name: "literal19", size: 4, bias: 1 << 20, span: 1<<21 - 1, low: 3, code: immediate(5, 19, 2)}
	a64Near21    = field{name: "adr21", size: 4, bias: 1 << 20, span: 1<<21 - 1, code: a64Address(0)}
	a64Page      = field{name: "adrp21", size: 4, bias: 1 << 32, span: 1<<33 - 1, low: 0xfff, code: a64Address(12)}
	a64AnyPage   = field{name: "adrp21 unchecked", size: 4, span: math.MaxUint64, low: 0xfff, code: a64Address(12)}

	a64Low12      = field{name: "imm12", size: 4, span: 0xfff, code: immediate(10, 12, 0)}
	a64Low12By2   = field{name: "imm12*2", size: 4, span: 0xfff, low: 1, code: immediate(10, 12, 1)}
	a64Low12By4   = field{name: "imm12*4", size: 4, span: 0xfff, low: 3, code: immediate(10, 12, 2)}
	a64Low12By8   = field{name: "imm12*8", size: 4, span: 0xfff, low: 7, code: immediate(10, 12, 3)}
	a64Low12By16  = field{name: "imm12*16", size: 4, span: 0xfff, low: 15, code: immediate(10, 12, 4)}
	a64Low15By8   = field{name: "imm15*8", size: 4, span: 0x7fff, low: 7, code: immediate(10, 12, 3)}
	a64High12     = field{name: "imm24 high", size: 4, span: 0xff_ffff, code: immediate(10, 12, 12)}
	a64Group0     = field{name: "group 0", size: 4, span: 1<<16 - 1, code: immediate(5, 16, 0)}
	a64Group1     = field{name: "group 1", size: 4, span: 1<<32 - 1, code: immediate(5, 16, 16)}
	a64Group2     = field{name: "group 2", size: 4, span: 1<<48 - 1, code: immediate(5, 16, 32)}
	a64AnyGroup0  = field{name: "group 0 unchecked", size: 4, span: math.MaxUint64, code: immediate(5, 16, 0)}
	a64AnyGroup1  = field{name: "group 1 unchecked", size: 4, span: math.MaxUint64, code: immediate(5, 16, 16)}
	a64AnyGroup2  = field{name: "group 2 unchecked", size: 4, span: math.MaxUint64, code: immediate(5, 16, 32)}
	a64AnyGroup3  = field{name: "group 3", size: 4, span: math.MaxUint64, code: immediate(5, 16, 48)}
	a64SignGroup0 = field{name: "group 0 signed", size: 4, bias: 1 << 16, span: 1<<17 - 1, code: a64Signed(0)}
	a64SignGroup1 = field{name: "group 1 signed", size: 4, bias: 1 << 32, span: 1<<33 - 1, code: a64Signed(16)}
	a64SignGroup2 = field{name: "group 2 signed", size: 4, bias: 1 << 48, span: 1<<49 - 1, code: a64Signed(32)}
)

// immediate is a part of the value, width bits from shift on, that lies in the word from bit lsb on.
func immediate(lsb, width, shift uint) *code {
	mask := (uint64(1)<<width - 1) << lsb
	return &code{bits: bitsOf{mask: mask, from: uint8(shift), at: uint8(lsb)}}
}

// a64Address is the immediate of ADR and ADRP: its lowest two bits are apart from the others.
func a64Address(shift uint) *code {
	return &code{insert: func(word, v uint64) uint64 {
		v >>= shift
		return word&^0x60ff_ffe0 | v&3<<29 | v>>2&0x7_ffff<<5
	}}
}

// a64Signed is that of a group whose instruction becomes MOVZ for positive values, MOVN for negative ones.
func a64Signed(shift uint) *code {
	const mask, movz = 0xffff << 5, 1 << 30
	return &code{insert: func(word, v uint64) uint64 {
		word |= movz
		if int64(v) < 0 {
			v = ^v
			word &^= movz
		}
		return word&^mask | v>>shift<<5&mask
	}}
}
