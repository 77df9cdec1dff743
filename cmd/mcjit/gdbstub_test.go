//go:build linux && amd64

package main

import (
	"bufio"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gomcjit/gomcjit/internal/testenv"
)

const gdbstubProgram = `
int twice(int x) { return 2 * x; }
void _start(void) {
	register long x0 __asm__("x0") = 3;
	register long x8 __asm__("x8") = 93;
	__asm__ volatile("svc #0" :: "r"(x0), "r"(x8));
}
`

const gdbstubObject = `
int twice(int);
static int length(const char *s) { int n = 0; while (s[n]) n++; return n; }
int f(int x, const char *s) { return twice(x) + length(s); }
double g(double x, float y) { return x / y; }
const char *name(void) { return "AArch64"; }
void hang(void) { for (;;) __asm__ volatile(""); }
int main(int argc, char **argv) { return 10 * argc + length(argv[argc - 1]); }
`

// TestGDBStub calls functions, and runs a main, in programs for another processor under qemu-user. The programs go on afterwards.
func TestGDBStub(t *testing.T) {
	compiler := testenv.NeedsTool(t, "aarch64-linux-gnu-gcc", "gcc-aarch64-linux-gnu")
	emulator := testenv.NeedsTool(t, "qemu-aarch64", "qemu-user")
	program := compileWith(t, "program.c", gdbstubProgram, compiler, "-O1", "-static", "-nostdlib", "-ffreestanding", "-fno-stack-protector")
	object := compileWith(t, "object.c", gdbstubObject, compiler, "-O1", "-c", "-ffreestanding", "-fno-stack-protector")
	mcjit := ourExecutor(t, "mcjit")
	for _, c := range []struct {
		name, output string
		status       int
		args         []string
	}{
		{"calls", "50\n-3\n\"AArch64\"\n", 0, []string{"--call", `f(20, "ten bytes.")`, "--call", "(double) g(1.5, -0.5f)", "--call", "(char *) name()", object}},
		{"main", "", 34, []string{object, "--", "one", "four"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			socket := filepath.Join(t.TempDir(), "stub")
			target := exec.Command(emulator, "-g", socket, program)
			if err := target.Start(); err != nil {
				t.Fatal(err)
			}
			kill := time.AfterFunc(time.Minute, func() { target.Process.Kill() })
			defer kill.Stop()
			awaitFile(t, socket)
			runController(t, c.status, c.output, append([]string{mcjit, "run", "--remote=gdb:unix:" + socket, "--gdb-program=" + program}, c.args...)...)
			if target.Wait(); target.ProcessState.ExitCode() != 3 {
				t.Errorf("the program has not gone on: %v", target.ProcessState)
			}
		})
	}
	t.Run("timeout", func(t *testing.T) { // of a stub that notices no interruption
		socket := filepath.Join(t.TempDir(), "stub")
		target := exec.Command(emulator, "-g", socket, program)
		if err := target.Start(); err != nil {
			t.Fatal(err)
		}
		defer target.Wait()
		defer target.Process.Kill()
		awaitFile(t, socket)
		out, err := exec.Command(mcjit, "run", "--remote=gdb:unix:"+socket, "--gdb-program="+program, "--gdb-timeout=200ms", "--call", "hang()", object).CombinedOutput()
		if err == nil || !strings.HasSuffix(string(out), "the stub does not answer\n") {
			t.Errorf("%s, %v", out, err)
		}
	})
	out, err := exec.Command(mcjit, "run", "--remote=gdb:unix:"+filepath.Join(t.TempDir(), "nobody"), object).CombinedOutput()
	if err == nil || !strings.Contains(string(out), "dial unix") {
		t.Errorf("%s, %v", out, err)
	}
	out, err = exec.Command(mcjit, "run", "--remote=gdb:localhost:1", "--gdb-memory=5-4", object).CombinedOutput()
	if err == nil || !strings.Contains(string(out), "--gdb-memory=5-4") {
		t.Errorf("%s, %v", out, err)
	}
}

// awaitFile waits until there is a file.
func awaitFile(t *testing.T, path string) {
	t.Helper()
	for range 1000 {
		if _, err := os.Stat(path); err == nil {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatalf("there is no %s", path)
}

const gdbstubHang = `
#include <stdio.h>
volatile long spun;
int hang(void) { for (;;) spun++; }
int main(void) { printf("gone on\n"); return 7; }
`

// TestGDBStubInterrupted has a person press ^C while a function runs for ever: the target gets its registers and memory back, and goes on.
func TestGDBStubInterrupted(t *testing.T) {
	server := testenv.NeedsTool(t, "gdbserver", "gdbserver")
	program := compileWith(t, "program.c", gdbstubHang, testenv.NeedsTool(t, "gcc", "gcc"), "-O1", "-rdynamic")
	object := compileWith(t, "object.c", "int hang(void); int f(void) { return hang(); }", "gcc", "-O1", "-c")
	target := exec.Command(server, "--once", "127.0.0.1:0", program)
	says, err := target.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	target.Stdout = &out
	if err := target.Start(); err != nil {
		t.Fatal(err)
	}
	kill := time.AfterFunc(20*time.Second, func() { target.Process.Kill() })
	defer kill.Stop()
	port := ""
	lines := bufio.NewScanner(says)
	for port == "" && lines.Scan() {
		_, port, _ = strings.Cut(lines.Text(), "Listening on port ")
	}
	c := exec.Command(ourExecutor(t, "mcjit"), "run", "--remote=gdb:127.0.0.1:"+port, "--gdb-break=main", "--call", "f()", object)
	var stderr strings.Builder
	c.Stderr = &stderr
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	time.Sleep(time.Second)
	if err := c.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if err := c.Wait(); err == nil || c.ProcessState.ExitCode() != 1 || !strings.HasSuffix(stderr.String(), ": interrupted\n") {
		t.Errorf("it ends with %v: %s", c.ProcessState, stderr.String())
	}
	_, _ = io.Copy(io.Discard, says)
	_ = target.Wait()
	if out.String() != "gone on\n" {
		t.Errorf("the program has not gone on: %q", out.String())
	}
}
