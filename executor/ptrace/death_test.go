//go:build linux && (amd64 || arm64)

package ptrace_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gomcjit/gomcjit/executor"
	"github.com/gomcjit/gomcjit/executor/ptrace"
	"github.com/gomcjit/gomcjit/internal/testenv"
)

// TestMain makes this program a tracer if the environment says so: one that the tests kill.
func TestMain(m *testing.M) {
	if os.Getenv("GOMCJIT_TARGET") != "" && os.Getenv("GOMCJIT_TRACER") == "" {
		goTarget()
	}
	if len(os.Args) == 2 && os.Args[1] == "guard" {
		if err := ptrace.Guard(os.Stdin, os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	if what := os.Getenv("GOMCJIT_TRACER"); what != "" {
		fmt.Println(trace(what))
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// tracers are those that do something once, and end by kill -9 before a step of it.
var tracers = map[string]func(pid, steps int, object string) error{}

// trace attaches to a process, and calls a function of it, or else one of its own, again and again.
func trace(what string) error {
	var pid, steps int
	var name, object string
	if n, err := fmt.Sscan(what, &pid, &name, &steps, &object); n == 0 {
		return err
	}
	if steps > 0 {
		return tracers[name](pid, steps, object)
	}
	for {
		p, err := ptrace.Attach(pid)
		if err != nil {
			return err
		}
		at := []executor.Addr{0}
		if name != "" {
			if at, err = p.Lookup(name); err != nil {
				return err
			}
		}
		for range 20 {
			if err := traceOnce(p, at[0]); err != nil {
				return err
			}
		}
		if err := p.Close(); err != nil {
			return err
		}
	}
}

func traceOnce(p *ptrace.Process, fn executor.Addr) error {
	values := []executor.Value{executor.IntValue(20)}
	for range 8 {
		values = append(values, executor.DoubleValue(20))
	}
	base, err := p.Reserve(p.PageSize(), 0)
	if err != nil {
		return err
	}
	segment := executor.Segment{Prot: executor.MemRead | executor.MemExec, Addr: base, Size: p.PageSize(), Content: returnCode}
	if err := p.Install(base, []executor.Segment{segment}); err != nil {
		return err
	}
	if fn == 0 {
		fn = base
	}
	if _, err := p.CallValues(context.Background(), fn, executor.Integer, values...); err != nil {
		return err
	}
	return p.Release(base)
}

// TestOwnDeath kills a tracer at a random moment, again and again. The process goes on, with its registers, wherever the tracer was.
func TestOwnDeath(t *testing.T) {
	for _, c := range []struct{ how, alarm, function, says string }{
		{"registers", "", "add8", "registers 0"},
		{"registers", alarmTime, "aligned", "registers 0"},
		{"registers", "", "nap", "registers 0"},
		{"vectors", "", "add8", "registers 0"},
		{"read", "", "nap", "read 1 0"},
		{"read", alarmTime, "add8", "read 1 0"},
		{"join", "", "allocate", "joined 0"},
		{"threads", alarmTime, "allocate", "joined 0"},
	} {
		t.Run(strings.TrimSpace(c.how+" "+c.function+" "+c.alarm), func(t *testing.T) {
			t.Parallel()
			args := []string{c.how}
			if c.alarm != "" {
				args = append(args, c.alarm)
			}
			tg := start(t, program(t), args...)
			for range testenv.SoakRounds(t, 15) {
				killTracer(t, tg, c.function)
			}
			p := attach(t, tg)
			callAll(t, p)
			if err := p.Close(); err != nil {
				t.Error(err)
			}
			tg.finish(t, c.says)
		})
	}
}

// killTracer starts a tracer, and kills it once it traces.
func killTracer(t *testing.T, tg *target, function string) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := exec.Command(self)
	c.Env = append(os.Environ(), fmt.Sprintf("GOMCJIT_TRACER=%d %s", tg.Process.Pid, function))
	var out strings.Builder
	c.Stdout, c.Stderr = &out, &out
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	deadline := time.Now().Add(5 * time.Second)
	for !tg.isTraced() && time.Now().Before(deadline) {
		time.Sleep(50 * time.Microsecond)
	}
	time.Sleep(time.Duration(rand.IntN(8000)) * time.Microsecond)
	_ = c.Process.Kill() // if it has ended it says why
	_ = c.Wait()
	if out.String() != "" {
		t.Fatalf("the tracer: %s", &out)
	}
	for tg.isTraced() && time.Now().Before(deadline) {
		time.Sleep(50 * time.Microsecond)
	}
}

// isTraced reports whether anybody traces one of the process's threads.
func (tg *target) isTraced() bool {
	files, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/status", tg.Process.Pid))
	for _, name := range files {
		if text, err := os.ReadFile(name); err == nil && !strings.Contains(string(text), "TracerPid:\t0\n") {
			return true
		}
	}
	return false
}
