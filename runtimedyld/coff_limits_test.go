package runtimedyld

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/gomcjit/gomcjit/objimage"
)

// Where the parts of an object are whose relocation's limits are tried. The image begins at the lowest.
const (
	coffPlaceAt = 0x40_0000
	coffImageAt = 0x10_0000
	coffOff     = 8
)

// coffRows calls f with each row of COFF that is served.
func coffRows(f func(a *arch, number objimage.Arch, row *howto, typ uint32)) {
	for number, widths := range coffArches {
		for _, a := range widths {
			if a == nil {
				continue
			}
			for typ := range a.rows {
				if row := &a.rows[typ]; row.formula != nil {
					f(a, objimage.Arch(number), row, uint32(typ))
				}
			}
		}
	}
}

// TestCOFFFormulas evaluates the texts of formulas against their functions.
func TestCOFFFormulas(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	coffRows(func(a *arch, _ objimage.Arch, row *howto, _ uint32) {
		for range 50 {
			v := vars{S: random.Uint64(), A: random.Uint64(), P: random.Uint64(), L: random.Uint64(), IB: random.Uint64(), SB: random.Uint64(), SN: random.Uint64()}
			if want, err := evalText(row.formula.text, &v); err != nil || row.formula.eval(&v) != want {
				t.Errorf("%s: %s: %s is %#x, the function says %#x (%v)", a.name, row.name, row.formula.text, want, row.formula.eval(&v), err)
			}
		}
	})
}

// TestCOFFLimits stores min-1, min, max, max+1 and values between, through the linker, with each relocation of COFF that can overflow. Numbers of sections cannot, in an object that is not a big one.
func TestCOFFLimits(t *testing.T) {
	tried := map[string]bool{} // branches that go through veneers
	coffRows(func(a *arch, number objimage.Arch, row *howto, typ uint32) {
		switch {
		case !hasLimits(a, row) || row.formula == &formulaSection:
		case row.need&needVeneer != 0:
			tried[row.name] = true
		default:
			t.Run(fmt.Sprintf("%s/%s", a.name, row.name), func(t *testing.T) { coffLimits(t, a, number, row, typ) })
		}
	})
	branchLimits(t, tried, coffBranches)
}

// coffBranches are the branches of COFF on ARM.
var coffBranches = []limitBranch{
	{"IMAGE_REL_ARM_BRANCH20T", &thumbBranch19, "beq.w target", 2, 4, coffBranchSource, "thumbv7-pc-windows-msvc"},
	{"IMAGE_REL_ARM_BRANCH24T", &thumbBranch24, "b.w target", 2, 4, coffBranchSource, "thumbv7-pc-windows-msvc"},
	{"IMAGE_REL_ARM_BLX23T", &thumbCall, "bl target", 2, 4, coffBranchSource, "thumbv7-pc-windows-msvc"},
}

const coffBranchSource = ".syntax unified\n.thumb\n.section __place,\"xr\"\nBRANCH\n.section __target,\"xr\"\n.globl target\n.def target\n.scl 2\n.type 32\n.endef\n.thumb_func\ntarget: bx lr\n"

func coffLimits(t *testing.T, a *arch, number objimage.Arch, row *howto, typ uint32) {
	lo, hi := row.field.limits()
	step := int64(row.field.low) + 1
	v := vars{P: coffPlaceAt + coffOff, IB: coffImageAt}
	zero := row.formula.eval(&v)
	for _, x := range []int64{lo - step, lo, lo + step, 0, step, hi - step, hi, hi + step} {
		s, at := uint64(x)-zero, uint64(0)
		value := uint32(0)
		if row.formula == &formulaInSection { // of the symbol's value: its section is where it likes
			if x < 0 || x > 1<<32-1 {
				continue
			}
			s, at, value = 0x50_0000, 0x50_0000, uint32(x)
		} else if at = s; a.narrow {
			at = uint64(uint32(s))
		}
		if row.formula == &formulaImage && at < coffImageAt {
			continue // the image would begin there
		}
		w := coffWriter{arch: number, sections: []coffWritten{
			{name: "place", flags: coffData, data: make([]byte, 24), relocs: []coffWrittenReloc{{coffOff, 0, uint16(typ)}}},
			{name: "target", flags: coffData, data: make([]byte, 8)},
			{name: "image", flags: coffData, data: make([]byte, 8)},
		}, symbols: []coffWrittenSymbol{{name: "_target", value: value, section: 2, class: 2}}}
		b := newBench(t, map[string]uint64{"place": coffPlaceAt, "target": at, "image": coffImageAt})
		b.loadImage(w.parse(t))
		_, err := b.Finalize()
		if fits := x >= lo && x <= hi; !fits {
			e := new(RelocationError)
			if !errors.As(err, &e) || !errors.Is(err, ErrRelocationOverflow) || e.Value != x || e.Offset != coffOff || e.Type != row.name {
				t.Errorf("%d: %v", x, err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%d: %v", x, err)
			continue
		}
		want := make([]byte, row.field.size)
		row.field.store(want, uint64(x))
		if got := b.mm.section("limits.o", "place").Mem[coffOff:][:row.field.size]; !bytes.Equal(got, want) {
			t.Errorf("%d: %x, want %x", x, got, want)
		}
	}
}

// TestCOFFFields stores values and reads them back as addends, where fields hold all that they take.
func TestCOFFFields(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	coffRows(func(a *arch, _ objimage.Arch, row *howto, _ uint32) {
		f := row.field
		if f.size == 0 || f.code != nil && f.code.lossy {
			return
		}
		lo, hi := f.limits()
		for range 100 {
			x := (lo + int64(random.Uint64N(uint64(hi-lo)))) &^ int64(f.low)
			if f == &thumbBranch24 || f == &thumbBranch19 {
				x &^= 1
			}
			b := make([]byte, f.size)
			for i := range b {
				b[i] = byte(random.Uint32())
			}
			f.store(b, uint64(x))
			got := f.addend(b)
			if width := 8 * f.size; f.code == nil || f == &thumbMov32 {
				got, x = signExtend(uint64(got), min(width, 32)), signExtend(uint64(x), min(width, 32))
			}
			if got != x {
				t.Errorf("%s: %s: %#x was stored, %#x is read", a.name, row.name, x, got)
				return
			}
		}
	})
}
