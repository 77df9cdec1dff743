//go:build linux && amd64

package main

import (
	"bufio"
	"errors"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"github.com/gomcjit/gomcjit/internal/testenv"
)

const crashSource = `#include <signal.h>
#include <stdlib.h>
#include <string.h>
int zero; char *null; void (*nowhere)(void);
static int recurse(int n) { char b[4096]; b[n & 4095] = n; return recurse(n + 1) + b[5]; }
static int deref(void) { return *null; }
static void copies(void) { strcpy(null, "x"); }
static void quits(void) { abort(); }
int main(int argc, char **argv) {
	switch (argv[1][0]) {
	case 'a': quits();
	case 'd': return 7 / zero;
	case 'i': __builtin_trap();
	case 's': return deref();
	case 'l': copies();
	case 'n': nowhere();
	case 'r': return recurse(1);
	case 'k': raise(SIGBUS);
	case 'e': exit(5);
	case 'q': raise(SIGKILL);
	}
	return 0;
}
int quotient(int a, int b) { return a / b; }
`

// crashes are what a program of crashSource does, by its argument, and what is said of it.
var crashes = map[string]struct{ jitlink, ours string }{
	"s": {`segmentation fault`, `SIGSEGV: segmentation fault, accessing 0x0, in deref\+0x[0-9a-f]+ \(\S*main.c:6\)$`},
	"d": {`floating point`, `SIGFPE: floating point exception, in main\+0x[0-9a-f]+ \(\S*main.c:12\)$`},
	"i": {`illegal instr`, `SIGILL: illegal instruction, in main\+0x[0-9a-f]+ \(\S*main.c:13\)$`},
	"r": {`segmentation fault`, `SIGSEGV: segmentation fault, accessing 0x[0-9a-f]+, in recurse\+0x[0-9a-f]+ \(\S*main.c:5\)$`},
	"a": {`abort`, `SIGABRT: aborted, at 0x[0-9a-f]+, outside the program, called by quits\+0x[0-9a-f]+ \(\S*main.c:8\)$`},
	"l": {`segmentation fault`, `SIGSEGV: segmentation fault, (accessing 0x0, at 0x[0-9a-f]+, outside the program, called by|accessing 0x0, in) copies\+0x[0-9a-f]+ \(\S*main.c:7\)$`},
	"n": {`segmentation fault`, `SIGSEGV: segmentation fault, at 0x0, outside the program, called by main\+0x[0-9a-f]+ \(\S*main.c:16\)$`},
	"k": {`bus error`, `SIGBUS: bus error, at 0x[0-9a-f]+, outside the program, called by main\+0x[0-9a-f]+ \(\S*main.c:18\)$`},
	"q": {`killed`, `signal: killed$`},
}

// mustFail runs mcjit, which has to end with status 1, and returns its standard error.
func mustFail(t *testing.T, args ...string) string {
	t.Helper()
	cmd := exec.Command(ourExecutor(t, "mcjit"), args...)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	var exit *exec.ExitError
	if err := cmd.Run(); !errors.As(err, &exit) || exit.ExitCode() != 1 {
		t.Errorf("%q: %v", args, err)
	}
	return stderr.String()
}

// TestCrash runs programs in an executor of ours, which tells where they crash, and in LLVM's, of which the signal is known.
func TestCrash(t *testing.T) {
	object := compileWith(t, "main.c", crashSource, testenv.NeedsTool(t, "gcc", "gcc"), "-c", "-g", "-O0", "-fPIC", "-ffunction-sections")
	llvm := testenv.NeedsTool(t, "llvm-jitlink-executor-14", "llvm-14")
	for name, c := range crashes {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for where, want := range map[string]string{"--isolated": c.ours, "--remote=epc:" + llvm: c.jitlink} {
				if said := strings.TrimSpace(mustFail(t, "run", where, object, "--", name)); !regexp.MustCompile("^mcjit: the program has crashed: .*"+want).MatchString(said) || strings.Contains(said, "\n") {
					t.Errorf("%s: said %q", where, said)
				}
			}
		})
	}
	if said := mustFail(t, "run", "--isolated", "--call", "quotient(1, 0)", object); !strings.Contains(said, "in quotient+") || !strings.Contains(said, "main.c:24)") {
		t.Errorf("--call said %q", said)
	}
}

// TestCrashListening has an executor crash that listens: the controller is told by the connection.
func TestCrashListening(t *testing.T) {
	object := compileWith(t, "main.c", crashSource, testenv.NeedsTool(t, "gcc", "gcc"), "-c", "-g", "-O0", "-fPIC")
	server := exec.Command(ourExecutor(t, "mcjit"), "executor", "listen=unix:"+t.TempDir()+"/socket")
	stderr, err := server.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(stderr).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	at := strings.TrimSpace(strings.TrimPrefix(line, "mcjit: listening on "))
	if said := mustFail(t, "run", "--remote=epc:unix:"+at, object, "--", "s"); !strings.Contains(said, "accessing 0x0, in deref+") {
		t.Errorf("said %q", said)
	}
	if err := server.Wait(); err == nil || !strings.Contains(err.Error(), "segmentation fault") {
		t.Errorf("the executor: %v", err)
	}
}
