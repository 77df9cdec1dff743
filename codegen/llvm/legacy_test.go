package llvm

import (
	"errors"
	"testing"

	"github.com/gomcjit/gomcjit/codegen"
	"github.com/gomcjit/gomcjit/internal/testenv"
	"github.com/gomcjit/gomcjit/objimage"
)

// The legacy pass manager is the only one of LLVM 11 and 12, which Debian does not have any more; until 16 libraries have both.
func TestLegacyPasses(t *testing.T) {
	testenv.NeedsFile(t, "/usr/lib/x86_64-linux-gnu/libLLVM-14.so.1", "llvm-14")
	open, err := Open("14")
	if err != nil {
		t.Fatal(err)
	}
	old := &Library{api: open.api, c: open.c, name: open.name, major: 12, handler: open.handler}
	old.runPasses = nil
	size := func(passes string) int {
		g, err := New(codegen.Options{}, WithPasses(passes), WithLibrary(old))
		if err != nil {
			t.Fatal(err)
		}
		m, err := g.NewModule(codegen.Source{Name: "t.ll", Kind: codegen.IR, Data: []byte(`
define internal i32 @f(i32 %a) { ret i32 %a }
define i32 @main() {
  %p = alloca i32
  store i32 1, i32* %p
  %a = load i32, i32* %p
  %b = call i32 @f(i32 %a)
  ret i32 %b
}`)})
		if err != nil {
			t.Fatal(err)
		}
		defer m.Close()
		w := objimage.NewBufferStream("o")
		err = m.Generate(t.Context(), w)
		if passes == "globaldce" {
			if !errors.As(err, new(*PassesError)) {
				t.Error(err)
			}
			return 0
		}
		if err != nil {
			t.Fatal(err)
		}
		b, err := w.Seal()
		if err != nil {
			t.Fatal(err)
		}
		return len(b.Bytes())
	}
	if plain := size("default<O0>"); size("default<O2>") >= plain || size("default<Oz>") >= plain {
		t.Error("the passes have not made the object smaller: f is not inlined")
	}
	size("globaldce")
}
