package runtimedyld

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/gomcjit/gomcjit/objimage"
)

// TestFileChanged truncates and overwrites files of objects that are to be linked again: that is an error, with which nothing has changed.
func TestFileChanged(t *testing.T) {
	for name, change := range map[string]func(path string) error{
		"truncated":   func(path string) error { return os.Truncate(path, 0) },
		"overwritten": func(path string) error { return os.WriteFile(path, make([]byte, 1<<16), 0o666) },
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "user.o")
			if err := os.WriteFile(path, user("outside").parse(t).Buffer().Bytes(), 0o666); err != nil {
				t.Fatal(err)
			}
			buffer, err := objimage.OpenBuffer(path)
			if err != nil {
				t.Fatal(err)
			}
			img, err := objimage.Parse(buffer)
			if err != nil {
				t.Fatal(err)
			}
			b := newBenchResolving(t, nil, knows(map[string]uint64{"outside": far}))
			o := b.loadImage(img)
			b.finalize()
			time.Sleep(20 * time.Millisecond) // for another time of change
			if err := change(path); err != nil {
				t.Fatal(err)
			}
			if err := b.MoveExternal("outside", far+0x1000); !errors.Is(err, objimage.ErrFormat) {
				t.Errorf("MoveExternal: %v", err)
			}
			if err := b.Reopen(o); !errors.Is(err, objimage.ErrFormat) || o.State() != Finalized {
				t.Errorf("Reopen: %v; the object is %v", err, o.State())
			}
		})
	}
}
