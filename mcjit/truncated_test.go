//go:build linux && amd64

package mcjit_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/gomcjit/gomcjit/executor"
	"github.com/gomcjit/gomcjit/mcjit"
	"github.com/gomcjit/gomcjit/objimage"
)

// manyFunctions is a module of many pages: of code, of names, and of debug information.
func manyFunctions() string {
	var s strings.Builder
	for i := range 600 {
		fmt.Fprintf(&s, "int a_function_with_a_rather_long_name_%d(int n) { return n * n + %d; }\n", i, i)
	}
	return s.String() + "int first(int n) { return a_function_with_a_rather_long_name_0(n); }"
}

// TestTruncatedFile truncates a module's file when it has been opened, added, loaded and finalized, at many places. What is asked for then is found, or is an error that names the file; when the module has been removed the engine is what it was.
func TestTruncatedFile(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("files are not mapped, or not truncated while they are")
	}
	whole := compiled(t, "many.o", manyFunctions(), "-g").Bytes()
	fine := compiled(t, "fine.o", "int fine(void) { return 7; }")
	steps := []string{"open", "add", "load", "finalize"}
	for n := range 2 {
		testTruncated(t, whole, fine, steps, n == 1)
	}
}

func testTruncated(t *testing.T, whole []byte, fine *objimage.Buffer, steps []string, strip bool) {
	for _, when := range steps {
		for part := range 12 {
			path := filepath.Join(t.TempDir(), "many.o")
			if err := os.WriteFile(path, whole, 0o666); err != nil {
				t.Fatal(err)
			}
			b, err := objimage.OpenBuffer(path)
			if err != nil {
				t.Fatal(err)
			}
			var opts []mcjit.Option
			if strip {
				opts = append(opts, mcjit.WithDeadStripping(func(name string) bool { return name == "first" || name == "fine" }))
			}
			e := newEngine(t, opts...)
			remove(t, e, add(t, e, fine.Retain())...)
			before := e.Stats()
			var modules []*mcjit.Module
			for _, step := range append([]string{"begin"}, steps...) {
				var err error
				switch step {
				case "add":
					var m *mcjit.Module
					if m, err = e.AddObject(b); err == nil {
						modules = append(modules, m)
					}
				case "load":
					_, err = e.SymbolAddress("first")
				case "finalize":
					_, err = e.FunctionAddress("first")
				}
				if err != nil {
					if !strip && (!errors.Is(err, objimage.ErrTruncated) || !strings.Contains(err.Error(), path)) { // or else the names are not there, which are looked for in the file
						t.Errorf("truncated after %s, %d/12: %s: %v", when, part, step, err)
					}
					break
				}
				if step == when {
					if err := os.Truncate(path, int64(len(whole)*part/12)); err != nil {
						t.Fatal(err)
					}
				}
			}
			var again executor.Addr
			if again, err = e.FunctionAddress("first"); err != nil && !strip && !errors.Is(err, objimage.ErrTruncated) && len(modules) > 0 || err == nil && again == 0 {
				t.Errorf("truncated after %s, %d/12: again: %v", when, part, err)
			}
			remove(t, e, modules...)
			m := add(t, e, fine.Retain())
			if got := function[intFunc](t, e, "fine")(); got != 7 {
				t.Errorf("fine: %d", got)
			}
			remove(t, e, m...)
			wantStats(t, e, before)
		}
	}
}
