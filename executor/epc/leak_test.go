//go:build linux && amd64

package epc

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/gomcjit/gomcjit/executor"
)

// codeMappings counts a process's anonymous mappings of code.
func codeMappings(t *testing.T, pid int) (n int) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/maps", pid))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(b)) {
		if f := strings.Fields(line); len(f) == 5 && f[1] == "r-xp" {
			n++
		}
	}
	return n
}

func startLLVM(t *testing.T) *Process {
	cmd := exec.Command(tool(t, "llvm-jitlink-executor-14", "llvm-14"))
	p, err := Start(context.Background(), cmd, Filedescs)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestLeavesNothing looks at the executor's memory before and after.
func TestLeavesNothing(t *testing.T) {
	p := startLLVM(t)
	defer p.Close()
	if _, err := p.bridgeAt(); err != nil {
		t.Fatal(err)
	}
	before := codeMappings(t, p.child.Process.Pid)
	for range 20 {
		testExecutor(t, p)
	}
	if after := codeMappings(t, p.child.Process.Pid); after != before {
		t.Errorf("%d mappings of code before, %d after", before, after)
	}
}

// spin installs a function that never returns.
func spin(t *testing.T, p *Process) executor.Addr {
	base, err := p.Reserve(p.pageSize, 0)
	if err != nil {
		t.Fatal(err)
	}
	err = p.Install(base, []executor.Segment{{Prot: executor.MemRead | executor.MemExec, Addr: base, Size: p.pageSize, Content: []byte{0xeb, 0xfe}}})
	if err != nil {
		t.Fatal(err)
	}
	return base
}

// TestKilled kills an executor during a call; TestEndless ends a call and an executor that do not end by themselves.
func TestKilled(t *testing.T) {
	p := startLLVM(t)
	fn := spin(t, p)
	time.AfterFunc(100*time.Millisecond, func() { p.child.Process.Kill() })
	start := time.Now()
	if _, err := p.Call(fn); !errors.Is(err, ErrDisconnected) {
		t.Errorf("Call: %v", err)
	}
	if _, err := p.Reserve(1, 0); !errors.Is(err, ErrDisconnected) {
		t.Errorf("Reserve: %v", err)
	}
	if err := p.Close(); err == nil {
		t.Error("Close says nothing of the executor's end")
	}
	if state := p.State(); state == nil || state.Sys().(syscall.WaitStatus).Signal() != syscall.SIGKILL {
		t.Errorf("state: %v", state)
	}
	if d := time.Since(start); d > 2*time.Second {
		t.Errorf("it took %v", d)
	}
}

// TestDescendants closes an executor that has started another process, which has the same standard output.
func TestDescendants(t *testing.T) {
	cmd := exec.Command("sh", "-c", `sleep 8 & exec "$0" "$@"`, tool(t, "llvm-jitlink-executor-14", "llvm-14"))
	cmd.Stdout = new(strings.Builder)
	p, err := Start(context.Background(), cmd, Filedescs)
	if err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	if err := p.Close(); err != nil {
		t.Error(err)
	}
	if d := time.Since(start); d > 5*time.Second {
		t.Errorf("it took %v", d)
	}
}

// TestCallTimeout has a function take too long.
func TestCallTimeout(t *testing.T) {
	cmd := exec.Command(tool(t, "llvm-jitlink-executor-14", "llvm-14"))
	p, err := Start(context.Background(), cmd, Filedescs, WithCallTimeout(100*time.Millisecond))
	if err != nil {
		t.Fatal(err)
	}
	fn := spin(t, p)
	if n, err := p.Lookup("abs"); err != nil {
		t.Error(err)
	} else if v, err := p.Call(n[0], 3); v != 3 || err != nil {
		t.Errorf("abs: %d, %v", v, err)
	}
	time.Sleep(150 * time.Millisecond) // that call is over
	start := time.Now()
	if _, err := p.Call(fn); !errors.Is(err, ErrCallTimeout) {
		t.Errorf("Call: %v", err)
	}
	if d := time.Since(start); d > 1100*time.Millisecond {
		t.Errorf("it took %v", d)
	}
	if err := p.Close(); err != nil || p.State() == nil {
		t.Errorf("Close: %v, %v", err, p.State())
	}
}

func TestEndless(t *testing.T) {
	p := startLLVM(t)
	fn := spin(t, p)
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	start := time.Now()
	if _, err := p.CallValues(ctx, fn, executor.Integer); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("CallValues: %v", err)
	}
	if _, err := p.Lookup("malloc"); err != nil {
		t.Errorf("another call while one runs: %v", err)
	}
	if err := p.Close(); err != nil {
		t.Errorf("Close: %v", err)
	}
	if d := time.Since(start); d > 5*time.Second {
		t.Errorf("it took %v", d)
	}
}
