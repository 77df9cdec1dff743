package objimage

import (
	"testing"

	"github.com/gomcjit/gomcjit/internal/testenv"
)

// TestStripAliases: what a name stands for by what another object says (/alternatename, weak externals, N_INDR) is needed with the name, and only then.
func TestStripAliases(t *testing.T) {
	const atoms = ".subsections_via_symbols\n.data\n"
	for name, c := range map[string]struct {
		triple  string
		sources []string
	}{
		"COFF": {"x86_64-pc-windows-msvc", []string{
			".section .data$root,\"dw\",one_only,root\n.globl root\nroot: .quad f\n",
			".section .drectve,\"yni\"\n.ascii \" /alternatename:f=g /alternatename:h=i\"\n",
			".section .data$g,\"dw\",one_only,g\n.globl g\ng: .quad 1\n.section .data$i,\"dw\",one_only,i\n.globl i\ni: .quad 2\n",
		}},
		"Mach-O": {"x86_64-apple-macosx11", []string{
			".globl _root\n_root: .quad _f\n",
			".globl _f, _h\n_f = _g\n_h = _i\n",
			".globl _g, _i\n_g: .quad 1\n_i: .quad 2\n",
		}},
	} {
		var objects []*Object
		for i, source := range c.sources {
			if name == "Mach-O" {
				source = atoms + source
			}
			o, err := ParseAtoms(NewBuffer(string('a'+rune(i))+".o", testenv.CompileBytes(t, "clang-19", testenv.Assembler, source, "--target="+c.triple)))
			if err != nil {
				t.Fatal(err)
			}
			objects = append(objects, o)
		}
		for _, root := range []string{"root", "nothing"} {
			list, err := Strip(objects, func(name string) bool { return name == root })
			if err != nil {
				t.Fatal(err)
			}
			for symbol, want := range map[string]bool{"g": root == "root", "i": false} {
				y := findSymbol(t, list[2], symbol)
				if live := list[2].Section(int(y.Section)).Flags&SectionAlloc != 0; live != want {
					t.Errorf("%s, with %s: %s stays: %v", name, root, symbol, live)
				}
			}
		}
	}
}
