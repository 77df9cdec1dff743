package main

import (
	"context"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/gomcjit/gomcjit/internal/testenv"
)

const sharedHeader = `
inline __attribute__((noinline)) int shared(int x) {
	x += 1;
	return x * 2;
}
`

// TestGDBGroups: a function of a COMDAT group that several objects define is one function to gdb, at one place, whichever of the objects it was read from; and compressed
// debug information is read.
func TestGDBGroups(t *testing.T) {
	if runtime.GOOS != "linux" || runtime.GOARCH != "amd64" {
		t.Skip("code is run on linux/amd64 only")
	}
	gdb := testenv.NeedsTool(t, "gdb", "gdb")
	build := func(source, flag string) string {
		return testenv.Compile(t, "g++", testenv.CXX, sharedHeader+source, "-g", "-O0", "-fPIC", flag)
	}
	first := build(`extern "C" int first(int x) { return shared(x); }`, "-gz=none")
	second := build(`extern "C" int first(int); int main() { return first(1) + shared(2); }`, "-gz=zlib")
	program := filepath.Join(t.TempDir(), "mcjit") // the test's own executes itself, and gdb would have to follow
	if b, err := exec.Command("go", "build", "-o", program, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, b)
	}
	args := []string{"-q", "-nx", "-batch", "-ex", "set breakpoint pending on", "-ex", "set confirm off", "-ex", "break shared",
		"-ex", "run", "-ex", "info breakpoints", "-ex", "backtrace 2", "-ex", "continue", "-ex", "continue", "--args", program, "run", first, second}
	out := ""
	for range 3 { // gdb 13 misses an event now and then on a busy machine
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		b, _ := exec.CommandContext(ctx, gdb, args...).CombinedOutput()
		cancel()
		out = string(b)
		if strings.Count(out, ", shared (x=") == 2 && strings.Contains(out, "in first (x=1)") && strings.Contains(out, "exited with code 012") &&
			!strings.Contains(out, "MULTIPLE") && !strings.Contains(out, "Cannot access") {
			return
		}
	}
	t.Errorf("gdb says\n%s", out)
}
