package structure

import (
	"go/ast"
	"go/build"
	"go/build/constraint"
	"io"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// hostTrees are the packages that may depend on the host: they have build constraints, system calls, unsafe and assembly.
var hostTrees = []string{"memmgr", "executor", "gdbjit", "perfjit", "hostlib", "internal/icache", "internal/prefetch"}

// hostFiles are single files with that right, by pattern.
var hostFiles = []string{
	"objimage/map*.go",                     // the mapping of a file into memory
	"codegen/command/group_*.go",           // what compilers start is interrupted with them
	"runtimedyld/bpf_kernel_linux_test.go", // Linux runs BPF programs
	"internal/testenv/*.go",
	"internal/crosstest/*.go",
	"bench/*.go",           // processor time and peak memory of child processes
	"examples/*/*.go",      // programs
	"examples/*/*/*.go",    // programs
	"cmd/mcjit/host*.go",   // what the command asks the process for
	"compat/*/*/export.go", // a c-shared library speaks C
}

func hostMayShow(s source) bool {
	return below(s.dir(), hostTrees...) || slices.ContainsFunc(hostFiles, func(pattern string) bool {
		ok, err := path.Match(pattern, s.path)
		return ok && err == nil
	})
}

// TestNoIgnoredGoFiles finds files that Go silently leaves out because their name ends in the name of a system or a processor
// (elf_arm64.go) or starts with "_" or ".". Go itself is asked: for a system and a processor that do not exist, no such file matches.
func TestNoIgnoredGoFiles(t *testing.T) {
	for _, s := range allSources(t) {
		if droppedByName(t, s.name()) && !hostMayShow(s) {
			t.Errorf("%s: Go leaves this file out on some platforms because of its name; put the processor first (x86_64_elf.go)", s.path)
		}
	}
}

func droppedByName(t *testing.T, name string) bool {
	t.Helper()
	nowhere := build.Context{
		GOOS: "nowhere", GOARCH: "nothing", Compiler: "gc",
		OpenFile: func(string) (io.ReadCloser, error) { return io.NopCloser(strings.NewReader("package p\n")), nil },
	}
	match, err := nowhere.MatchFile(".", name)
	if err != nil {
		t.Fatal(err)
	}
	return !match
}

func TestDroppedByName(t *testing.T) {
	for name, want := range map[string]bool{
		"elf_arm64.go": true, "elf_sparc64.go": true, "coff_windows.go": true, "x_linux_test.go": true, "_draft.go": true,
		"aarch64_elf.go": false, "x86_64_elf.go": false, "arm64.go": false, "riscv_elf_test.go": false,
	} {
		if got := droppedByName(t, name); got != want {
			t.Errorf("%s: dropped %v, want %v", name, got, want)
		}
	}
}

// TestNoHostFactsOutside keeps everything else the same on every platform.
func TestNoHostFactsOutside(t *testing.T) {
	for _, s := range allSources(t) {
		if s.isTest() || hostMayShow(s) {
			continue
		}
		for _, fact := range hostFacts(s) {
			t.Errorf("%s: %s; facts about the host belong in %s", s.path, fact, strings.Join(hostTrees, ", "))
		}
	}
}

func hostFacts(s source) []string {
	if !s.isGo() {
		return []string{"is assembly"}
	}
	var facts []string
	for _, spec := range s.file.Imports {
		name, err := strconv.Unquote(spec.Path.Value)
		if err != nil || name == "unsafe" || name == "syscall" || name == "C" || below(name, "golang.org/x/sys") {
			facts = append(facts, "imports "+spec.Path.Value)
		}
	}
	for _, group := range s.file.Comments {
		for _, c := range group.List {
			if c.Pos() < s.file.Package && constraint.IsGoBuild(c.Text) {
				facts = append(facts, "has "+c.Text)
			}
			if strings.HasPrefix(c.Text, "//go:linkname") {
				facts = append(facts, "has "+c.Text)
			}
		}
	}
	ast.Inspect(s.file, func(n ast.Node) bool {
		sel, ok := n.(*ast.SelectorExpr)
		if !ok || (sel.Sel.Name != "GOOS" && sel.Sel.Name != "GOARCH") {
			return true
		}
		if pkg, ok := sel.X.(*ast.Ident); ok && pkg.Name == "runtime" {
			facts = append(facts, "uses runtime."+sel.Sel.Name)
		}
		return true
	})
	return facts
}
