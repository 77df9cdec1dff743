package gdbremote

import (
	"fmt"
	"math"

	"github.com/gomcjit/gomcjit/executor"
)

// A frame is where the arguments of a call are.
type frame struct {
	a    *arch
	soft bool
	regs changes
	ints int // registers that are used up
	vector
	stack []byte
}

// A vector is the registers for floats.
type vector struct {
	used   int
	halves [16]uint32 // ARM's, of which two are a register
	taken  [16]bool
	full   bool // an argument has gone to the stack, so that no later one is in a register
}

// maxStack is how many bytes arguments may have on the stack.
const maxStack = 8000

// newFrame places the arguments of a function that has no variable ones.
func newFrame(a *arch, soft bool, args []executor.Value) (*frame, error) {
	f := &frame{a: a, soft: soft, regs: changes{}}
	for i, v := range args {
		switch {
		case v.Kind != executor.Integer && f.inVector(v):
		case v.Kind == executor.Double || v.Kind == executor.Integer && a.word == 8:
			f.words(v.Bits, 8/a.word, v.Kind == executor.Integer || soft || a.floatsGoOn)
		case v.Kind == executor.Integer && !fitsWord(v.Bits):
			return nil, fmt.Errorf("gdbremote: argument %d, %#x, does not fit a register of %s", i+1, v.Bits, a.name)
		default:
			f.words(v.Bits&math.MaxUint32, 1, v.Kind == executor.Integer || soft || a.floatsGoOn)
		}
		if len(f.stack) > maxStack {
			return nil, fmt.Errorf("gdbremote: %d arguments are too many", len(args))
		}
	}
	f.finish()
	return f, nil
}

// fitsWord says whether an integer is one of 32 bits, with a sign or without.
func fitsWord(n uint64) bool {
	return n <= math.MaxUint32 || int64(n) < 0 && int64(n) >= math.MinInt32
}

// inVector puts a number with a fraction into a register of these, if it can.
func (f *frame) inVector(v executor.Value) bool {
	if f.soft || len(f.a.floats) == 0 {
		return false
	}
	if f.a.vfp {
		return f.inHalves(v)
	}
	if f.used == len(f.a.floats) {
		return false
	}
	bits := v.Bits
	if v.Kind == executor.Float {
		switch bits &= math.MaxUint32; {
		case f.a.boxed:
			bits |= math.MaxUint32 << 32
		case f.a.widened:
			bits = math.Float64bits(float64(math.Float32frombits(uint32(bits))))
		}
	}
	f.regs[f.a.floats[f.used]] = f.a.append(nil, bits, 8)
	f.used++
	return true
}

// inHalves is inVector of ARM: a float takes the first half that is free (AAPCS32, 6.1.2.1 and 7.1).
func (f *frame) inHalves(v executor.Value) bool {
	step := 1
	if v.Kind == executor.Double {
		step = 2
	}
	for i := 0; i < len(f.halves) && !f.full; i += step {
		if f.taken[i] || step == 2 && f.taken[i+1] {
			continue
		}
		for j := range step {
			f.halves[i+j] = uint32(v.Bits >> (32 * j))
			f.taken[i+j] = true
		}
		return true
	}
	f.full = true
	return false
}

// words puts words into registers of integers, if they may be there, or on the stack.
func (f *frame) words(bits uint64, n int, registers bool) {
	a := f.a
	if registers && a.pairsAlign && n == 2 {
		f.ints += f.ints % 2
	}
	if registers && a.pairsAlign && f.ints+n > len(a.ints) {
		f.ints, registers = max(f.ints, len(a.ints)), false
	}
	if a.pairsAlign && n == 2 && !registers {
		f.stack = append(f.stack, make([]byte, -len(f.stack)&7)...)
	}
	if a.big && n == 2 {
		bits = bits>>32 | bits<<32 // the high word comes first
	}
	for range n {
		word := bits
		if bits >>= 32; a.word == 8 {
			bits = 0
		}
		if registers && f.ints < len(a.ints) {
			f.regs.number(a, a.ints[f.ints], word)
			f.ints++
			continue
		}
		f.stack = a.append(f.stack, word, a.word)
	}
}

// finish writes what is known when all arguments are placed.
func (f *frame) finish() {
	if f.a.countFloats {
		f.regs.number(f.a, f.a.result, uint64(f.used))
	}
	for i := 0; i < len(f.taken); i += 2 {
		if f.taken[i] || f.taken[i+1] {
			f.regs[f.a.floats[i/2]] = f.a.append(nil, uint64(f.halves[i])|uint64(f.halves[i+1])<<32, 8)
		}
	}
}

// at completes the frame for a call below a stack pointer, that returns to a place: what has to be written, and where.
func (f *frame) at(sp uint64, fn, back executor.Addr) (stack executor.Addr, content []byte) {
	a := f.a
	content = f.stack
	if a.head > 0 {
		content = append(make([]byte, a.head), content...)
	}
	sp = (sp - uint64(len(content))) &^ (a.align - 1)
	if a.link == "" {
		sp -= uint64(a.word)
		content = append(a.append(nil, uint64(back), a.word), content...)
	} else {
		f.regs.number(a, a.link, uint64(back)|a.odd)
	}
	f.regs.number(a, a.sp, sp)
	f.regs.number(a, a.pc, uint64(fn))
	if a.thumb != 0 {
		f.regs.number(a, a.pc, uint64(fn)&^1)
	}
	return executor.Addr(sp), content
}

// float64Of80 returns the number in a register of the x87, which has 80 bits (Intel SDM, volume 1, 4.2.2).
func float64Of80(b []byte) float64 {
	mantissa, head := littleEndian(b[:8]), littleEndian(b[8:10])
	exponent := int(head & 0x7fff)
	sign := 1.0
	if head>>15 != 0 {
		sign = -1
	}
	switch {
	case exponent == 0x7fff && mantissa<<1 != 0:
		return math.NaN()
	case exponent == 0x7fff:
		return math.Inf(int(sign))
	}
	// A function's result has been a double, or a float, before: nothing is lost.
	return sign * math.Ldexp(float64(mantissa), exponent-16383-63)
}
