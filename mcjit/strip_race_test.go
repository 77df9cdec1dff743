//go:build linux && amd64

package mcjit_test

import (
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/gomcjit/gomcjit/mcjit"
	"github.com/gomcjit/gomcjit/objimage"
)

// mappedFile returns a buffer with a file that is mapped.
func mappedFile(t testing.TB, b *objimage.Buffer) *objimage.Buffer {
	t.Helper()
	path := filepath.Join(t.TempDir(), b.Name())
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	m, err := objimage.OpenBuffer(path)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// TestRemoveWhileStripping: modules that are removed while others are stripped together with them are there until that is done; and what says which names are roots may use the engine.
func TestRemoveWhileStripping(t *testing.T) {
	var e *mcjit.ExecutionEngine
	var others []*mcjit.Module
	var once sync.Once
	e = newEngine(t, mcjit.WithDeadStripping(func(name string) bool {
		once.Do(func() {
			if err := e.RemoveModule(others...); err != nil {
				t.Error(err)
			}
			if _, err := e.SymbolAddress("nobody"); err == nil {
				t.Error("nobody is defined")
			}
		})
		return name == "root"
	}))
	add(t, e, mappedFile(t, compiled(t, "root.o", "int root(void) { return 42; } int dead(void) { return 1; }", "-ffunction-sections")))
	for i := range 8 {
		source := fmt.Sprintf("int f%d(void) { return %d; } int g%d(void) { return f%d() + 1; }", i, i, i, i)
		others = append(others, add(t, e, mappedFile(t, compiled(t, fmt.Sprintf("f%d.o", i), source, "-ffunction-sections")))...)
	}
	wantCall(t, e, "root", 42)
	if n := len(e.Modules()); n != 1 {
		t.Errorf("%d modules", n)
	}
}
