//go:build linux && amd64

package main

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gomcjit/gomcjit/internal/testenv"
)

// TestRemoteGDB debugs an executor: gdb stops in a function that was linked in another process, and knows its line.
func TestRemoteGDB(t *testing.T) {
	gdb, program := testenv.NeedsTool(t, "gdb", "gdb"), gdbProgram(t)
	object, err := filepath.Abs("../../testdata/debug.o")
	if err != nil {
		t.Fatal(err)
	}
	out := ""
	for range 3 { // gdb 13 misses an event now and then on a busy machine
		socket := filepath.Join(t.TempDir(), "s")
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		debugger := exec.CommandContext(ctx, gdb, "-nx", "-batch", "-ex", "set debuginfod enabled off", "-ex", "set startup-with-shell off", "-ex", "set breakpoint pending on",
			"-ex", "handle SIGURG nostop noprint pass", "-ex", "break debug_leaf", "-ex", "run", "-ex", "backtrace 2", "-ex", "delete", "-ex", "continue", "--args", program, "executor", "listen=unix:"+socket)
		var b strings.Builder
		debugger.Stdout, debugger.Stderr = &b, &b
		if err := debugger.Start(); err != nil {
			t.Fatal(err)
		}
		for ctx.Err() == nil {
			if _, err := os.Stat(socket); err == nil {
				break
			}
			time.Sleep(20 * time.Millisecond)
		}
		result, runErr := exec.CommandContext(ctx, program, "run", "--remote=epc:unix:"+socket, "--call", "debug_entry(1)", object).CombinedOutput()
		_ = debugger.Wait() // what it printed says it
		cancel()
		out = b.String()
		if strings.Contains(out, "ptrace: Operation not permitted") {
			t.Skip("this machine does not let gdb trace processes")
		}
		if strings.Contains(out, "#1 ") && strings.Contains(out, "debug_middle") && strings.Contains(out, "debug.c:6") && strings.TrimSpace(string(result)) == "11" && runErr == nil {
			return
		}
		out += string(result)
	}
	t.Errorf("gdb says\n%s", out)
}
