package hostlib

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// TestPatternInName opens names that mean something to filepath.Glob: they are names like others.
func TestPatternInName(t *testing.T) {
	dir := t.TempDir()
	for _, file := range []string{"libq.so.1", "libqqqqqqqqqqqq.so.2", `libq[q].so.3`, "libq[.so.4"} {
		if err := os.WriteFile(filepath.Join(dir, file), nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("LD_LIBRARY_PATH", dir)
	for name, want := range map[string]string{"[q]": "", "[a-z]": "", "*": "", "q[q]": "libq[q].so.3", "q[": "libq[.so.4", "q": "libq.so.1"} {
		got := ""
		if v := versions("lib" + name + ".so"); len(v) > 0 {
			got = v[0]
		}
		if got != want {
			t.Errorf("versions of %q: %q, want %q", name, got, want)
		}
		var oe *OpenError
		if _, err := OpenByName(name); !errors.As(err, &oe) && !errors.Is(err, ErrUnsupportedHost) {
			t.Errorf("OpenByName(%q): %v", name, err)
		}
	}
}
