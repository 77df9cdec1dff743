package main

import (
	"os/exec"
	"strings"
	"testing"

	"github.com/gomcjit/gomcjit/internal/testenv"
)

// Code for fixed addresses runs, by whatever it refers to what is its own, and calls what is the host's.
func TestFixedAddresses(t *testing.T) {
	onlyLinuxAMD64(t)
	const program = `
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
static const char *names[] = {"zero", "one", "two", "three", "four"};
static int numbers[5] = {3, 1, 4, 2, 0};
static int *volatile last = &numbers[4];
static int compare(const void *a, const void *b) { return *(int *)a - *(int *)b; }
static void bye(void) { puts("bye"); }
__attribute__((constructor)) static void begin(void) { puts("begin"); }
int (*print)(const char *) = puts;
int main(int argc, char **argv) {
	qsort(numbers, 5, sizeof *numbers, compare);
	for (int i = 0; i < 5; i++) printf("%s ", names[numbers[i]]);
	switch (argc) {
	case 1: puts("1"); break;
	case 2: puts(strchr(argv[1], 'r')); break;
	case 3: print("3"); break;
	case 4: puts("4"); break;
	case 5: puts("5"); break;
	}
	atexit(bye);
	return *last;
}
`
	for _, compiler := range []string{"gcc", "clang"} {
		for _, level := range []string{"-O0", "-O2"} {
			object := testenv.Compile(t, compiler, testenv.C, program, level, "-fno-pic", "-mcmodel=small")
			cmd := exec.Command("mcjit", "run", object, "--", "argument")
			out, err := cmd.CombinedOutput()
			if cmd.ProcessState == nil {
				t.Fatal(err)
			}
			want := "begin\nzero one two three four rgument\nbye\n"
			if got := cmd.ProcessState.ExitCode(); string(out) != want || got != 4 {
				t.Errorf("%s %s: status %d, printed %q, want %q", compiler, level, got, out, want)
			}
		}
	}
}

// What only a program linked for itself has is refused: a copy of a library's variable.
func TestFixedAddressesOfVariables(t *testing.T) {
	onlyLinuxAMD64(t)
	object := testenv.Compile(t, "gcc", testenv.C, `
#include <stdio.h>
int main(void) { return fputs("text", stderr); }
`, "-O2", "-fno-pic", "-mcmodel=small")
	out, err := exec.Command("mcjit", "run", object).CombinedOutput()
	if err == nil || !strings.Contains(string(out), `relocation R_X86_64_PC32 against "stderr"-4 out of range`) {
		t.Errorf("%v: %s", err, out)
	}
}
