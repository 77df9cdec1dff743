package runtimedyld

import (
	"debug/elf"
	"fmt"
	"testing"
)

// during runs f once, in the middle of the next load.
func (b *bench) during(f func()) {
	b.mm.fail = func(step string) error {
		b.mm.fail = nil
		f()
		return nil
	}
}

// referringGroup is an object with a COMDAT group that refers to names; each has a word in its data.
func referringGroup(name, group string, names ...string) *elfWriter {
	w := newELF(name)
	data := w.section(".data."+name, flagsData, make([]byte, 8*len(names)))
	w.comdat(w.weak(group, w.section(".text."+group, flagsText|elf.SHF_GROUP, make([]byte, 16)), 0))
	for i, n := range names {
		w.reloc(data, 8*uint64(i), elf.R_X86_64_64, w.undefined(n), 0)
	}
	return w
}

// TestCompactedWhileLoading: numbers of symbols that a load has looked up for its groups are looked up again if the table was compacted meanwhile, be it by a load
// that failed.
func TestCompactedWhileLoading(t *testing.T) {
	b := newBench(t, nil)
	var names []string
	for i := range 40 {
		names = append(names, fmt.Sprint("defined", i))
		b.load(defining(names[i]+".o", names[i], elf.STB_GLOBAL))
	}
	b.during(func() {
		w := newELF("fails.o")
		data := w.section(".data", flagsData, make([]byte, 8))
		for i := range 2 * chunkSize {
			w.undefined(fmt.Sprint("undefined", i))
		}
		w.global("twice", data, 0)
		w.global("twice", data, 0)
		if _, err := b.LoadObject(w.parse(t)); err == nil {
			t.Error("a name that is defined twice is no error")
		}
	})
	o := b.load(referringGroup("a.o", "thunk", names...))
	b.finalize()
	at, _ := o.SectionLoadAddress(1)
	for i, name := range names {
		if got := b.word64(uint64(at) + 8*uint64(i)); got != b.addr(name) {
			t.Fatalf("%s is taken to be at %#x, and is at %#x", name, got, b.addr(name))
		}
	}
}

// TestNameGoneWhileLoading: a name that a load has looked up for its groups is looked up again if it has gone meanwhile, with an object that had been removed
// before.
func TestNameGoneWhileLoading(t *testing.T) {
	b := newBench(t, nil)
	first := b.load(referringGroup("a.o", "thunk", "extra"))
	second := b.load(referringGroup("b.o", "thunk"))
	b.remove(first)
	held := b.Hold([]*Object{first})
	if len(held) != 1 {
		t.Fatalf("%d objects are held", len(held))
	}
	b.remove(second)
	b.during(func() {
		if err := b.Unhold(held); err != nil {
			t.Error(err)
		}
	})
	third := b.load(referringGroup("c.o", "other", "extra"))
	b.load(defining("extra.o", "extra", elf.STB_GLOBAL))
	b.finalize()
	at, _ := third.SectionLoadAddress(1)
	if got := b.word64(uint64(at)); got != b.addr("extra") {
		t.Errorf("extra is taken to be at %#x, and is at %#x", got, b.addr("extra"))
	}
}
