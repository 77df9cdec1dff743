//go:build linux && (amd64 || arm64)

package ptrace_test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/gomcjit/gomcjit/executor"
	"github.com/gomcjit/gomcjit/executor/ptrace"
	"github.com/gomcjit/gomcjit/internal/testenv"
)

func init() { tracers["add8"] = traceGuarded }

// never is a step that does not come.
const never = 1 << 30

// guarded attaches to a process with a guardian, and ends this one before a step.
func guarded(pid, steps int) (*ptrace.Process, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	die := func() {
		if steps--; steps == 0 {
			_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
			time.Sleep(time.Hour)
		}
	}
	return ptrace.Attach(pid, ptrace.WithGuardian(self, "guard"), ptrace.WithStep(die))
}

// guardians returns the numbers of those that run.
func guardians(t *testing.T) (list []int) {
	t.Helper()
	files, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		t.Fatal(err)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		var pid int
		if text, err := os.ReadFile(name); err == nil && string(text) == self+"\x00guard\x00" {
			if _, err := fmt.Sscanf(name, "/proc/%d/", &pid); err == nil {
				list = append(list, pid)
			}
		}
	}
	return list
}

// traceGuarded does everything once.
func traceGuarded(pid, steps int, _ string) error {
	p, err := guarded(pid, steps)
	if err != nil {
		return err
	}
	at, err := p.Lookup("add8")
	if err != nil {
		return err
	}
	large, err := p.Reserve(4<<20, 0)
	if err == nil {
		err = traceOnce(p, at[0])
	}
	if err == nil {
		err = p.Release(large)
	}
	return errors.Join(err, p.Close())
}

// runTracer runs a tracer that ends itself before a step, and says whether it has got so far.
func (tg *target) runTracer(t *testing.T, name string, steps int, object string) (killed bool) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := exec.Command(self)
	c.Env = append(os.Environ(), fmt.Sprintf("GOMCJIT_TRACER=%d %s %d %s", tg.Process.Pid, name, steps, object))
	out, err := c.CombinedOutput()
	if c.ProcessState.Sys().(syscall.WaitStatus).Signal() == syscall.SIGKILL {
		return true
	}
	if strings.TrimSpace(string(out)) != "<nil>" {
		t.Fatalf("before step %d the tracer ends with %v: %s", steps, err, out)
	}
	return false
}

// awaitMaps waits until the process has the memory that it had before.
func (tg *target) awaitMaps(t *testing.T, before, what string) {
	t.Helper()
	after := ""
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); time.Sleep(2 * time.Millisecond) {
		if after = tg.maps(t); withoutStack(after) == withoutStack(before) && len(guardians(t)) == 0 {
			return
		}
	}
	t.Fatalf("%s: memory before:\n%s\nafter:\n%s", what, before, after)
}

// withoutStack leaves the first thread's stack out, which grows when a signal arrives while the frame for the first system call is at its end.
func withoutStack(maps string) string {
	lines := slices.DeleteFunc(strings.Split(maps, "\n"), func(line string) bool { return strings.HasSuffix(line, "[stack]") })
	return strings.Join(lines, "\n")
}

// TestGuardian kills the tracer before each step of all that can be done. The process gets its memory back, and goes on with its registers.
func TestGuardian(t *testing.T) {
	for _, c := range []struct{ how, alarm, says string }{{"read", "", "read 1 0"}, {"registers", alarmTime, "registers 0"}} {
		t.Run(c.how, func(t *testing.T) {
			args := []string{c.how}
			if c.alarm != "" {
				args = append(args, c.alarm)
			}
			tg := start(t, program(t), args...)
			tg.settle(t)
			before := tg.maps(t)
			rounds := testenv.SoakRounds(t, 1) // of which each tries other steps
			const stride = 47
			for round := range rounds {
				steps := 1 + (round*7+int(time.Now().UnixNano()))%stride
				n := 0
				for tg.runTracer(t, "add8", steps, "") {
					tg.awaitMaps(t, before, fmt.Sprintf("step %d", steps))
					steps += stride
					n++
				}
				if n < 3 {
					t.Errorf("it was killed %d times only", n)
				}
				tg.awaitMaps(t, before, "without a kill")
			}
			tg.finish(t, c.says)
		})
	}
}

// TestGuardianCannotStart attaches with programs that are no guardians.
func TestGuardianCannotStart(t *testing.T) {
	tg := start(t, program(t), "read")
	files := openFiles(t)
	for _, program := range []string{"/no/such/program", "true", "cat"} {
		if p, err := ptrace.Attach(tg.Process.Pid, ptrace.WithGuardian(program)); !errors.Is(err, ptrace.ErrNoGuardian) {
			t.Errorf("%s: %v, %v", program, p, err)
		}
	}
	if now := openFiles(t); now > files {
		t.Errorf("%d files are open, there were %d", now, files)
	}
	tg.finish(t, "read 1 0")
}

// TestGuardianEnds ends the guardian. What is there can be given back, and nothing new is reserved.
func TestGuardianEnds(t *testing.T) {
	tg := start(t, program(t), "read")
	tg.settle(t)
	before := tg.maps(t)
	p, err := guarded(tg.Process.Pid, 0)
	if err != nil {
		t.Fatal(err)
	}
	base, err := p.Reserve(p.PageSize(), 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, pid := range guardians(t) {
		_ = syscall.Kill(pid, syscall.SIGKILL)
	}
	for deadline := time.Now().Add(time.Second); time.Now().Before(deadline) && err == nil; time.Sleep(time.Millisecond) {
		var more executor.Addr
		if more, err = p.Reserve(4<<20, 0); err == nil {
			err = p.Release(more)
		}
	}
	if !errors.Is(err, ptrace.ErrNoGuardian) {
		t.Errorf("Reserve: %v", err)
	}
	if err := p.Release(base); err != nil {
		t.Error(err)
	}
	if err := p.Close(); err != nil {
		t.Error(err)
	}
	if after := tg.maps(t); after != before {
		t.Errorf("memory before:\n%s\nafter:\n%s", before, after)
	}
	tg.finish(t, "read 1 0")
}
