//go:build linux && amd64

package mcjit_test

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gomcjit/gomcjit/internal/testenv"
)

// TestLLDBMachO debugs a Mach-O module by function and by line. LLDB reads Mach-O on Linux; Debian's GDB does not.
func TestLLDBMachO(t *testing.T) {
	lldb := testenv.NeedsTool(t, "lldb", "lldb")
	program, err := debuggee()
	if err != nil {
		t.Fatal(err)
	}
	source := mustAbs(t, filepath.Join("..", "testdata", "debug.c"))
	object := filepath.Join(t.TempDir(), "debug.o")
	clang := testenv.NeedsTool(t, "clang", "clang")
	if out, err := exec.Command(clang, "-target", "x86_64-apple-macosx11", "-g", "-O0", "-c", source, "-o", object).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	argv := []string{"-b", "--no-lldbinit"}
	for _, c := range []string{
		"settings set plugin.jit-loader.gdb.enable on", "target create " + program, "settings set target.env-vars GODEBUG=asyncpreemptoff=1",
		"breakpoint set -n debug_leaf", "run " + object + ":debug_entry", "bt 3", "frame variable depth", "next", "frame variable product",
		"breakpoint delete -f", "continue",
	} {
		argv = append(argv, "-o", c)
	}
	problem := ""
	for range 3 { // as in debugWays
		out, err := exec.Command(lldb, argv...).CombinedOutput()
		if strings.Contains(string(out), "Operation not permitted") {
			t.Skip("this machine does not let lldb trace processes")
		}
		if err != nil {
			t.Fatalf("lldb: %v\n%s", err, out)
		}
		problem = wantInOrder(string(out),
			`frame #0: .*debug_leaf\(depth=0, .* at debug\.c:6`, `frame #1: .*debug_middle\(depth=0\) at debug\.c:13`, `frame #2: .*debug_entry\(n=3\) at debug\.c:20`,
			`\(int\) depth = 0`, `at debug\.c:7`, `\(int\) product = 0`, `ends well`, `exited with status = 0`)
		if problem == "" {
			return
		}
	}
	t.Error(problem)
}
