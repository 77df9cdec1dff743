package runtimedyld

import (
	"debug/elf"
	"errors"
	"testing"
)

// versionedTwice has f and f@@V, as `.symver f, f@@V` leaves them, in either order, the latter at some offset.
func versionedTwice(name string, offset uint64, reversed bool) *elfWriter {
	w := newELF(name)
	text := w.section(".text", flagsText, make([]byte, 16))
	for i := range 2 {
		if (i == 0) == reversed {
			w.global("f@@V", text, offset)
		} else {
			w.global("f", text, 0)
		}
	}
	return w
}

// TestVersionedTwice: a name and its default version at the same place are one definition, whether or not the name is known before, and two at different places.
func TestVersionedTwice(t *testing.T) {
	for _, known := range []bool{false, true} {
		for _, reversed := range []bool{false, true} {
			b := newBench(t, nil)
			if known {
				b.load(undefining("a.o", "f", true))
			}
			var duplicate *DuplicateError
			if _, err := b.LoadObject(versionedTwice("two.o", 8, reversed).parse(t)); !errors.As(err, &duplicate) || duplicate.Symbol != "f" {
				t.Errorf("known %v, reversed %v: two places: %v", known, reversed, err)
			}
			one := b.load(versionedTwice("one.o", 0, reversed))
			b.finalize()
			if got := b.addr("f"); got != uint64(b.mm.section("one.o", ".text").Addr) {
				t.Errorf("known %v, reversed %v: f is at %#x", known, reversed, got)
			}
			if _, err := b.LoadObject(defining("other.o", "f", elf.STB_GLOBAL).parse(t)); !errors.As(err, &duplicate) || duplicate.First != "one.o" {
				t.Errorf("known %v, reversed %v: another's: %v", known, reversed, err)
			}
			b.remove(one)
			b.load(defining("other.o", "f", elf.STB_GLOBAL))
		}
	}
}
