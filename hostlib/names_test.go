package hostlib

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
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

func TestFilesOf(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "libnowhere.so.7")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("LD_LIBRARY_PATH", dir)
	got := FilesOf("libnowhere.so.8", "libnowhere.so.7", file, filepath.Join(dir, "x"))
	if !slices.Equal(got, []string{file, file}) {
		t.Errorf("%q", got)
	}
}
