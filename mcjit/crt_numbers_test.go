//go:build linux && amd64

package mcjit_test

import (
	"bytes"
	"encoding/binary"
	mathbig "math/big"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"unsafe"

	"github.com/gomcjit/gomcjit/internal/testenv"
)

// A slot is an operand or a result of the operations in testdata/crt_ops.c.
type slot [16]byte

// Operands are those of one application, and results.
type (
	operands [4]slot
	results  [2]slot
)

// An operation is one of testdata/crt_ops.c.
type operation struct {
	number  int32
	name    string
	params  string // a letter each
	results string
	call    func(op int32, in *operands, out *results)
}

func (o *operation) apply(in *operands) (out results) {
	o.call(o.number, in, &out)
	return out
}

// runtimeOperations loads testdata/crt_ops.c, linked to nothing but the compiler runtime.
func runtimeOperations(t *testing.T) map[string]*operation {
	t.Helper()
	source, err := os.ReadFile(filepath.Join("testdata", "crt_ops.c"))
	if err != nil {
		t.Fatal(err)
	}
	e := withRuntime(t, objectOf("ops.o", testenv.CompileBytes(t, "gcc", testenv.C, string(source), "-O1", "-fPIC", "-fno-builtin", "-fno-stack-protector")))
	text := func(f string, op int32) string { return cString(function[func(int32) *byte](t, e, f)(op)) }
	apply := function[func(int32, *operands, *results)](t, e, "apply")
	ops := map[string]*operation{}
	for i := range function[func() int32](t, e, "count")() {
		params, results, _ := strings.Cut(text("signature", i), "=")
		o := &operation{i, text("name", i), params, results, apply}
		ops[o.name] = o
	}
	return ops
}

func cString(p *byte) string {
	n := 0
	for *(*byte)(unsafe.Add(unsafe.Pointer(p), n)) != 0 {
		n++
	}
	return string(unsafe.Slice(p, n))
}

// Formats are the floating types by letter: bits of precision, the leading one included, and of the exponent.
var formats = map[byte]struct{ precision, exponent int }{
	'h': {11, 5}, 'b': {8, 8}, 'f': {24, 8}, 'd': {53, 11}, 'x': {64, 15}, 'q': {113, 15},
}

var widths = map[byte]int{'i': 32, 'l': 64, 't': 128}

// random returns an operand of a kind, often a limit, a power of two or near one, or of a magnitude near 1, where operands meet.
func random(r *rand.Rand, kind byte) slot {
	if width := widths[kind]; width > 0 {
		return slotOf(randomBits(r, width))
	}
	f := formats[kind]
	top := uint64(1)<<f.exponent - 1
	exponent := r.Uint64N(top + 1)
	switch r.IntN(8) {
	case 0:
		exponent = 0
	case 1:
		exponent = top - r.Uint64N(2)
	case 2, 3, 4:
		exponent = min(top/2+r.Uint64N(2*uint64(f.precision))-uint64(f.precision)/2, top)
	}
	fraction := randomBits(r, f.precision-1)
	if exponent == top && r.IntN(2) == 0 {
		fraction = new(mathbig.Int)
	}
	bits := new(mathbig.Int).SetUint64(uint64(r.IntN(2))<<f.exponent | exponent)
	if kind == 'x' { // the leading one is stored
		bits.Lsh(bits, 1).SetBit(bits, 0, min(1, uint(exponent)))
	}
	return slotOf(bits.Or(bits.Lsh(bits, uint(f.precision-1)), fraction))
}

// randomBits returns a number of so many bits: any, or a run of zeros or ones with something at an end.
func randomBits(r *rand.Rand, width int) *mathbig.Int {
	n := new(mathbig.Int).SetUint64(r.Uint64())
	n.Lsh(n, 64).Or(n, new(mathbig.Int).SetUint64(r.Uint64()))
	mask := new(mathbig.Int).Sub(new(mathbig.Int).Lsh(mathbig.NewInt(1), uint(width)), mathbig.NewInt(1))
	n.And(n, mask)
	shift := uint(r.IntN(width))
	switch r.IntN(6) {
	case 0:
		n.Rsh(n, shift)
	case 1:
		n.Lsh(n, shift)
	case 2:
		n.Sub(new(mathbig.Int).Lsh(mathbig.NewInt(1), shift), mathbig.NewInt(int64(r.IntN(3)-1)))
	case 3:
		n.Sub(mask, n.Rsh(n, shift))
	case 4:
		n.SetInt64(int64(r.IntN(4) - 1))
	}
	return n.And(n, mask)
}

func slotOf(n *mathbig.Int) (s slot) {
	b := n.FillBytes(make([]byte, 16))
	for i := range s {
		s[i] = b[15-i]
	}
	return s
}

// number returns the bits of a slot, those of a kind.
func (s slot) number(kind byte) *mathbig.Int {
	width := widths[kind]
	if f := formats[kind]; f.precision > 0 {
		width = f.precision + f.exponent
		if kind == 'x' {
			width++
		}
	}
	var b [16]byte
	for i := range s {
		b[15-i] = s[i]
	}
	n := new(mathbig.Int).SetBytes(b[:])
	return n.And(n, new(mathbig.Int).Sub(new(mathbig.Int).Lsh(mathbig.NewInt(1), uint(width)), mathbig.NewInt(1)))
}

// isNaN says so of a slot with a floating value.
func (s slot) isNaN(kind byte) bool {
	f, n := formats[kind], s.number(kind)
	if f.precision == 0 {
		return false
	}
	fraction := new(mathbig.Int).And(n, new(mathbig.Int).Sub(new(mathbig.Int).Lsh(mathbig.NewInt(1), uint(f.precision-1)), mathbig.NewInt(1)))
	point := f.precision - 1
	if kind == 'x' {
		point++
	}
	exponent := new(mathbig.Int).Rsh(n, uint(point)).Uint64() & (1<<f.exponent - 1)
	return exponent == 1<<f.exponent-1 && fraction.Sign() != 0
}

// same says that results are equal, whatever the payload of a NaN is.
func (o *operation) same(a, b results) bool {
	for i := range o.results {
		kind := o.results[i]
		if a[i].isNaN(kind) != b[i].isNaN(kind) || (!a[i].isNaN(kind) && a[i].number(kind).Cmp(b[i].number(kind)) != 0) {
			return false
		}
	}
	return true
}

func (o *operation) describe(in *operands, out results) string {
	var b strings.Builder
	b.WriteString(o.name + "(")
	for i := range o.params {
		b.WriteString(" " + in[i].number(o.params[i]).Text(16))
	}
	b.WriteString(" ) =")
	for i := range o.results {
		b.WriteString(" " + out[i].number(o.results[i]).Text(16))
	}
	return b.String()
}

// libgcc answers the operations of a batch, by a program that gcc has linked to it.
type libgcc struct{ path string }

func newLibgcc(t *testing.T) *libgcc {
	t.Helper()
	gcc := testenv.NeedsTool(t, "gcc", "gcc")
	l := &libgcc{path: filepath.Join(t.TempDir(), "ops")}
	if out, err := exec.Command(gcc, "-O1", "-fno-builtin", "-fno-stack-protector", "-DWITH_LIBGCC", "-static-libgcc", "-o", l.path, filepath.Join("testdata", "crt_ops.c")).CombinedOutput(); err != nil {
		t.Fatalf("gcc: %v\n%s", err, out)
	}
	return l
}

func (l *libgcc) answer(t *testing.T, o *operation, batch []operands) []results {
	t.Helper()
	var input bytes.Buffer
	for i := range batch {
		binary.Write(&input, binary.LittleEndian, [4]int32{o.number})
		binary.Write(&input, binary.LittleEndian, batch[i])
	}
	cmd := exec.Command(l.path)
	cmd.Stdin = &input
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	answers := make([]results, len(batch))
	if err := binary.Read(bytes.NewReader(out), binary.LittleEndian, answers); err != nil {
		t.Fatal(err)
	}
	return answers
}

// batch makes operands for an operation, the same each time.
func (o *operation) batch(n int) []operands {
	r := rand.New(rand.NewPCG(uint64(o.number), 2))
	batch := make([]operands, n)
	for i := range batch {
		for k := range o.params {
			batch[i][k] = random(r, o.params[k])
			if k > 0 && o.params[k] == o.params[k-1] && r.IntN(8) == 0 {
				batch[i][k] = batch[i][k-1]
			}
		}
	}
	return batch
}

// notInLibgcc says which operations libgcc does not have, on this processor.
func notInLibgcc(name string) bool {
	return strings.HasPrefix(name, "__mulo") || strings.HasPrefix(name, "__gnu_") || strings.Contains(name, "bf") || strings.HasSuffix(name, "si2") && strings.Contains(
		"__popcountsi2 __paritysi2 __ffssi2 __clzsi2 __ctzsi2 __clrsbsi2", name)
}

// isRounded says which operations may differ from libgcc in the last digits: complex division, and products of halves, which libgcc rounds on the way.
func isRounded(name string) bool {
	return name == "__mulhc3" || strings.HasPrefix(name, "__div") && strings.HasSuffix(name, "c3")
}

// TestRuntimeLikeLibgcc compares the others, bit by bit.
func TestRuntimeLikeLibgcc(t *testing.T) {
	const n = 4000
	l := newLibgcc(t)
	ops := runtimeOperations(t)
	for name, o := range ops {
		if notInLibgcc(name) || isRounded(name) {
			continue
		}
		batch, bad := o.batch(n), 0
		for i, want := range l.answer(t, o, batch) {
			if got := o.apply(&batch[i]); !o.same(got, want) {
				if bad++; bad <= 3 {
					t.Errorf("%s; libgcc: %s", o.describe(&batch[i], got), o.describe(&batch[i], want))
				}
			}
		}
		if bad > 0 {
			t.Errorf("%s: %d of %d differ", name, bad, n)
		}
	}
	if len(ops) < 120 {
		t.Errorf("%d operations", len(ops))
	}
}
