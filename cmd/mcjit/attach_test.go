//go:build linux && amd64

package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/gomcjit/gomcjit/internal/testenv"
)

const attachTarget = `
#include <stdio.h>
#include <unistd.h>
int counter = 40;
char name[] = "server";
long hang(void) { for (;;) ; }
int main(void) {
	char c;
	setvbuf(stdout, 0, _IOLBF, 0);
	puts("ready");
	long n = read(0, &c, 1);
	printf("read %ld counter %d\n", n, counter);
	return 7;
}
`

const attachModule = `
#include <stdio.h>
#include <string.h>
extern int counter;
extern char name[];
static int began;
__attribute__((constructor)) static void begin(void) { began = 2; }
static char text[100];
char *describe(const char *what, int n) { snprintf(text, sizeof text, "%s: %s %d", name, what, n); return text; }
int add(int n) { return counter += n + began; }
double area(double r, float f) { return r * r * f; }
unsigned long length(void) { return strlen((char *)16); }
int crash(void) { return *(volatile int *)8; }
int main(int argc, char **argv) { printf("main %d %s\n", argc, argv[argc - 1]); return 30 + argc; }
`

// An attached is a program for mcjit attach.
type attached struct {
	*exec.Cmd
	in  io.WriteCloser
	out *bufio.Scanner
}

func startAttached(t *testing.T) *attached {
	t.Helper()
	c := exec.Command(compileWith(t, "target.c", attachTarget, testenv.NeedsTool(t, "gcc", "gcc"), "-O1"))
	in, err := c.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = c.Process.Kill() // it may have ended
		_ = c.Wait()
	})
	a := &attached{c, in, bufio.NewScanner(out)}
	a.expect(t, "ready")
	return a
}

func (a *attached) expect(t *testing.T, want string) {
	t.Helper()
	if a.out.Scan(); a.out.Text() != want {
		t.Errorf("the process says %q, want %q", a.out.Text(), want)
	}
}

// run runs mcjit with PID for the process's number.
func (a *attached) run(args ...string) (status int, out, stderr string) {
	for i := range args {
		args[i] = strings.ReplaceAll(args[i], "PID", fmt.Sprint(a.Process.Pid))
	}
	c := exec.Command("mcjit", args...)
	var o, e strings.Builder
	c.Stdout, c.Stderr = &o, &e
	err := c.Run()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		status = exit.ExitCode()
	} else if err != nil {
		return -1, "", err.Error()
	}
	return status, o.String(), e.String()
}

// TestAttach uses mcjit attach as people do.
func TestAttach(t *testing.T) {
	a := startAttached(t)
	module := compileWith(t, "module.c", attachModule, testenv.NeedsTool(t, "gcc", "gcc"), "-O1", "-g", "-fPIC", "-fno-builtin", "-c")
	before, err := os.ReadFile(fmt.Sprintf("/proc/%d/maps", a.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args        []string
		status      int
		out, stderr string // the beginning of the latter
	}{
		{[]string{"attach", "PID", "--call", `(char *) describe("queue", 3)`, "--call", "add(1)", "--call", "(double) area(2.0, 3.0f)", module}, 0, "\"server: queue 3\"\n43\n12\n", ""},
		{[]string{"attach", "PID", "--call", "(long) getpid()"}, 0, fmt.Sprintln(a.Process.Pid), ""},
		{[]string{"attach", "PID", "--call", "crash()", module}, 1, "", "mcjit: a function called in process PID, which goes on, has crashed: SIGSEGV, accessing 0x8, in crash ("},
		{[]string{"attach", "PID", "--call", "length()", module}, 1, "", "mcjit: a function called in process PID, which goes on, has crashed: SIGSEGV, accessing 0x10, at "},
		{[]string{"attach", "PID", "--timeout", "200ms", "--call", "hang()"}, 1, "", "mcjit: --call hang(): ptrace: process "},
		{[]string{"attach", "PID", "--call", "nowhere()", module}, 1, "", "mcjit: symbol not found: \"nowhere\""},
		{[]string{"attach", "PID", "--thread", "1", "--call", "f()"}, 1, "", "mcjit: process "},
		{[]string{"attach", "999999999", "--call", "f()"}, 1, "", "mcjit: process 999999999: attaching: there is no such process\n"},
		{[]string{"attach", "server", "--call", "f()"}, 1, "", "mcjit: \"server\" is not the number of a process\n"},
		{[]string{"attach", "PID", module}, 2, "", "mcjit: nothing is to be called: --call is missing; see mcjit attach --help\n"},
		{[]string{"attach"}, 2, "", "mcjit: no process is given; see mcjit attach --help\n"},
		{[]string{"attach", "PID", "--call", "f("}, 2, "", "mcjit: --call f(: "},
		{[]string{"run", "--remote=pid:PID", module, "--", "two", "three"}, 33, "", ""},
	} {
		c.stderr = strings.ReplaceAll(c.stderr, "PID", fmt.Sprint(a.Process.Pid))
		status, out, stderr := a.run(c.args...)
		if status != c.status || out != c.out || !strings.HasPrefix(stderr, c.stderr) || c.stderr == "" && stderr != "" {
			t.Errorf("mcjit %q: status %d, output %q, errors %q", c.args, status, out, stderr)
		}
	}
	a.expect(t, "main 3 three")
	after, err := os.ReadFile(fmt.Sprintf("/proc/%d/maps", a.Process.Pid))
	if err != nil || string(after) != string(before) {
		t.Errorf("memory before:\n%s\nafter:\n%s%v", before, after, err)
	}
	a.in.Close()
	a.expect(t, "read 0 counter 43")
}

// TestAttachInterrupted has a person press ^C while a function runs for ever.
func TestAttachInterrupted(t *testing.T) {
	a := startAttached(t)
	c := exec.Command("mcjit", "attach", fmt.Sprint(a.Process.Pid), "--call", "hang()")
	var stderr strings.Builder
	c.Stderr = &stderr
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	time.Sleep(300 * time.Millisecond)
	if err := c.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if err := c.Wait(); err == nil || c.ProcessState.ExitCode() != 1 || !strings.HasSuffix(stderr.String(), ": interrupted\n") {
		t.Errorf("it ends with %v: %s", c.ProcessState, stderr.String())
	}
	a.in.Close()
	a.expect(t, "read 0 counter 40")
}

// TestAttachKilled kills mcjit (-9) while a function runs that does not return, and after one has left memory behind: the process gets its memory back.
func TestAttachKilled(t *testing.T) {
	target := startAttached(t)
	pid := fmt.Sprint(target.Process.Pid)
	maps := func() string {
		text, err := os.ReadFile("/proc/" + pid + "/maps")
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	before := maps()
	object := compileWith(t, "module.c", "#include <unistd.h>\nint nap(void) { return usleep(300000); }", testenv.NeedsTool(t, "gcc", "gcc"), "-O1", "-c", "-fPIC")
	c := exec.Command("mcjit", "attach", pid, "--call", "nap()", object)
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(5 * time.Second); strings.Count(maps(), "\n") < strings.Count(before, "\n")+4 && time.Now().Before(deadline); {
		time.Sleep(time.Millisecond)
	}
	_ = c.Process.Kill()
	_ = c.Wait()
	after := maps()
	if after == before {
		t.Error("it was killed before it had reserved anything")
	}
	for deadline := time.Now().Add(10 * time.Second); after != before && time.Now().Before(deadline); after = maps() {
		time.Sleep(time.Millisecond)
	}
	if after != before {
		t.Errorf("memory before:\n%s\nafter:\n%s", before, after)
	}
	if _, err := target.in.Write([]byte("x")); err != nil {
		t.Error(err)
	}
	target.expect(t, "read 1 counter 40")
}
