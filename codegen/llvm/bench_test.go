package llvm_test

import (
	"strings"
	"testing"

	"github.com/gomcjit/gomcjit/codegen"
	"github.com/gomcjit/gomcjit/codegen/llvm"
	"github.com/gomcjit/gomcjit/objimage"
)

// A small module, from text to object.
func BenchmarkModule(b *testing.B) {
	g, err := llvm.New(codegen.Options{})
	if err != nil {
		b.Fatal(err)
	}
	src := codegen.Source{Name: "add.ll", Kind: codegen.IR, Data: []byte(add)}
	b.ReportAllocs()
	for b.Loop() {
		m, err := g.NewModule(src)
		if err != nil {
			b.Fatal(err)
		}
		if err := m.(codegen.Verifier).Verify(b.Context()); err != nil {
			b.Skip(err)
		}
		if err := m.Generate(b.Context(), objimage.NewBufferStream("add.o")); err != nil {
			b.Fatal(err)
		}
		m.Close()
	}
}

// Reading a module with a thousand functions, and its symbols.
func BenchmarkSymbols(b *testing.B) {
	g, err := llvm.New(codegen.Options{})
	if err != nil {
		b.Fatal(err)
	}
	var text strings.Builder
	for i := range 1000 {
		text.WriteString(strings.ReplaceAll(add, "@add", "@add"+strings.Repeat("x", i%50)+string(rune('a'+i/50%26))))
	}
	for b.Loop() {
		m, err := g.NewModule(codegen.Source{Name: "add.ll", Kind: codegen.IR, Data: []byte(text.String())})
		if err != nil {
			b.Fatal(err)
		}
		if _, err := m.Symbols(b.Context()); err != nil {
			b.Skip(err)
		}
		m.Close()
	}
}
