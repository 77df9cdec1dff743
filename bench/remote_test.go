package main

import (
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/gomcjit/gomcjit/bench/objgen"
	"github.com/gomcjit/gomcjit/internal/testenv"
)

// TestRemote links a small set for other processes over every transport, beside LLVM's controllers: all come to the same result, and all tables have their rows.
func TestRemote(t *testing.T) {
	if runtime.GOOS != "linux" || runtime.GOARCH != "amd64" {
		t.Skip("the objects are for linux/amd64")
	}
	for tool, pkg := range map[string]string{"gcc": "gcc", "ar": "binutils", "gdbserver": "gdbserver", llvmExecutor: "llvm-14", "llvm-jitlink-14": "llvm-14", "lli-14": "llvm-14-runtime"} {
		testenv.NeedsTool(t, tool, pkg)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	b := &bench{
		generator: &objgen.Generator{Dir: filepath.Join(t.TempDir(), "sets"), Jobs: 2, Log: io.Discard}, runner: &runner{self: self},
		rounds: 1, log: io.Discard, results: make(Results),
	}
	if err := b.measureRemote(t.Context(), "many-5"); err != nil {
		t.Fatal(err)
	}
	agreed := "linked by any of " + strings.Join(slices.Sorted(slices.Values(slices.Concat(remotes, remotesEach, controls))), ", ")
	if b.failed || !slices.ContainsFunc(b.notes, func(note string) bool { return strings.HasSuffix(note, agreed) }) {
		t.Errorf("not all came to the same result: %s", strings.Join(b.notes, "\n"))
	}
	for _, q := range questions {
		rows := b.results.answer(q, b.sets).Rows
		switch q.figure {
		case figProgram:
			if len(rows) != len(remotes)*len(controls) {
				t.Errorf("%s: %d rows", q.title, len(rows))
			}
		case figTrips, figSent, figRemote, figRate:
			if len(rows) == 0 {
				t.Errorf("%s: no rows", q.title)
			}
		}
	}
}
