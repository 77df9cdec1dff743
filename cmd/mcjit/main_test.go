package main

import (
	"encoding/xml"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/gomcjit/gomcjit/internal/testenv"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"mcjit": main, "llvm-rtdyld": main, "llvm-jitlink-executor": main, "lli-child-target": main, "lli": main})
}

// The scripts are what a person would type. Most use the objects of the project's testdata, so that they need no compiler.
func TestScripts(t *testing.T) { runScripts(t, "script") }

// What is compiled by `mcjit run`.
func TestSources(t *testing.T) {
	for tool, pkg := range map[string]string{"clang": "clang", "clang++": "clang", "llc": "llvm", "llvm-as-14": "llvm-14"} {
		testenv.NeedsTool(t, tool, pkg)
	}
	runScripts(t, "compile")
}

func runScripts(t *testing.T, dir string) {
	if runtime.GOOS != "linux" || runtime.GOARCH != "amd64" {
		t.Skip("code is run on linux/amd64 only")
	}
	objects, err := filepath.Abs(filepath.Join("..", "..", "testdata"))
	if err != nil {
		t.Fatal(err)
	}
	mcjit, err := exec.LookPath("mcjit")
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir:                 filepath.Join("testdata", dir),
		RequireExplicitExec: true,
		Setup: func(env *testscript.Env) error {
			env.Setenv("OBJECTS", objects)
			env.Setenv("MCJIT", mcjit)
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"status": status, "svg": checkSVG},
	})
}

// status N COMMAND ARGUMENT... runs a command that has to end with this status. Its output can be matched as that of exec.
func status(ts *testscript.TestScript, neg bool, args []string) {
	err := ts.Exec(args[1], args[2:]...)
	got := 0
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		got = exit.ExitCode()
	} else if err != nil {
		ts.Fatalf("%v", err)
	}
	if (strconv.Itoa(got) == args[0]) == neg {
		ts.Fatalf("exit status %d", got)
	}
}

// svg FILE checks that a picture is well-formed, draws something, and stays within its bounds.
func checkSVG(ts *testscript.TestScript, _ bool, args []string) {
	d := xml.NewDecoder(strings.NewReader(ts.ReadFile(args[0])))
	var width, height float64
	rects := 0
	for {
		token, err := d.Token()
		if err == io.EOF {
			break
		}
		ts.Check(err)
		e, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		attr := map[string]float64{}
		for _, a := range e.Attr {
			attr[a.Name.Local], _ = strconv.ParseFloat(a.Value, 64)
		}
		switch e.Name.Local {
		case "svg":
			width, height = attr["width"], attr["height"]
		case "rect":
			rects++
			if attr["x"] < 0 || attr["x"]+attr["width"] > width || attr["y"]+attr["height"] > height || attr["width"] < 0 {
				ts.Fatalf("a rectangle is outside of the picture, which is %g by %g: %v", width, height, e.Attr)
			}
		}
	}
	if rects < 5 {
		ts.Fatalf("%d rectangles", rects)
	}
}

// What only a compiler can make: constructors, thread-local storage, and a program that looks at all that a C program gets.
func TestCompiled(t *testing.T) {
	if runtime.GOOS != "linux" || runtime.GOARCH != "amd64" {
		t.Skip("code is run on linux/amd64 only")
	}
	build := func(source string) string { return testenv.Compile(t, "gcc", testenv.C, source, "-O1", "-fPIC") }
	program := build(`
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
static const char *name;
extern char **environ;
static void bye(void) { printf("bye %s\n", name); }
int main(int argc, char **argv, char **envp)
{
	char line[80];
	name = argv[0];
	atexit(bye);
	if (argc == 3 && !strcmp(argv[1], "exit"))
		exit(atoi(argv[2]));
	if (argc == 2 && !strcmp(argv[1], "abort"))
		abort();
	if (argc == 2 && !strcmp(argv[1], "crash"))
		*(volatile int *)0 = 1;
	while (fgets(line, sizeof line, stdin))
		printf("read %s", line);
	if (envp != environ)
		puts("another environment");
	for (; *envp; envp++)
		if (!strncmp(*envp, "GREETING=", 9))
			puts(*envp);
	puts(argv[argc] ? "not terminated" : getenv("GREETING"));
	return 300;
}
__attribute__((constructor)) static void early(void) { puts("constructed"); }
`)
	threadLocal := build(`
extern __thread int other;
int main(void) { return other; }
`)
	indirect := build(`
static int answer(void) { return 42; }
static void *choose(void) { return answer; }
int indirect(void) __attribute__((ifunc("choose")));
int main(void) { return indirect(); }
`)
	executable := testenv.Compile(t, "gcc", testenv.C, `
#include <stdio.h>
extern char **environ;
int main(void) { return fputs(*environ ? "heard\n" : "nothing\n", stderr) < 0; }
`, "-fPIE")
	local := testenv.Compile(t, "gcc", testenv.C, `
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
static __thread int mine = 5;
__thread const char *text = "initial";
static void *work(void *p) { mine += (long)p; errno = 0; printf("%d %s\n", mine, text); return 0; }
int main(void) {
	pthread_t t;
	errno = 7;
	mine = 100;
	text = "changed";
	pthread_create(&t, 0, work, (void *)1);
	pthread_join(t, 0);
	printf("%d %s %d\n", mine, text, errno);
	return 0;
}
`, "-O2") // whatever the compiler's default is
	once := testenv.Compile(t, "g++", testenv.CXX, `
#include <cstdio>
#include <mutex>
#include <thread>
static std::once_flag flag;
struct noisy { int n; noisy() : n(1) {} ~noisy() { printf("end %d\n", n); } };
static thread_local noisy object;
int main() {
	for (int i = 0; i < 2; i++) std::thread([i] { object.n += i; std::call_once(flag, [] { puts("once"); }); }).join();
	object.n = 9;
}
`, "-O2")
	for _, c := range []struct {
		name           string
		args           []string
		stdin          string
		status         int // -n: ended by signal n
		stdout, stderr []string
	}{
		{"main", []string{"run", "--fake-argv0", "me", program}, "one\ntwo\n", 300 & 0xff,
			[]string{"constructed\nread one\nread two\nGREETING=hi\nhi\nbye me\n"}, nil},
		{"compiled for an executable", []string{"run", executable}, "", 0, nil, []string{"heard\n"}},
		{"thread-local", []string{"run", local}, "", 0, []string{"6 initial\n100 changed 7\n"}, nil},
		{"C++ threads", []string{"run", "-l", "stdc++", once}, "", 0, []string{"once\nend 1\nend 2\nend 9\n"}, nil},
		{"exit", []string{"run", program, "--", "exit", "7"}, "", 7, []string{"bye " + program}, nil},
		{"abort", []string{"run", program, "--", "abort"}, "", -6, nil, nil},
		{"crash", []string{"run", program, "--", "crash"}, "", -11, nil, nil},
		{"undefined thread-local variable", []string{"run", threadLocal}, "", 1, nil, []string{"other"}},
		{"indirect function", []string{"run", indirect}, "", 42, nil, nil},
		{"inspect", []string{"inspect", threadLocal, program}, "", 0, []string{"other"}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			cmd := exec.Command("mcjit", c.args...)
			cmd.Env = append(os.Environ(), "GREETING=hi")
			cmd.Stdin = strings.NewReader(c.stdin)
			var stdout, stderr strings.Builder
			cmd.Stdout, cmd.Stderr = &stdout, &stderr
			err := cmd.Run()
			if cmd.ProcessState == nil {
				t.Fatal(err)
			}
			if got := exitStatus(cmd.ProcessState); got != c.status {
				t.Errorf("status %d, want %d", got, c.status)
			}
			contains(t, "standard output", stdout.String(), c.stdout)
			contains(t, "standard error", stderr.String(), c.stderr)
		})
	}
}

// signalNames are Linux's numbers and names of signals that end programs.
var signalNames = map[int]string{
	3: "quit", 5: "trace/breakpoint trap", 6: "aborted", 10: "user defined signal 1", 11: "segmentation fault", 13: "broken pipe", 14: "alarm clock", 15: "terminated", 31: "bad system call",
}

// exitStatus returns the status of a process, or minus the signal that ended it.
func exitStatus(s *os.ProcessState) int {
	for signal, name := range signalNames {
		if strings.HasPrefix(s.String(), "signal: "+name) {
			return -signal
		}
	}
	return s.ExitCode()
}

func contains(t *testing.T, what, got string, want []string) {
	t.Helper()
	for _, w := range want {
		if !strings.Contains(got, w) {
			t.Errorf("%s lacks %q:\n%s", what, w, got)
		}
	}
}

// A program that writes without end is ended by the pipe's end, as in C.
func TestBrokenPipe(t *testing.T) {
	if runtime.GOOS != "linux" || runtime.GOARCH != "amd64" {
		t.Skip("code is run on linux/amd64 only")
	}
	yes := testenv.Compile(t, "gcc", testenv.C, "#include <stdio.h>\nint main(void) { for (;;) puts(\"y\"); }", "-O1", "-fPIC")
	cmd := exec.Command("mcjit", "run", yes)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(out, make([]byte, 2)); err != nil {
		t.Error(err)
	}
	out.Close()
	cmd.Wait()
	if got := exitStatus(cmd.ProcessState); got != -13 {
		t.Errorf("ended with %v", cmd.ProcessState)
	}
}
