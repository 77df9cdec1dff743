//go:build linux && amd64

package mcjit_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/gomcjit/gomcjit/objimage"
)

// TestTruncatedAsked truncates a module's file when it has been finalized, and asks for what is in the file. It is not known any more, and that is all.
func TestTruncatedAsked(t *testing.T) {
	whole := compiled(t, "many.o", manyFunctions()+`
volatile int built;
__attribute__((constructor)) static void begin(void) { built++; }
__attribute__((destructor)) static void end(void) { built--; }`, "-g").Bytes()
	for part := range 12 {
		path := filepath.Join(t.TempDir(), "many.o")
		if err := os.WriteFile(path, whole, 0o666); err != nil {
			t.Fatal(err)
		}
		b, err := objimage.OpenBuffer(path)
		if err != nil {
			t.Fatal(err)
		}
		e := newEngine(t)
		modules := add(t, e, b)
		at, err := e.FunctionAddress("first")
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Truncate(path, int64(len(whole)*part/12)); err != nil {
			t.Fatal(err)
		}
		if l, ok := e.Locate(at); ok && (l.Module != modules[0] || l.Symbol != "" && l.Symbol != "first") {
			t.Errorf("%d/12: Locate: %+v, %v", part, l, ok)
		}
		for _, s := range modules[0].Symbols() {
			if s.Name == "" {
				t.Errorf("%d/12: a symbol without a name", part)
			}
		}
		if v, ok := e.FindFunctionNamed("first"); ok && v.Module != modules[0] {
			t.Errorf("%d/12: FindFunctionNamed: %+v", part, v)
		}
		for _, table := range e.UnwindTables(at) {
			if table.Start >= table.End {
				t.Errorf("%d/12: an unwind table of no bytes", part)
			}
		}
		if err := e.Initialize(); err != nil && !errors.Is(err, objimage.ErrTruncated) {
			t.Errorf("%d/12: Initialize: %v", part, err)
		}
		if err := e.Deinitialize(); err != nil && !errors.Is(err, objimage.ErrTruncated) {
			t.Errorf("%d/12: Deinitialize: %v", part, err)
		}
		remove(t, e, modules...)
	}
}
