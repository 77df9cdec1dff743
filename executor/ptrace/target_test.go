//go:build linux && (amd64 || arm64)

package ptrace_test

import (
	"bufio"
	_ "embed"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gomcjit/gomcjit/executor/ptrace"
	"github.com/gomcjit/gomcjit/internal/testenv"
)

// targetSource is a program to be traced.
//
//go:embed testdata/target.c
var targetSource string

// A target is a program that runs.
type target struct {
	*exec.Cmd
	in  io.WriteCloser
	out *bufio.Scanner
}

// program compiles the program to be traced, once.
func program(t testing.TB, flags ...string) string {
	t.Helper()
	if made := os.Getenv("GOMCJIT_PTRACE_PROGRAM"); made != "" { // on machines without a compiler: see testdata/arm64/run.sh
		if len(flags) > 0 {
			t.Skip("there is no compiler")
		}
		return made
	}
	object := testenv.Compile(t, "gcc", testenv.C, targetSource, append([]string{"-O1", "-fPIE", "-fno-builtin"}, flags...)...)
	binary := filepath.Join(testenv.TempDir(t), "target")
	if out, err := exec.Command("gcc", append(append([]string{"-o", binary, object}, flags...), "-pthread")...).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return binary
}

// start starts a program, which ends with the test.
func start(t testing.TB, binary string, args ...string) *target {
	t.Helper()
	c := exec.Command(binary, args...)
	c.Stderr = os.Stderr
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
	tg := &target{c, in, bufio.NewScanner(out)}
	tg.expect(t, "ready")
	return tg
}

// expect reads a line.
func (tg *target) expect(t testing.TB, want string) {
	t.Helper()
	line := make(chan string, 1)
	go func() {
		tg.out.Scan()
		line <- tg.out.Text()
	}()
	select {
	case got := <-line:
		if got != want {
			t.Errorf("the target says %q, want %q", got, want)
		}
	case <-time.After(10 * time.Second):
		t.Fatalf("the target does not say %q", want)
	}
}

// finish lets the program end, and makes sure that it does so as if nothing had been.
func (tg *target) finish(t testing.TB, says string) {
	t.Helper()
	tg.in.Write([]byte("x"))
	tg.in.Close()
	if says != "" {
		tg.expect(t, says)
	}
	if err := tg.Wait(); err == nil || tg.ProcessState.ExitCode() != 7 {
		t.Errorf("the target ends with %v", tg.ProcessState)
	}
}

// maps is the layout of the program's memory.
func (tg *target) maps(t testing.TB) string {
	t.Helper()
	files, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/maps", tg.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		if text, err := os.ReadFile(name); err == nil && len(text) > 0 { // threads that have ended have none
			return string(text)
		}
	}
	t.Error("it has no memory")
	return ""
}

// settle waits until the program waits or works.
func (tg *target) settle(t testing.TB) {
	t.Helper()
	for range 100 {
		before := tg.maps(t) + tg.waiting(t)
		time.Sleep(startTime)
		if tg.maps(t)+tg.waiting(t) == before {
			return
		}
	}
}

// waiting is what the first thread waits for, with the registers of the system call, and the signals that it blocks.
func (tg *target) waiting(t testing.TB) string {
	t.Helper()
	call, err := os.ReadFile(fmt.Sprintf("/proc/%d/syscall", tg.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", tg.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	text := string(call)
	for line := range strings.Lines(string(status)) {
		if (strings.HasPrefix(line, "Sig") || strings.HasPrefix(line, "ShdPnd")) && !strings.HasPrefix(line, "SigQ") {
			text += line
		}
	}
	return text
}

func attach(t testing.TB, tg *target, opts ...ptrace.Option) *ptrace.Process {
	t.Helper()
	p, err := ptrace.Attach(tg.Process.Pid, opts...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Close() })
	return p
}
