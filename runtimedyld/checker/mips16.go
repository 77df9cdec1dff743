package checker

import (
	"encoding/binary"
	"math/bits"
)

var (
	mips16HalfTable = newTable(mips16Halves, mips16Funcs)
	mips16WordTable = newTable(mips16Words, mips16Funcs)
)

var mips16Funcs = map[string]func(uint64) int64{
	"saved":  mips16Saved,
	"savedX": func(w uint64) int64 { return mips16Saved(w) + int64(w>>24&7) + mips16Arguments[w>>16&15] },
}

// mips16Saved returns how many of ra, s0 and s1 save and restore have.
func mips16Saved(w uint64) int64 { return int64(bits.OnesCount64(w >> 4 & 7)) }

// mips16Arguments are how many registers of arguments, in the caller's frame or saved, the field aregs means.
var mips16Arguments = [16]int64{0, 1, 2, 3, 1, 2, 3, 4, 2, 3, 4, 4, 3, 4, 4, 0}

// decodeMIPS16 decodes one instruction of MIPS16e: of a word for jal, jalx and behind the prefix 11110, of a halfword else.
func decodeMIPS16(code []byte, order binary.ByteOrder) (Inst, bool) {
	if len(code) < 2 {
		return Inst{}, false
	}
	half := uint64(order.Uint16(code))
	if op := half >> 11; op != 0b00011 && op != 0b11110 {
		return lookup(half, 2, mips16HalfTable)
	}
	if len(code) < 4 {
		return Inst{}, false
	}
	return lookup(half<<16|uint64(order.Uint16(code[2:])), 4, mips16WordTable)
}
