package runtimedyld

import (
	"bytes"
	"debug/elf"
	"errors"
	"slices"
	"testing"

	"github.com/gomcjit/gomcjit/executor"
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

// TestEntries compares with what code does: a call leads to its symbol's stub, and the entry has the symbol's address.
func TestEntries(t *testing.T) {
	b := newBenchResolving(t, here, knows(map[string]uint64{"data": far, "one": far + 1, "two": far + 2}))
	b.SetRelaxation(false)
	o := b.load(loadAndCall("user.o", "one", "two"))
	b.resolve()
	symbols := []int{symbolNumber(t, o.Image(), "data"), symbolNumber(t, o.Image(), "one"), symbolNumber(t, o.Image(), "two")}
	slots, stubs := o.GOTEntries(), o.Stubs()
	if len(slots) != 3 || len(stubs) != 2 {
		t.Fatalf("%d GOT entries, %d stubs", len(slots), len(stubs))
	}
	for i, e := range slots {
		if got, want := b.word64(hereGOT+e.Offset), far+uint64(slices.Index(symbols, e.Symbol)); got != want || e.Behind != 0 {
			t.Errorf("GOT entry %d, of symbol %d, holds %#x, want %#x", i, e.Symbol, got, want)
		}
	}
	for i, e := range stubs {
		if want := hereStub + e.Offset; e.Symbol != symbols[i+1] || callTarget(b, hereText+7+5*uint64(i)) != want || e.Behind != 0 {
			t.Errorf("call %d does not lead to %#x, the stub of symbol %d", i, want, e.Symbol)
		}
	}
}

// TestMadeContent asks for what only the file's sections have.
func TestMadeContent(t *testing.T) {
	b := newBenchResolving(t, here, knows(map[string]uint64{"data": far, "one": far}))
	o := b.load(loadAndCall("user.o", "one"))
	for _, index := range []int{SectionGOT, SectionStubs, SectionThreads, -100} {
		if _, err := b.SectionContent(o, index); !errors.Is(err, ErrState) {
			t.Errorf("contents of section %d: %v", index, err)
		}
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

// TestWithoutStubs: what is in reach is called directly, and what is not is an error.
func TestWithoutStubs(t *testing.T) {
	for _, address := range []uint64{near, far} {
		b := newBenchResolving(t, here, knows(map[string]uint64{"data": near + 0x2000, "one": address}))
		b.SetRelaxation(false)
		b.SetStubs(false)
		o := b.load(loadAndCall("user.o", "one"))
		if n := len(o.Stubs()); n > 0 {
			t.Errorf("%d stubs", n)
		}
		err := b.ResolveRelocations()
		if address == far {
			if !errors.Is(err, ErrRelocationOverflow) {
				t.Errorf("a call out of reach: %v", err)
			}
		} else if target, stub := branchTarget(t, b, hereText+7); err != nil || target != near || stub {
			t.Errorf("the call leads to %#x, through a stub: %v (%v)", target, stub, err)
		}
	}
}

// TestLeaveToResolver asks for a name that the linker defines by itself.
func TestLeaveToResolver(t *testing.T) {
	for _, left := range []bool{false, true} {
		w := newELF("a.o")
		text := w.section(".text", flagsText, make([]byte, 8))
		w.global("f", text, 0)
		w.reloc(text, 0, elf.R_X86_64_64, w.undefined("__dso_handle"), 0)
		var asked []string
		b := newBenchResolving(t, nil, ResolverFunc(func(name string) (executor.Addr, bool) {
			asked = append(asked, name)
			return 0x5000, true
		}))
		b.LeaveToResolver(func(name string) bool { return left && name == "__dso_handle" })
		b.load(w)
		b.resolve()
		if got := b.word64(b.addr("f")); (got == 0x5000) != left || (len(asked) == 1) != left {
			t.Errorf("left %v: __dso_handle is %#x, and the resolver was asked for %v", left, got, asked)
		}
	}
}
