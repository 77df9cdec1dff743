//go:build windows && amd64

package threads_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/gomcjit/gomcjit/executor"
	"github.com/gomcjit/gomcjit/executor/threads"
)

// files returns those of modules, and of processes that have ended.
func files(t *testing.T) []string {
	t.Helper()
	list, err := filepath.Glob(filepath.Join(os.TempDir(), "gomcjit-threads-*"))
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// TestWindowsStorage makes modules, which have numbers of their own, and removes them: their files are there as long as they are, and what a process has left is not.
func TestWindowsStorage(t *testing.T) {
	left := filepath.Join(os.TempDir(), fmt.Sprintf("gomcjit-threads-%d-1.dll", 1<<30)) // a process that there is not
	if err := os.WriteFile(left, []byte("a DLL"), 0o644); err != nil {
		t.Fatal(err)
	}
	s, err := threads.Storage()
	if err != nil {
		t.Fatal(err)
	}
	if list := files(t); len(list) != 0 {
		t.Errorf("left over: %q", list)
	}
	seen := map[uint64]bool{}
	var modules []executor.ThreadModule
	for i := range 40 {
		m, err := s.AddThreadModule(executor.ThreadTemplate{Name: "test.o", Image: make([]byte, 100*i), Size: uint64(5000 * (i + 1)), Align: 8})
		if err != nil {
			t.Fatal(err)
		}
		if m.ID == 0 || m.Static || seen[m.ID] {
			t.Errorf("module %d: %v", i, m)
		}
		seen[m.ID] = true
		modules = append(modules, m)
	}
	if list := files(t); len(list) != len(modules) {
		t.Errorf("%d modules have %d files", len(modules), len(list))
	}
	for _, m := range modules {
		if err := s.RemoveThreadModule(m); err != nil {
			t.Error(err)
		}
	}
	if list := files(t); len(list) != 0 {
		t.Errorf("left over: %q", list)
	}
	if err := s.RemoveThreadModule(modules[0]); err == nil {
		t.Error("a module was removed twice")
	}
	if _, err := s.AddThreadModule(executor.ThreadTemplate{Name: "test.o", Size: 8, Align: 1 << 14}); !errors.Is(err, threads.ErrAlignment) {
		t.Errorf("more than a DLL can ask for: %v", err)
	}
	for _, size := range []uint64{1<<30 + 1, 1<<32 + 8, 1 << 63} {
		if _, err := s.AddThreadModule(executor.ThreadTemplate{Name: "test.o", Size: size, Align: 8}); err == nil {
			t.Errorf("a block of %d bytes was made", size)
		}
	}
}
