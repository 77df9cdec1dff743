//go:build linux && amd64

package main

import (
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
