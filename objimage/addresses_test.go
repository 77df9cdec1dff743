package objimage

import (
	"debug/elf"
	"encoding/binary"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// TestAddresses: of objects of all formats, both widths and both orders of bytes, they are what the symbols say.
func TestAddresses(t *testing.T) {
	paths, err := filepath.Glob("../testdata/rules/*/*.o")
	if err != nil || len(paths) < 20 {
		t.Fatalf("%d objects, %v", len(paths), err)
	}
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		o := mustParse(t, NewBuffer(path, data))
		starts, symbols := make([]uint64, o.NumSections()), make([]Symbol, o.NumSymbols())
		for i := range starts {
			starts[i] = 0x7fff_0000_0000 + uint64(i)<<20
		}
		if _, err := o.Symbols(0, symbols); err != nil {
			t.Fatal(err)
		}
		var want []uint64
		for i := range symbols {
			want = append(want, symbols[i].Address(starts))
		}
		got := make([]uint64, len(symbols)+3)
		if err := o.Addresses(starts, got); err != nil || !slices.Equal(got[:len(want)], want) {
			t.Errorf("%s: %v; %#x, want %#x", path, err, got, want)
		}
	}
}

// TestAddressOf: each place has its meaning.
func TestAddressOf(t *testing.T) {
	starts := []uint64{0, 0x1000, 0x2000}
	for _, c := range []struct {
		symbol Symbol
		want   uint64
	}{
		{Symbol{Place: PlaceSection, Section: 2, Value: 5}, 0x2005},
		{Symbol{Place: PlaceAbsolute, Value: 5}, 5},
		{Symbol{Place: PlaceUndefined, Value: 5}, 0},
		{Symbol{Place: PlaceCommon, Value: 8}, 0},
	} {
		if got := c.symbol.Address(starts); got != c.want {
			t.Errorf("%v: %#x, want %#x", c.symbol.Place, got, c.want)
		}
	}
}

// TestAddressesChanged: a file that has changed since it was parsed gives an error, not an address.
func TestAddressesChanged(t *testing.T) {
	data, err := os.ReadFile("../testdata/rules/riscv64/all.o")
	if err != nil {
		t.Fatal(err)
	}
	o := mustParse(t, NewBuffer("changed.o", data))
	const size, shndx = 24, 6 // Elf64_Sym
	binary.LittleEndian.PutUint16(o.syms[size+shndx:], uint16(elf.SHN_LORESERVE))
	if err := o.Addresses(make([]uint64, o.NumSections()), make([]uint64, 2)); err == nil {
		t.Error("no error")
	}
}
