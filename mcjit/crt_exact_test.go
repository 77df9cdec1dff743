//go:build linux && amd64

package mcjit_test

import (
	"math"
	mathbig "math/big"
	"math/bits"
	"testing"
)

// A real is what a floating operand stands for: a finite value, or an infinity or a NaN with no value.
type real struct {
	value    *mathbig.Float // nil if not finite
	negative bool
	nan      bool
}

// real decodes a slot, exactly.
func (s slot) real(kind byte) real {
	f, n := formats[kind], s.number(kind)
	point := uint(f.precision - 1)
	fraction := new(mathbig.Int).And(n, new(mathbig.Int).Sub(new(mathbig.Int).Lsh(mathbig.NewInt(1), point), mathbig.NewInt(1)))
	if kind == 'x' {
		n = new(mathbig.Int).Rsh(n, 1) // the leading one
	}
	n = new(mathbig.Int).Rsh(n, point)
	r := real{negative: n.Bit(f.exponent) == 1}
	exponent, top := int(n.Uint64()&(1<<f.exponent-1)), 1<<f.exponent-1
	if exponent == top {
		r.nan = fraction.Sign() != 0
		return r
	}
	if exponent > 0 {
		fraction.SetBit(fraction, int(point), 1)
	}
	r.value = new(mathbig.Float).SetPrec(300).SetInt(fraction)
	r.value.SetMantExp(r.value, max(exponent, 1)-top/2-int(point))
	if r.negative {
		r.value.Neg(r.value)
	}
	return r
}

// encode rounds a value to a format: to nearest, ties to even. It knows nothing of how the runtime does it.
func encode(x *mathbig.Float, kind byte) slot {
	f := formats[kind]
	top := 1<<f.exponent - 1
	least := 1 - top/2 // of the exponents of normal numbers
	rounded := new(mathbig.Int)
	if x.Sign() != 0 {
		exponent := max(x.MantExp(nil)-1, least)
		// In units of the last place, rounded to an integer, the field of the exponent counts on.
		scaled := new(mathbig.Float).SetPrec(2000).SetMantExp(new(mathbig.Float).SetPrec(2000).Abs(x), f.precision-1-exponent)
		rounded = nearest(scaled)
		rounded.Add(rounded, new(mathbig.Int).Lsh(mathbig.NewInt(int64(exponent-least)), uint(f.precision-1)))
	}
	infinity := new(mathbig.Int).Lsh(mathbig.NewInt(int64(top)), uint(f.precision-1))
	if rounded.Cmp(infinity) > 0 {
		rounded = infinity
	}
	if kind == 'x' {
		field := new(mathbig.Int).Rsh(rounded, uint(f.precision-1))
		fraction := new(mathbig.Int).Sub(rounded, new(mathbig.Int).Lsh(field, uint(f.precision-1)))
		if field.Sign() > 0 {
			fraction.SetBit(fraction, f.precision-1, 1)
		}
		rounded = fraction.Add(fraction, field.Lsh(field, uint(f.precision)))
	}
	if x.Signbit() {
		width := f.precision + f.exponent - 1
		if kind == 'x' {
			width++
		}
		rounded.SetBit(rounded, width, 1)
	}
	return slotOf(rounded)
}

// nearest returns the integer nearest to a positive number, of two the even one.
func nearest(x *mathbig.Float) *mathbig.Int {
	n, _ := x.Int(nil)
	rest := new(mathbig.Float).SetPrec(2000).Sub(x, new(mathbig.Float).SetPrec(2000).SetInt(n))
	if c := rest.Cmp(mathbig.NewFloat(0.5)); c > 0 || c == 0 && n.Bit(0) == 1 {
		n.Add(n, mathbig.NewInt(1))
	}
	return n
}

func TestEncode(t *testing.T) {
	for _, x := range []float64{0, 1, -1.5, math.MaxFloat64, math.SmallestNonzeroFloat64, -math.Copysign(0, -1), 0x1p-1022, 0x1.fffffffffffffp-1023, math.Pi} {
		if got := encode(mathbig.NewFloat(x), 'd').number('d').Uint64(); got != math.Float64bits(x) {
			t.Errorf("%g: %#x", x, got)
		}
		if got, want := encode(mathbig.NewFloat(x), 'f').number('f').Uint64(), uint64(math.Float32bits(float32(x))); got != want {
			t.Errorf("%g as a float32: %#x, want %#x", x, got, want)
		}
	}
}

// integer decodes a slot.
func (s slot) integer(kind byte, signed bool) *mathbig.Int {
	n := s.number(kind)
	if w := widths[kind]; signed && n.Bit(w-1) == 1 {
		n.Sub(n, new(mathbig.Int).Lsh(mathbig.NewInt(1), uint(w)))
	}
	return n
}

// arithmetic are operations on real numbers.
var arithmetic = map[string]func(z, a, b *mathbig.Float) *mathbig.Float{
	"__addtf3": (*mathbig.Float).Add, "__subtf3": (*mathbig.Float).Sub, "__multf3": (*mathbig.Float).Mul,
}

// conversions of floats, by name; the kinds say the rest.
var conversions = []string{
	"__truncsfhf2", "__truncdfhf2", "__truncxfhf2", "__trunctfhf2", "__truncsfbf2", "__truncdfbf2", "__truncxfbf2", "__trunctfbf2", "__trunchfbf2", "__gnu_f2h_ieee", "__gnu_h2f_ieee",
	"__extendbfsf2", "__extendhfsf2", "__extendhfdf2", "__extendhfxf2", "__extendhftf2", "__extendsftf2", "__extenddftf2", "__extendxftf2", "__trunctfsf2", "__trunctfdf2", "__trunctfxf2",
}

// floatsOfIntegers by name, and whether the integer has a sign.
var floatsOfIntegers = map[string]bool{
	"__floattisf": true, "__floattidf": true, "__floattixf": true, "__floattitf": true, "__floattihf": true, "__floattibf": true, "__floatsitf": true, "__floatditf": true,
	"__floatuntisf": false, "__floatuntidf": false, "__floatuntixf": false, "__floatuntitf": false, "__floatuntihf": false, "__floatuntibf": false,
	"__floatunsitf": false, "__floatunditf": false,
}

// TestRuntimeRounding compares what is rounded with exact arithmetic.
func TestRuntimeRounding(t *testing.T) {
	ops := runtimeOperations(t)
	check := func(name string, want func(o *operation, in *operands) *mathbig.Float) {
		o, bad := ops[name], 0
		for _, in := range o.batch(3000) {
			exact := want(o, &in)
			if exact == nil {
				continue
			}
			kind := o.results[0]
			expected := results{encode(exact, kind)}
			if got := o.apply(&in); !o.same(got, expected) {
				if bad++; bad <= 3 {
					t.Errorf("%s, want %s", o.describe(&in, got), expected[0].number(kind).Text(16))
				}
			}
		}
	}
	for name, compute := range arithmetic {
		check(name, func(o *operation, in *operands) *mathbig.Float {
			a, b := in[0].real(o.params[0]), in[1].real(o.params[1])
			if a.value == nil || b.value == nil {
				return nil
			}
			// So many bits hold any sum.
			z := compute(new(mathbig.Float).SetPrec(33000), a.value, b.value)
			if z.Sign() == 0 {
				return nil // whose sign is not the affair of exact arithmetic
			}
			return z
		})
	}
	for _, name := range conversions {
		check(name, func(o *operation, in *operands) *mathbig.Float { return in[0].real(o.params[0]).value })
	}
	for name, signed := range floatsOfIntegers {
		check(name, func(o *operation, in *operands) *mathbig.Float {
			return new(mathbig.Float).SetInt(in[0].integer(o.params[0], signed))
		})
	}
}

// TestRuntimeOfIntegers compares what libgcc does not have with Go.
func TestRuntimeOfIntegers(t *testing.T) {
	ops := runtimeOperations(t)
	u := func(f func(uint32) int) func(*operands) uint64 {
		return func(in *operands) uint64 { return uint64(f(uint32(in[0].number('i').Uint64()))) }
	}
	for name, want := range map[string]func(*operands) uint64{
		"__popcountsi2": u(bits.OnesCount32),
		"__paritysi2":   u(func(x uint32) int { return bits.OnesCount32(x) & 1 }),
		"__clzsi2":      u(func(x uint32) int { return bits.LeadingZeros32(x) % 32 }), // of 0 the operation is left out: 0
		"__ctzsi2":      u(func(x uint32) int { return bits.TrailingZeros32(x) % 32 }),
		"__ffssi2":      u(func(x uint32) int { return (bits.TrailingZeros32(x) + 1) % 33 }),
		"__clrsbsi2":    u(func(x uint32) int { return bits.LeadingZeros32(x^uint32(int32(x)>>31)) - 1 }),
	} {
		o := ops[name]
		for _, in := range o.batch(2000) {
			if got := o.apply(&in); got[0].number('i').Uint64() != want(&in) {
				t.Fatalf("%s, want %d", o.describe(&in, got), want(&in))
			}
		}
	}
	for _, name := range []string{"__mulosi4", "__mulodi4", "__muloti4"} {
		o := ops[name]
		kind := o.params[0]
		for _, in := range o.batch(2000) {
			product := new(mathbig.Int).Mul(in[0].integer(kind, true), in[1].integer(kind, true))
			got := o.apply(&in)
			wrapped := got[0].integer(kind, true)
			if overflow := wrapped.Cmp(product) != 0; overflow != (got[1].number('i').Sign() != 0) {
				t.Fatalf("%s, of %v", o.describe(&in, got), product)
			}
			if low := new(mathbig.Int).Sub(product, wrapped); low.TrailingZeroBits() < uint(widths[kind]) && low.Sign() != 0 {
				t.Fatalf("%s is no part of %v", o.describe(&in, got), product)
			}
		}
	}
}

// A class is what a complex number is when it is nothing in particular (C11 G.3): infinite if one part is.
type class string

func classOf(o *operation, r results) class {
	kind := o.results[0]
	re, im := r[0].real(kind), r[1].real(kind)
	switch {
	case re.value == nil && !re.nan || im.value == nil && !im.nan:
		return "infinite"
	case re.nan || im.nan:
		return "NaN"
	case re.value.Sign() == 0 && im.value.Sign() == 0:
		return "zero"
	}
	return "finite"
}

func hasNaN(o *operation, in *operands) bool {
	for i := range o.params {
		if in[i].isNaN(o.params[i]) {
			return true
		}
	}
	return false
}

// exactComplex is (a+bi)/(c+di), or the product; nil if that is not finite.
func exactComplex(o *operation, in *operands) (re, im *mathbig.Float) {
	var v [4]*mathbig.Float
	for i := range v {
		if v[i] = in[i].real(o.params[i]).value; v[i] == nil {
			return nil, nil
		}
	}
	op := func(f func(z, a, b *mathbig.Float) *mathbig.Float, a, b *mathbig.Float) *mathbig.Float {
		return f(new(mathbig.Float).SetPrec(70000), a, b)
	}
	add, sub, mul := (*mathbig.Float).Add, (*mathbig.Float).Sub, (*mathbig.Float).Mul
	if o.name == "__mulhc3" {
		return op(sub, op(mul, v[0], v[2]), op(mul, v[1], v[3])), op(add, op(mul, v[0], v[3]), op(mul, v[1], v[2]))
	}
	norm := op(add, op(mul, v[2], v[2]), op(mul, v[3], v[3]))
	if norm.Sign() == 0 {
		return nil, nil
	}
	quo := func(a *mathbig.Float) *mathbig.Float { return new(mathbig.Float).SetPrec(500).Quo(a, norm) }
	return quo(op(add, op(mul, v[0], v[2]), op(mul, v[1], v[3]))), quo(op(sub, op(mul, v[1], v[2]), op(mul, v[0], v[3])))
}

// TestRuntimeComplex compares quotients with exact arithmetic, within a few units in the last place of the whole; infinite ones and those of NaNs with libgcc.
func TestRuntimeComplex(t *testing.T) {
	l := newLibgcc(t)
	for name, o := range runtimeOperations(t) {
		if !isRounded(name) {
			continue
		}
		kind, finite, bad := o.results[0], 0, 0
		batch := o.batch(600)
		answers := l.answer(t, o, batch)
		for i := range batch {
			got := o.apply(&batch[i])
			re, im := exactComplex(o, &batch[i])
			wrong := ""
			if re == nil {
				// What a NaN hides, libgcc may find to overflow, as it rounds earlier.
				if want, is := classOf(o, answers[i]), classOf(o, got); is != want && !(hasNaN(o, &batch[i]) && is == "NaN") {
					wrong = "libgcc's is " + string(want)
				}
			} else if !near(got, kind, re, im) {
				wrong = "want " + re.Text('g', 20) + " " + im.Text('g', 20)
			} else {
				finite++
			}
			if wrong != "" {
				if bad++; bad <= 3 {
					t.Errorf("%s, %s", o.describe(&batch[i], got), wrong)
				}
			}
		}
		if finite < 100 {
			t.Errorf("%s: %d quotients", name, finite)
		}
	}
}

// near says that both parts are within 4 units in the last place of the larger, or of the least number there is.
func near(got results, kind byte, re, im *mathbig.Float) bool {
	f := formats[kind]
	exponent := 2 - (1<<(f.exponent-1) - 1)
	for _, part := range []*mathbig.Float{re, im} {
		if part.Sign() != 0 {
			exponent = max(exponent, part.MantExp(nil))
		}
	}
	if exponent >= 1<<(f.exponent-1) {
		return true // it may overflow, or be the largest
	}
	tolerance := new(mathbig.Float).SetMantExp(mathbig.NewFloat(4), exponent-f.precision)
	for i, part := range []*mathbig.Float{re, im} {
		r := got[i].real(kind)
		if r.value == nil {
			return false
		}
		if d := new(mathbig.Float).SetPrec(500).Sub(r.value, part); d.Abs(d).Cmp(tolerance) > 0 {
			return false
		}
	}
	return true
}
