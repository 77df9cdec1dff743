package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/gomcjit/gomcjit/internal/testenv"
)

const lifetimeProgram = `
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <stdexcept>
struct S { const char *name; S(const char *n) : name(n) { printf("+%s\n", name); } ~S() { printf("-%s\n", name); } };
static void bye() { puts("bye"); }
static void registered() { puts("registered by a destructor"); }
struct R { ~R() { atexit(registered); puts("~R"); } };
static S a("a");
static S b __attribute__((init_priority(200))) ("b");
static R r;
inline S in_header("in a header");
static void parse(const char *text) {
	S local("local");
	if (!strcmp(text, "throw")) throw std::invalid_argument(text);
}
__attribute__((constructor)) static void construct(int argc, char **argv, char **envp) {
	printf("constructor of %d arguments, environment %d\n", argc, envp[0] != 0);
	if (argc > 1 && !strcmp(argv[1], "early")) exit(5);
}
__attribute__((destructor)) static void destruct() { puts("destructor"); }
int main(int argc, char **argv) {
	static S s("static in main");
	atexit(bye);
	for (int i = 1; i < argc; i++) {
		try { parse(argv[i]); } catch (const std::exception &e) { printf("caught %s\n", e.what()); }
		if (!strcmp(argv[i], "exit")) exit(7);
		if (!strcmp(argv[i], "quick")) quick_exit(8);
		if (!strcmp(argv[i], "uncaught")) throw i;
	}
	return argc;
}
`

// TestLifetime compares what a C++ program prints, and how it ends, with the same object linked by the compiler.
func TestLifetime(t *testing.T) {
	if runtime.GOOS != "linux" || runtime.GOARCH != "amd64" {
		t.Skip("code is run on linux/amd64 only")
	}
	for _, compiler := range []string{"g++", "clang++"} {
		object := testenv.Compile(t, compiler, testenv.CXX, lifetimeProgram, "-O1", "-fPIC", "-std=c++17")
		program := filepath.Join(t.TempDir(), "program")
		if out, err := exec.Command(compiler, object, "-o", program).CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		for _, args := range [][]string{nil, {"throw", "x"}, {"exit"}, {"quick"}, {"early"}, {"uncaught"}} {
			t.Run(strings.Join(append([]string{compiler}, args...), " "), func(t *testing.T) {
				want, wantStatus := output(t, exec.Command(program, args...))
				got, status := output(t, exec.Command("mcjit", append([]string{"run", "-l", "stdc++", object, "--"}, args...)...))
				if got != want || status != wantStatus {
					t.Errorf("status %d, output\n%s\nwant status %d, output\n%s", status, got, wantStatus, want)
				}
			})
		}
	}
}

// output runs a program and returns what it prints and how it ends.
func output(t *testing.T, cmd *exec.Cmd) (stdout string, status int) {
	t.Helper()
	cmd.Env = append(os.Environ(), "LC_ALL=C")
	out, _ := cmd.Output()
	if cmd.ProcessState == nil {
		t.Fatalf("%s does not start", cmd.Path)
	}
	return string(out), exitStatus(cmd.ProcessState)
}
