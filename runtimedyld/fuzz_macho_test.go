package runtimedyld

import (
	"bytes"
	"encoding/binary"
	"testing"

	"github.com/gomcjit/gomcjit/executor"
	"github.com/gomcjit/gomcjit/objimage"
)

var fuzzMachOArches = []objimage.Arch{objimage.ArchX86_64, objimage.ArchAArch64, objimage.ArchI386, objimage.ArchARM}

// fuzzMachO makes an object of an architecture: code with raw relocations, and symbols and sections of every kind to which they refer.
func fuzzMachO(a objimage.Arch, code, relocs []byte) []byte {
	const text, ext, sect = 0x80000400, 1, 0xe
	w := &machoWriter{name: "fuzz.o", arch: a, sections: []machoWritten{
		{segment: "__TEXT", name: "__text", flags: text, data: code},
		{segment: "__DATA", name: "__data", data: make([]byte, 64), addr: 0x10000},
		{segment: "__DATA", name: "__thread_data", flags: 0x11, data: make([]byte, 16), addr: 0x10040},
		{segment: "__DATA", name: "__thread_vars", flags: 0x13, data: make([]byte, 48), addr: 0x10050},
		{segment: "__LD", name: "__compact_unwind", flags: 0x02000000, data: make([]byte, 64), addr: 0x10080},
	}, symbols: []machoSymbol{
		{"_here", sect, 1, 0, 4}, {"_main", ext, 0, 0, 0}, {"_shared", ext, 0, 0x300, 32}, {"_target", sect | ext, 1, 0x80, 8}, {"_nowhere", ext, 0, 0x40, 0},
		{"_own$tlv$init", sect, 3, 0, 0x10044}, {"_data", sect | ext, 2, 0, 0x10008}, {"_thumb", sect | ext, 1, 8, 6}, {"bare", 2 | ext, 0, 0, 0x1234},
	}}
	for i := 0; len(relocs) >= 8; relocs, i = relocs[8:], i+1 {
		s := &w.sections[i%len(w.sections)]
		s.relocs = append(s.relocs, [2]uint32{binary.LittleEndian.Uint32(relocs), binary.LittleEndian.Uint32(relocs[4:])})
	}
	return w.bytes()
}

// FuzzMachO is FuzzRelocations for Mach-O of all architectures.
func FuzzMachO(f *testing.F) {
	for i, a := range fuzzMachOArches {
		code := bytes.Repeat([]byte{0x48, 0x8b, 0x05, 0, 0, 0, 0, 0xe8, 0, 0, 0, 0x14, 0, 0, 0, 0x94}, 8)
		table := machoArches[a][0]
		if table == nil {
			table = machoArches[a][1]
		}
		var all []byte
		for typ := range min(len(table.rows), 0x80) {
			if table.rows[typ].formula == nil {
				continue
			}
			r := machoReloc(uint32(typ)%100, uint32(typ)%9, uint32(typ), true)
			for range 5 { // one a section
				all = binary.LittleEndian.AppendUint32(binary.LittleEndian.AppendUint32(all, r[0]), r[1])
			}
			f.Add(uint8(i), code, all[len(all)-40:])
		}
		f.Add(uint8(i), code, all)
	}
	f.Fuzz(func(t *testing.T, i uint8, code, relocs []byte) {
		fuzzAlone(t, fuzzMachO(fuzzMachOArches[int(i)%len(fuzzMachOArches)], code, relocs))
	})
}

// fuzzAlone is fuzzLink without another object.
func fuzzAlone(t *testing.T, data []byte) {
	img, err := objimage.Parse(objimage.NewBuffer("fuzz.o", data))
	if err != nil {
		return
	}
	var layout scatter
	mm := newTestMM()
	mm.maximum, mm.keepDead = maxFuzzBytes, true
	mask := addressMask(img)
	d := New(mm, ResolverFunc(func(name string) (executor.Addr, bool) {
		return executor.Addr(layout.external(name)) & mask, len(name)%8 != 7
	}))
	storage := newTestStorage()
	storage.indexed = img.Format() == objimage.COFF
	d.SetThreadStorage(storage)
	d.SetRelaxation(len(data)/8%2 == 0)
	original := bytes.Clone(data)
	if o, err := d.LoadObject(img); err == nil {
		fuzzLoaded(t, d, mm, o)
		if err := d.Remove(o); err != nil {
			t.Error(err)
		}
	}
	if mm.count() != 0 || d.NumSymbols() != 0 {
		t.Errorf("%d allocations and %d symbols are left", mm.count(), d.NumSymbols())
	}
	mm.check(t)
	storage.check(t)
	if !bytes.Equal(data, original) {
		t.Error("the object's file was written to")
	}
}
