package structure

import (
	"bytes"
	"crypto/sha256"
	"debug/elf"
	"encoding/hex"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gomcjit/gomcjit/internal/testenv"
)

// readManifest returns the comment lines and the entries (fields of the others) of testdata/MANIFEST.
func readManifest(t *testing.T) (comments []string, entries [][]string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(moduleRoot(), "testdata", "MANIFEST"))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "#") {
			comments = append(comments, line)
		} else {
			entries = append(entries, strings.Fields(line))
		}
	}
	return comments, entries
}

// TestTestdataFresh needs no compiler: it compares the sources with those that the objects were built from.
func TestTestdataFresh(t *testing.T) {
	dir := filepath.Join(moduleRoot(), "testdata")
	_, entries := readManifest(t)
	built := make(map[string]bool)
	for _, e := range entries {
		if len(e) < 4 {
			t.Fatalf("MANIFEST: %q: want hash, object, source and command", e)
		}
		hash, object, source := e[0], e[1], e[2]
		built[source] = true
		text, err := os.ReadFile(filepath.Join(dir, source))
		if err != nil {
			t.Errorf("%s is built from %s, which is not there: %v", object, source, err)
			continue
		}
		if sum := sha256.Sum256(text); hex.EncodeToString(sum[:]) != hash {
			t.Errorf("%s changed since %s was built from it: make testdata", source, object)
		}
	}
	for _, pattern := range []string{"*.c", "*.s", "*/*.c", "*/*.s", "*/*/*.c", "*/*/*.s", "*/*/*.yaml", "*/*/*.h"} {
		names, err := filepath.Glob(filepath.Join(dir, pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			if source, _ := filepath.Rel(dir, name); !built[filepath.ToSlash(source)] {
				t.Errorf("testdata/%s: no object is built from it: add it to testdata/build.sh, then make testdata", source)
			}
		}
	}
}

// TestTestdataReproducible builds everything again, where the compiler is the one that the committed objects are from.
func TestTestdataReproducible(t *testing.T) {
	comments, _ := readManifest(t)
	for tool, pkg := range map[string]string{"gcc": "gcc", "as": "binutils", "clang-19": "clang-19", "i686-linux-gnu-gcc": "gcc-i686-linux-gnu", "s390x-linux-gnu-gcc": "gcc-s390x-linux-gnu"} {
		out, err := exec.Command(testenv.NeedsTool(t, tool, pkg), "--version").Output()
		if err != nil {
			t.Fatal(err)
		}
		version, _, _ := strings.Cut(string(out), "\n")
		if !strings.Contains(strings.Join(comments, "\n"), ": "+version) {
			t.Skipf("the objects were built by another %s than %q", tool, version)
		}
	}
	testenv.NeedsTool(t, "yaml2obj-19", "llvm-19") // which writes what it is told
	committed := filepath.Join(moduleRoot(), "testdata")
	again := t.TempDir()
	if out, err := exec.Command(filepath.Join(committed, "build.sh"), again).CombinedOutput(); err != nil {
		t.Fatalf("testdata/build.sh: %v\n%s", err, out)
	}
	err := filepath.WalkDir(again, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		name, _ := filepath.Rel(again, path)
		want, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		got, err := os.ReadFile(filepath.Join(committed, name))
		if err != nil {
			return err
		}
		if !bytes.Equal(got, want) {
			t.Errorf("testdata/%s is not what its source gives: make testdata", name)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func openTestdata(t *testing.T, name string) *elf.File {
	t.Helper()
	f, err := elf.Open(filepath.Join(moduleRoot(), "testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

// TestRelocsCoverEveryKind keeps the assembler from quietly choosing another relocation than the source is there for.
func TestRelocsCoverEveryKind(t *testing.T) {
	f := openTestdata(t, "relocs.o")
	found := make(map[elf.R_X86_64]bool)
	for _, section := range f.Sections {
		if section.Type != elf.SHT_RELA {
			continue
		}
		data, err := section.Data()
		if err != nil {
			t.Fatal(err)
		}
		for ; len(data) >= 24; data = data[24:] {
			found[elf.R_X86_64(elf.R_TYPE64(f.ByteOrder.Uint64(data[8:])))] = true
		}
	}
	for _, kind := range []elf.R_X86_64{
		elf.R_X86_64_64, elf.R_X86_64_PC64, elf.R_X86_64_32, elf.R_X86_64_32S, elf.R_X86_64_16, elf.R_X86_64_PC16, elf.R_X86_64_8, elf.R_X86_64_PC8,
		elf.R_X86_64_PC32, elf.R_X86_64_PLT32, elf.R_X86_64_GOTPCREL, elf.R_X86_64_GOTPCRELX, elf.R_X86_64_REX_GOTPCRELX,
		elf.R_X86_64_GOT64, elf.R_X86_64_GOTPCREL64, elf.R_X86_64_GOTOFF64, elf.R_X86_64_GOTPC32, elf.R_X86_64_GOTPC64,
		elf.R_X86_64_GOTPLT64, elf.R_X86_64_PLTOFF64, elf.R_X86_64_SIZE32, elf.R_X86_64_SIZE64,
	} {
		if !found[kind] {
			t.Errorf("relocs.o has no %v", kind)
		}
	}
}

func TestFreestandingNeedsNothing(t *testing.T) {
	symbols, err := openTestdata(t, "freestanding.o").Symbols()
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range symbols {
		if s.Section == elf.SHN_UNDEF && s.Name != "" {
			t.Errorf("freestanding.o refers to %s", s.Name)
		}
	}
}
