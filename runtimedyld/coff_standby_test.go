package runtimedyld

import (
	"encoding/binary"
	"errors"
	"fmt"
	"testing"

	"github.com/gomcjit/gomcjit/executor"
	"github.com/gomcjit/gomcjit/objimage"
)

// directive is assembly of a directive to linkers.
func directive(text string) string {
	return ".section .drectve, \"yni\"\n.ascii \" " + text + "\"\n.data\n"
}

const refersToF = ".data\n.globl p\np: .quad f\n"

// TestCOFFAlternateName: a name that nobody defines is another one, for all objects, if one says so, and only then.
func TestCOFFAlternateName(t *testing.T) {
	defineF, defineG := ".globl f\nf: .quad 1\n", ".data\n.globl g\ng: .quad 2\n"
	for _, c := range []struct {
		name    string
		sources []string
		want    string // what p points to; empty if f is undefined
	}{
		{"in one object", []string{directive("/alternatename:f=g") + refersToF + ".globl g\ng: .quad 2\n"}, "g"},
		{"with quotes and another case", []string{directive("-AlternateName:\\\"f\\\"=g") + refersToF + ".globl g\ng: .quad 2\n"}, "g"},
		{"in another object", []string{refersToF, directive("/alternatename:f=g") + ".quad 0\n", defineG}, "g"},
		{"said by who has it", []string{refersToF, directive("/alternatename:f=g") + ".globl g\ng: .quad 2\n"}, "g"},
		{"a common", []string{refersToF, directive("/alternatename:f=g") + ".comm g, 8, 3\n"}, "g"},
		{"of a name that is defined", []string{refersToF, directive("/alternatename:f=g") + ".quad 0\n", defineG, ".data\n" + defineF}, "f"},
		{"of nothing", []string{refersToF, directive("/alternatename:f=g") + ".quad 0\n"}, ""},
		{"by a weak external", []string{refersToF, ".data\n.quad f\n.weak f\nf = g\n", defineG}, "g"},
	} {
		b := newBench(t, nil)
		for _, source := range c.sources {
			b.loadImage(assembleCOFF(t, "a.o", windows, source))
		}
		_, err := b.Finalize()
		if c.want == "" {
			var undefined *UndefinedError
			if !errors.As(err, &undefined) || undefined.Symbols[0].Name != "f" {
				t.Errorf("%s: %v", c.name, err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if got, want := b.word64(b.addr("p")), b.addr(c.want); got != want {
			t.Errorf("%s: p points to %#x, want %#x", c.name, got, want)
		}
		if _, ok := b.SymbolLoadAddress("f"); !ok {
			if a, ok := b.DefaultAddress("f"); !ok || uint64(a) != b.addr(c.want) {
				t.Errorf("%s: f is %#x, %v", c.name, a, ok)
			}
		}
	}
}

// TestCOFFStandbyIsUsed: who is linked to what a name stands for keeps that in memory.
func TestCOFFStandbyIsUsed(t *testing.T) {
	b := newBench(t, nil)
	user := b.loadImage(assembleCOFF(t, "user.o", windows, refersToF))
	says := b.loadImage(assembleCOFF(t, "says.o", windows, directive("/alternatename:f=g")+".quad 0\n"))
	other := b.loadImage(assembleCOFF(t, "other.o", windows, ".data\n.globl g\ng: .quad 2\n"))
	b.finalize()
	b.remove(other)
	if other.State() != Retired {
		t.Errorf("what is used is %v after its removal", other.State())
	}
	b.remove(user)
	b.remove(says)
	if other.State() != Removed {
		t.Errorf("what nobody uses any more is %v", other.State())
	}
}

// TestCOFFInclude: a name that a directive wants is looked for, and missed.
func TestCOFFInclude(t *testing.T) {
	var asked []string
	b := newBenchResolving(t, nil, ResolverFunc(func(name string) (executor.Addr, bool) {
		asked = append(asked, name)
		return 0x1000, name == "there"
	}))
	b.loadImage(assembleCOFF(t, "a.o", windows, directive("/include:there")+".quad 0\n"))
	b.finalize()
	if len(asked) != 1 || asked[0] != "there" {
		t.Errorf("asked for %q", asked)
	}
	b.loadImage(assembleCOFF(t, "b.o", windows, directive("/INCLUDE:gone")+".quad 0\n"))
	var undefined *UndefinedError
	if _, err := b.Finalize(); !errors.As(err, &undefined) || undefined.Symbols[0].Name != "gone" {
		t.Errorf("%v", err)
	}
}

// TestCOFFSearchLibrary: of a weak external that wants libraries to be searched, what the resolver knows comes before what it stands for in the object.
func TestCOFFSearchLibrary(t *testing.T) {
	for _, known := range []bool{false, true} {
		w := coffWriter{arch: objimage.ArchX86_64, sections: []coffWritten{{name: ".data", flags: coffData, data: make([]byte, 24), relocs: []coffWrittenReloc{{0, 1, 1}}}}}
		aux := make([]byte, 18)
		aux[4] = objimage.OtherLibrary
		w.symbols = []coffWrittenSymbol{{name: "own", value: 16, section: 1, class: 3}, {name: "f", class: 105, aux: aux}, {name: "p", section: 1, class: 2}}
		b := newBenchResolving(t, nil, ResolverFunc(func(name string) (executor.Addr, bool) { return 0x5000, known && name == "f" }))
		b.loadImage(w.parse(t))
		b.loadImage(assembleCOFF(t, "b.o", windows, ".data\n.globl q\nq: .quad f\n"))
		if a, ok := b.DefaultAddress("f"); !ok || uint64(a) != b.addr("p")+16 {
			t.Errorf("before the link f is %#x, %v", a, ok)
		}
		b.finalize()
		want := b.addr("p") + 16
		if known {
			want = 0x5000
		}
		for _, pointer := range []string{"p", "q"} {
			if got := b.word64(b.addr(pointer)); got != want {
				t.Errorf("known %v: %s points to %#x, want %#x", known, pointer, got, want)
			}
		}
		if got := b.addr("f"); got != want {
			t.Errorf("known %v: f is %#x, want %#x", known, got, want)
		}
	}
}

// TestCOFFNewest: of COMDAT sections of that selection, the one of the object that was made last counts.
func TestCOFFNewest(t *testing.T) {
	for _, times := range [][2]uint32{{5, 9}, {9, 5}, {0, 0}} {
		b := newBench(t, nil)
		for i, time := range times {
			source := comdatOf("discard", 1, 7+i)
			data := assembleCOFF(t, "a.o", windows, source).Buffer().Bytes()
			binary.LittleEndian.PutUint32(data[4:], time)
			selectNewest(t, data)
			b.loadImage(parseObject(t, "a.o", data))
		}
		b.finalize()
		want := uint64(7)
		if times[1] > times[0] {
			want = 8
		}
		if got := b.word64(b.addr("f")); got != want {
			t.Errorf("times %d: f is %d, want %d", times, got, want)
		}
	}
}

// selectNewest changes the selection of the only COMDAT section that has any.
func selectNewest(t *testing.T, data []byte) {
	t.Helper()
	symtab := data[binary.LittleEndian.Uint32(data[8:]):]
	for i := range binary.LittleEndian.Uint32(data[12:]) {
		if record := symtab[i*18:][:18]; record[14] == byte(objimage.SelectAny) && i > 0 && symtab[(i-1)*18+17] == 1 {
			record[14] = byte(objimage.SelectNewest)
			return
		}
	}
	t.Fatal("no COMDAT section")
}

// TestCOFFStandbyAfterCompaction: what a name is that nobody defines is known by name, not by the number that it had in the link, when users of another name follow that.
func TestCOFFStandbyAfterCompaction(t *testing.T) {
	b := newBenchResolving(t, nil, knows(map[string]uint64{"outside": far}))
	w := newELF("many.o")
	data := w.section(".data", flagsData, make([]byte, 8))
	for i := range 3 * chunkSize {
		w.global(fmt.Sprint("defined", i), data, 0)
	}
	many := b.load(w)
	b.loadImage(assembleCOFF(t, "user.o", windows, refersToF+".globl q\nq: .quad outside\n"))
	b.loadImage(assembleCOFF(t, "says.o", windows, directive("/alternatename:f=g")+".globl g\ng: .quad 2\n"))
	b.finalize()
	b.remove(many)
	if err := b.MoveExternal("outside", far+0x1000); err != nil {
		t.Fatal(err)
	}
	if got := b.word64(b.addr("q")); got != far+0x1000 {
		t.Errorf("q points to %#x", got)
	}
	if got, want := b.word64(b.addr("p")), b.addr("g"); got != want {
		t.Errorf("p points to %#x, want %#x", got, want)
	}
}
