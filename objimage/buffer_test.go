package objimage

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
)

func TestOpenBuffer(t *testing.T) {
	dir := t.TempDir()
	for _, content := range []string{"", "x", strings.Repeat("page", 5000)} {
		path := writeFile(t, dir, "file", []byte(content))
		b, err := OpenBuffer(path)
		if err != nil {
			t.Fatal(err)
		}
		if b.Name() != path || string(b.Bytes()) != content {
			t.Errorf("%s: %d bytes, want %d", b.Name(), len(b.Bytes()), len(content))
		}
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	}
	if _, err := OpenBuffer(filepath.Join(dir, "none")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("missing file: %v", err)
	}
	if _, err := OpenBuffer(dir); err == nil {
		t.Error("a folder can be opened")
	}
}

func TestOpenBufferPipe(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	path := "/dev/fd/" + strconv.Itoa(int(r.Fd()))
	if _, err := os.Stat(path); err != nil {
		t.Skip("no /dev/fd here: ", err)
	}
	go func() {
		w.WriteString("through a pipe")
		w.Close()
	}()
	b, err := OpenBuffer(path)
	if err != nil || string(b.Bytes()) != "through a pipe" {
		t.Errorf("%v, %q", err, b.Bytes())
	}
	r.Close()
}

// TestOwners counts owners from many goroutines: the bytes stay to the last, and one close too many harms nobody.
func TestOwners(t *testing.T) {
	parent, err := OpenBuffer(writeFile(t, t.TempDir(), "file", []byte("abcdef")))
	if err != nil {
		t.Fatal(err)
	}
	sub := parent.slice("file(part)", 2, 4)
	if got := sub.Bytes(); string(got) != "cd" || cap(got) != 2 {
		t.Fatalf("part is %q, capacity %d", got, cap(got))
	}
	var wg sync.WaitGroup
	for range 8 {
		b := parent.Retain()
		wg.Go(func() {
			for range 1000 {
				if b.Retain().Bytes()[0] != 'a' {
					t.Error("bytes are gone")
				}
				b.Close()
			}
			b.Close()
		})
	}
	wg.Wait()
	parent.Close()
	if string(sub.Bytes()) != "cd" {
		t.Error("closing the whole took the part's bytes")
	}
	if isMapped(t, parent.Name()) != (runtime.GOOS == "linux") {
		t.Error("the file is not mapped")
	}
	for range 3 {
		if err := sub.Close(); err != nil {
			t.Error(err)
		}
	}
	if sub.Bytes() != nil || parent.Bytes() != nil {
		t.Error("bytes stay after the last owner")
	}
	if isMapped(t, parent.Name()) {
		t.Error("the file is mapped after the last owner closed")
	}
	defer func() {
		if r := recover(); r == nil {
			t.Error("a Buffer that was given back can be retained")
		}
	}()
	parent.Retain()
}

// isMapped looks for a file among the mappings of this process; where the system does not tell it says no.
func isMapped(t *testing.T, path string) bool {
	t.Helper()
	if runtime.GOOS != "linux" {
		return false
	}
	maps, err := os.ReadFile("/proc/self/maps")
	if err != nil {
		t.Fatal(err)
	}
	return bytes.Contains(maps, []byte(path))
}

func TestBufferStream(t *testing.T) {
	s := NewBufferStream("generated.o")
	for _, part := range []string{"some ", "", "bytes"} {
		if n, err := s.Write([]byte(part)); n != len(part) || err != nil {
			t.Fatal(n, err)
		}
	}
	b, err := s.Seal()
	if err != nil || b.Name() != "generated.o" || string(b.Bytes()) != "some bytes" {
		t.Fatalf("%v, %q", err, b.Bytes())
	}
	if n, err := s.Write([]byte("more")); n != 0 || err != ErrSealed {
		t.Errorf("write after Seal: %d, %v", n, err)
	}
	if _, err := s.Seal(); err != ErrSealed {
		t.Errorf("second Seal: %v", err)
	}
	if string(b.Bytes()) != "some bytes" {
		t.Errorf("bytes changed after Seal: %q", b.Bytes())
	}
}
