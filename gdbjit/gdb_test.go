//go:build linux && amd64

package gdbjit_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/gomcjit/gomcjit/internal/testenv"
)

// objects are what the program is given: one with debug information, whose lines the tests name, and one without.
var objects = []string{"../testdata/debug.o", "../testdata/add.o"}

// buildDebuggee links the program of testdata/debuggee as one static binary.
func buildDebuggee(t *testing.T, ldflags string) string {
	t.Helper()
	program := filepath.Join(t.TempDir(), "debuggee")
	cmd := exec.Command("go", "build", "-ldflags="+ldflags, "-o", program, "./testdata/debuggee")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	return program
}

// gdb runs a program under gdb, without any settings of the user or of the machine, and returns all output.
func gdb(t *testing.T, program string, args []string, commands ...string) string {
	t.Helper()
	argv := []string{"-nx", "-batch"}
	for _, c := range append([]string{
		"set debuginfod enabled off", "set auto-load off", "set startup-with-shell off", "set breakpoint pending on", "set width 0",
	}, commands...) {
		argv = append(argv, "-ex", c)
	}
	argv = append(argv, "--args", program)
	cmd := exec.Command(testenv.NeedsTool(t, "gdb", "gdb"), append(argv, args...)...)
	cmd.Env = append(os.Environ(), "LC_ALL=C", "TERM=dumb")
	out, err := cmd.CombinedOutput()
	if strings.Contains(string(out), "ptrace: Operation not permitted") {
		t.Skip("this machine does not let gdb trace processes")
	}
	if err != nil {
		t.Fatalf("gdb: %v\n%s", err, out)
	}
	return string(out)
}

// TestGDB stops in loaded code by function and by line, in a static program, with both ways of getting code into memory. Breakpoints stay when
// another module is loaded into the same slab, and both modules run as if there were none.
func TestGDB(t *testing.T) {
	for _, c := range []struct {
		name, ldflags string
		args          []string
	}{
		{"by the batch", "", objects},
		{"dual mapping", "", append([]string{"-dual"}, objects...)},
		{"without Go's debug information", "-w", objects},
	} {
		t.Run(c.name, func(t *testing.T) {
			debuggee, out := buildDebuggee(t, c.ldflags), ""
			for range 3 { // gdb 13 misses an event now and then on a busy machine: once is an accident, three times are not
				out = gdb(t, debuggee, c.args,
					"break debug_leaf", "break debug.c:7", "run",
					"backtrace 3", "continue", "print product", "info symbol $pc",
					"continue", "backtrace 3", "delete",
					"tbreak main.forgotten", "continue", "info function debug_leaf")
				if !knowsObject(out) {
					break
				}
			}
			want := []string{
				`Breakpoint 1, debug_leaf \(depth=0, values=0x[0-9a-f]+\) at \.?/?debug\.c:6`,
				`#1 .* in debug_middle \(depth=0\) at \.?/?debug\.c:13`,
				`#2 .* in debug_entry \(n=1\) at \.?/?debug\.c:20`,
				`Breakpoint 2, debug_leaf \(depth=0, .*\) at \.?/?debug\.c:7`,
				`\$1 = 0`,
				`debug_leaf.* in section \.text`,
				`debug_entry: 11`,
				`add: 42`,
				`Breakpoint 1, debug_leaf \(depth=0, `,
				`#1 .* in debug_middle \(depth=0\) at \.?/?debug\.c:13`,
				`debug_entry again: 11`,
				`hit Temporary breakpoint 3, .*forgotten`,
			}
			rest := out
			for _, pattern := range want {
				at := regexp.MustCompile(pattern).FindStringIndex(rest)
				if at == nil {
					t.Fatalf("gdb did not print, at its place, %s:\n%s", pattern, out)
				}
				rest = rest[at[1]:]
			}
			if knowsObject(out) {
				t.Errorf("gdb still knows the object after its module was removed:\n%s", out)
			}
		})
	}
}

// knowsObject says whether debug.o's functions are in the answer to the last command.
func knowsObject(out string) bool {
	_, after, _ := strings.Cut(out, "All functions matching")
	return strings.Contains(after, "debug.c")
}

// TestGDBStripped shows what the documentation warns of: a program linked with -s runs, and its loaded code is invisible.
func TestGDBStripped(t *testing.T) {
	out := gdb(t, buildDebuggee(t, "-s"), objects, "break debug_leaf", "run")
	if strings.Contains(out, "Breakpoint 1, ") || !strings.Contains(out, "debug_entry again: 11") {
		t.Errorf("gdb should run the program without a stop:\n%s", out)
	}
}

// TestGDBInterrupted: an object is known once, however many signals come while gdb learns of it, and not at all after it was removed.
func TestGDBInterrupted(t *testing.T) {
	debuggee, out := buildDebuggee(t, ""), ""
	entries := regexp.MustCompile(`(?m)^0x[0-9a-f]+ +0x[0-9a-f]+ +\d+ *$`) // of "maintenance info jit"
	for range 3 {
		out = gdb(t, debuggee, append([]string{"-flood"}, objects...), "handle SIGURG nostop noprint pass",
			"tbreak debug_leaf", "tbreak main.forgotten", "run", "maintenance info jit", "continue", "echo [removed]\\n", "maintenance info jit")
		if strings.Contains(out, "forgotten ()") && strings.Contains(out, "debug_leaf (") {
			break // else gdb has missed an event
		}
	}
	loaded, removed, _ := strings.Cut(out, "[removed]")
	if n, left := len(entries.FindAllString(loaded, -1)), len(entries.FindAllString(removed, -1)); n != 1 || left != 0 {
		t.Errorf("gdb knows %d objects, and %d when it was removed, want 1 and 0:\n%s", n, left, out)
	}
}
