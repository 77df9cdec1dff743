package objimage

import (
	"bytes"
	"debug/macho"
	"encoding/binary"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gomcjit/gomcjit/internal/testenv"
	"github.com/google/go-cmp/cmp"
)

// stripSources are two objects with live and dead functions, data, strings, zero-fill, constructors, and what is to stay.
var stripSources = []string{`
extern int needed(int), only_dead(int);
static int table[20] = {7, 8}, dead_static[30] = {1};
int zero[50], dead_zero[70], begun;
const char *strings[] = {"one", "two"};
const char *dead_strings[] = {"three", "four"};
__attribute__((constructor)) static void begin(void) { begun = 1; }
__attribute__((noinline)) int back(int n) { return n * table[1] + zero[n]; }
__attribute__((noinline)) static int helper(int n) { return n + dead_static[n]; }
int dead(int n) { return only_dead(n) + helper(n) + dead_zero[n]; }
__attribute__((used)) static int kept(void) { return table[0]; }
int root(int n) { return needed(n) + strings[n & 1][0]; }
double literal(void) { return 1.25; }
double dead_literal(double d) { return d * 3.75; }
`, `
extern int back(int);
double literal(void);
int table[5] = {1, 2, 3};
const char *dead_text(void) { return "this one is dead"; }
int needed(int n) { return back(n) + "live"[n] + (int)literal(); }
int unused(int n) { return back(n) - table[1]; }
int switched(int n) { switch (n) { case 0: return unused(3); case 1: return 5; case 2: return back(1); case 3: return table[2]; default: return 0; } }
`}

func isStripRoot(name string) bool { return name == "root" }

// liveNames returns the names of what is live, by kind of section, and checks that live sections have the bytes that they had.
func liveNames(t *testing.T, whole, stripped []*Object) (names []string) {
	t.Helper()
	for k, o := range stripped {
		syms := make([]Symbol, o.NumSymbols())
		if _, err := o.Symbols(0, syms); err != nil {
			t.Fatal(err)
		}
		for i := range syms {
			y := &syms[i]
			name := string(o.SymbolName(y))
			if y.Place != PlaceSection || y.Type == TypeSection || name == "" || o.Section(int(y.Section)).Flags&SectionAlloc == 0 || name[0] == 1 || strings.HasPrefix(name, ".L") || strings.HasPrefix(name, "??_C") || strings.HasPrefix(name, "__real") { // names that linkers drop

				continue
			}
			names = append(names, name)
			if a, b := o.SectionData(int(y.Section)), whole[k].SectionData(int(y.Section)); !bytes.Equal(a, b) {
				t.Errorf("%s: bytes of %s are others", o.Name(), name)
			}
		}
	}
	slices.Sort(names)
	return names
}

// TestStripAgainstLLD compares which functions and variables stay with what ld64.lld, ld.lld and lld-link leave.
func TestStripAgainstLLD(t *testing.T) {
	for _, tg := range []struct {
		triple, linker string
		flags, args    []string
	}{
		{"x86_64-apple-macosx11", "ld64.lld-19", nil, strings.Fields("-o out -arch x86_64 -platform_version macos 11.0 11.0 -dylib -dead_strip -undefined dynamic_lookup -exported_symbol _root")},
		{"arm64-apple-macosx11", "ld64.lld-19", nil, strings.Fields("-o out -arch arm64 -platform_version macos 11.0 11.0 -dylib -dead_strip -undefined dynamic_lookup -exported_symbol _root")},
		{"x86_64-linux-gnu", "ld.lld-19", strings.Fields("-fPIC -ffunction-sections -fdata-sections"), strings.Fields("-o out --gc-sections -e root --unresolved-symbols=ignore-all")},
		{"x86_64-windows-msvc", "lld-link-19", strings.Fields("-ffunction-sections -fdata-sections"), strings.Fields("/out:out /dll /noentry /export:root /opt:ref,noicf /force:unresolved /debug:symtab /nodefaultlib")},
	} {
		for _, level := range []string{"-O0", "-O2"} {
			t.Run(tg.triple+level, func(t *testing.T) {
				lld := testenv.NeedsTool(t, tg.linker, "lld-19")
				dir, args := t.TempDir(), slices.Clone(tg.args)
				var whole []*Object
				for i, source := range stripSources {
					name := string('a'+rune(i)) + ".o"
					flags := append([]string{"-target", tg.triple, level, "-g", "-fno-common", "-fno-stack-protector", "-w"}, tg.flags...)
					data := testenv.CompileBytes(t, "clang-19", testenv.C, source, flags...)
					if err := os.WriteFile(filepath.Join(dir, name), data, 0o666); err != nil {
						t.Fatal(err)
					}
					o, err := ParseAtoms(NewBuffer(name, data))
					if err != nil {
						t.Fatal(err)
					}
					whole, args = append(whole, o), append(args, name)
				}
				cmd := exec.Command(lld, args...)
				cmd.Dir = dir
				if out, err := cmd.CombinedOutput(); err != nil {
					t.Fatalf("%v\n%s", err, out)
				}
				stripped, err := Strip(whole, isStripRoot)
				if err != nil {
					t.Fatal(err)
				}
				for _, o := range stripped {
					if err := walk(o); err != nil {
						t.Error(err)
					}
				}
				if diff := cmp.Diff(linkedNames(t, filepath.Join(dir, "out")), liveNames(t, whole, stripped)); diff != "" {
					t.Errorf("linker, and here: %s", diff)
				}
			})
		}
	}
}

// linkedNames returns the functions and variables of the sources that a linker has put into a file.
func linkedNames(t *testing.T, path string) (names []string) {
	t.Helper()
	nm, err := exec.Command(testenv.NeedsTool(t, "llvm-nm-19", "llvm-19"), "--format=just-symbols", "--defined-only", path).Output()
	if err != nil {
		t.Fatal(err)
	}
	known := strings.Join(stripSources, "\n")
	for name := range strings.FieldsSeq(string(nm)) {
		if name = strings.TrimPrefix(name, "_"); strings.Contains(known, name) && name != "only_dead" { // which lld-link makes up

			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// TestStripFrames compiles functions with unwind tables: those of dead ones are gone, and those that stay lead to their functions.
func TestStripFrames(t *testing.T) {
	for _, tg := range []target{
		{"x86_64-apple-macosx11", ArchX86_64, 64, []string{"-femit-dwarf-unwind=always"}},
		{"x86_64-apple-macosx11", ArchX86_64, 64, nil},
		{"arm64-apple-macosx11", ArchAArch64, 64, nil},
		{"x86_64-linux-gnu", ArchX86_64, 64, []string{"-ffunction-sections"}},
		{"powerpc64-linux-gnu", ArchPPC64, 64, []string{"-ffunction-sections", "-mabi=elfv2"}},
	} {
		t.Run(tg.triple, func(t *testing.T) {
			args := append([]string{"-target", tg.triple, "-O1", "-fasynchronous-unwind-tables", "-w"}, tg.flags...)
			source := "int f(int); int a(int n) { return f(n) + 1; } int b(int n) { return f(n) + 2; } int root(int n) { return f(n) + 3; } int c(int n) { return f(n) + 4; }"
			o, err := ParseAtoms(NewBuffer(tg.triple+".o", testenv.CompileBytes(t, "clang-19", testenv.C, source, args...)))
			if err != nil {
				t.Fatal(err)
			}
			list, err := Strip([]*Object{o}, isStripRoot)
			if err != nil {
				t.Fatal(err)
			}
			if all, some := countFrames(t, o), countFrames(t, list[0]); all != 4 || some != 1 {
				t.Errorf("%d records of 4 before, %d of 1 after", all, some)
			}
		})
	}
}

// countFrames counts the records of functions in an object's unwind table.
func countFrames(t *testing.T, o *Object) (n int) {
	t.Helper()
	s := stripper{definitions: map[string][]node{}, wanted: map[string]bool{}}
	if err := s.add(o); err != nil {
		t.Fatal(err)
	}
	for _, table := range s.objects[0].frames {
		if table.whole {
			t.Error("the table makes no sense")
		}
		for _, p := range table.records {
			if p.cie >= 0 {
				if n++; p.function == 0 {
					t.Errorf("the record at %#x is of no function", p.start)
				}
			}
		}
	}
	return n
}

// TestAtomsHostile damages files: symbols outside of their sections are errors, and whatever else there is, what is parsed is sound.
func TestAtomsHostile(t *testing.T) {
	data := testenv.CompileBytes(t, "clang-19", testenv.C, stripSources[0], "-target", "x86_64-apple-macosx11", "-O1", "-w")
	f, err := macho.NewFile(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	symoff := binary.LittleEndian.Uint32(f.Symtab.Raw()[8:])
	overlapping, beyond, negative := bytes.Clone(data), bytes.Clone(data), bytes.Clone(data)
	for i, y := range f.Symtab.Syms {
		value := symoff + uint32(16*i) + 8
		if y.Name == "_back" {
			binary.LittleEndian.PutUint64(beyond[value:], 1<<40)
			binary.LittleEndian.PutUint64(negative[value:], ^uint64(0))
		}
		if y.Sect == 1 {
			binary.LittleEndian.PutUint64(overlapping[value:], uint64(i%3)) // within one instruction
		}
	}
	for name, data := range map[string][]byte{"beyond": beyond, "negative": negative} {
		var e *FormatError
		if _, err := ParseAtoms(NewBuffer(name, data)); !errors.As(err, &e) || !strings.Contains(err.Error(), "outside of its section") {
			t.Errorf("%s: %v", name, err)
		}
	}
	for at := range len(overlapping) {
		damaged := bytes.Clone(overlapping)
		damaged[at] ^= byte(at*7 + 1)
		if at == 0 {
			damaged = overlapping
		}
		o, err := ParseAtoms(NewBuffer("damaged", damaged))
		if err != nil {
			continue
		}
		list, err := Strip([]*Object{o}, isStripRoot)
		if err == nil {
			err = walk(list[0])
		}
		var e *FormatError
		if err != nil && !errors.As(err, &e) {
			t.Errorf("byte %d: %v", at, err)
		}
	}
}
