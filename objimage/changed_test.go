package objimage

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// TestCheck changes files that are mapped, in each way in which files are changed.
func TestCheck(t *testing.T) {
	content := []byte("these are the contents of a file")
	for name, c := range map[string]struct {
		change func(path string) error
		wrong  bool
	}{
		"nothing":     {func(string) error { return nil }, false},
		"removed":     {os.Remove, false},
		"renamed":     {func(path string) error { return os.Rename(path, path+".old") }, false},
		"replaced":    {replace, false},
		"truncated":   {func(path string) error { return os.Truncate(path, 3) }, true},
		"grown":       {func(path string) error { return os.Truncate(path, 1<<16) }, true},
		"overwritten": {func(path string) error { return os.WriteFile(path, content, 0o666) }, true},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "file")
			if err := os.WriteFile(path, content, 0o666); err != nil {
				t.Fatal(err)
			}
			b, err := OpenBuffer(path)
			if err != nil {
				t.Fatal(err)
			}
			defer b.Close()
			if !b.mapped {
				t.Skip("this system maps no files")
			}
			part := b.slice("file(part)", 1, 4)
			defer part.Close()
			time.Sleep(20 * time.Millisecond) // for another time of change
			if err := c.change(path); err != nil {
				t.Fatal(err)
			}
			for _, b := range []*Buffer{b, part} {
				if err := b.Check(); (err != nil) != c.wrong || err != nil && !errors.Is(err, ErrFormat) {
					t.Errorf("%s: %v", b.Name(), err)
				}
			}
		})
	}
	if err := NewBuffer("memory", content).Check(); err != nil {
		t.Error(err)
	}
}

// replace replaces a file as one should.
func replace(path string) error {
	return errors.Join(os.WriteFile(path+".new", []byte("others"), 0o666), os.Rename(path+".new", path))
}
