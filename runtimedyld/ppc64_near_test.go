package runtimedyld

import (
	"debug/elf"
	"testing"

	"github.com/gomcjit/gomcjit/executor"
	"github.com/gomcjit/gomcjit/memmgr"
)

// TestTOCNear: with the usual memory manager, entries are in reach of 16 bits from the TOC base where code addresses them so, and constant data between is not in the way. Where it does not, they are
// in memory that is not written.
func TestTOCNear(t *testing.T) {
	a := archByName(t, "ppc64le")
	for _, c := range []struct {
		typ  elf.R_PPC64
		kind memmgr.Kind
	}{{elf.R_PPC64_GOT16_DS, memmgr.RWData}, {elf.R_PPC64_GOT16_HA, memmgr.ROData}} {
		mm, err := memmgr.New()
		if err != nil {
			t.Skip(err)
		}
		b := &bench{RuntimeDyld: New(mm, knows(map[string]uint64{"far": 0x1234})), t: t}
		w := a.newELF("near.o")
		text := w.section(".text", flagsText, make([]byte, 8))
		w.section(".rodata", elf.SHF_ALLOC, make([]byte, 1<<20))
		toc := w.section(".toc", flagsData, make([]byte, 16))
		w.relocate(text, 0, uint32(elf.R_PPC64_TOC16_DS), w.local("entry", toc, 8), 0)
		w.relocate(text, 4, uint32(c.typ), w.undefined("far"), 0)
		o := b.load(w)
		b.finalize()
		views, err := b.Sections(o)
		if err != nil {
			t.Fatal(err)
		}
		found := false
		for _, v := range views {
			if v.Index == SectionGOT {
				found = true
				if v.Kind != c.kind {
					t.Errorf("%v: the GOT is in memory of kind %v, want %v", c.typ, v.Kind, c.kind)
				}
			}
		}
		if !found {
			t.Errorf("%v: there is no GOT", c.typ)
		}
		for _, moved := range []uint64{0x5678, 0x9abc} { // while others run
			if err := b.MoveExternal("far", executor.Addr(moved)); err != nil {
				t.Fatal(err)
			}
			if got := load64(o.homeMem(int(o.gotBase), 8), false); got != moved {
				t.Errorf("%v: the entry is %#x, want %#x", c.typ, got, moved)
			}
			if err := b.Reopen(o); err != nil {
				t.Fatal(err)
			}
			b.finalize()
		}
		b.Close()
		mm.Close()
	}
}
