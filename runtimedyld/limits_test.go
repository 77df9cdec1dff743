package runtimedyld

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/gomcjit/gomcjit/internal/testenv"
)

// A limitCase is one relocation in an object made for it: the place, the symbol, and where their sections are.
type limitCase struct {
	arch    testArch
	row     *howto
	typ     uint32
	off     uint64 // of the place in its section
	addend  int64
	backing byte              // what the section is full of
	local   bool              // the symbol's binding
	addrs   map[string]uint64 // .place and .target
}

const limitSize = 24 // bytes of .place

func (c *limitCase) object() *elfWriter {
	w := c.arch.newELF("limits.o")
	place := w.section(".place", flagsData, bytes.Repeat([]byte{c.backing}, limitSize))
	target := w.section(".target", c.flags(), make([]byte, 64))
	bind := elf.STB_GLOBAL
	if c.local {
		bind = elf.STB_LOCAL
	}
	y := elfSymbol{name: "target", bind: bind, sec: target, value: 16, size: 40}
	if c.thread() {
		y.typ = elf.STT_TLS
	}
	if c.compressed() {
		y.other = 0x80
	}
	sym := w.symbol(y)
	w.relocate(place, c.off, c.typ, sym, c.addend)
	return w
}

func (c *limitCase) thread() bool { return c.row.need&needThread != 0 }

// compressed says whether it is a branch in microMIPS or MIPS16 code, to such code.
func (c *limitCase) compressed() bool { return c.row.formula == &formulaMicroPC }

func (c *limitCase) flags() elf.SectionFlag {
	if c.thread() {
		return flagsThread
	}
	return flagsText
}

// bench is a linker for the case.
func (c *limitCase) bench(t *testing.T) *bench {
	b := newBench(t, c.addrs)
	b.SetThreadStorage(newTestStorage())
	return b
}

// vars returns what the row is computed from, without an addend, for the layout that the case leads to.
func (c *limitCase) vars(t *testing.T) *vars {
	t.Helper()
	b := c.bench(t)
	zero := *c
	zero.addend = 0
	b.load(zero.object())
	v := &vars{S: c.addrs[".target"] + 16, P: c.addrs[".place"] + c.off, Z: 40}
	if c.compressed() {
		v.S++
	}
	v.L = v.S
	if got := b.mm.section("limits.o", ".got"); got != nil {
		v.GOT = uint64(got.Addr)
		v.GP = v.GOT + mipsGPBias
	}
	v.TOC = v.GOT + tocBias
	if entries := b.mm.section("limits.o", ".got.tls"); entries != nil {
		v.G, v.TOC = uint64(entries.Addr)-v.GOT, uint64(entries.Addr)+tocBias
	}
	if near := int64(testThreadOffset); c.thread() {
		v.D, v.T = 16-c.arch.threadBias, 16+uint64(near)
	}
	if c.row.formula == &formulaTOCOff && c.row.need&needPlan != 0 { // the TOC is where what is addressed by 16 bits is
		v.TOC = c.addrs[".target"] + tocBias
	}
	if c.row.formula == &formulaGP && c.row.need&needPlan != 0 { // so is $gp
		v.GP = c.addrs[".target"] + mipsGPBias
	}
	return v
}

// eval computes what the row's text gives with an addend.
func (c *limitCase) eval(t *testing.T, v *vars, addend int64) int64 {
	t.Helper()
	v.A = uint64(addend)
	x, err := evalText(c.row.formula.text, v)
	if err != nil {
		t.Fatal(err)
	}
	if c.arch.wraps() {
		return signExtend(x, 32)
	}
	return int64(x)
}

// limitLayouts are where the places and the symbols are.
func (a testArch) limitLayouts() map[string]map[string]uint64 {
	if a.narrow {
		return map[string]map[string]uint64{
			"forwards":  {".place": 0x40_0000, ".target": 0x40_1000},
			"backwards": {".place": 0x7fff_1003, ".target": 0x7fff_0000},
			"far":       {".place": 0x1000, ".target": 0xffff_0000},
		}
	}
	return map[string]map[string]uint64{
		"forwards":  {".place": 0x40_0000, ".target": 0x40_1000},
		"backwards": {".place": 0x7fff_0000_1003, ".target": 0x7fff_0000_0000},
		"far":       {".place": 0x1000, ".target": 0xffff_8000_0000_0000},
	}
}

// TestLimits stores min-1, min, max, max+1 and values between, through the linker, with each relocation that can overflow, and those that are not aligned as they
// have to be; the symbol before and behind the place, the place in the middle and at the section's end.
func TestLimits(t *testing.T) {
	testenv.WithoutRaceDetector(t)
	for _, a := range testArches() {
		for typ := range a.rows {
			row := &a.rows[typ]
			if !isRegular(row) || row.field.size == 0 {
				continue
			}
			for name, addrs := range a.limitLayouts() {
				for i, off := range []uint64{row.oddPlace(), uint64(limitSize - row.field.size)} {
					c := limitCase{arch: a, row: row, typ: uint32(typ), off: off, backing: 0xee, local: i == 0, addrs: addrs}
					t.Run(fmt.Sprintf("%s/%s/%s/%d", a.name, row.name, name, off), c.run)
				}
			}
		}
	}
}

// oddPlace returns a place that is not aligned, as far as the row takes it: instructions of compressed MIPS code have to be at even ones.
func (h *howto) oddPlace() uint64 {
	if h.need&needPlan != 0 && (strings.HasPrefix(h.name, "R_MICROMIPS_") || strings.HasPrefix(h.name, "R_MIPS16_")) {
		return 6
	}
	return 5
}

func (c *limitCase) run(t *testing.T) {
	lo, hi := c.row.field.limits()
	v, step := c.vars(t), int64(c.row.field.low)+1
	base := c.eval(t, v, 0)
	for _, aim := range []int64{lo, lo + step, -step, 0, step, hi - step, hi, lo - step, hi + step, lo + 1, hi - 1, hi + 1} {
		if c.addend = aim - base; c.arch.narrow { // as the file has it
			c.addend = int64(int32(c.addend))
		}
		x := c.eval(t, v, c.addend) // a formula that masks does not give everything
		b := c.bench(t)
		b.load(c.object())
		_, err := b.Finalize()
		if x < lo || x > hi || x&int64(c.row.field.low) != 0 {
			c.checkError(t, err, x)
			continue
		}
		if err != nil {
			t.Errorf("%d: %v", x, err)
			continue
		}
		if mem, want := b.mm.section("limits.o", ".place").Mem, c.stored(x); !bytes.Equal(mem, want) {
			t.Errorf("%d: section is\n% x, want\n% x", x, mem, want)
		}
	}
}

// stored returns the place's section with a value in it.
func (c *limitCase) stored(x int64) []byte {
	sec := bytes.Repeat([]byte{c.backing}, limitSize)
	place := sec[c.off:][:c.row.field.size]
	if c.row.field.code != nil || c.row.field.order > bigEndian {
		c.row.field.store(place, uint64(x))
		return sec
	}
	if word := binary.BigEndian.AppendUint64(nil, uint64(x)); c.row.field.order == bigEndian {
		copy(place, word[8-len(place):])
		return sec
	}
	copy(place, binary.LittleEndian.AppendUint64(nil, uint64(x)))
	return sec
}

func (c *limitCase) checkError(t *testing.T, err error, value int64) {
	t.Helper()
	lo, hi := c.row.field.limits()
	kind := ErrRelocationOverflow
	if uint64(value)+c.row.field.bias <= c.row.field.span {
		kind = ErrMisaligned
	}
	e := new(RelocationError)
	if !errors.As(err, &e) || !errors.Is(err, kind) {
		t.Errorf("%d: %v, want %v", value, err, kind)
		return
	}
	want := RelocationError{Object: "limits.o", Section: ".place", Offset: c.off, Type: c.row.name, Symbol: "target", Addend: c.addend,
		Value: value, Min: lo, Max: hi, Detail: e.Detail, Err: kind}
	if *e != want {
		t.Errorf("%d:\n got %+v\nwant %+v", value, *e, want)
	}
}

// TestImplicitAddends: an addend in the place gives what the same one gives in the relocation.
func TestImplicitAddends(t *testing.T) {
	for _, a := range testArches() {
		if !a.implicit {
			continue
		}
		for typ := range a.rows {
			row := &a.rows[typ]
			if !isRegular(row) || row.field.size == 0 {
				continue
			}
			for _, addrs := range a.limitLayouts() {
				c := limitCase{arch: a, row: row, typ: uint32(typ), off: 8, backing: 0xee, local: true, addrs: addrs}
				t.Run(a.name+"/"+row.name, c.runImplicit)
			}
		}
	}
}

func (c *limitCase) runImplicit(t *testing.T) {
	step, tried := int64(c.row.field.low)+1, 0
	for _, addend := range []int64{0, step, -step, 5 * step, 0x40 * step, 0x1000} {
		c.addend = addend
		content := c.stored(addend)
		if c.row.field.addend(content[c.off:]) != addend {
			continue
		}
		tried++
		implicit := c.object()
		implicit.secs[0].data, implicit.secs[0].rel = content, true
		var texts [2]string
		for i, w := range []*elfWriter{c.object(), implicit} {
			b := c.bench(t)
			b.load(w)
			err := b.ResolveRelocations()
			texts[i] = fmt.Sprint(b.mm.section("limits.o", ".place").Mem, err)
		}
		if texts[0] != texts[1] {
			t.Errorf("addend %d in the relocation gives\n%s, in the place\n%s", addend, texts[0], texts[1])
		}
	}
	if tried == 0 {
		t.Error("no addend can be written into the place")
	}
}

// TestErrorText is what people read.
func TestErrorText(t *testing.T) {
	w := newELF("puts.o")
	text := w.section(".text", flagsText, make([]byte, 0x40))
	w.reloc(text, 0x1f, elf.R_X86_64_PC32, w.symbol(elfSymbol{name: "puts", bind: elf.STB_GLOBAL, sec: secAbs, value: 0x8000_0010_0023}), -4)
	b := newBench(t, map[string]uint64{".text": 0x10_0000})
	b.load(w)
	err := b.ResolveRelocations()
	want := `puts.o:(.text+0x1f): relocation R_X86_64_PC32 against "puts"-4 out of range: 140737488355328 is not in [-2147483648, 2147483647]` +
		"; the code model of the object does not reach that far: recompile with -fPIC"
	if err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}
