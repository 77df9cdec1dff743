package runtimedyld

import (
	"bytes"
	"encoding/binary"
	"testing"

	"github.com/gomcjit/gomcjit/executor"
	"github.com/gomcjit/gomcjit/objimage"
)

var fuzzCOFFArches = []objimage.Arch{objimage.ArchX86_64, objimage.ArchAArch64, objimage.ArchI386, objimage.ArchARM}

// fuzzCOFF makes an object of an architecture: code with raw relocations, and symbols and sections of every kind to which they refer.
func fuzzCOFF(a objimage.Arch, code, relocs []byte) []byte {
	const comdat = coffData | 0x1000
	w := &coffWriter{arch: a, sections: []coffWritten{
		{name: ".text", flags: coffText, data: code},
		{name: ".data$b", flags: coffData, data: make([]byte, 64)},
		{name: ".pdata", flags: coffData, data: make([]byte, 48)},
		{name: ".CRT$XCU", flags: coffData, data: make([]byte, 16)},
		{name: ".data$a", flags: comdat, data: make([]byte, 16)},
		{name: ".tls$", flags: coffData, data: make([]byte, 32)},
	}, symbols: []coffWrittenSymbol{
		{name: "_here", value: 4, section: 1, class: 3}, {name: "_main", class: 2, typ: 0x20}, {name: "_common", value: 32, class: 2}, {name: "_target", section: 1, typ: 0x20, class: 2},
		{name: "__imp__x", class: 2}, {name: "__imp_y", class: 2}, {name: "_data", section: 2, class: 2}, {name: "_abs", value: 0x1234, section: -1, class: 2},
		{name: "_weak", class: 105, aux: weakAux(3)}, {name: "_alias", class: 105, aux: weakAux(1)}, {name: ".data$a", section: 5, class: 3, aux: []byte{14: 2, 17: 0}}, {name: "_any", section: 5, class: 2},
		{name: "_own", value: 8, section: 6, class: 2}, {name: "_outside", class: 2}, {name: "_tls_index", class: 2},
	}}
	if a == objimage.ArchI386 {
		w.symbols[len(w.symbols)-1].name = "__tls_index"
	}
	for i := 0; len(relocs) >= 10; relocs, i = relocs[10:], i+1 {
		s := &w.sections[i%len(w.sections)]
		s.relocs = append(s.relocs, coffWrittenReloc{binary.LittleEndian.Uint32(relocs), binary.LittleEndian.Uint32(relocs[4:]), binary.LittleEndian.Uint16(relocs[8:])})
	}
	return w.bytes()
}

// weakAux is what a weak external has behind it that stands for a symbol, or is an alias of it.
func weakAux(symbol byte) []byte { return []byte{symbol, 0, 0, 0, 3, 17: 0} }

// FuzzCOFF is FuzzRelocations for COFF of all architectures.
func FuzzCOFF(f *testing.F) {
	for i, a := range fuzzCOFFArches {
		code := bytes.Repeat([]byte{0x48, 0x8b, 0x05, 0, 0, 0, 0, 0xe8, 0, 0, 0, 0x14, 0, 0, 0, 0x94}, 8)
		table := coffArches[a][0]
		if table == nil {
			table = coffArches[a][1]
		}
		var all []byte
		for typ := range table.rows {
			if table.rows[typ].formula == nil {
				continue
			}
			for k := range 5 { // one a section
				var r [10]byte
				binary.LittleEndian.PutUint32(r[:], uint32(4*k))
				binary.LittleEndian.PutUint32(r[4:], uint32(typ+3*k)%20)
				binary.LittleEndian.PutUint16(r[8:], uint16(typ))
				all = append(all, r[:]...)
			}
			f.Add(uint8(i), code, all[len(all)-50:])
		}
		f.Add(uint8(i), code, all)
	}
	f.Fuzz(func(t *testing.T, i uint8, code, relocs []byte) {
		fuzzAlone(t, fuzzCOFF(fuzzCOFFArches[int(i)%len(fuzzCOFFArches)], code, relocs))
	})
}

// TestFuzzCOFFLoads: what is fuzzed is an object that is linked when there are no relocations.
func TestFuzzCOFFLoads(t *testing.T) {
	for _, a := range fuzzCOFFArches {
		d := New(newTestMM(), knows(map[string]uint64{"main": 0x100, "x": 0x200, "y": 0x300, "\x01y": 0x300, "_main": 0x100, "_x": 0x200, "imp_y": 1, "\x01_imp_y": 1, "outside": 0x400, "_outside": 0x400}))
		d.SetThreadStorage(&testStorage{indexed: true, modules: map[uint64]executor.ThreadTemplate{}})
		if _, err := d.LoadObject(parseObject(t, "fuzz.o", fuzzCOFF(a, make([]byte, 64), nil))); err != nil {
			t.Fatal(err)
		}
		if _, err := d.Finalize(); err != nil {
			t.Errorf("%v: %v", a, err)
		}
	}
}
