package objimage

import (
	"os"
	"testing"
)

// TestMIPS16Stubs reads an object with a function that has a stub for its arguments, and a call that has one: see testdata/rules/mips/mips16.s.
func TestMIPS16Stubs(t *testing.T) {
	data, err := os.ReadFile("../testdata/rules/mips/mips16.o")
	if err != nil {
		t.Fatal(err)
	}
	o, err := Parse(NewBuffer("mips16.o", data))
	if err != nil {
		t.Fatal(err)
	}
	syms := make([]Symbol, o.NumSymbols())
	if _, err := o.Symbols(0, syms); err != nil {
		t.Fatal(err)
	}
	starts := make([]uint64, o.NumSections())
	addrs := make([]uint64, len(syms))
	if err := o.Addresses(starts, addrs); err != nil {
		t.Fatal(err)
	}
	values := map[string]uint64{}
	for i := range syms {
		y := &syms[i]
		if addrs[i] != y.Address(starts) {
			t.Errorf("symbol %d is at %#x, and at %#x", i, addrs[i], y.Address(starts))
		}
		values[string(o.SymbolName(y))] = y.Value
		if name := string(o.SymbolName(y)); name == "halve" && string(o.SectionName(int(y.Section))) != ".mips16.fn.halve" {
			t.Errorf("%s is in section %s", name, o.SectionName(int(y.Section)))
		}
	}
	if values["halve"] != 0 || values["start"]&1 != 1 || values["standard"]&1 != 0 {
		t.Errorf("values: %v", values)
	}
	targets := map[string]int{} // of calls from MIPS16 code, by section
	for i := 1; i < o.NumSections(); i++ {
		target, n, _, ok := o.RelocTarget(i)
		if !ok || string(o.SectionName(target)) != ".text" {
			continue
		}
		relocs := make([]Reloc, n)
		for _, r := range relocs[:o.Relocs(i, 0, relocs)] {
			if y := &syms[r.Sym]; r.Type == relocMIPS16 && y.Place == PlaceSection {
				targets[string(o.SectionName(int(y.Section)))]++
			}
		}
	}
	if targets[".text"] != 2 || targets[".mips16.call.fp.root"] != 1 || targets[".mips16.fn.halve"] != 0 {
		t.Errorf("calls: %v", targets)
	}
	if _, err := NewImage(o, func(int) (uint64, bool) { return 0x1000, true }).DebugObject(); err != nil {
		t.Error(err)
	}
}
