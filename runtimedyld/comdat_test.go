package runtimedyld

import (
	"debug/elf"
	"testing"
)

// inGroup returns an object that defines a strong symbol, thunk, in a COMDAT group.
func inGroup(name string) *elfWriter {
	w := defining(name, "thunk", elf.STB_GLOBAL)
	w.sec(1).flags |= elf.SHF_GROUP
	g := w.section(".group", 0, []byte{1, 0, 0, 0, 1, 0, 0, 0})
	s := w.sec(g)
	s.typ, s.align, s.link, s.info = elf.SHT_GROUP, 4, 3, 1
	w.reloc(1, 0, elf.R_X86_64_64, 1, 0)
	return w
}

// TestCOMDAT: of global symbols in section groups there may be many, as gcc makes them for -mindirect-branch=thunk.
func TestCOMDAT(t *testing.T) {
	b := newBench(t, nil)
	first := b.load(inGroup("a.o"))
	b.load(inGroup("b.o"))
	b.finalize()
	if got := b.winner("thunk"); got != "a.o" {
		t.Errorf("thunk is in %s", got)
	}
	if got := b.word64(uint64(b.mm.section("b.o", ".data.b.o").Addr)); got != b.addr("thunk") {
		t.Errorf("b.o refers to %#x, thunk is at %#x", got, b.addr("thunk"))
	}
	b.remove(first)
	if got := b.winner("thunk"); got != "b.o" {
		t.Errorf("thunk is in %q", got)
	}
}

// TestCOMDATRemoved: when the copy in force is removed, the one that was loaded next is, and still gives way to a symbol outside of groups.
func TestCOMDATRemoved(t *testing.T) {
	b := newBench(t, nil)
	first := b.load(inGroup("a.o"))
	for _, name := range []string{"b.o", "c.o", "d.o"} {
		b.load(inGroup(name))
	}
	b.finalize()
	b.remove(first)
	if got := b.winner("thunk"); got != "b.o" {
		t.Errorf("thunk is in %q, want the oldest copy, b.o", got)
	}
	b.load(defining("strong.o", "thunk", elf.STB_GLOBAL))
	if got := b.winner("thunk"); got != "strong.o" {
		t.Errorf("thunk is in %q, want strong.o", got)
	}
}
