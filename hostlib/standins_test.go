//go:build linux && amd64

package hostlib_test

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"testing"

	"github.com/gomcjit/gomcjit/hostlib"
)

// The object is an ELF object by Go's own reader, and has what it can have of the names.
func TestStandIns(t *testing.T) {
	standIns := hostlib.StandIns(hostlib.Process().Lookup)
	if object := standIns([]string{"environ", "there is no such name"}); object != nil {
		t.Errorf("an object of %d bytes for what can have no stand-in", len(object))
	}
	f, err := elf.NewFile(bytes.NewReader(standIns([]string{"malloc", "environ", "stderr", "memcpy", "in6addr_loopback"})))
	if err != nil {
		t.Fatal(err)
	}
	if f.Type != elf.ET_REL || f.Section(".note.GNU-stack") == nil {
		t.Errorf("%v, sections %v", f.Type, f.Sections)
	}
	symbols, err := f.Symbols()
	if err != nil || len(symbols) != 4 {
		t.Fatalf("%v, %v", symbols, err)
	}
	for i, want := range []struct {
		name, section string
		typ           elf.SymType
		slot          uint64 // behind the symbol, of the function's address
	}{{"malloc", ".text", elf.STT_FUNC, 16}, {"stderr", ".data", elf.STT_OBJECT, 0}, {"memcpy", ".text", elf.STT_FUNC, 16}, {"in6addr_loopback", ".data", elf.STT_OBJECT, 8}} {
		y := symbols[i]
		section := f.Sections[y.Section]
		data, err := section.Data()
		if err != nil || y.Name != want.name || section.Name != want.section || elf.ST_TYPE(y.Info) != want.typ || elf.ST_BIND(y.Info) != elf.STB_GLOBAL {
			t.Fatalf("%+v in %s, %v", y, section.Name, err)
		}
		addr, _ := hostlib.Process().Lookup(y.Name)
		word := binary.LittleEndian.Uint64(data[y.Value+want.slot:])
		if want.typ == elf.STT_FUNC && word != uint64(addr) || word == 0 || y.Name == "in6addr_loopback" && word != 1<<56 {
			t.Errorf("%s: %#x, it is at %v", y.Name, word, addr)
		}
	}
}
