//go:build linux && amd64

package mcjit_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/gomcjit/gomcjit/internal/testenv"
	"github.com/gomcjit/gomcjit/mcjit"
	"github.com/gomcjit/gomcjit/objimage"
)

// universal returns what lipo makes of objects, or of libraries of one object each, for these processors.
func universal(t *testing.T, library bool, source string, processors ...string) *objimage.Buffer {
	t.Helper()
	lipo, libtool := testenv.NeedsTool(t, "llvm-lipo-19", "llvm-19"), testenv.NeedsTool(t, "llvm-libtool-darwin-19", "llvm-19")
	dir := t.TempDir()
	run := func(command ...string) {
		cmd := exec.Command(command[0], command[1:]...)
		cmd.Dir = dir
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v: %v\n%s", command, err, out)
		}
	}
	args := []string{lipo, "-create", "-output", "universal"}
	for _, p := range processors {
		object := testenv.CompileBytes(t, "clang-19", testenv.C, source, "--target="+p+"-apple-macosx11", "-O1", "-ffreestanding")
		if err := os.WriteFile(filepath.Join(dir, p), object, 0o644); err != nil {
			t.Fatal(err)
		}
		if library {
			run(libtool, "-static", "-o", p+".a", p)
			p += ".a"
		}
		args = append(args, p)
	}
	run(args...)
	b, err := objimage.OpenBuffer(filepath.Join(dir, "universal"))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestUniversalFiles: of files for several processors engines take what is for theirs, of objects and of libraries, and say what there is if that is nothing.
func TestUniversalFiles(t *testing.T) {
	ways(t, func(t *testing.T, opts ...mcjit.Option) {
		e := newEngine(t, opts...)
		m, err := e.AddObject(universal(t, false, "int needed(void); int f(void) { return needed() + 2; }", "arm64", "x86_64"))
		if err != nil {
			t.Fatal(err)
		}
		if err := e.AddArchive(universal(t, true, "int needed(void) { return 40; }", "x86_64", "arm64")); err != nil {
			t.Fatal(err)
		}
		if got := function[func() int32](t, e, "f")(); got != 42 {
			t.Errorf("f: %d", got)
		}
		if err := e.RemoveModule(m); err != nil {
			t.Error(err)
		}
		for what, add := range map[string]func(*objimage.Buffer) error{
			"object":  func(b *objimage.Buffer) error { _, err := e.AddObject(b); return err },
			"library": e.AddArchive,
		} {
			b := universal(t, what == "library", "int g(void) { return 1; }", "arm64", "armv7")
			if err := add(b); !errors.Is(err, objimage.ErrUnsupportedFormat) {
				t.Errorf("%s: %v", what, err)
			}
			if err := b.Close(); err != nil { // it is still the caller's
				t.Errorf("%s: %v", what, err)
			}
		}
	})
}
