package runtimedyld

import (
	"bytes"
	"math/rand/v2"
	"testing"
)

// fieldsOf calls test for each field of each architecture, once.
func fieldsOf(t *testing.T, test func(t *testing.T, f *field)) {
	for _, a := range testArches() {
		seen := map[*field]bool{}
		for i := range a.rows {
			row := &a.rows[i]
			if row.formula == nil || row.field.size == 0 || seen[row.field] {
				continue
			}
			seen[row.field] = true
			t.Run(a.name+"/"+row.field.name, func(t *testing.T) { test(t, row.field) })
		}
	}
}

// TestFieldCodes: fields write their own bits only, all of them, whatever was there, and a different pattern for each value.
func TestFieldCodes(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	fieldsOf(t, func(t *testing.T, f *field) {
		insert := func(before []byte, v uint64) []byte {
			b := bytes.Clone(before)
			f.store(b, v)
			return b
		}
		fresh := func() []byte {
			b := make([]byte, f.size)
			for i := range b {
				b[i] = byte(random.Uint32())
			}
			return b
		}
		zero := insert(make([]byte, f.size), 0)
		patterns, carries := map[string]int{string(zero): -1}, 0
		for bit := range 64 {
			b := insert(zero, 1<<bit)
			switch old, dup := patterns[string(b)]; {
			case dup && old == -1: // not stored
			case dup && old == bit-1 && carries == 0: // as if it were, if the low part is a signed number elsewhere
				carries++
			case dup:
				t.Errorf("bits %d and %d are the same: % x", old, bit, b)
			default:
				patterns[string(b)] = bit
			}
		}
		if len(patterns) == 1 {
			t.Error("nothing is stored")
		}
		for range 200 {
			before, v, other := fresh(), f.random(random), f.random(random)
			once := insert(before, v)
			if f.code != nil && f.code.sums {
				if swapped := insert(insert(before, v), other); !bytes.Equal(swapped, insert(insert(before, other), v)) {
					t.Errorf("%#x and %#x: % x in one order only", v, other, swapped)
				}
				continue
			}
			if f.code != nil && f.code.lossy {
				continue
			}
			if twice := insert(insert(before, other), v); !bytes.Equal(once, twice) {
				t.Errorf("%#x over %#x: % x, without: % x", v, other, twice, once)
			}
			if again := insert(once, v); !bytes.Equal(once, again) {
				t.Errorf("%#x twice: % x, once: % x", v, again, once)
			}
			if f.code == nil || f.code.extract != nil {
				if got := insert(before, uint64(f.addend(once))); !bytes.Equal(once, got) {
					t.Errorf("%#x is stored as % x; what is read from that, %#x, as % x", v, once, f.addend(once), got)
				}
			}
		}
	})
}

// random returns a value that fits.
func (f *field) random(random *rand.Rand) uint64 {
	v := random.Uint64()
	if f.span+1 != 0 {
		v = v%(f.span+1) - f.bias
	}
	return v &^ f.low
}

// TestFieldLimits: limits are the first and the last of what fits.
func TestFieldLimits(t *testing.T) {
	fieldsOf(t, func(t *testing.T, f *field) {
		lo, hi := f.limits()
		step := int64(f.low) + 1
		if !f.fits(uint64(lo)) || !f.fits(uint64(hi)) || f.low != 0 && (f.fits(uint64(lo)+1) || f.fits(uint64(hi)-1)) {
			t.Errorf("%d and %d do not fit, or what is between multiples of %d does", lo, hi, step)
		}
		if f.span+1 != 0 && (f.fits(uint64(lo-step)) || f.fits(uint64(hi+step))) {
			t.Errorf("more fits than %d to %d", lo, hi)
		}
	})
}
