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

// debuggeeSource needs no relocation in its code, and no more stack than a goroutine has.
const debuggeeSource = `static int debug_leaf(int n)
{
	int twice = n * 2;
	return twice + 1;
}

int debug_entry(void)
{
	int sum = debug_leaf(20);
	return sum;
}
`

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

// TestGDB stops in loaded code by function and by line, in a static program, also in one without Go's own debug information.
func TestGDB(t *testing.T) {
	object := testenv.Compile(t, "gcc", testenv.C, debuggeeSource, "-O0", "-g", "-fno-pic")
	for _, ldflags := range []string{"", "-w"} {
		t.Run("ldflags="+ldflags, func(t *testing.T) {
			out := gdb(t, buildDebuggee(t, ldflags), []string{object},
				"break debug_leaf", "break source.c:4", "run",
				"backtrace 3", "continue", "print twice", "info symbol $pc", "delete",
				"tbreak main.forgotten", "continue", "info function debug_leaf")
			for _, want := range []string{
				`Breakpoint 1, debug_leaf \(n=20\) at \.?/?source\.c:3`,
				`#1 .* in debug_entry \(\) at \.?/?source\.c:9`,
				`Breakpoint 2, debug_leaf \(n=20\) at \.?/?source\.c:4`,
				`\$1 = 40`,
				`debug_leaf \+ \d+ in section \.text`,
				`hit Temporary breakpoint 3, .*forgotten`,
			} {
				if !regexp.MustCompile(want).MatchString(out) {
					t.Errorf("gdb did not print %s", want)
				}
			}
			if _, after, _ := strings.Cut(out, "All functions matching"); strings.Contains(after, "source.c") {
				t.Error("gdb still knows the object after it was unregistered")
			}
			if t.Failed() {
				t.Log(out)
			}
		})
	}
}

// TestGDBStripped shows what the documentation warns of: a program linked with -s runs, and its loaded code is invisible.
func TestGDBStripped(t *testing.T) {
	object := testenv.Compile(t, "gcc", testenv.C, debuggeeSource, "-O0", "-g", "-fno-pic")
	out := gdb(t, buildDebuggee(t, "-s"), []string{object}, "break debug_leaf", "run")
	if strings.Contains(out, "Breakpoint 1, ") || !strings.Contains(out, "called") {
		t.Errorf("gdb should run the program without a stop:\n%s", out)
	}
}
