package runtimedyld

import (
	"errors"
	"testing"

	"github.com/gomcjit/gomcjit/objimage"
)

// TestMachOAlias: another name (N_INDR) of a symbol of the object is at its place, and one of what it does not mention is refused.
func TestMachOAlias(t *testing.T) {
	const sect, indr, ext = 0xe, 0xa, 1
	w := &machoWriter{name: "alias.o", arch: objimage.ArchX86_64, sections: []machoWritten{{segment: "__TEXT", name: "__text", flags: 0x80000400, data: make([]byte, 16)}},
		symbols: []machoSymbol{{"_target", sect | ext, 1, 0, 4}, {"_other", indr | ext, 0, 0, 1}}} // the first name is behind a NUL
	b := newBench(t, nil)
	b.loadImage(w.parse(t))
	if b.addr("other") != b.addr("target") {
		t.Errorf("other is at %#x, target at %#x", b.addr("other"), b.addr("target"))
	}
	w.symbols[1].value = 9 // its own name
	if _, err := objimage.Parse(objimage.NewBuffer("alias.o", w.bytes())); !errors.Is(err, objimage.ErrUnsupportedFormat) {
		t.Error(err)
	}
}

// TestMachOPairs: what has to have another relocation behind it is refused without.
func TestMachOPairs(t *testing.T) {
	for arch, relocs := range map[objimage.Arch][]uint32{
		objimage.ArchX86_64: {5 | machoQuad}, objimage.ArchAArch64: {1 | machoQuad, 10 | machoLong}, objimage.ArchI386: {2 | machoLong, 4 | machoLong}, objimage.ArchARM: {2 | machoLong, 8, 9},
	} {
		for _, typ := range relocs {
			w := &machoWriter{name: "pair.o", arch: arch, sections: []machoWritten{
				{segment: "__DATA", name: "__data", data: make([]byte, 16), relocs: [][2]uint32{machoReloc(0, 0, typ, true)}},
			}, symbols: []machoSymbol{{"_x", 1, 0, 0, 0}}}
			if _, err := objimage.Parse(objimage.NewBuffer("pair.o", w.bytes())); !errors.Is(err, objimage.ErrFormat) {
				t.Errorf("%v: type %d alone: %v", arch, typ, err)
			}
		}
	}
}
