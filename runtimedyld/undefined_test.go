package runtimedyld

import (
	"debug/elf"
	"errors"
	"fmt"
	"slices"
	"testing"
)

// TestUnloadedDefinition: a global symbol in a section that is not loaded is nobody's need, whatever else the link has to look for.
func TestUnloadedDefinition(t *testing.T) {
	w := undefining("a.o", "maybe", true)
	w.global("note", w.section(".note", 0, make([]byte, 8)), 0)
	b := newBench(t, nil)
	b.load(w)
	b.finalize()
}

// TestNeedGoes: a name is weak for the resolver again when the object with the strong reference is gone.
func TestNeedGoes(t *testing.T) {
	var asked []Reference
	b := newBenchResolving(t, nil, resolverOf(func(refs []Reference) { asked = append(asked, refs...) }))
	strong := b.load(undefining("strong.o", "x", false))
	b.load(undefining("weak.o", "x", true))
	b.remove(strong)
	b.finalize()
	if len(asked) != 1 || !asked[0].Weak {
		t.Errorf("the resolver was asked for %+v", asked)
	}
}

type resolverOf func([]Reference)

func (f resolverOf) ResolveSymbols(refs []Reference) error { f(refs); return nil }

// TestUnreferenced: a symbol that no relocation of what is loaded refers to is not missed, as with ld and ld.lld.
func TestUnreferenced(t *testing.T) {
	t.Run("nowhere", func(t *testing.T) {
		w := undefining("a.o", "maybe", true)
		w.undefined("nobody")
		b := newBench(t, nil)
		b.load(w)
		b.finalize()
	})
	t.Run("debug", func(t *testing.T) {
		w := newELF("a.o")
		w.reloc(w.section(".debug_info", 0, make([]byte, 8)), 0, elf.R_X86_64_64, w.undefined("nobody"), 0)
		b := newBench(t, nil)
		b.load(w)
		b.finalize()
	})
	t.Run("dropped group", func(t *testing.T) {
		b := newBench(t, nil)
		b.load(groupNeeding("first.o", ""))
		b.load(groupNeeding("second.o", "nobody"))
		b.finalize()
	})
	t.Run("kept group", func(t *testing.T) {
		b := newBench(t, nil)
		b.load(groupNeeding("first.o", "nobody"))
		b.load(groupNeeding("second.o", ""))
		wantUndefined(b, "nobody", "first.o:(.text.f+0x0)")
	})
	t.Run("thread data", func(t *testing.T) {
		b := newBench(t, nil)
		b.SetThreadStorage(newTestStorage())
		w := newELF("a.o")
		tdata := w.section(".tdata", flagsData|elf.SHF_TLS, make([]byte, 8))
		w.thread("v", tdata, 0)
		w.reloc(tdata, 0, elf.R_X86_64_64, w.undefined("nobody"), 0)
		b.load(w)
		wantUndefined(b, "nobody", "a.o:(.tdata+0x0)")
	})
}

// TestUnreferencedIsAskedFor: such a name is asked for whenever an object is linked that mentions it, and not for those that are finalized.
func TestUnreferencedIsAskedFor(t *testing.T) {
	asked := 0
	b := newBenchResolving(t, nil, resolverOf(func(refs []Reference) { asked += len(refs) }))
	load := func(name string, mentions bool) {
		w := newELF(name)
		w.global("in_"+name, w.section(".text", flagsText, make([]byte, 8)), 0)
		if mentions {
			w.undefined("nobody")
		}
		b.load(w)
	}
	for i, c := range []struct {
		mentions bool
		want     int
	}{{true, 2}, {false, 2}, {true, 4}} {
		load(fmt.Sprintf("%d.o", i), c.mentions)
		b.resolve()
		b.finalize()
		if asked != c.want {
			t.Errorf("%d.o: asked %d times, want %d", i, asked, c.want)
		}
	}
}

// groupNeeding has a COMDAT group with a function that refers to a name, if one is given.
func groupNeeding(name, needed string) *elfWriter {
	w := newELF(name)
	text := w.section(".text.f", flagsText|elf.SHF_GROUP, make([]byte, 8))
	w.comdat(w.weak("f", text, 0))
	if needed != "" {
		w.reloc(text, 0, elf.R_X86_64_64, w.undefined(needed), 0)
	}
	return w
}

func wantUndefined(b *bench, name, place string) {
	b.t.Helper()
	var undefined *UndefinedError
	if _, err := b.Finalize(); !errors.As(err, &undefined) || len(undefined.Symbols) != 1 || undefined.Symbols[0].Name != name || !slices.Equal(undefined.Symbols[0].Refs, []string{place}) {
		b.t.Errorf("got %v, want %q undefined at %s", err, name, place)
	}
}
