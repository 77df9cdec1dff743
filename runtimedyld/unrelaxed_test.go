package runtimedyld

import (
	"bytes"
	"debug/elf"
	"slices"
	"testing"

	"github.com/gomcjit/gomcjit/objimage"
)

// loadAndCall is `movq data@GOTPCREL(%rip), %rax` and calls of four functions.
func loadAndCall(name string, callees ...string) *elfWriter {
	w := newELF(name)
	code := append([]byte{0x48, 0x8b, 0x05, 0, 0, 0, 0}, bytes.Repeat([]byte{0xe8, 0, 0, 0, 0}, len(callees))...)
	text := w.section(".text", flagsText, append(code, nops...))
	w.reloc(text, 3, elf.R_X86_64_REX_GOTPCRELX, w.undefined("data"), -4)
	for i, callee := range callees {
		var sym uint32
		if callee == "own" {
			sym = w.weak(callee, text, uint64(len(code)))
		} else {
			sym = w.undefined(callee)
		}
		w.reloc(text, uint64(8+5*i), elf.R_X86_64_PLT32, sym, -4)
	}
	return w
}

func functionIn(object, function string) *elfWriter {
	w := newELF(object)
	w.global(function, w.section(".text."+function, flagsText, nops), 0)
	return w
}

// TestWithoutRelaxation has everything in reach: nothing would need a GOT entry or a stub.
func TestWithoutRelaxation(t *testing.T) {
	places := map[string]uint64{"user.o:.text": hereText, ".got": hereGOT, ".stubs": hereStub, ".text.before": near, ".text.after": near + 0x1000}
	for _, on := range []bool{true, false} {
		b := newBenchResolving(t, places, knows(map[string]uint64{"data": near + 0x2000, "outside": near + 0x3000}))
		b.SetRelaxation(on)
		b.load(functionIn("before.o", "before"))
		o := b.load(loadAndCall("user.o", "before", "own", "after", "outside"))
		b.load(functionIn("after.o", "after"))
		for range 2 { // applying twice is applying once
			b.resolve()
			if load := b.bytesAt(hereText, 7); (load[1] == 0x8d) != on {
				t.Errorf("relaxation %v: the load is % x", on, load)
			}
			for i, want := range []struct {
				target uint64
				stub   bool
			}{{near, false}, {hereText + 27, false}, {near + 0x1000, true}, {near + 0x3000, true}} {
				target, stub := branchTarget(t, b, hereText+7+5*uint64(i))
				if target != want.target || stub != (want.stub && !on) {
					t.Errorf("relaxation %v: call %d leads to %#x, through a stub: %v", on, i, target, stub)
				}
			}
		}
		if err := b.MapSectionAddress(o, SectionStubs, hereStub+0x100); err != nil {
			t.Fatal(err)
		}
		b.resolve()
		if target := callTarget(b, hereText+17); (target == hereStub+0x100+16) == on { // the third stub
			t.Errorf("relaxation %v: call %#x after stubs were moved", on, target)
		}
	}
}

// callTarget returns where the call instruction at an address leads.
func callTarget(b *bench, at uint64) uint64 { return at + 5 + uint64(int32(b.word32(at+1))) }

// TestEntryOffsets compares with what code does: a call leads to its symbol's stub, and the entry has the symbol's address.
func TestEntryOffsets(t *testing.T) {
	b := newBenchResolving(t, here, knows(map[string]uint64{"data": far, "one": far + 1, "two": far + 2}))
	b.SetRelaxation(false)
	w := loadAndCall("user.o", "one", "two")
	o := b.load(w)
	b.resolve()
	img := o.Image()
	for i, want := range map[string]uint64{"data": far, "one": far + 1, "two": far + 2} {
		sym := symbolNumber(t, img, i)
		off, ok := o.GOTOffset(sym)
		if got := b.word64(hereGOT + off); !ok || got != want {
			t.Errorf("GOT entry of %s at %d (%v) holds %#x, want %#x", i, off, ok, got, want)
		}
		off, ok = o.StubOffset(sym)
		if ok != (i != "data") {
			t.Errorf("%s has a stub: %v", i, ok)
		}
		if !ok {
			continue
		}
		if target := callTarget(b, hereText+7+5*(want-far-1)); target != hereStub+off {
			t.Errorf("call of %s leads to %#x, its stub is at %#x", i, target, hereStub+off)
		}
	}
	if _, ok := o.GOTOffset(0); ok {
		t.Error("no symbol has a GOT entry")
	}
}

func symbolNumber(t *testing.T, img *objimage.Object, name string) int {
	t.Helper()
	syms := make([]objimage.Symbol, img.NumSymbols())
	if _, err := img.Symbols(0, syms); err != nil {
		t.Fatal(err)
	}
	return slices.IndexFunc(syms, func(y objimage.Symbol) bool { return string(img.SymbolName(&y)) == name })
}
