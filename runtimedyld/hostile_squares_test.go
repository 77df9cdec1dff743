package runtimedyld

import (
	"debug/elf"
	"fmt"
	"testing"
	"time"
)

// TestHostileSquares: what is rare in honest objects does not take time that grows with the square of its number.
func TestHostileSquares(t *testing.T) {
	const many = 30_000
	for name, fill := range map[string]func(w *elfWriter){
		"sections between bounds": func(w *elfWriter) {
			for range many {
				w.section("entry", flagsData, []byte{0})
			}
			w.undefined("__start_entry")
			w.undefined("__stop_entry")
		},
		"bounds": func(w *elfWriter) {
			for i := range many {
				w.section(fmt.Sprint("entries", i), flagsData, []byte{0})
				w.undefined(fmt.Sprint("__start_none", i))
			}
		},
		"groups": func(w *elfWriter) {
			for i := range many {
				sec := w.section("g", flagsText|elf.SHF_GROUP, make([]byte, 8))
				w.comdat(w.weak(fmt.Sprint("thunk", i), sec, 0))
			}
			text := w.section(".text", flagsText, make([]byte, 8))
			for i := range many {
				w.reloc(text, 0, elf.R_X86_64_PC32, w.local("", 1+2*i, 0), 0)
			}
		},
		"thread-local sections": func(w *elfWriter) {
			for i := range many {
				w.weak(fmt.Sprint("thread", i), w.tbss(1, 1), 0)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newELF(name)
			fill(w)
			img := w.parse(t)
			b := newBench(t, nil)
			b.SetThreadStorage(newTestStorage())
			start := time.Now()
			first, second := b.loadImage(img), b.loadImage(img)
			b.ResolveRelocations()
			b.remove(first)
			b.ResolveRelocations()
			b.remove(second)
			if d := time.Since(start); d > 10*time.Second {
				t.Errorf("took %v", d)
			} else {
				t.Log(d)
			}
		})
	}
}
