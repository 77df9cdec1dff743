package objgen

import (
	"bytes"
	"debug/elf"
	"errors"
	"io"
	"os"
	"slices"
	"testing"

	"github.com/gomcjit/gomcjit/internal/testenv"
)

func newGenerator(t *testing.T) *Generator {
	t.Helper()
	testenv.NeedsTool(t, "gcc", "gcc")
	testenv.NeedsTool(t, "as", "binutils")
	return &Generator{Dir: t.TempDir(), Jobs: 2, Log: io.Discard}
}

func makeSet(t *testing.T, g *Generator, name string) [][]byte {
	t.Helper()
	set, err := g.Set(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	var objects [][]byte
	for _, path := range set.Files {
		object, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		objects = append(objects, object)
	}
	return objects
}

func TestSetsAreDeterministic(t *testing.T) {
	for name, objects := range map[string]int{"many-3": 4, "many-g-2": 3, "many-nopic-2": 3, "big-5": 1, "sec-5": 1, "tiny-4": 4, "libc": 1} {
		first, second := makeSet(t, newGenerator(t), name), makeSet(t, newGenerator(t), name)
		if len(first) != objects {
			t.Errorf("%s has %d objects, want %d", name, len(first), objects)
		}
		if !slices.EqualFunc(first, second, bytes.Equal) {
			t.Errorf("%s: made twice, its objects differ", name)
		}
	}
}

func TestSetIsKept(t *testing.T) {
	g := newGenerator(t)
	made, err := g.Set(t.Context(), "big-5")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(made.Files[0]); err != nil {
		t.Fatal(err)
	}
	kept, err := g.Set(t.Context(), "big-5")
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(made.Files, kept.Files) || exists(kept.Files[0]) {
		t.Errorf("a listed set was made again: %v, then %v", made.Files, kept.Files)
	}
}

func TestTinyModules(t *testing.T) {
	for i, object := range makeSet(t, newGenerator(t), "tiny-3") {
		f, err := elf.NewFile(bytes.NewReader(object))
		if err != nil {
			t.Fatal(err)
		}
		if size := f.Section(".text").Size; size != 32 {
			t.Errorf("module %d has %d bytes of code, want 32", i, size)
		}
		symbols, err := f.Symbols()
		if err != nil {
			t.Fatal(err)
		}
		want := []string{"tiny_f00000", "tiny_f00001", "tiny_f00002"}[i]
		if last := symbols[len(symbols)-1]; last.Name != want {
			t.Errorf("module %d defines %q, want %q", i, last.Name, want)
		}
	}
}

func TestParseName(t *testing.T) {
	for name, want := range map[string]struct {
		family string
		n      int
	}{
		"many-100": {"many", 100}, "many-g-7": {"many-g", 7}, "many-nopic-1": {"many-nopic", 1},
		"big": {"big", 80000}, "big-10": {"big", 10}, "libc": {"libc", 0}, "real-x86": {"real-x86", 0},
	} {
		family, n, err := parseName(name)
		if family != want.family || n != want.n || err != nil {
			t.Errorf("parseName(%q) = %q, %d, %v; want %q, %d", name, family, n, err, want.family, want.n)
		}
	}
	for _, name := range []string{"", "many", "many-", "many-0", "many--1", "many-01", "many-x", "sec", "libc-1", "real-x86-1", "real"} {
		var unknown *UnknownSetError
		if _, _, err := parseName(name); !errors.As(err, &unknown) || unknown.Name != name {
			t.Errorf("parseName(%q): error %v, want an UnknownSetError", name, err)
		}
	}
}

func TestMissingTool(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	g := &Generator{Dir: t.TempDir(), Jobs: 1, Log: io.Discard}
	for set, pkg := range map[string]string{"many-2": "gcc", "big-2": "binutils", "real-crypto": "libssl-dev", "real-x86": "llvm-14-dev"} {
		var missing *MissingError
		if _, err := g.Set(t.Context(), set); !errors.As(err, &missing) || missing.Package != pkg {
			t.Errorf("set %s without tools: error %v, want a MissingError that names %s", set, err, pkg)
		}
	}
}
