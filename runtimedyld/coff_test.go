package runtimedyld

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/gomcjit/gomcjit/executor"
	"github.com/gomcjit/gomcjit/internal/testenv"
	"github.com/gomcjit/gomcjit/memmgr"
	"github.com/gomcjit/gomcjit/objimage"
)

const windows = "x86_64-pc-windows-msvc"

// assembleCOFF returns the object that clang makes of assembly for Windows.
func assembleCOFF(t testing.TB, name, triple, source string) *objimage.Object {
	t.Helper()
	return parseObject(t, name, testenv.CompileBytes(t, "clang-19", testenv.Assembler, source, "--target="+triple))
}

// comdatOf is a COMDAT section of a selection that defines f as words of one value, n of them.
func comdatOf(selection string, n, value int) string {
	return fmt.Sprintf(".section .rdata$f, \"dr\", %s, f\n.globl f\nf:\n.rept %d\n.quad %d\n.endr\n.data\n.globl p%d\np%d: .quad f\n", selection, n, value, value, value)
}

// TestCOFFSelections: which of two definitions counts, and which cannot be together.
func TestCOFFSelections(t *testing.T) {
	for _, c := range []struct {
		selection    string
		sizes        [2]int
		values       [2]int
		winner       int
		want, reason string
	}{
		{"discard", [2]int{1, 2}, [2]int{7, 8}, 7, "", ""},
		{"same_size", [2]int{2, 2}, [2]int{7, 8}, 7, "", ""},
		{"same_size", [2]int{1, 2}, [2]int{7, 8}, 0, "same size", "and have 8 and 16 bytes"},
		{"same_contents", [2]int{1, 1}, [2]int{7, 7}, 7, "", ""},
		{"same_contents", [2]int{1, 1}, [2]int{7, 8}, 0, "differ", "f"},
		{"largest", [2]int{2, 1}, [2]int{7, 8}, 7, "", ""},
		{"largest", [2]int{1, 2}, [2]int{7, 8}, 8, "", ""},
		{"one_only", [2]int{1, 1}, [2]int{7, 8}, 0, "duplicate symbol", "b.o"},
	} {
		name := fmt.Sprintf("%s %v", c.selection, c.sizes)
		b := newBench(t, nil)
		b.loadImage(assembleCOFF(t, "a.o", windows, comdatOf(c.selection, c.sizes[0], c.values[0])))
		_, err := b.LoadObject(assembleCOFF(t, "b.o", windows, strings.ReplaceAll(comdatOf(c.selection, c.sizes[1], c.values[1]), fmt.Sprint("p", c.values[1]), "second")))
		if c.winner == 0 {
			var duplicate *DuplicateError
			if !errors.As(err, &duplicate) || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), c.reason) {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		b.finalize()
		f := b.addr("f")
		if got := b.word64(f); got != uint64(c.winner) {
			t.Errorf("%s: f is %d, want %d", name, got, c.winner)
		}
		for _, pointer := range []string{fmt.Sprint("p", c.values[0]), "second"} {
			if got := b.word64(b.addr(pointer)); got != f {
				t.Errorf("%s: %s points to %#x, want %#x", name, pointer, got, f)
			}
		}
	}
}

// TestCOFFSameLength: GNU as fills sections up, which clang does not. Their symbols have how many bytes are in them.
func TestCOFFSameLength(t *testing.T) {
	const comdat = 0x1000
	object := func(bytes int, length byte) *objimage.Object {
		aux := comdatAux(byte(objimage.SelectSameSize), 0)
		aux[0] = length
		w := &coffWriter{arch: objimage.ArchX86_64, sections: []coffWritten{{name: ".data$f", flags: coffData | comdat, data: make([]byte, bytes)}},
			symbols: []coffWrittenSymbol{{name: ".data$f", section: 1, class: 3, aux: aux}, {name: "f", section: 1, class: 2}}}
		return w.parse(t)
	}
	b := newBench(t, nil)
	b.loadImage(object(13, 13))
	b.loadImage(object(16, 13))
	if _, err := b.LoadObject(object(16, 14)); !errors.Is(err, ErrDuplicateSymbol) {
		t.Errorf("another length: %v", err)
	}
	b.finalize()
}

// TestCOFFLargestLater: what is linked already stays with the definition that it has, and the name goes back when the larger one is removed.
func TestCOFFLargestLater(t *testing.T) {
	b := newBench(t, nil)
	b.loadImage(assembleCOFF(t, "a.o", windows, comdatOf("largest", 1, 7)))
	b.finalize()
	small := b.addr("f")
	second := b.loadImage(assembleCOFF(t, "b.o", windows, comdatOf("largest", 3, 8)))
	b.finalize()
	if large := b.addr("f"); large == small || b.word64(b.addr("p7")) != small || b.word64(b.addr("p8")) != large {
		t.Errorf("f is at %#x, was at %#x; pointers %#x, %#x", large, small, b.word64(b.addr("p7")), b.word64(b.addr("p8")))
	}
	b.remove(second)
	if got := b.addr("f"); got != small {
		t.Errorf("f is at %#x after the larger one was removed, want %#x", got, small)
	}
}

// TestCOFFAssociative: what is associated goes with a COMDAT section that is dropped.
func TestCOFFAssociative(t *testing.T) {
	const source = ".section .text, \"xr\", discard, f\n.globl f\nf: ret\n.section .xdata, \"dr\", associative, f\n.quad 1\n.data\n.globl %s\n%[1]s: .quad f\n"
	b := newBench(t, nil)
	first := b.loadImage(assembleCOFF(t, "a.o", windows, fmt.Sprintf(source, "one")))
	second := b.loadImage(assembleCOFF(t, "b.o", windows, fmt.Sprintf(source, "two")))
	b.finalize()
	count := func(o *Object) (n int) {
		for i := range o.img.NumSections() {
			if name := string(o.img.SectionName(i)); name == ".xdata" && b.hasSection(o, i) {
				n++
			}
		}
		return n
	}
	if count(first) != 1 || count(second) != 0 {
		t.Errorf("%d and %d sections of unwind information", count(first), count(second))
	}
	if b.word64(b.addr("two")) != b.addr("f") {
		t.Error("two points elsewhere")
	}
}

// TestCOFFImageBase: addresses relative to the image are right when functions and data are in other objects, wherever those are, and cannot be more than 4 GiB.
func TestCOFFImageBase(t *testing.T) {
	const user = ".text\n.globl start\nstart: leaq __ImageBase(%rip), %rax\n.data\n.globl p, q\np: .rva elsewhere\nq: .rva function\n"
	const other = ".data\n.globl elsewhere\nelsewhere: .quad 1\n.section .x, \"xr\"\n.globl function\nfunction: ret\n"
	for _, c := range []struct {
		name string
		data uint64
		ok   bool
	}{{"above", 0x9000_0000, true}, {"below", 0x1000_0000, true}, {"too far below", 0x1000, true}, {"more than 4 GiB above", 0x5_0000_0000, false}} {
		mm := newTestMM()
		mm.at = func(m memmgr.Module, s *memmgr.Section) (executor.Addr, bool) {
			at := map[string]uint64{"a.o.text": 0x4000_0000, "a.o.data": 0x4010_0000, "a.o.got": 0x4020_0000, "a.o.stubs": 0x4030_0000, "b.o.data": c.data, "b.o.x": 0x7000_0000_0000}
			a, ok := at[m.Name+m.SectionName(s)]
			return executor.Addr(a), ok
		}
		d := New(mm, nil)
		o, err := d.LoadObject(assembleCOFF(t, "a.o", windows, user))
		if err != nil {
			t.Fatal(err)
		}
		if _, err = d.LoadObject(assembleCOFF(t, "b.o", windows, other)); err != nil {
			t.Fatal(err)
		}
		err = d.ResolveRelocations()
		if !c.ok {
			if !errors.Is(err, ErrRelocationOverflow) || !strings.Contains(err.Error(), errOtherObjectData) {
				t.Errorf("%s: %v", c.name, err)
			}
			continue
		}
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		read := func(name string) uint64 {
			a, _ := d.SymbolLoadAddress(name)
			return o.coff.base + uint64(binary.LittleEndian.Uint32(mm.read(uint64(a), 4)))
		}
		if got := read("p"); got != c.data {
			t.Errorf("%s: data is at %#x, want %#x", c.name, got, c.data)
		}
		if got := read("q"); got != 0x4030_0008 {
			t.Errorf("%s: the function is at %#x, want its stub, the second one", c.name, got)
		}
		if want := min(c.data, 0x4000_0000); o.coff.base != want {
			t.Errorf("%s: the image begins at %#x, want %#x", c.name, o.coff.base, want)
		}
		d.Close()
	}
}

// TestCOFFOneImage: with one image for all objects its base is that of the lowest one, of whichever object.
func TestCOFFOneImage(t *testing.T) {
	for _, c := range []struct {
		one  bool
		base uint64
	}{{false, 0x4000_0000}, {true, 0x3000_0000}} {
		mm := newTestMM()
		mm.at = func(m memmgr.Module, s *memmgr.Section) (executor.Addr, bool) {
			return map[string]executor.Addr{"a.o": 0x4000_0000, "b.o": 0x3000_0000}[m.Name], true
		}
		d := New(mm, nil)
		d.SetOneImage(c.one)
		for name, source := range map[string]string{"a.o": ".data\n.globl p\np: .rva p\n", "b.o": ".data\n.quad 1\n"} {
			if _, err := d.LoadObject(assembleCOFF(t, name, windows, source)); err != nil {
				t.Fatal(err)
			}
		}
		if err := d.ResolveRelocations(); err != nil {
			t.Fatal(err)
		}
		if got := binary.LittleEndian.Uint32(mm.read(0x4000_0000, 4)); uint64(got) != 0x4000_0000-c.base {
			t.Errorf("one image %v: the address is %#x from its base", c.one, got)
		}
		d.Close()
	}
}

// TestCOFFOrder: pieces of a section are laid out by what is behind "$" in their names, whatever the order of the file.
func TestCOFFOrder(t *testing.T) {
	const source = ".section .x$b, \"dr\"\n.globl b\nb: .quad 2\n.section .other, \"dr\"\n.quad 9\n.section .x$a, \"dr\"\n.globl a\na: .quad 1\n.section .x$c, \"dr\"\n.globl c\nc: .quad 3\n"
	b := newBench(t, nil)
	b.loadImage(assembleCOFF(t, "a.o", windows, source))
	b.finalize()
	if x, y, z := b.addr("a"), b.addr("b"), b.addr("c"); x >= y || y >= z {
		t.Errorf("pieces are at %#x, %#x, %#x", x, y, z)
	}
}

// TestCOFFAlias: a weak external that stands for a symbol of another object.
func TestCOFFAlias(t *testing.T) {
	const user = ".data\n.globl p\np: .quad alias\n.weak alias\nalias = target\n"
	b := newBench(t, nil)
	b.loadImage(assembleCOFF(t, "a.o", windows, user))
	var undefined *UndefinedError
	if _, err := b.Finalize(); !errors.As(err, &undefined) || len(undefined.Symbols) != 1 || undefined.Symbols[0].Name != "target" {
		t.Errorf("without what it stands for: %v", err)
	}
	b.loadImage(assembleCOFF(t, "b.o", windows, ".data\n.globl target\ntarget: .quad 5\n"))
	b.finalize()
	if got := b.word64(b.addr("p")); got != b.addr("target") {
		t.Errorf("alias is %#x, want %#x", got, b.addr("target"))
	}
}

// TestCOFFRefusedRelocations: those that nobody serves say why.
func TestCOFFRefusedRelocations(t *testing.T) {
	img := assembleCOFF(t, "a.o", windows, ".data\n.quad f\n")
	data := img.Buffer().Bytes()
	header := data[20+40:]
	reloc := data[binary.LittleEndian.Uint32(header[24:]):]
	for typ, want := range map[uint16]string{0x0d: refuseCLR, 0x0e: refuseSpan, 0x77: "type unknown on x86_64"} {
		binary.LittleEndian.PutUint16(reloc[8:], typ)
		_, err := newBench(t, nil).LoadObject(parseObject(t, "a.o", data))
		if !errors.Is(err, ErrUnsupportedRelocation) || !strings.Contains(err.Error(), want) {
			t.Errorf("type %#x: %v, want %q", typ, err, want)
		}
	}
	binary.LittleEndian.PutUint32(reloc[4:], 1) // an auxiliary record
	binary.LittleEndian.PutUint16(reloc[8:], 1)
	if _, err := newBench(t, nil).LoadObject(parseObject(t, "a.o", data)); !errors.Is(err, ErrMalformedRelocation) {
		t.Errorf("of no symbol: %v", err)
	}
}

// TestCOFFRefusedGNU: what GNU as makes of bytes and words that hold addresses is refused by its name.
func TestCOFFRefusedGNU(t *testing.T) {
	data := assembleCOFF(t, "a.o", "i686-pc-windows-msvc", ".data\n.long _f\n").Buffer().Bytes()
	reloc := data[binary.LittleEndian.Uint32(data[20+40+24:]):]
	for typ, name := range map[uint16]string{0x0f: "R_RELBYTE", 0x10: "R_RELWORD", 0x11: "R_RELLONG", 0x12: "R_PCRBYTE", 0x13: "R_PCRWORD"} {
		binary.LittleEndian.PutUint16(reloc[8:], typ)
		_, err := newBench(t, nil).LoadObject(parseObject(t, "a.o", data))
		if !errors.Is(err, ErrUnsupportedRelocation) || !strings.Contains(err.Error(), name) || !strings.Contains(err.Error(), refuseGNU) {
			t.Errorf("%#x: %v, want %s", typ, err, name)
		}
	}
}
