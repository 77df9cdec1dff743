package runtimedyld

import (
	"encoding/binary"
	"math"
	"math/bits"
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
	bits    bitsOf                      // where its bits are, if they lie together: what is quick
	insert  func(word, v uint64) uint64 // the word with the value in it, otherwise
	extract func(word uint64) uint64    // the value, as if it had been sign-extended; nil where a file never has addends there
	sums    bool                        // the value is added to what is there, or subtracted
	lossy   bool                        // extract reads addends as the ABI has them there, which is not all that insert stores or takes
}

// A bitsOf is a part of a word in which bits of a value lie one beside the other: those of v+round from bit `from` on, which are in the word from bit `at` on.
type bitsOf struct {
	mask, round uint64
	from, at    uint8
}

// put returns the word with the value in it.
func (b *bitsOf) put(word, v uint64) uint64 {
	return word&^b.mask | (v+b.round)>>(b.from&63)<<(b.at&63)&b.mask
}

// put returns the word with the value in it.
func (c *code) put(word, v uint64) uint64 {
	if c.insert != nil {
		return c.insert(word, v)
	}
	return c.bits.put(word, v)
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
	if f.code != nil {
		v = f.code.put(f.order.load(b, f.size), v)
	}
	f.order.store(b, f.size, v)
}

// addend reads the addend that a relocation without one in its entry (SHT_REL) has in the first bytes of b.
func (f *field) addend(b []byte) int64 {
	var v uint64
	if f.size == 4 && f.order <= bigEndian { // nearly all
		v = uint64(load32(b, f.order == bigEndian))
	} else {
		v = f.order.load(b, f.size)
	}
	switch {
	case f.code != nil && f.code.extract != nil:
		return int64(f.code.extract(v))
	case f.code != nil || f.size == 0:
		return 0
	}
	return signExtend(v, 8*f.size)
}

// signExtend takes the lowest bits of v, so many of them, from 1 to 64, for a signed number.
func signExtend(v uint64, width int) int64 {
	s := uint(64-width) & 63 // so that the compiler knows it to be a shift
	return int64(v<<s) >> s
}

// load reads a word of so many bytes.
func (o order) load(b []byte, size int) uint64 {
	if o <= bigEndian { // nearly all
		switch big := o == bigEndian; size {
		case 4:
			return uint64(load32(b, big))
		case 2:
			return uint64(load16(b, big))
		case 8:
			return load64(b, big)
		}
	}
	return o.loadParts(b, size)
}

// store writes a word of so many bytes, as load reads it.
func (o order) store(b []byte, size int, v uint64) {
	if o <= bigEndian {
		switch big := o == bigEndian; size {
		case 4:
			store32(b, uint32(v), big)
			return
		case 2:
			store16(b, uint16(v), big)
			return
		case 8:
			store64(b, v, big)
			return
		}
	}
	o.storeParts(b, size, v)
}

// loadParts reads words of unusual sizes, and such as consist of others; of 16 bytes, two instructions of BPF, whose immediates are the second words, the lower half in
// the first one.
func (o order) loadParts(b []byte, size int) uint64 {
	switch {
	case size == 0:
		return 0
	case size == 1:
		return uint64(b[0])
	case size == 16:
		return uint64(load32(b[4:], o == bigEndian)) | uint64(load32(b[12:], o == bigEndian))<<32
	case size == 2: // of halves
		return (o & bigEndian).load(b, 2)
	case o >= littleWords:
		return uint64(load32(b, o == bigWords))<<32 | uint64(load32(b[4:], o == bigWords))
	case o >= littleHalves:
		return o.load(b, 2)<<(8*size-16) | o.load(b[2:], size-2)
	case o == littleEndian: // 3 bytes
		return o.load(b, 2) | uint64(b[2])<<16
	}
	return uint64(b[0])<<16 | o.load(b[1:], 2)
}

// storeParts writes words as loadParts reads them.
func (o order) storeParts(b []byte, size int, v uint64) {
	switch {
	case size == 0:
	case size == 1:
		b[0] = byte(v)
	case size == 16:
		store32(b[4:], uint32(v), o == bigEndian)
		store32(b[12:], uint32(v>>32), o == bigEndian)
	case size == 2:
		(o & bigEndian).store(b, 2, v)
	case o >= littleWords:
		store32(b, uint32(v>>32), o == bigWords)
		store32(b[4:], uint32(v), o == bigWords)
	case o >= littleHalves:
		o.store(b, 2, v>>(8*size-16))
		o.store(b[2:], size-2, v)
	case o == littleEndian:
		o.store(b, 2, v)
		b[2] = byte(v >> 16)
	default:
		b[0] = byte(v >> 16)
		o.store(b[1:], 2, v)
	}
}

func load16(b []byte, big bool) uint16 {
	if big {
		return binary.BigEndian.Uint16(b)
	}
	return binary.LittleEndian.Uint16(b)
}

func load32(b []byte, big bool) uint32 {
	if big {
		return binary.BigEndian.Uint32(b)
	}
	return binary.LittleEndian.Uint32(b)
}

func load64(b []byte, big bool) uint64 {
	if big {
		return binary.BigEndian.Uint64(b)
	}
	return binary.LittleEndian.Uint64(b)
}

func store16(b []byte, v uint16, big bool) {
	if big {
		v = bits.ReverseBytes16(v)
	}
	binary.LittleEndian.PutUint16(b, v)
}

func store32(b []byte, v uint32, big bool) {
	if big {
		v = bits.ReverseBytes32(v)
	}
	binary.LittleEndian.PutUint32(b, v)
}

func store64(b []byte, v uint64, big bool) {
	if big {
		v = bits.ReverseBytes64(v)
	}
	binary.LittleEndian.PutUint64(b, v)
}
