package runtimedyld

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

// An abi is what the document of an architecture says of its relocations, to be compared with the table.
type abi struct {
	name   func(typ uint32) string // debug/elf's
	prefix string                  // of the names
	rows   map[uint32]abiRow       // those that relocatable objects have
	more   map[uint32]string       // names that debug/elf does not have, or has wrong
}

// An abiRow is the column "Calculation" of a relocation, and the width of the field.
type abiRow struct {
	formula string
	bits    int
}

// abis are the documents, by LLVM's names of the architectures. Each architecture's test adds its own.
var abis = map[string]abi{}

// TestTable compares the rows with the document and with debug/elf: all types have a row, under their name.
func TestTable(t *testing.T) {
	for _, a := range testArches() {
		doc, ok := abis[a.name]
		if a.like != nil {
			continue
		}
		if !ok {
			t.Errorf("%s: its document is not here", a.name)
			continue
		}
		served := 0
		for typ := range uint32(max(len(a.rows), 256) + 10) {
			name, row := doc.name(typ), a.row(typ)
			known := strings.HasPrefix(name, doc.prefix) && !strings.Contains(name, "+")
			if doc.more[typ] != "" {
				name, known = doc.more[typ], true
			}
			if row == nil {
				if known {
					t.Errorf("%s has no row", name)
				}
				continue
			}
			if known && row.name != name {
				t.Errorf("type %d is called %s, not %s", typ, name, row.name)
			}
			if doc.compare(t, typ, row) {
				served++
			}
		}
		if served != len(doc.rows) {
			t.Errorf("%s: %d types are served, want %d", a.name, served, len(doc.rows))
		}
	}
}

// compare compares a row, and reports whether it is served.
func (doc *abi) compare(t *testing.T, typ uint32, row *howto) bool {
	want, ok := doc.rows[typ]
	if ok != (row.formula != nil) || ok == (row.refusal != "") {
		t.Errorf("%s: served %v, refused because %q; wanted %v", row.name, row.formula != nil, row.refusal, ok)
		return false
	}
	if ok && (row.formula.text != want.formula || row.field.size*8 != want.bits) {
		t.Errorf("%s is %s in %d bits, the psABI says %s in %d", row.name, row.formula.text, row.field.size*8, want.formula, want.bits)
	}
	return ok
}

// TestRefused loads an object with one relocation of each type that is not served.
func TestRefused(t *testing.T) {
	for _, a := range testArches() {
		types := []uint32{0xffffffff, 1 << 31}
		if !a.wide { // the type has 8 bits
			types = types[:0]
		}
		for typ := range uint32(256) {
			types = append(types, typ)
		}
		for _, typ := range types {
			if row := a.row(typ); row == nil || row.formula == nil {
				refused(t, a, typ)
			}
		}
	}
}

func refused(t *testing.T, a testArch, typ uint32) {
	w := a.newELF("refused.o")
	text := w.section(".text", flagsText, make([]byte, 16))
	w.relocate(text, 3, typ, w.global("somebody", text, 0), 7)
	b := newBench(t, nil)
	_, err := b.LoadObject(w.parse(t))
	e := new(RelocationError)
	if !errors.Is(err, ErrUnsupportedRelocation) || !errors.As(err, &e) {
		t.Errorf("%s: type %d: %v", a.name, typ, err)
		return
	}
	name, reason := fmt.Sprint(typ), "type unknown on "+a.name
	if row := a.row(typ); row != nil {
		name, reason = row.name, row.refusal
	}
	want := RelocationError{Object: "refused.o", Section: ".text", Offset: 3, Type: name, Symbol: "somebody", Addend: 7, Detail: reason, Err: ErrUnsupportedRelocation}
	if *e != want {
		t.Errorf("%s: type %d:\n got %+v\nwant %+v", a.name, typ, *e, want)
	}
	if b.mm.count() != 0 || b.NumSymbols() != 0 {
		t.Errorf("%s: type %d: %d allocations and %d symbols are left", a.name, typ, b.mm.count(), b.NumSymbols())
	}
}
