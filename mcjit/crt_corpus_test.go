//go:build linux && amd64

package mcjit_test

import (
	"bytes"
	"debug/elf"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gomcjit/gomcjit/internal/testenv"
	"github.com/gomcjit/gomcjit/objimage"
)

// A corpusFile is a source of testdata/corpus. Its first lines say how to treat it:
//
//	// flags: FLAG...       for both compilers; "// gcc: FLAG..." and "// clang: FLAG..." for one
//	// compiler: gcc        for that one only
//	// runs alone           it needs nothing but the compiler runtime, and int test(void) returns 0
type corpusFile struct {
	name, source, lang string
	flags              map[string][]string // by compiler
	runs               bool
}

func corpus(t *testing.T) []*corpusFile {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join("testdata", "corpus", "*.c*"))
	if err != nil || len(paths) < 20 {
		t.Fatalf("corpus of %d files: %v", len(paths), err)
	}
	var files []*corpusFile
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		f := &corpusFile{name: filepath.Base(path), source: string(text), lang: testenv.C, flags: map[string][]string{"gcc": {}, "clang": {}}}
		if filepath.Ext(path) == ".cc" {
			f.lang = testenv.CXX
		}
		f.readHeader()
		files = append(files, f)
	}
	return files
}

func (f *corpusFile) readHeader() {
	for line := range strings.Lines(f.source) {
		comment, ok := strings.CutPrefix(line, "// ")
		if !ok {
			return
		}
		key, value, _ := strings.Cut(strings.TrimSpace(comment), ": ")
		switch key {
		case "runs alone":
			f.runs = true
		case "flags":
			for c := range f.flags {
				f.flags[c] = append(f.flags[c], strings.Fields(value)...)
			}
		case "gcc", "clang":
			f.flags[key] = append(f.flags[key], strings.Fields(value)...)
		case "compiler":
			for c := range f.flags {
				if c != value {
					delete(f.flags, c)
				}
			}
		}
	}
}

// hostSymbols are those that shared libraries of this machine export. Of libgcc_s only the unwinder counts: all else in it has to be in the runtime.
func hostSymbols(t *testing.T) map[string]bool {
	t.Helper()
	gcc := testenv.NeedsTool(t, "gcc", "gcc")
	symbols := map[string]bool{}
	for _, library := range []string{"libc.so.6", "libm.so.6", "ld-linux-x86-64.so.2", "libstdc++.so.6", "libgcc_s.so.1"} {
		out, err := exec.Command(gcc, "-print-file-name="+library).Output()
		if err != nil {
			t.Fatal(err)
		}
		f, err := elf.Open(strings.TrimSpace(string(out)))
		if err != nil {
			t.Fatal(err)
		}
		exported, err := f.DynamicSymbols()
		f.Close()
		if err != nil {
			t.Fatal(err)
		}
		for i := range exported {
			s := &exported[i]
			if s.Section != elf.SHN_UNDEF && (library != "libgcc_s.so.1" || strings.HasPrefix(s.Name, "_Unwind_")) {
				symbols[s.Name] = true
			}
		}
	}
	return symbols
}

// undefinedNames are what an object wants of others, but for what the linker makes.
func undefinedNames(t *testing.T, object []byte) []string {
	t.Helper()
	f, err := elf.NewFile(bytes.NewReader(object))
	if err != nil {
		t.Fatal(err)
	}
	symbols, err := f.Symbols()
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for i := range symbols {
		if s := &symbols[i]; s.Section == elf.SHN_UNDEF && s.Name != "" && elf.ST_BIND(s.Info) == elf.STB_GLOBAL && s.Name != "_GLOBAL_OFFSET_TABLE_" && s.Name != "__dso_handle" {
			names = append(names, s.Name)
		}
	}
	return names
}

// TestRuntimeCorpus compiles every file of the corpus by gcc and clang at every level, plain and as distributions harden their packages. What an object wants has to
// be in the host's libraries or in the runtime, and where the file says so, in the runtime alone: then it is run.
func TestRuntimeCorpus(t *testing.T) {
	host := hostSymbols(t)
	ours := map[string]bool{}
	for _, names := range runtimeNames(t) {
		for _, name := range names {
			ours[name] = true
		}
	}
	levels := []string{"-O0", "-Og", "-O1", "-Os", "-O2", "-O3"}
	hardened := []string{"-D_FORTIFY_SOURCE=2", "-fstack-protector-strong"}
	if testing.Short() {
		levels = []string{"-O0", "-O2"}
	}
	for _, f := range corpus(t) {
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			objects, used := 0, map[string]bool{}
			for compiler, flags := range f.flags {
				for _, level := range levels {
					args := slices.Concat([]string{level, "-fPIC", "-w"}, flags)
					if !f.runs && level != "-O0" {
						args = append(args, hardened...)
					}
					object := testenv.CompileBytes(t, compiler, f.lang, f.source, args...)
					objects++
					for _, name := range undefinedNames(t, object) {
						if ours[name] && (f.runs || !host[name]) {
							used[name] = true
						} else if f.runs || !host[name] {
							t.Errorf("%s %s: %s is unresolved", compiler, strings.Join(args, " "), name)
						}
					}
					if f.runs {
						wantCall(t, withRuntime(t, objimage.NewBuffer(f.name, object)), "test", 0)
					}
				}
			}
			t.Logf("%d objects, of the runtime: %s", objects, strings.Join(slices.Sorted(maps.Keys(used)), " "))
		})
	}
}
