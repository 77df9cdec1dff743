package runtimedyld

import (
	"debug/elf"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/gomcjit/gomcjit/executor"
)

// TestBounds: __start_SEC and __stop_SEC are the object's own, and have all of its sections of the name between them, which follow each other.
func TestBounds(t *testing.T) {
	b := newBench(t, nil)
	var list []*Object
	const pieces = 4
	for _, name := range []string{"a.o", "b.o"} {
		w := newELF(name)
		data := w.section(".data."+name, flagsData, make([]byte, 32))
		for i := range pieces {
			w.section("entries", flagsData, []byte{byte(i), name[0], 0, 0, 0, 0, 0, 0})
			w.section(fmt.Sprint("other", i), flagsData, make([]byte, 24))
		}
		w.reloc(data, 0, elf.R_X86_64_64, w.undefined("__start_entries"), 0)
		w.reloc(data, 8, elf.R_X86_64_64, w.undefined("__stop_entries"), 0)
		w.reloc(data, 16, elf.R_X86_64_64, w.weak("__start_nothing", secUndef, 0), 0)
		list = append(list, b.load(w))
	}
	b.finalize()
	for _, o := range list {
		at, _ := o.SectionLoadAddress(1)
		from, to := b.word64(uint64(at)), b.word64(uint64(at)+8)
		if first, _ := o.SectionLoadAddress(2); uint64(first) != from {
			t.Errorf("%s: __start_entries is %#x, the first section is at %v", o.Name(), from, first)
		}
		last, _ := o.SectionLoadAddress(2 + 2*(pieces-1))
		if uint64(last)+8 != to {
			t.Errorf("%s: __stop_entries is %#x, the last section is at %v", o.Name(), to, last)
		}
		if weak := b.word64(uint64(at) + 16); weak != 0 {
			t.Errorf("%s: the beginning of sections that do not exist is %#x", o.Name(), weak)
		}
		var order []string
		for _, s := range b.mm.live[o.alloc].secs {
			order = append(order, b.mm.live[o.alloc].module.SectionName(&s))
		}
		for i := 1; i < 1+pieces; i++ {
			if order[i] != "entries" {
				t.Fatalf("%s: sections are laid out as %v", o.Name(), order)
			}
		}
	}
	b.remove(list...)
	if n := b.NumSymbols(); n != 0 {
		t.Errorf("%d names are left", n)
	}
}

// TestBoundsScattered: if the sections are not one behind the other, that is an error, and not a table with something else in it.
func TestBoundsScattered(t *testing.T) {
	b := newBench(t, nil)
	w := newELF("a.o")
	data := w.section(".data", flagsData, make([]byte, 8))
	first := w.section("entries", flagsData, make([]byte, 12))
	second := w.section("entries", flagsData, make([]byte, 8))
	w.sec(second).align = 8
	w.reloc(data, 0, elf.R_X86_64_64, w.weak("__stop_entries", secUndef, 0), 0)
	o := b.load(w)
	b.resolve()
	home, _ := o.SectionLoadAddress(first)
	for off, fits := range map[executor.Addr]bool{8: false, 16: true, 24: false, 1 << 40: false} {
		if err := b.MapSectionAddress(o, second, home+off); err != nil {
			t.Fatal(err)
		}
		var object *ObjectError
		if err := b.ResolveRelocations(); fits != (err == nil) || err != nil && (!errors.As(err, &object) || !strings.Contains(err.Error(), "entries")) {
			t.Errorf("%d bytes behind the first: %v", off, err)
		}
	}
	if err := b.MapSectionAddress(o, second, home+16); err != nil {
		t.Fatal(err)
	}
}

// TestBoundsElsewhere: what has no section of the name refers to whoever defines the symbol.
func TestBoundsElsewhere(t *testing.T) {
	b := newBench(t, nil)
	w := newELF("a.o")
	data := w.section(".data", flagsData, make([]byte, 8))
	w.reloc(data, 0, elf.R_X86_64_64, w.undefined("__start_there"), 0)
	o := b.load(w)
	b.load(defining("there.o", "__start_there", elf.STB_GLOBAL))
	b.finalize()
	at, _ := o.SectionLoadAddress(1)
	if got := b.word64(uint64(at)); got != b.addr("__start_there") {
		t.Errorf("%#x, want %#x", got, b.addr("__start_there"))
	}
}

func TestBoundOf(t *testing.T) {
	for name, want := range map[string]string{
		"__start_x": "x", "__stop_x_1": "x_1", "__start_": "", "__stop_": "", "__start_1x": "", "__start_.x": "", "_start": "", "__stack": "", "": "",
		"__stop": "", "__start_A9": "A9",
	} {
		section, stop := boundOf([]byte(name))
		if string(section) != want || stop != (want != "" && name[4] == 'o') {
			t.Errorf("%q: %q, %v", name, section, stop)
		}
	}
}
