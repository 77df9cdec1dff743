package runtimedyld

import (
	"encoding/binary"
	"math"
)

// A field is where the value of a relocation goes: how many bytes, how it lies in them, and which values fit. A value v fits if v+bias, modulo 2^64, is at
// most span, and the bits of low are zero.
type field struct {
	name       string
	size       int
	bias, span uint64
	low        uint64 // bits that have to be zero, for they are not stored
	order      order
	code       *code // how the value lies in an instruction; nil if it is the whole field
}

// A code is how a value lies in an instruction, or in any word of which it is not the whole.
type code struct {
	insert  func(word, v uint64) uint64 // the word with the value in it
	extract func(word uint64) uint64    // the value, as if it had been sign-extended; nil where a file never has addends there
	sums    bool                        // the value is added to what is there, or subtracted
	lossy   bool                        // extract reads addends as the ABI has them there, which is not all that insert stores or takes
}

// An order is the order of a field's bytes.
type order uint8

const (
	littleEndian order = iota
	bigEndian
	littleHalves // halfwords little-endian, the one with the high bits first: Thumb, microMIPS
	bigHalves
	littleWords // as halves, with words of 32 bits: prefixed instructions of Power
	bigWords
)

var (
	fieldNone   = field{name: "none", span: math.MaxUint64}
	fieldWord64 = field{name: "word64", size: 8, span: math.MaxUint64}
	fieldInt32  = field{name: "int32", size: 4, bias: 1 << 31, span: math.MaxUint32}
	fieldUint32 = field{name: "uint32", size: 4, span: math.MaxUint32}
	fieldWord32 = field{name: "word32", size: 4, bias: 1 << 31, span: 1<<31 + math.MaxUint32} // signed or unsigned, like all that are called word
	fieldInt16  = field{name: "int16", size: 2, bias: 1 << 15, span: math.MaxUint16}
	fieldWord16 = field{name: "word16", size: 2, bias: 1 << 15, span: 1<<15 + math.MaxUint16}
	fieldInt8   = field{name: "int8", size: 1, bias: 1 << 7, span: math.MaxUint8}
	fieldWord8  = field{name: "word8", size: 1, bias: 1 << 7, span: 1<<7 + math.MaxUint8}
)

// in returns the field with another order of bytes. Tables of architectures that have both are made with it.
func (f field) in(o order) *field {
	f.order = o
	return &f
}

// fits says whether v is in the field's range.
func (f *field) fits(v uint64) bool { return v+f.bias <= f.span && v&f.low == 0 }

// limits returns the smallest and the largest value that fit; of a field that holds everything, those of int64.
func (f *field) limits() (lo, hi int64) {
	if f.span == math.MaxUint64 {
		return math.MinInt64, math.MaxInt64 &^ int64(f.low)
	}
	return -int64(f.bias), int64((f.span - f.bias) &^ f.low)
}

// store writes v, which fits, to the first bytes of b.
func (f *field) store(b []byte, v uint64) {
	if f.code != nil || f.order != littleEndian {
		if f.code != nil {
			v = f.code.insert(f.order.load(b, f.size), v)
		}
		f.order.store(b, f.size, v)
		return
	}
	switch f.size {
	case 4:
		binary.LittleEndian.PutUint32(b, uint32(v))
	case 8:
		binary.LittleEndian.PutUint64(b, v)
	case 2:
		binary.LittleEndian.PutUint16(b, uint16(v))
	case 1:
		b[0] = byte(v)
	}
}

// addend reads the addend that a relocation without one in its entry (SHT_REL) has in the first bytes of b.
func (f *field) addend(b []byte) int64 {
	v := f.order.load(b, f.size)
	switch {
	case f.code != nil && f.code.extract != nil:
		return int64(f.code.extract(v))
	case f.code != nil || f.size == 0:
		return 0
	}
	return signExtend(v, 8*f.size)
}

// signExtend takes the lowest bits of v, so many of them, for a signed number.
func signExtend(v uint64, width int) int64 { return int64(v<<(64-width)) >> (64 - width) }

// load reads a word of so many bytes; of 16 bytes, two instructions of BPF, whose immediates are the second words, the lower half in the first one.
func (o order) load(b []byte, size int) uint64 {
	switch {
	case size == 1:
		return uint64(b[0])
	case size == 16:
		return o.load(b[4:], 4) | o.load(b[12:], 4)<<32
	case size == 2 && o&1 == 0:
		return uint64(binary.LittleEndian.Uint16(b))
	case size == 2:
		return uint64(binary.BigEndian.Uint16(b))
	case size == 3 && o == littleEndian:
		return o.load(b, 2) | uint64(b[2])<<16
	case o >= littleWords && size == 8:
		o &= bigEndian
		return o.load(b, 4)<<32 | o.load(b[4:], 4)
	case o >= littleHalves && size > 0:
		return o.load(b, 2)<<(8*size-16) | o.load(b[2:], size-2)
	case size == 3 && o == bigEndian:
		return uint64(b[0])<<16 | o.load(b[1:], 2)
	case size == 4 && o == littleEndian:
		return uint64(binary.LittleEndian.Uint32(b))
	case size == 4:
		return uint64(binary.BigEndian.Uint32(b))
	case size == 8 && o == littleEndian:
		return binary.LittleEndian.Uint64(b)
	case size == 8:
		return binary.BigEndian.Uint64(b)
	}
	return 0
}

// store writes a word of so many bytes, as load reads it.
func (o order) store(b []byte, size int, v uint64) {
	switch {
	case size == 1:
		b[0] = byte(v)
	case size == 16:
		o.store(b[4:], 4, v)
		o.store(b[12:], 4, v>>32)
	case size == 2 && o&1 == 0:
		binary.LittleEndian.PutUint16(b, uint16(v))
	case size == 2:
		binary.BigEndian.PutUint16(b, uint16(v))
	case size == 3 && o == littleEndian:
		o.store(b, 2, v)
		b[2] = byte(v >> 16)
	case o >= littleWords && size == 8:
		o &= bigEndian
		o.store(b, 4, v>>32)
		o.store(b[4:], 4, v)
	case o >= littleHalves && size > 0:
		o.store(b, 2, v>>(8*size-16))
		o.store(b[2:], size-2, v)
	case size == 3 && o == bigEndian:
		b[0] = byte(v >> 16)
		o.store(b[1:], 2, v)
	case size == 4 && o == littleEndian:
		binary.LittleEndian.PutUint32(b, uint32(v))
	case size == 4:
		binary.BigEndian.PutUint32(b, uint32(v))
	case size == 8 && o == littleEndian:
		binary.LittleEndian.PutUint64(b, v)
	case size == 8:
		binary.BigEndian.PutUint64(b, v)
	}
}
