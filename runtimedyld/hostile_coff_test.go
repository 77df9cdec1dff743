package runtimedyld

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/gomcjit/gomcjit/internal/testenv"
	"github.com/gomcjit/gomcjit/objimage"
)

// comdatAux is what the symbol of a COMDAT section has behind it.
func comdatAux(selection, parent byte) []byte { return []byte{12: parent, 14: selection, 17: 0} }

// TestCOFFLeaderUnloaded: a COMDAT group of which only what is associated is in memory, and whose name nobody defines, may come twice.
func TestCOFFLeaderUnloaded(t *testing.T) {
	const comdat, discardable = 0x1000, 0x0200_0000
	for _, selection := range []objimage.Selection{objimage.SelectSameSize, objimage.SelectExact, objimage.SelectLargest} {
		w := &coffWriter{arch: objimage.ArchX86_64, sections: []coffWritten{
			{name: ".debug$L", flags: coffData | comdat | discardable, data: make([]byte, 8)}, {name: ".data", flags: coffData | comdat, data: make([]byte, 8)},
		}, symbols: []coffWrittenSymbol{
			{name: ".debug$L", section: 1, class: 3, aux: comdatAux(byte(selection), 0)}, {name: "leader", section: 1, class: 2},
			{name: ".data", section: 2, class: 3, aux: comdatAux(5, 1)}, {name: "global", section: 2, class: 2},
		}}
		b := newBench(t, nil)
		b.loadImage(w.parse(t))
		b.loadImage(w.parse(t))
		b.finalize()
	}
}

// TestCOFFAliasOfPointer: a weak external may stand for a pointer that the linker makes, in front of it in the symbol table.
func TestCOFFAliasOfPointer(t *testing.T) {
	w := &coffWriter{arch: objimage.ArchX86_64, sections: []coffWritten{
		{name: ".data", flags: coffData, data: make([]byte, 16), relocs: []coffWrittenReloc{{0, 0, 1}, {8, 2, 1}}},
	}, symbols: []coffWrittenSymbol{
		{name: "alias", class: 105, aux: weakAux(2)}, {name: "__imp_f", class: 2}, {name: "data", section: 1, class: 2},
	}}
	b := newBenchResolving(t, nil, knows(map[string]uint64{"f": 0x1234}))
	b.loadImage(w.parse(t))
	b.finalize()
	alias, pointer := b.word64(b.addr("data")), b.word64(b.addr("data")+8)
	if alias != pointer || b.word64(pointer) != 0x1234 {
		t.Errorf("the alias is at %#x, the pointer at %#x", alias, pointer)
	}
}

// TestMachOMinusUnloaded: what is subtracted has to have an address.
func TestMachOMinusUnloaded(t *testing.T) {
	for arch, minus := range map[objimage.Arch]uint32{objimage.ArchX86_64: 5, objimage.ArchAArch64: 1} {
		w := &machoWriter{name: "minus.o", arch: arch, sections: []machoWritten{
			{segment: "__DATA", name: "__data", data: make([]byte, 8), relocs: [][2]uint32{machoReloc(0, 1, minus|machoQuad, true), machoReloc(0, 0, machoQuad, true)}},
			{segment: "__DWARF", name: "__debug_info", data: make([]byte, 8)},
		}, symbols: []machoSymbol{{"_here", 0xf, 1, 0, 0}, {"_debug", 0xf, 2, 0, 0}}}
		b := newBench(t, nil)
		if _, err := b.LoadObject(w.parse(t)); !errors.Is(err, ErrMalformedRelocation) {
			t.Errorf("%v: %v", arch, err)
		}
	}
}

// TestHostileCOFFSquares is TestHostileSquares for what only COFF has.
func TestHostileCOFFSquares(t *testing.T) {
	relocated := func(n int, typ uint16, more ...coffWrittenSymbol) *coffWriter {
		data := coffWritten{name: ".data", flags: coffData, data: make([]byte, 8)}
		for range n {
			data.relocs = append(data.relocs, coffWrittenReloc{0, 0, typ})
		}
		return &coffWriter{arch: objimage.ArchX86_64, sections: []coffWritten{data}, symbols: append([]coffWrittenSymbol{{name: "local", section: 1, class: 3}}, more...)}
	}
	largest := func(n, size int) *coffWriter {
		w := &coffWriter{arch: objimage.ArchX86_64}
		for i := range n {
			w.sections = append(w.sections, coffWritten{name: ".data", flags: coffData | 0x1000, data: make([]byte, size)})
			w.symbols = append(w.symbols, coffWrittenSymbol{name: ".data", section: int16(i + 1), class: 3, aux: comdatAux(6, 0)}, coffWrittenSymbol{name: fmt.Sprintf("g%07x", i), section: int16(i + 1), class: 2})
		}
		return w
	}
	for name, objects := range map[string]func(n int) []*coffWriter{
		"sections": func(n int) []*coffWriter {
			w := relocated(n, 0x0b)
			for i := range n {
				w.sections = append(w.sections, coffWritten{name: fmt.Sprintf("s%07x", i), flags: coffData, data: make([]byte, 1)})
			}
			return []*coffWriter{w}
		},
		"stand-ins": func(n int) []*coffWriter {
			more := []coffWrittenSymbol{{name: "common", value: 8, class: 2}}
			for i := range n {
				more = append(more, coffWrittenSymbol{name: fmt.Sprintf("w%07x", i), class: 105, aux: weakAux(1)})
			}
			return []*coffWriter{relocated(n, 0x0a, more...)}
		},
		"pointers": func(n int) []*coffWriter {
			w := relocated(0, 0)
			for i := range n {
				w.symbols = append(w.symbols, coffWrittenSymbol{name: "__imp_" + string([]byte{byte(1 + i%255), byte(1 + i/255)}), class: 2})
			}
			return []*coffWriter{w}
		},
		"largest": func(n int) []*coffWriter { return []*coffWriter{largest(n, 1), largest(n, 2)} },
	} {
		t.Run(name, func(t *testing.T) {
			testenv.WantLinear(t, 2_500, func(n int) time.Duration {
				b := newBench(t, nil)
				var images []*objimage.Object
				for _, w := range objects(n) {
					images = append(images, w.parse(t))
				}
				start := testenv.CPUTime()
				for _, img := range images {
					b.loadImage(img)
				}
				b.ResolveRelocations() // fails where there is a pointer to nothing
				return testenv.CPUTime() - start
			})
		})
	}
}
