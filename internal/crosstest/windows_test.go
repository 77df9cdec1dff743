package crosstest_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/gomcjit/gomcjit/internal/crosstest"
	"github.com/gomcjit/gomcjit/internal/testenv"
)

// onWindows are the packages whose tests are run for Windows, and with which arguments.
var onWindows = []struct {
	dir  string
	args []string
}{
	{"memmgr", []string{"-test.short", "-test.skip=MappingsDoNotGrow"}}, // which takes long
	{"executor/inprocess", []string{"-test.short"}},
	{"hostlib", []string{"-test.run=Windows"}},
	{"mcjit", []string{"-test.run=Windows"}},
	{"executor/threads", []string{"-test.run=Windows"}},
}

// TestWindows runs the tests of packages for Windows, in one Windows for all of them: it takes longer to make than most take.
func TestWindows(t *testing.T) {
	if runtime.GOOS != "linux" || runtime.GOARCH != "amd64" {
		t.Skip("Debian's wine is for x86-64")
	}
	w := crosstest.NewWindows(t)
	for _, p := range onWindows {
		t.Run(p.dir, func(t *testing.T) { w.Test(t, filepath.Join("../..", filepath.FromSlash(p.dir)), p.args...) })
	}
	t.Run("cmd/mcjit", func(t *testing.T) { testCommand(t, w) })
}

const hello = `
#include <stdio.h>
#include <stdlib.h>
static void bye(void) { puts("bye"); }
__attribute__((constructor)) static void construct(void) { puts("constructed"); }
__attribute__((destructor)) static void destroy(void) { puts("destroyed"); }
double half(double x, int n) { return x / 2 + n; }
int main(int argc, char **argv) { char text[20000]; atexit(bye); sprintf(text, "hello %d %s %g", argc, argv[argc - 1], 2.5); puts(text); return argc + 3; }
`

// threads has a thread-local variable, which clang leaves to Windows's loader and mingw's gcc to its library.
const threads = `
#include <stdio.h>
_Thread_local int variable = 40;
int main(void) { variable += 2; printf("%d\n", variable); return 0; }
`

// callbacks has a TLS callback, as Windows's loader calls it in a program.
const callbacks = `
#include <stdio.h>
#include <windows.h>
static void NTAPI callback(PVOID image, DWORD reason, PVOID reserved) { puts(reason == DLL_PROCESS_ATTACH ? "attach" : "detach"); }
__attribute__((section(".CRT$XLB"), used)) static PIMAGE_TLS_CALLBACK pointer = callback;
__attribute__((constructor)) static void construct(void) { puts("constructed"); }
int main(void) { puts("main"); return 0; }
`

const (
	// cpp is a program in C++, with otherCPP, through which exceptions pass, and much of its library.
	cpp = `
#include <map>
#include <stdexcept>
#include <stdio.h>
#include <string>
struct guard { const char *name; ~guard() { puts(name); } };
void other(int n);
inline int &shared() { static int x = 1; return x; }
thread_local int mine = 5;
int main() {
	std::map<std::string, int> m { { "b", 2 }, { "a", 1 } };
	try { guard g { "main" }; other(2); } catch (const std::runtime_error &e) { printf("%s %d %d\n", e.what(), shared(), ++mine); }
	try { m.at("c"); } catch (const std::exception &) { printf("%s\n", m.begin()->first.c_str()); }
	return 7;
}
`
	otherCPP = `
#include <stdexcept>
#include <stdio.h>
struct guard { const char *name; ~guard() { puts(name); } };
inline int &shared() { static int x = 1; return x; }
void other(int n) { guard g { "other" }; shared()++; if (n) other(n - 1); else throw std::runtime_error("thrown"); }
`
)

// testCommand has mcjit run a program, and a function of it, that mingw has compiled; with the parts of mingw's library that its headers want, from a static library.
func testCommand(t *testing.T, w *crosstest.Windows) {
	dir := t.TempDir()
	build := exec.Command("go", "build", "-o", filepath.Join(dir, "mcjit.exe"), "../../cmd/mcjit")
	build.Env = append(os.Environ(), "GOOS=windows", "GOARCH=amd64", "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %v\n%s", build.Args, err, out)
	}
	compile := func(name, compiler, source string, args ...string) {
		lang := testenv.C
		if strings.Contains(compiler, "++") {
			lang = testenv.CXX
		}
		if err := os.WriteFile(filepath.Join(dir, name), testenv.CompileBytes(t, compiler, lang, source, append(args, "-O1")...), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	testenv.NeedsTool(t, "x86_64-w64-mingw32-g++", "g++-mingw-w64-x86-64-win32")
	const gcc, ownPrintf, libraries = "x86_64-w64-mingw32-gcc", "-D__USE_MINGW_ANSI_STDIO=0", "/usr/x86_64-w64-mingw32/"
	ofGCC := func(name string) string {
		t.Helper()
		path, err := exec.Command(gcc, "-print-file-name="+name).Output()
		if err != nil {
			t.Fatal(err)
		}
		return strings.TrimSpace(string(path)) + " "
	}
	compile("hello.obj", gcc, hello, ownPrintf)
	compile("callbacks.obj", gcc, callbacks, ownPrintf)
	compile("cpp.obj", "x86_64-w64-mingw32-g++", cpp)
	compile("other.obj", "x86_64-w64-mingw32-g++", otherCPP)
	headers := "-isystem" + filepath.Join(filepath.Dir(strings.TrimSpace(ofGCC("libgcc.a"))), "include/c++")
	compile("other-clang.obj", "clang++-19", otherCPP, "--target=x86_64-w64-windows-gnu", headers, headers+"/x86_64-w64-mingw32", "-isystem"+libraries+"include")
	compile("ansi.obj", gcc, hello)
	compile("emulated.obj", gcc, threads, ownPrintf)
	compile("native.obj", "clang-19", threads, ownPrintf, "--target=x86_64-w64-windows-gnu", "-I"+libraries+"include")
	const library = libraries + "lib/libmingwex.a"
	withCPP := ofGCC("libstdc++.a") + ofGCC("libgcc_eh.a") + ofGCC("libgcc.a") + library + " " + libraries + "lib/libmingw32.a " + libraries + "lib/libmsvcrt.a"
	for _, c := range []struct {
		command string
		status  int
		want    string
	}{
		{"run hello.obj -- x y", 6, "constructed\nhello 3 y 2.5\nbye\ndestroyed\n"},
		{"run ansi.obj " + library + " -- z", 5, "constructed\nhello 2 z 2.5\nbye\ndestroyed\n"},
		{"run --isolated hello.obj", 1, "mcjit: epc: pipes to a child: unsupported operation on Windows; have the executor listen (listen=HOST:PORT), and connect by TCP\n"},
		{"run callbacks.obj", 0, "attach\nconstructed\nmain\ndetach\n"},
		{"run native.obj", 0, "42\n"},
		{"run cpp.obj other.obj " + withCPP, 7, "other\nother\nother\nmain\nthrown 4 6\na\n"},
		{"run --gc-sections cpp.obj other-clang.obj " + withCPP, 7, "other\nother\nother\nmain\nthrown 4 6\na\n"},
		{"run emulated.obj " + ofGCC("libgcc_eh.a") + library + " " + libraries + "lib/libmingw32.a", 0, "42\n"},
		{"run hello.obj --call (double)half(5.0,2)", 0, "constructed\n4.5\ndestroyed\n"},
	} {
		out, err := w.Run(t, dir, append([]string{"mcjit.exe"}, strings.Fields(c.command)...)...)
		status := 0
		if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
			status = exit.ExitCode()
		}
		if got := strings.ReplaceAll(out, "\r", ""); got != c.want || status != c.status {
			t.Errorf("mcjit %s: status %d, want %d (%v), output:\n%s", c.command, status, c.status, err, got)
		}
	}
}
