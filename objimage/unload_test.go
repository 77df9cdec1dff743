package objimage

import (
	"bytes"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// TestUnload gives the memory of a mapped file back, that of one member of an archive, and reads both again.
func TestUnload(t *testing.T) {
	want := bytes.Repeat([]byte("0123456789abcdef"), 1<<16)
	path := filepath.Join(t.TempDir(), "unloaded")
	if err := os.WriteFile(path, want, 0o600); err != nil {
		t.Fatal(err)
	}
	b, err := OpenBuffer(path)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	part := b.slice("part", 100, 1<<19)
	defer part.Close()
	for name, unloaded := range map[string]*Buffer{"part": part, "whole": b} {
		if !bytes.Equal(b.Bytes(), want) {
			t.Fatal("the bytes are not those of the file")
		}
		before := residentOf(t, path)
		unloaded.Unload()
		after := residentOf(t, path)
		if runtime.GOOS == "linux" && (before < len(want) || after > len(want)-len(unloaded.Bytes())+3*os.Getpagesize()) {
			t.Errorf("%s: %d bytes of the file are in memory, %d before", name, after, before)
		}
	}
	if !bytes.Equal(b.Bytes(), want) {
		t.Error("the bytes are not those of the file any more")
	}
	heap := NewBuffer("heap", want)
	heap.Unload()
	if !bytes.Equal(heap.Bytes(), want) {
		t.Error("bytes that are not mapped have changed")
	}
}

// residentOf returns how many bytes of a mapped file are in this process's memory; 0 where the system does not tell.
func residentOf(t *testing.T, path string) (n int) {
	smaps, err := os.ReadFile("/proc/self/smaps")
	if err != nil {
		return 0
	}
	inside := false
	for line := range strings.Lines(string(smaps)) {
		fields := strings.Fields(line)
		switch {
		case strings.Contains(fields[0], "-"):
			inside = strings.HasSuffix(strings.TrimSpace(line), path)
		case inside && fields[0] == "Rss:":
			kib := 0
			for _, c := range fields[1] {
				kib = kib*10 + int(c-'0')
			}
			n += kib << 10
		}
	}
	return n
}
