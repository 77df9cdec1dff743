package runtimedyld

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"errors"
	"fmt"
	"testing"
)

// A limitCase is one relocation in an object made for it: the place, the symbol, and where their sections are.
type limitCase struct {
	typ     uint32
	off     uint64 // of the place in its section
	addend  int64
	backing byte              // what the section is full of
	local   bool              // the symbol's binding
	addrs   map[string]uint64 // .place and .target
}

const limitSize = 24 // bytes of .place

func (c *limitCase) object() *elfWriter {
	w := newELF("limits.o")
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
	sym := w.symbol(y)
	w.reloc(place, c.off, elf.R_X86_64(c.typ), sym, c.addend)
	return w
}

func (c *limitCase) thread() bool { return x86_64ELF[c.typ].need&needThread != 0 }

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

// base computes what the row's text gives without an addend, for the layout that the case leads to.
func (c *limitCase) base(t *testing.T, row *howto) uint64 {
	t.Helper()
	b := c.bench(t)
	zero := *c
	zero.addend = 0
	b.load(zero.object())
	v := vars{S: c.addrs[".target"] + 16, P: c.addrs[".place"] + c.off, Z: 40}
	v.L = v.S
	for _, name := range []string{".got", ".got.tls"} {
		if got := b.mm.section("limits.o", name); got != nil {
			v.GOT = uint64(got.Addr)
		}
	}
	near := int64(testThreadOffset)
	v.D, v.T = 16, 16+uint64(near)
	x, err := evalText(row.formula.text, &v)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

// TestLimits stores min-1, min, max, max+1 and values between, through the linker, with each relocation that can overflow; the symbol before
// and behind the place, the place in the middle and at the section's end.
func TestLimits(t *testing.T) {
	kinds := 0
	for typ := range x86_64ELF {
		row := &x86_64ELF[typ]
		if row.formula == nil || row.field.size == 0 {
			continue
		}
		if row.field.size < 8 {
			kinds++
		}
		for name, addrs := range map[string]map[string]uint64{
			"forwards":  {".place": 0x40_0000, ".target": 0x40_1000},
			"backwards": {".place": 0x7fff_0000_1003, ".target": 0x7fff_0000_0000},
			"far":       {".place": 0x1000, ".target": 0xffff_8000_0000_0000},
		} {
			for _, off := range []uint64{5, uint64(limitSize - row.field.size)} {
				c := limitCase{typ: uint32(typ), off: off, backing: 0xee, local: off == 5, addrs: addrs}
				t.Run(fmt.Sprintf("%s/%s/%d", row.name, name, off), func(t *testing.T) { c.run(t, row) })
			}
		}
	}
	if kinds != 22 {
		t.Errorf("%d relocations have a field below 64 bits, want 22", kinds)
	}
}

func (c *limitCase) run(t *testing.T, row *howto) {
	lo, hi := row.field.limits()
	base := c.base(t, row)
	values := []int64{lo, lo + 1, -1, 0, 1, hi - 1, hi}
	if row.field.size < 8 {
		values = append(values, lo-1, hi+1)
	}
	for _, want := range values {
		c.addend = want - int64(base)
		b := c.bench(t)
		b.load(c.object())
		_, err := b.Finalize()
		mem := b.mm.section("limits.o", ".place").Mem
		if want < lo || want > hi {
			c.checkError(t, row, err, want)
			continue
		}
		if err != nil {
			t.Errorf("%d: %v", want, err)
			continue
		}
		expected := bytes.Repeat([]byte{c.backing}, limitSize)
		var word [8]byte
		binary.LittleEndian.PutUint64(word[:], uint64(want))
		copy(expected[c.off:], word[:row.field.size])
		if !bytes.Equal(mem, expected) {
			t.Errorf("%d: section is\n% x, want\n% x", want, mem, expected)
		}
	}
}

func (c *limitCase) checkError(t *testing.T, row *howto, err error, value int64) {
	t.Helper()
	e := new(RelocationError)
	if !errors.As(err, &e) || !errors.Is(err, ErrRelocationOverflow) {
		t.Errorf("%d: %v", value, err)
		return
	}
	lo, hi := row.field.limits()
	want := RelocationError{Object: "limits.o", Section: ".place", Offset: c.off, Type: row.name, Symbol: "target", Addend: c.addend,
		Value: value, Min: lo, Max: hi, Detail: e.Detail, Err: ErrRelocationOverflow}
	if *e != want {
		t.Errorf("%d:\n got %+v\nwant %+v", value, *e, want)
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
