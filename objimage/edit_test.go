package objimage

import (
	"bytes"
	"encoding/binary"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// parseFile parses an object of testdata.
func parseFile(t *testing.T, path string) *Object {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("../testdata", path))
	if err != nil {
		t.Fatal(err)
	}
	o, err := Parse(NewBuffer(path, data))
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func symbolsOf(t *testing.T, o *Object) []Symbol {
	t.Helper()
	syms := make([]Symbol, o.NumSymbols())
	if _, err := o.Symbols(0, syms); err != nil {
		t.Fatal(err)
	}
	return syms
}

// firstTable returns the first table of relocations.
func firstTable(t *testing.T, o *Object) (table, target int, relocs []Reloc) {
	t.Helper()
	for i := 1; i < o.NumSections(); i++ {
		if target, n, _, ok := o.RelocTarget(i); ok && n > 0 {
			relocs := make([]Reloc, n)
			return i, target, relocs[:o.Relocs(i, 0, relocs)]
		}
	}
	t.Fatal("no relocations")
	return 0, 0, nil
}

// TestEdit adds to objects of all formats a local and a global symbol, two relocations, and contents.
func TestEdit(t *testing.T) {
	for _, path := range []string{"hello.o", "rules/x86_64-macho/all.o", "rules/x86_64-coff/all.o", "rules/i386-coff/same.o", "rules/ppc64/all.o"} {
		before := parseFile(t, path)
		table, target, relocs := firstTable(t, before)
		e, err := before.Edit()
		if err != nil {
			t.Fatal(err)
		}
		data := append(bytes.Clone(before.SectionData(target)), "something"...)
		e.SetData(target, data)
		local := e.AddSymbol(Symbol{Value: 3, Section: uint32(target), Place: PlaceSection})
		global := e.AddSymbol(Symbol{Name: symbolsOf(t, before)[before.FirstGlobal()].Name, Binding: BindGlobal})
		e.SetRelocs(table, append(relocs, Reloc{Offset: 1, Type: 2, Sym: local, Addend: 4}, Reloc{Offset: 5, Sym: global}))
		after, numbers := e.Object()

		if got := after.SectionData(target); !bytes.Equal(got, data) || after.Section(target).Size != uint64(len(data)) {
			t.Errorf("%s: contents %q, want %q", path, got, data)
		}
		syms := symbolsOf(t, after)
		if y := syms[numbers[local]]; int(numbers[local]) >= after.FirstGlobal() || y.Value != 3 || int(y.Section) != target {
			t.Errorf("%s: the local symbol is %+v, number %d", path, y, numbers[local])
		}
		if int(numbers[global]) != after.NumSymbols()-1 || after.FirstGlobal() != before.FirstGlobal()+1 {
			t.Errorf("%s: the global symbol has number %d of %d, the first one %d", path, numbers[global], after.NumSymbols(), after.FirstGlobal())
		}
		_, _, got := firstTable(t, after)
		for i := range relocs {
			relocs[i].Sym = numbers[relocs[i].Sym]
		}
		if want := append(relocs, Reloc{Offset: 1, Type: 2, Sym: numbers[local], Addend: 4}, Reloc{Offset: 5, Sym: numbers[global]}); !slices.Equal(got, want) {
			t.Errorf("%s: relocations %v, want %v", path, got, want)
		}
		sameOtherwise(t, before, after, target, numbers)
	}
}

// TestEditRename: a name is another one, the others stay, and debuggers get the file as it was.
func TestEditRename(t *testing.T) {
	for _, path := range []string{"hello.o", "rules/x86_64-macho/all.o", "rules/x86_64-coff/all.o"} {
		before := parseFile(t, path)
		e, err := before.Edit()
		if err != nil {
			t.Fatal(err)
		}
		number := before.FirstGlobal()
		e.Rename(uint32(number), "another name")
		after, _ := e.Object()
		was := symbolsOf(t, before)
		for i, y := range symbolsOf(t, after) {
			want := string(before.SymbolName(&was[i]))
			if i == number {
				want = "another name"
			}
			if got := string(after.SymbolName(&y)); got != want {
				t.Errorf("%s: symbol %d is %q, want %q", path, i, got, want)
			}
		}
		nowhere := func(int) (uint64, bool) { return 0, false }
		want, err := NewImage(before, nowhere).DebugObject()
		if err != nil {
			t.Fatal(err)
		}
		if got, err := NewImage(after, nowhere).DebugObject(); err != nil || before.Format() == ELF && !bytes.Equal(got, want) {
			t.Errorf("%s: the debug object is not that of the file (%v)", path, err)
		}
	}
}

// TestEditGroup: groups keep the symbol that they are named by.
func TestEditGroup(t *testing.T) {
	before := parseBytes(t, sample(true, binary.LittleEndian).build())
	e, err := before.Edit()
	if err != nil {
		t.Fatal(err)
	}
	e.AddSymbol(Symbol{Section: nText, Place: PlaceSection})
	after, numbers := e.Object()
	if leader, want := after.Section(nGroup).Info, numbers[before.Section(nGroup).Info]; leader != want || want == before.Section(nGroup).Info {
		t.Errorf("the group has symbol %d, want %d", leader, want)
	}
}

// sameOtherwise compares what was not changed.
func sameOtherwise(t *testing.T, before, after *Object, target int, numbers []uint32) {
	t.Helper()
	old, new := symbolsOf(t, before), symbolsOf(t, after)
	for i, y := range old {
		z := new[numbers[i]]
		if y.Place == PlaceUndefined && y.Value != 0 && before.Format() != ELF {
			y.Value = uint64(numbers[y.Value])
		}
		if y != z {
			t.Errorf("%s: symbol %d was %+v and is %+v", before.Name(), i, y, z)
		}
	}
	for i := range before.NumSections() {
		if i != target && !bytes.Equal(before.SectionData(i), after.SectionData(i)) && before.Section(i).Relocs.Target == 0 {
			t.Errorf("%s: section %d has changed", before.Name(), i)
		}
	}
}

// TestFileOrder compares with the file's own order: functions of COFF come with the sections' symbols, which are local.
func TestFileOrder(t *testing.T) {
	if order := parseFile(t, "hello.o").FileOrder(); order != nil {
		t.Errorf("ELF: %v", order)
	}
	o := parseFile(t, "rules/x86_64-coff/same.o")
	order := o.FileOrder()
	if len(order) != o.NumSymbols() || slices.IsSorted(order) {
		t.Errorf("%v of %d symbols, of which %d are local", order, o.NumSymbols(), o.FirstGlobal())
	}
	slices.Sort(order)
	for i, n := range order {
		if int(n) != i {
			t.Fatalf("symbol %d is missing", i)
		}
	}
}

// TestEditUndefinedLocal changes an object of COFF with local symbols that are undefined and have a value, which no compiler makes: it stands for no symbol.
func TestEditUndefinedLocal(t *testing.T) {
	data, err := os.ReadFile("../testdata/rules/x86_64-coff/all.o")
	if err != nil {
		t.Fatal(err)
	}
	order := binary.LittleEndian
	const size, label = 18, 6
	table, count := data[order.Uint32(data[8:]):], order.Uint32(data[12:])
	labels := 0
	for i := uint32(0); i < count; i++ {
		entry := table[size*i : size*(i+1)]
		if entry[16] == label {
			order.PutUint32(entry[8:], 0x12345678)
			order.PutUint16(entry[12:], coffUndefined)
			labels++
		}
		i += uint32(entry[17])
	}
	o, err := Parse(NewBuffer("hostile.o", data))
	if err != nil || labels == 0 {
		t.Fatal(labels, err)
	}
	e, err := o.Edit()
	if err != nil {
		t.Fatal(err)
	}
	after, _ := e.Object()
	for i, y := range symbolsOf(t, after) {
		if y.Place == PlaceUndefined && y.Value >= uint64(after.NumSymbols()) {
			t.Errorf("symbol %d stands for symbol %d", i, y.Value)
		}
	}
}

// TestEditSymbols makes a global symbol weak, and takes groups away.
func TestEditSymbols(t *testing.T) {
	before := parseBytes(t, sample(true, binary.LittleEndian).build())
	if groups, err := before.Groups(); err != nil || len(groups) == 0 {
		t.Fatalf("%d groups, %v", len(groups), err)
	}
	e, err := before.Edit()
	if err != nil {
		t.Fatal(err)
	}
	number := before.FirstGlobal()
	y := symbolsOf(t, before)[number]
	y.Binding = BindWeak
	e.SetSymbol(uint32(number), y)
	e.Ungroup()
	after, numbers := e.Object()
	if got := symbolsOf(t, after)[numbers[number]]; got != y {
		t.Errorf("the symbol is %+v, want %+v", got, y)
	}
	if groups, err := after.Groups(); err != nil || len(groups) != 0 {
		t.Errorf("%d groups, %v", len(groups), err)
	}
	if members, _, err := after.AppendGroup(nil, nGroup); err != nil || len(members) != 0 {
		t.Errorf("members %v, %v", members, err)
	}
}
