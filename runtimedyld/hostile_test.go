package runtimedyld

import (
	"bytes"
	"debug/elf"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/gomcjit/gomcjit/executor"
	"github.com/gomcjit/gomcjit/memmgr"
	"github.com/gomcjit/gomcjit/objimage"
)

// TestHostileRelocations: places that are not in their section, and symbols that do not exist.
func TestHostileRelocations(t *testing.T) {
	for _, c := range []struct {
		name   string
		typ    elf.R_X86_64
		off    uint64
		sym    uint32
		detail string // "" if it is fine
	}{
		{"last word", elf.R_X86_64_64, 8, 1, ""},
		{"one byte over the end", elf.R_X86_64_64, 9, 1, "its 8 bytes are not inside the section's 16"},
		{"at the end", elf.R_X86_64_8, 16, 1, "its 1 bytes are not inside the section's 16"},
		{"nothing at the end", elf.R_X86_64_NONE, 16, 1, ""},
		{"nothing behind the end", elf.R_X86_64_NONE, 17, 1, "its 0 bytes are not inside the section's 16"},
		{"at 2^64-1", elf.R_X86_64_64, 1<<64 - 1, 1, "not inside"},
		{"at 2^64-8", elf.R_X86_64_PC32, 1<<64 - 8, 1, "not inside"},
		{"symbol out of the table", elf.R_X86_64_64, 0, 2, "symbol 2 of 2 does not exist"},
		{"last symbol number", elf.R_X86_64_64, 0, 1<<32 - 1, "symbol 4294967295 of 2 does not exist"},
		{"no symbol", elf.R_X86_64_64, 0, 0, ""},
	} {
		w := newELF("hostile.o")
		sec := w.section(".data", flagsData, make([]byte, 16))
		w.local("here", sec, 0)
		w.reloc(sec, c.off, c.typ, c.sym, 0)
		b := newBench(t, nil)
		_, err := b.LoadObject(w.parse(t))
		e := new(RelocationError)
		switch {
		case c.detail == "" && err == nil:
			b.finalize()
		case c.detail == "" || !errors.As(err, &e) || !errors.Is(err, ErrMalformedRelocation) || !strings.Contains(e.Detail, c.detail) || e.Offset != c.off:
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

// TestHostileUnloaded: symbols of sections that are not in memory have no address, which only matters to those who want it.
func TestHostileUnloaded(t *testing.T) {
	for typ, fine := range map[elf.R_X86_64]bool{elf.R_X86_64_64: false, elf.R_X86_64_NONE: true} {
		w := newELF("unloaded.o")
		sec := w.section(".data", flagsData, make([]byte, 16))
		debug := w.section(".debug_info", 0, make([]byte, 16))
		w.reloc(sec, 0, typ, w.local("entry", debug, 4), 0)
		w.reloc(debug, 0, elf.R_X86_64_64, w.local("here", sec, 4), 0)
		w.reloc(debug, 100, 99, 99, 0)
		b := newBench(t, nil)
		o, err := b.LoadObject(w.parse(t))
		if fine != (err == nil) || err != nil && !strings.Contains(err.Error(), "section .debug_info, which is not loaded") {
			t.Errorf("%v: %v", typ, err)
		}
		if fine && !o.HasDebugInfo() {
			t.Error("debug information is not seen")
		}
	}
}

// TestHostileSections are refused with the section's name, and ask for no memory.
func TestHostileSections(t *testing.T) {
	for name, add := range map[string]func(*elfWriter){
		"both":  func(w *elfWriter) { w.section("both", flagsData|elf.SHF_EXECINSTR, make([]byte, 8)) },
		"tls":   func(w *elfWriter) { w.section("tls", flagsData|elf.SHF_TLS, make([]byte, 8)) },
		"bss":   func(w *elfWriter) { w.bss("bss", 1<<60, 16) },
		"sum2":  func(w *elfWriter) { w.bss("sum1", 1<<46, 16); w.bss("sum2", 1<<46+1, 16) },
		"wraps": func(w *elfWriter) { w.bss("sum1", 1<<46, 16); w.bss("wraps", 1<<64-1, 16) },
		"rel": func(w *elfWriter) {
			s := w.section("rel", flagsData, make([]byte, 8))
			w.sec(s).rel = true
			w.reloc(s, 0, elf.R_X86_64_64, 0, 0)
		},
	} {
		w := newELF("sections.o")
		add(w)
		b := newBench(t, nil)
		b.mm.fail = func(string) error { t.Errorf("%s: memory is asked for", name); return nil }
		_, err := b.LoadObject(w.parse(t))
		e := new(ObjectError)
		if !errors.As(err, &e) || !strings.Contains(err.Error(), "section "+name+":") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestHostileSizes asks the default memory manager for what no machine has.
func TestHostileSizes(t *testing.T) {
	large := newELF("bss.o")
	large.bss(".bss", 1<<46, 1)
	strict := newELF("align.o")
	strict.bss(".bss", 8, 1<<62)
	strictCommon := newELF("strict.o")
	strictCommon.common("strict", 8, 1<<46)
	largeCommon := newELF("commons.o")
	for i := range 300 { // together more than 2^47 bytes
		largeCommon.common(fmt.Sprint("c", i), 1<<40, 8)
	}
	largest := newELF("largest.o")
	largest.common("largest", 1<<47, 8)
	for _, w := range []*elfWriter{large, strict, strictCommon, largeCommon, largest} {
		mm, err := memmgr.New()
		if err != nil {
			t.Skip(err)
		}
		d := New(mm, nil)
		o, err := d.LoadObject(w.parse(t))
		if err == nil {
			if _, err = d.Finalize(); err == nil {
				t.Errorf("%s is linked", w.name)
			}
			if err := d.Remove(o); err != nil {
				t.Error(err)
			}
		}
		if d.NumSymbols() != 0 {
			t.Errorf("%s leaves %d symbols", w.name, d.NumSymbols())
		}
		fine, err := d.LoadObject(defining("fine.o", "x", elf.STB_GLOBAL).parse(t))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := d.Finalize(); err != nil || fine.State() != Finalized {
			t.Errorf("%s keeps others from being linked: %v", w.name, err)
		}
		if err := d.Close(); err != nil {
			t.Error(err)
		}
		if err := mm.Close(); err != nil {
			t.Error(err)
		}
	}
}

// TestHostileOverlap: relocations that overlap are applied in the order of the file, and stay in their section.
func TestHostileOverlap(t *testing.T) {
	w := newELF("overlap.o")
	sec := w.section(".data", flagsData, make([]byte, 12))
	number := w.symbol(elfSymbol{name: "number", sec: secAbs, value: 0x1122334455667788})
	w.reloc(sec, 0, elf.R_X86_64_64, number, 0)
	w.reloc(sec, 4, elf.R_X86_64_64, number, 0)
	w.reloc(sec, 3, elf.R_X86_64_8, number, -0x1122334455667788)
	b := newBench(t, nil)
	b.load(w)
	b.finalize()
	want := []byte{0x88, 0x77, 0x66, 0, 0x88, 0x77, 0x66, 0x55, 0x44, 0x33, 0x22, 0x11}
	if mem := b.mm.section("overlap.o", ".data").Mem; !bytes.Equal(mem, want) {
		t.Errorf("% x, want % x", mem, want)
	}
}

// TestHostileGroups: groups that contain themselves or each other mean nothing to the linker.
func TestHostileGroups(t *testing.T) {
	w := newELF("groups.o")
	for _, members := range [][]byte{{1, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0}, {1, 0, 0, 0, 1, 0, 0, 0}} {
		g := w.section(".group", 0, members)
		w.sec(g).typ, w.sec(g).align, w.sec(g).info, w.sec(g).link = elf.SHT_GROUP, 4, 1, 3
	}
	w.local("signature", secAbs, 0)
	b := newBench(t, nil)
	var format *objimage.FormatError
	if _, err := b.LoadObject(w.parse(t)); !errors.As(err, &format) {
		t.Errorf("sections in two groups: %v", err)
	}
}

// TestHostileMany has 70,000 sections, more than 16 bits number: each with a symbol and a relocation to the next one's.
func TestHostileMany(t *testing.T) {
	const n = 70_000
	w := newELF("many.o")
	for i := range n {
		w.section(".data", flagsData, make([]byte, 8))
		w.global(fmt.Sprint("s", i), i+1, 0)
	}
	for i := range n {
		w.reloc(i+1, 0, elf.R_X86_64_64, uint32((i+1)%n+1), 0)
	}
	b := newBench(t, nil)
	o := b.load(w)
	b.finalize()
	for _, i := range []int{0, 1, 65_279, 65_280, 65_281, 65_534, 65_535, 65_536, n - 1} {
		addr, ok := o.SectionLoadAddress(i + 1)
		next := b.addr(fmt.Sprint("s", (i+1)%n))
		if got := b.word64(uint64(addr)); !ok || uint64(addr) != b.addr(fmt.Sprint("s", i)) || got != next {
			t.Errorf("section %d at %#x holds %#x, want %#x", i, addr, got, next)
		}
	}
	b.remove(o)
	if b.NumSymbols() != 0 {
		t.Errorf("%d symbols are left", b.NumSymbols())
	}
}

// TestHostileMemory: what an object of nothing but errors makes the linker keep is in proportion to its size.
func TestHostileMemory(t *testing.T) {
	const n = 100_000
	w := newELF("errors.o")
	sec := w.section(".data", flagsData, make([]byte, 8))
	for range n {
		w.reloc(sec, 99, elf.R_X86_64_64, 77, 0)
	}
	img := w.parse(t)
	d := New(newTestMM(), nil)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err := d.LoadObject(img)
	runtime.ReadMemStats(&after)
	if all := new(LinkError); !errors.As(err, &all) || len(all.Errs) != n {
		t.Errorf("not %d errors: %v", n, err)
	}
	if got, file := after.TotalAlloc-before.TotalAlloc, uint64(len(w.bytes())); got > 30*file {
		t.Errorf("%d bytes allocated for a file of %d", got, file)
	}
	if lines := strings.Count(err.Error(), "\n"); lines > 30 {
		t.Errorf("the error's text has %d lines", lines)
	}
}

// TestHostileNames: errors name sections and symbols, however long their names, without keeping a copy for each.
func TestHostileNames(t *testing.T) {
	const n = 4_000
	long := strings.Repeat("n", 1<<20)
	w := newELF("errors.o")
	sec := w.section(long, flagsData, make([]byte, 8))
	y := w.local(long+"1", sec, 0)
	for i := range n {
		w.reloc(sec, 99+uint64(i), elf.R_X86_64_64, y, 0)
	}
	img := w.parse(t)
	d := New(newTestMM(), nil)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err := d.LoadObject(img)
	runtime.ReadMemStats(&after)
	if !errors.Is(err, ErrMalformedRelocation) {
		t.Error(err)
	}
	if got, file := after.TotalAlloc-before.TotalAlloc, uint64(len(w.bytes())); got > 100*file {
		t.Errorf("%d bytes allocated for a file of %d", got, file)
	}
}

// TestHostileArchitecture is an object for another machine.
func TestHostileArchitecture(t *testing.T) {
	data := newELF("xtensa.o").bytes()
	data[18] = byte(elf.EM_XTENSA)
	b := newBench(t, nil)
	if _, err := b.LoadObject(parseObject(t, "xtensa.o", data)); !errors.Is(err, ErrUnsupportedArch) || !strings.Contains(err.Error(), "unknown") {
		t.Error(err)
	}
	w := &elfWriter{elfTarget: elfTarget{machine: elf.EM_S390, big: true}, name: "s390.o"}
	w.section(".text", flagsText, make([]byte, 16))
	if _, err := b.LoadObject(w.parse(t)); !errors.Is(err, ErrUnsupportedArch) || !strings.Contains(err.Error(), "32-bit") {
		t.Errorf("an object of 32 bits for a processor of 64: %v", err)
	}
}

// TestWrongStates: every method refuses what the object's state does not allow, and changes nothing.
func TestWrongStates(t *testing.T) {
	b := newBench(t, nil)
	o := b.load(defining("a.o", "x", elf.STB_GLOBAL))
	b.finalize()
	if err := b.MapSectionAddress(o, 1, 4096); !errors.Is(err, ErrState) || !strings.Contains(err.Error(), "finalized") {
		t.Error(err)
	}
	if _, err := b.SectionContent(o, 99); !errors.Is(err, ErrState) {
		t.Error(err)
	}
	b.remove(o)
	for name, err := range map[string]error{
		"remove": b.Remove(o),
		"map":    b.MapSectionAddress(o, 1, 4096),
		"twice":  func() error { p := b.load(defining("b.o", "y", elf.STB_GLOBAL)); return b.Remove(p, p) }(),
	} {
		if !errors.Is(err, ErrState) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := b.Close(); err != nil {
		t.Error(err)
	}
	_, loadErr := b.LoadObject(newELF("c.o").parse(t))
	_, finalizeErr := b.Finalize()
	for name, err := range map[string]error{
		"load": loadErr, "finalize": finalizeErr, "resolve": b.ResolveRelocations(), "remove": b.Remove(o), "close": b.Close(),
		"define": b.DefineAbsolute("z", executor.Addr(1)), "abandon": b.Abandon(),
	} {
		if !errors.Is(err, ErrClosed) {
			t.Errorf("%s after Close: %v", name, err)
		}
	}
	if _, ok := b.SymbolLoadAddress("y"); ok || b.SymbolLocalAddress("y") != nil {
		t.Error("a symbol is left after Close")
	}
}
