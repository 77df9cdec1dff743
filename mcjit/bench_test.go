//go:build linux && amd64

package mcjit_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/gomcjit/gomcjit/executor"
	"github.com/gomcjit/gomcjit/internal/testenv"
	"github.com/gomcjit/gomcjit/mcjit"
	"github.com/gomcjit/gomcjit/objimage"
)

// withNames returns an engine, finalized, with modules of so many functions each, and the functions' names.
func withNames(b *testing.B, modules, functions int) (*mcjit.ExecutionEngine, []string) {
	b.Helper()
	e := newEngine(b, mcjit.WithGDB(mcjit.GDBOff))
	var names []string
	for m := range modules {
		// One object is compiled, and its names are overwritten: 5,000 runs of an assembler would take minutes.
		data := strings.ReplaceAll(string(nameObject(b, functions)), "module0000_", fmt.Sprintf("module%04d_", m))
		if _, err := e.AddObject(objimage.NewBuffer(fmt.Sprint(m), []byte(data))); err != nil {
			b.Fatal(err)
		}
		for f := range functions {
			names = append(names, fmt.Sprintf("module%04d_%d", m, f))
		}
	}
	if err := e.FinalizeObject(); err != nil {
		b.Fatal(err)
	}
	return e, names
}

// nameObject is an object of functions module0000_0, module0000_1, and so on.
func nameObject(b *testing.B, functions int) []byte {
	var text strings.Builder
	for f := range functions {
		fmt.Fprintf(&text, ".globl module0000_%d\nmodule0000_%d: ret\n", f, f)
	}
	return testenv.CompileBytes(b, "gcc", testenv.Assembler, text.String())
}

// lookUp measures a look-up of names in an order that the processor cannot guess.
func lookUp(b *testing.B, names []string, look func(string) (executor.Addr, error)) {
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		if i += 7919; i >= len(names) { // a prime: all names, far from each other
			i %= len(names)
		}
		if _, err := look(names[i]); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkFunctionAddress(b *testing.B) {
	for _, modules := range []int{10, 1000, 5000} {
		b.Run(fmt.Sprint("modules=", modules), func(b *testing.B) {
			e, names := withNames(b, modules, 1)
			lookUp(b, names, e.FunctionAddress)
		})
	}
}

func BenchmarkLookup(b *testing.B) {
	e, names := withNames(b, 1000, 100)
	b.Run("finalized=100000", func(b *testing.B) { lookUp(b, names, e.SymbolAddress) })
	b.Run("parallel=100000", func(b *testing.B) {
		b.ReportAllocs()
		b.RunParallel(func(pb *testing.PB) {
			for i := 0; pb.Next(); i = (i + 7919) % len(names) {
				if _, err := e.SymbolAddress(names[i]); err != nil {
					b.Error(err)
				}
			}
		})
	})
}

// BenchmarkLoadCallRemove is the life of a small module.
func BenchmarkLoadCallRemove(b *testing.B) {
	object := compiled(b, "f.o", "int f(void) { return 1; }").Bytes()
	e := newEngine(b)
	b.ReportAllocs()
	for b.Loop() {
		m := add(b, e, objectOf("f.o", object))
		if function[intFunc](b, e, "f")() != 1 {
			b.Fatal("wrong result")
		}
		remove(b, e, m...)
	}
}

// TestLookupsAllocateNothing is the benchmarks' claim.
func TestLookupsAllocateNothing(t *testing.T) {
	e := newEngine(t)
	add(t, e, object(t, "add.o"))
	if _, err := e.FunctionAddress("add"); err != nil {
		t.Fatal(err)
	}
	for name, look := range map[string]func(string) (executor.Addr, error){"SymbolAddress": e.SymbolAddress, "FunctionAddress": e.FunctionAddress} {
		if n := testing.AllocsPerRun(100, func() { look("add") }); n != 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
}
