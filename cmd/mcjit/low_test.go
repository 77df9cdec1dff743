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

// What a linker of programs gives them of libraries is there: one address for each function, wherever it is taken, constants, and the standard streams.
func TestStandIns(t *testing.T) {
	onlyLinuxAMD64(t)
	fixed := testenv.Compile(t, "gcc", testenv.C, `
#include <math.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
extern void *(*elsewhere(void))(size_t);
static double (*table[])(double) = {sin, cos};
static void *(*volatile allocate)(size_t) = malloc;
int main(void) {
	void (*volatile release)(void *) = free;
	double (*volatile tangent)(double) = tan; // indirect (STT_GNU_IFUNC)
	release(allocate(10));
	fputs("text\n", stderr);
	fprintf(stdout, "%d %.3f %.3f %d\n", in6addr_loopback.s6_addr[15], table[1](0), tangent(1), allocate == malloc && elsewhere() == malloc);
	return 3;
}
`, "-O2", "-fno-pic", "-fno-builtin")
	pic := testenv.Compile(t, "gcc", testenv.C, `
#include <stdlib.h>
void *(*elsewhere(void))(size_t) { return malloc; }
`, "-O2", "-fPIC")
	cmd := exec.Command("mcjit", "run", fixed, pic, "-lm")
	var stdout, stderr strings.Builder
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); cmd.ProcessState == nil {
		t.Fatal(err)
	}
	if got := cmd.ProcessState.ExitCode(); got != 3 || stdout.String() != "1 1.000 1.557 1\n" || stderr.String() != "text\n" {
		t.Errorf("status %d, printed %q and %q", got, &stdout, &stderr)
	}
}

// What only a program linked for itself has is refused: a copy of a library's variable that changes.
func TestFixedAddressesOfVariables(t *testing.T) {
	onlyLinuxAMD64(t)
	object := testenv.Compile(t, "gcc", testenv.C, `
#include <stdio.h>
extern char **environ;
int main(void) { return fputs(environ ? "text" : "none", stderr); }
`, "-O2", "-fno-pic", "-mcmodel=small")
	out, err := exec.Command("mcjit", "run", object).CombinedOutput()
	if err == nil || !strings.Contains(string(out), `relocation R_X86_64_PC32 against "environ"`) || strings.Contains(string(out), "stderr") {
		t.Errorf("%v: %s", err, out)
	}
}
