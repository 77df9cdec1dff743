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

// gdbProgram builds the command, for the test's own executes itself and gdb would have to follow.
func gdbProgram(t *testing.T) string {
	t.Helper()
	if runtime.GOOS != "linux" || runtime.GOARCH != "amd64" {
		t.Skip("code is run on linux/amd64 only")
	}
	program := filepath.Join(t.TempDir(), "mcjit")
	if b, err := exec.Command("go", "build", "-o", program, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, b)
	}
	return program
}

// gdbSession runs the command with objects under gdb, until problem finds none in the output, three times at most: gdb 13 misses an event now and then on a
// busy machine.
func gdbSession(t *testing.T, program string, objects, commands []string, problem func(out string) string) {
	t.Helper()
	args := []string{"-q", "-nx", "-batch"}
	for _, c := range append([]string{"set breakpoint pending on", "set confirm off", "set width 0"}, commands...) {
		args = append(args, "-ex", c)
	}
	args = append(append(args, "--args", program, "run"), objects...)
	tool := testenv.NeedsTool(t, "gdb", "gdb")
	out, what := "", ""
	for range 3 {
		ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
		b, _ := exec.CommandContext(ctx, tool, args...).CombinedOutput()
		cancel()
		if out = string(b); strings.Contains(out, "ptrace: Operation not permitted") {
			t.Skip("this machine does not let gdb trace processes")
		}
		if what = problem(out); what == "" {
			return
		}
	}
	t.Errorf("%s: gdb says\n%s", what, out)
}

// TestGDBGroups: a function of a COMDAT group that several objects define is one function to gdb, that which is in memory; of the others it knows nothing, although they
// are other code. It sees all else of their objects; and compressed debug information is read.
func TestGDBGroups(t *testing.T) {
	program := gdbProgram(t)
	for _, c := range []struct {
		name, compiler string
		first, others  []string
	}{
		{"g++ DWARF 5", "g++", []string{"-O0", "-gz=none"}, []string{"-O2", "-gz=zlib"}},
		{"g++ DWARF 4", "g++", []string{"-O2", "-gdwarf-4"}, []string{"-O0", "-gdwarf-4"}},
		{"clang++ DWARF 5", "clang++", []string{"-O2", "-gdwarf-5"}, []string{"-O0", "-gdwarf-5"}},
		{"clang++ DWARF 4", "clang++", []string{"-O0", "-gdwarf-4"}, []string{"-O2", "-gdwarf-4"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			build := func(source string, flags []string) string {
				return testenv.Compile(t, c.compiler, testenv.CXX, sharedHeader+source, append([]string{"-g", "-fPIC"}, flags...)...)
			}
			first := build(`extern "C" int first(int x) { return shared(x) + 1; }`, c.first)
			second := build(`extern "C" int first(int); int main() { return first(1) + shared(2); }`, c.others)
			third := build(`extern "C" int third() { return shared(3); }`, c.others)
			gdbSession(t, program, []string{first, second, third}, []string{
				"break shared", "run", "info breakpoints", "backtrace 2", "info symbol shared", "info line shared", "info functions ^shared",
				"tbreak third", "continue", "backtrace 2", "continue",
			}, func(out string) string {
				switch {
				case strings.Count(out, ", shared (x=") != 2:
					return "not two stops in the function"
				case !strings.Contains(out, "in first (x=") || !strings.Contains(out, "in main () at"):
					return "not who has called it"
				case strings.Contains(out, "MULTIPLE") || strings.Contains(out, "Cannot access"):
					return "the breakpoint is in more than one place, or nowhere"
				case strings.Count(out, "in section .text._Z6sharedi") != 1 || strings.Count(out, "<_Z6sharedi> and ends at") != 1:
					return "the function is not at one place"
				case strings.Count(out, "int shared(int);") != 1:
					return "not one function of the name"
				case !strings.Contains(out, "Temporary breakpoint 2 at"):
					return "nothing else of its object"
				case !strings.Contains(out, "exited with code 013"):
					return "not the program's end"
				}
				return ""
			})
		})
	}
}
