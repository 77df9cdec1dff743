package runtimedyld

import (
	"debug/elf"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/gomcjit/gomcjit/internal/testenv"
)

// TestHostileSquares: what is rare in honest objects does not take time that grows with the square of its number.
func TestHostileSquares(t *testing.T) {
	for name, fill := range map[string]func(w *elfWriter, many int){
		"sections between bounds": func(w *elfWriter, many int) {
			for range many {
				w.section("entry", flagsData, []byte{0})
			}
			w.undefined("__start_entry")
			w.undefined("__stop_entry")
		},
		"bounds": func(w *elfWriter, many int) {
			for i := range many {
				w.section(fmt.Sprint("entries", i), flagsData, []byte{0})
				w.undefined(fmt.Sprint("__start_none", i))
			}
		},
		"groups": func(w *elfWriter, many int) {
			for i := range many {
				sec := w.section("g", flagsText|elf.SHF_GROUP, make([]byte, 8))
				w.comdat(w.weak(fmt.Sprint("thunk", i), sec, 0))
			}
			text := w.section(".text", flagsText, make([]byte, 8))
			for i := range many {
				w.reloc(text, 0, elf.R_X86_64_PC32, w.local("", 1+2*i, 0), 0)
			}
		},
		"thread-local sections": func(w *elfWriter, many int) {
			for i := range many {
				w.weak(fmt.Sprint("thread", i), w.tbss(1, 1), 0)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			testenv.WantLinear(t, 2_500, func(n int) time.Duration {
				w := newELF(name)
				fill(w, n)
				img := w.parse(t)
				b := newBench(t, nil)
				b.SetThreadStorage(newTestStorage())
				start := testenv.CPUTime()
				first, second := b.loadImage(img), b.loadImage(img)
				b.ResolveRelocations()
				b.remove(first)
				b.ResolveRelocations()
				b.remove(second)
				return testenv.CPUTime() - start
			})
		})
	}
}

// TestHostileErrors: errors and look-ups that could take a pass over the object each take one in all.
func TestHostileErrors(t *testing.T) {
	testenv.WantLinear(t, 4_000, func(n int) time.Duration {
		undefined := newELF("undefined.o")
		sec := undefined.section(".data", flagsData, make([]byte, 8))
		sizes, owner := newELF("sizes.o"), newELF("owner.o")
		sizes.section(".data", flagsData, make([]byte, 8))
		owner.section(".data", flagsData, make([]byte, 8))
		for i := range n {
			name := fmt.Sprint("x", i)
			undefined.undefined(name)
			sizes.reloc(1, 0, elf.R_X86_64_SIZE64, sizes.undefined(name), 0)
			owner.global(name, 1, 0)
		}
		for i := range n {
			undefined.reloc(sec, 0, elf.R_X86_64_64, uint32(n-i), 0)
		}
		start := testenv.CPUTime()
		b := newBench(t, nil)
		o := b.load(undefined)
		e := new(UndefinedError)
		if err := b.ResolveRelocations(); !errors.As(err, &e) || len(e.Symbols) != n || !strings.HasPrefix(e.Symbols[7].Refs[0], "undefined.o:(.data") {
			t.Error("not all names are reported")
		}
		b.remove(o)
		b.load(sizes)
		b.load(owner)
		b.finalize()
		return testenv.CPUTime() - start
	})
}
