package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/gomcjit/gomcjit/objimage"
)

// TestArchOfTriple compares the names of triples with those of objects' architectures: one is no other's beginning.
func TestArchOfTriple(t *testing.T) {
	for triple, want := range map[string]string{
		"x86_64-pc-linux-gnu": "x86_64", "powerpc64le-unknown-linux": "ppc64le", "powerpc64": "ppc64", "ppc-unknown-linux": "ppc", "mipsel-unknown-linux": "mipsel", "mips": "mips",
		"armv7-unknown-linux": "arm", "i686-pc-linux": "i386", "arm64-apple-darwin": "aarch64", "aarch64-unknown-linux": "aarch64", "riscv64-unknown-none": "riscv64", "armeb-x": "armeb",
	} {
		if got := archOfTriple(triple); got != want {
			t.Errorf("%s: %s, want %s", triple, got, want)
		}
	}
}

// TestIsFor: objects are for one kind of processes, by processor, order of bytes and size of pointers.
func TestIsFor(t *testing.T) {
	triples := map[string]string{ // by folder with rules; those without have no executors
		"x86_64": "x86_64-pc-linux-gnu", "aarch64": "aarch64-unknown-linux", "aarch64_be": "aarch64_be-unknown-linux", "riscv32": "riscv32-unknown-linux", "arm": "armv7-unknown-linux",
		"x86_64_x32": "", "aarch64_ilp32": "", "aarch64_be_ilp32": "",
	}
	for folder := range triples {
		paths, err := filepath.Glob(filepath.Join("..", "..", "testdata", "rules", folder, "*.o"))
		if err != nil || len(paths) == 0 {
			t.Fatalf("%s: no objects (%v)", folder, err)
		}
		data, err := os.ReadFile(paths[0])
		if err != nil {
			t.Fatal(err)
		}
		img, err := objimage.Parse(objimage.NewBuffer(paths[0], data))
		if err != nil {
			t.Fatal(err)
		}
		for other, triple := range triples {
			if got := isFor(img, triple); triple != "" && got != (folder == other) {
				t.Errorf("%s is for %s: %v", paths[0], triple, got)
			}
		}
	}
}
