package objimage

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/fnv"
	"os"
	"testing"
)

// FuzzStrip takes objects of all formats apart and strips them, with names for roots that are as good as random. What is left has to be sound: nothing that stays needs what is gone, what stays is as it was,
// and a second time nothing more goes.
func FuzzStrip(f *testing.F) {
	f.Add(sample(true, binary.LittleEndian).build(), uint32(1))
	for i, path := range append([]string{"../testdata/sections.o", "../testdata/sections_macho.o", "../testdata/hello.o"}, decodedSeeds...) {
		data, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data, uint32(i))
	}
	f.Fuzz(func(t *testing.T, data []byte, salt uint32) {
		before := bytes.Clone(data)
		o, err := ParseAtoms(NewBuffer("fuzz.o", data))
		if err != nil {
			if !errors.Is(err, ErrFormat) || o != nil {
				t.Fatalf("%v, object %v", err, o)
			}
			return
		}
		root := func(name string) bool {
			h := fnv.New32a()
			h.Write([]byte(name))
			return (h.Sum32()^salt)%4 == 0
		}
		list, err := Strip([]*Object{o}, root)
		if err != nil {
			if !errors.Is(err, ErrFormat) || list != nil {
				t.Fatalf("%v, objects %v", err, list)
			}
			return
		}
		checkStripped(t, o, list[0])
		again, err := Strip(list, root)
		if err != nil {
			t.Fatal(err)
		}
		for i := range list[0].NumSections() {
			if a, b := list[0].Section(i).Flags&SectionAlloc, again[0].Section(i).Flags&SectionAlloc; a != b {
				t.Fatalf("section %d is gone the second time", i)
			}
		}
		if !bytes.Equal(before, data) {
			t.Fatal("the input was changed")
		}
	})
}

// checkStripped compares an object with what Strip has left of it.
func checkStripped(t *testing.T, o, stripped *Object) {
	t.Helper()
	if stripped.NumSections() != o.NumSections() || stripped.NumSymbols() != o.NumSymbols() {
		t.Fatalf("%d sections and %d symbols were %d and %d", stripped.NumSections(), stripped.NumSymbols(), o.NumSections(), o.NumSymbols())
	}
	if err := walk(stripped); err != nil && !errors.Is(err, ErrFormat) {
		t.Fatal(err)
	}
	symbols := make([]Symbol, stripped.NumSymbols())
	if _, err := stripped.Symbols(0, symbols); err != nil {
		return
	}
	for i := range stripped.NumSections() {
		s := stripped.Section(i)
		if old := o.Section(i); s.Type != 0 && (s.Flags != old.Flags || s.Size != old.Size) && old.Relocs.Target == 0 && s.Offset == old.Offset {
			t.Fatalf("section %d was %+v and is %+v", i, old, s)
		}
		table := s.Relocs
		if table.Target == 0 || stripped.Section(int(table.Target)).Flags&SectionAlloc == 0 {
			continue
		}
		for from := 0; from < int(table.Num); {
			var batch [64]Reloc
			relocs := stripped.RelocsOf(&table, from, batch[:])
			for k := range relocs {
				if uint64(relocs[k].Sym) >= uint64(len(symbols)) {
					continue
				}
				y := &symbols[relocs[k].Sym]
				if y.Place == PlaceSection && o.Section(int(y.Section)).Flags&SectionAlloc != 0 && stripped.Section(int(y.Section)).Flags&SectionAlloc == 0 {
					t.Fatalf("section %d, which stays, needs section %d, which is gone", table.Target, y.Section)
				}
			}
			from += len(relocs)
		}
	}
}
