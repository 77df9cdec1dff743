//go:build linux && amd64

package mcjit_test

import (
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/gomcjit/gomcjit/internal/testenv"
)

// TestGDBCOFF debugs a COFF module by function and by line, which GDB gets as ELF, whose calling convention is that of this system.
func TestGDBCOFF(t *testing.T) {
	gcc := testenv.NeedsTool(t, "x86_64-w64-mingw32-gcc", "gcc-mingw-w64-x86-64-win32")
	object := filepath.Join(t.TempDir(), "debug.o")
	source := mustAbs(t, filepath.Join("..", "testdata", "debug.c"))
	if out, err := exec.Command(gcc, "-mabi=sysv", "-g", "-O0", "-c", source, "-o", object).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	debugWays(t, func(t *testing.T, options ...string) string {
		out := gdb(t, append(options, object+":debug_entry"),
			"break debug_leaf", "break debug.c:20", "run",
			"continue", "backtrace 3", "print depth", "print values[2]", "next", "print product", "print debug_global", "info symbol debug_middle", "delete", "continue")
		return wantInOrder(out,
			`Breakpoint 2, debug_entry \(n=3\) at .*debug\.c:20`,
			`Breakpoint 1, debug_leaf \(depth=0, values=0x[0-9a-f]+\) at .*debug\.c:6`,
			`#0 +debug_leaf \(depth=0`, `#1 .* debug_middle \(depth=0\) at .*debug\.c:13`, `#2 .* debug_entry \(n=3\) at .*debug\.c:20`,
			`\$1 = 0`, `\$2 = 30`, `7\t`, `\$3 = 0`, `\$4 = 7`, `debug_middle in section \.text`, `ends well`, endOfProgram)
	})
}
