package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/gomcjit/gomcjit/internal/testenv"
)

// Shared libraries end with the program, after it and before what it printed is written: each before what it needs.
func TestLibrariesEnd(t *testing.T) {
	onlyLinuxAMD64(t)
	gcc := testenv.NeedsTool(t, "gcc", "gcc")
	dir := t.TempDir()
	build := func(name, source string, args ...string) string {
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file+".c", []byte("#include <stdio.h>\n#include <stdlib.h>\n"+source), 0o644); err != nil {
			t.Fatal(err)
		}
		if out, err := exec.Command(gcc, append([]string{"-fPIC", "-o", file, file + ".c"}, args...)...).CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		return file
	}
	const ends = `
static void __attribute__((destructor)) late(void) { puts(NAME " ends late"); }
static void __attribute__((destructor(200))) later(void) { puts(NAME " ends later"); }
int NAME_function(void) { return 3; }`
	needed := build("needed.so", ends, "-shared", `-DNAME="needed"`, "-DNAME_function=needed")
	first := build("first.so", ends, "-shared", `-DNAME="first"`, "-DNAME_function=first")
	second := build("second.so", ends+"int needed(void); int second(void) { return needed(); }", "-shared", `-DNAME="second"`, "-DNAME_function=unused", needed)
	program := build("main.o", `
int first(void), second(void);
static void bye(void) { puts("bye"); }
static void __attribute__((destructor)) end(void) { puts("end"); }
int main(int argc, char **argv) { atexit(bye); if (argc > 1) exit(first()); return second(); }`, "-c")
	const want = "bye\nend\nfirst ends late\nfirst ends later\nsecond ends late\nsecond ends later\nneeded ends late\nneeded ends later\n"
	for _, args := range [][]string{nil, {"exit"}} {
		output, err := os.Create(filepath.Join(dir, "output")) // a file: C does not write line by line
		if err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command("mcjit", append([]string{"run", program, "-l", first, "-l", second, "--"}, args...)...)
		cmd.Stdout, cmd.Stderr = output, os.Stderr
		if err := cmd.Run(); cmd.ProcessState == nil || cmd.ProcessState.ExitCode() != 3 {
			t.Errorf("%q: %v", args, err)
		}
		output.Close()
		if got, err := os.ReadFile(output.Name()); err != nil || string(got) != want {
			t.Errorf("%q: printed %q, want %q; %v", args, got, want, err)
		}
	}
}
