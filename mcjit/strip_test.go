//go:build linux && amd64

package mcjit_test

import (
	"errors"
	"testing"

	"github.com/gomcjit/gomcjit/mcjit"
	"github.com/gomcjit/gomcjit/objimage"
)

// stripSources are two objects of which one name is a root: what a needs of b needs something of a.
var stripSources = [2]string{`
extern int needed(int), nobody(int);
static int table[200] = {7, 8};
int dead_table[1000] = {1};
static int begun;
__attribute__((constructor)) static void begin(void) { begun = 100; }
__attribute__((noinline)) int back(int n) { return n * table[1]; }
__attribute__((noinline)) int dead(int n) { return nobody(n) + dead_table[n]; }
int root(void) { return needed(5) + begun; }
__attribute__((used)) static int kept(void) { return table[0]; }
`, `
extern int back(int);
static const char *text = "live";
const char *dead_text(void) { return "this one is dead"; }
__attribute__((noinline)) int needed(int n) { return back(n) + text[0]; }
int unused(int n) { return back(n) - 1; }
`}

// TestDeadStripping loads what one function needs, of two objects that need each other, in each format that runs here. What is dead may refer to what nobody has.
func TestDeadStripping(t *testing.T) {
	for _, format := range []struct {
		name    string
		compile func(t testing.TB, name, source string) *objimage.Buffer
	}{
		{"ELF", func(t testing.TB, name, source string) *objimage.Buffer {
			return compiled(t, name, source, "-O2", "-ffunction-sections", "-fdata-sections")
		}},
		{"Mach-O", func(t testing.TB, name, source string) *objimage.Buffer { return compiledMachO(t, name, source) }},
	} {
		t.Run(format.name, func(t *testing.T) {
			e := newEngine(t, mcjit.WithDeadStripping(func(name string) bool { return name == "root" }))
			before := e.Stats()
			modules := add(t, e, format.compile(t, "a.o", stripSources[0]), format.compile(t, "b.o", stripSources[1]))
			if err := e.Initialize(); err != nil {
				t.Fatal(err)
			}
			wantCall(t, e, "root", 'l'+5*8+100)
			for _, name := range []string{"dead", "dead_table", "unused", "dead_text"} {
				if _, err := e.SymbolAddress(name); !errors.Is(err, mcjit.ErrSymbolNotFound) {
					t.Errorf("%s: %v", name, err)
				}
			}
			for _, name := range []string{"back", "needed"} {
				if _, err := e.SymbolAddress(name); err != nil {
					t.Error(err)
				}
			}
			whole := newEngine(t)
			if _, err := whole.AddObject(format.compile(t, "b.o", stripSources[1])); err != nil {
				t.Fatal(err)
			}
			size := func(m *mcjit.Module) (n uint64) {
				for i := range m.Object().Image().NumSections() {
					if s, ok := m.Object().SectionSize(i); ok {
						n += s
					}
				}
				return n
			}
			if all, some := size(whole.Modules()[0]), size(modules[1]); some >= all {
				t.Errorf("b.o has %d bytes of %d", some, all)
			}
			if all := size(modules[0]); all >= 4000 {
				t.Errorf("a.o has %d bytes, dead_table included", all)
			}
			if err := e.RemoveModule(modules...); err != nil {
				t.Fatal(err)
			}
			if after := e.Stats(); after.Modules != before.Modules || after.Symbols != before.Symbols {
				t.Errorf("before %+v, after %+v", before, after)
			}
		})
	}
}

// TestDeadStrippingArchive: what objects define that wait to be stripped is not taken from archives.
func TestDeadStrippingArchive(t *testing.T) {
	for _, order := range []string{"first", "last"} {
		e := newEngine(t, mcjit.WithDeadStripping(func(name string) bool { return name == "root" }))
		archive := func() {
			buffer, err := objimage.OpenBuffer(library(t, "rcs", [2]string{"a.o", "int helper(void) { return 5; }"}, [2]string{"b.o", "int root(void) { return 6; } int own(void) { return 7; }"}))
			if err != nil {
				t.Fatal(err)
			}
			if err := e.AddArchive(buffer); err != nil {
				t.Fatal(err)
			}
		}
		if order == "first" {
			archive()
		}
		add(t, e, compiled(t, "main.o", "extern int helper(void), own(void); int root(void) { return helper() + own(); }"), compiled(t, "own.o", "int own(void) { return 40; }"))
		if order == "last" {
			archive()
		}
		wantCall(t, e, "root", 45)
	}
}
