//go:build linux && (amd64 || arm64)

package ptrace

import (
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// TestMappedFileIsNone looks for symbols where a mapped file was and a FIFO is now: nobody waits for somebody who writes to it.
func TestMappedFileIsNone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "library.so")
	if err := unix.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	p := &Process{pid: unix.Getpid()}
	p.tid.Store(int64(p.pid))
	done := make(chan error, 1)
	go func() {
		_, err := p.openMapped(mapping{path: path})
		done <- err
	}()
	select {
	case err := <-done:
		if err == nil {
			t.Error("it could be opened")
		}
	case <-time.After(5 * time.Second):
		t.Error("it waits")
	}
}
