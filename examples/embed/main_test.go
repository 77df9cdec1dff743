//go:build linux && amd64

package main

import (
	"bytes"
	"debug/elf"
	"fmt"
	"hash/fnv"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
)

// Embedding does not reach testdata, so that the object is here a second time.
func TestObjectIsCurrent(t *testing.T) {
	want, err := os.ReadFile(filepath.Join("..", "..", "testdata", "freestanding.o"))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(object, want) {
		t.Error("freestanding.o is not the one of testdata: make testdata")
	}
}

// TestStatic builds the program and looks for what a static one does not have: an interpreter, and libraries that it needs.
func TestStatic(t *testing.T) {
	f, err := elf.Open(build(t, t.TempDir()))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for _, p := range f.Progs {
		if p.Type == elf.PT_INTERP {
			t.Error("the program has an interpreter (PT_INTERP)")
		}
	}
	if libs, err := f.DynString(elf.DT_NEEDED); err == nil && len(libs) > 0 {
		t.Errorf("the program needs %v", libs)
	}
}

// TestEmptyContainer runs the program where there is no file but itself.
func TestEmptyContainer(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("chroot is for root")
	}
	root := t.TempDir()
	build(t, root)
	cmd := exec.Command("/embed")
	cmd.Dir = "/"
	cmd.Env = []string{}
	cmd.SysProcAttr = &syscall.SysProcAttr{Chroot: root}
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	h := fnv.New64a() // the same function, in Go
	h.Write(object)
	if want := fmt.Sprintf("sorted [-358 -4 5 26 31 159], checksum %#x\n", h.Sum64()); string(out) != want {
		t.Errorf("got %q, want %q", out, want)
	}
}

func build(t *testing.T, dir string) string {
	t.Helper()
	path := filepath.Join(dir, "embed")
	cmd := exec.Command("go", "build", "-buildvcs=false", "-o", path, ".")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	return path
}
