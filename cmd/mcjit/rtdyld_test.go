package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/gomcjit/gomcjit/internal/testenv"
)

// rtdyldSources are objects of which several define foo.
var rtdyldSources = map[string]string{
	"m":    "int foo(void); int main(void) { return foo(); }",
	"a":    "int foo(void) { return 1; } int use_a(void) { return foo(); }",
	"b":    "int foo(void) { return 2; } int use_b(void) { return foo() * 10; }",
	"weak": "int __attribute__((weak)) foo(void) { return 3; } int use_weak(void) { return foo() * 10; }",
	"ab":   "int use_a(void), use_b(void), foo(void); int main(void) { return use_a() * 100 + use_b() + foo(); }",
	"aw":   "int use_a(void), use_weak(void), foo(void); int main(void) { return use_weak() + use_a() * 5 + foo(); }",
	"args": "int main(int n, char **v) { return n * 50 + v[n - 1][0]; }",
}

var rtdyldLines = []string{
	"m.o a.o b.o", "m.o b.o a.o", "a.o m.o b.o", "a.o b.o m.o", "ab.o a.o b.o", "ab.o b.o a.o", "a.o ab.o b.o", "b.o a.o ab.o", "m.o m.o a.o", "m.o a.o a.o",
	"aw.o a.o weak.o", "aw.o weak.o a.o", "weak.o aw.o a.o", "weak.o a.o aw.o", "a.o weak.o aw.o", "weak.o a.o b.o m.o", "m.o weak.o weak.o", "m.o", "m.o nofile.o", "m.o -entry",
	"args.o", "args.o -args", "args.o -args x", "args.o --args x -entry=y z", "-args args.o", "-entry=foo a.o", "-entry=none a.o", "-entry= a.o",
}

// TestRTDyldExecute compares what programs return by llvm-rtdyld: which of several definitions counts, and what arguments they have.
func TestRTDyldExecute(t *testing.T) {
	if runtime.GOOS != "linux" || runtime.GOARCH != "amd64" {
		t.Skip("code is run on linux/amd64 only")
	}
	llvm := testenv.NeedsTool(t, "llvm-rtdyld-14", "llvm-14")
	dir := t.TempDir()
	for name, source := range rtdyldSources {
		object := testenv.CompileBytes(t, "gcc", testenv.C, source, "-g", "-O0", "-fPIC")
		if err := os.WriteFile(filepath.Join(dir, name+".o"), object, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, line := range rtdyldLines {
		t.Run(line, func(t *testing.T) {
			t.Parallel()
			args := strings.Fields(line)
			if !strings.Contains(line, "-entry=") || strings.Contains(line, "args") {
				args = append([]string{"-entry=main"}, args...)
			}
			status, errors := runRTDyld(dir, llvm, args)
			gotStatus, gotErrors := runRTDyld(dir, "llvm-rtdyld", args)
			if gotStatus != status || gotErrors != errors {
				t.Errorf("status %d, want %d; errors\n%s\nwant\n%s", gotStatus, status, gotErrors, errors)
			}
		})
	}
}

// runRTDyld returns the exit status, and the errors without warnings, addresses and what is said besides.
func runRTDyld(dir, program string, args []string) (status int, errors string) {
	cmd := exec.Command(program, args...)
	cmd.Args[0], cmd.Dir = "llvm-rtdyld", dir
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	cmd.Run()
	for line := range strings.Lines(stderr.String()) {
		line, _, _ = strings.Cut(line, "at: 0x")
		if !strings.HasPrefix(line, "  ") && !strings.Contains(line, ": warning: duplicate symbol") {
			errors += line
		}
	}
	return cmd.ProcessState.ExitCode(), errors
}
