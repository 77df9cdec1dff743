//go:build linux && amd64

package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gomcjit/gomcjit/executor"
	"github.com/gomcjit/gomcjit/executor/epc"
	"github.com/gomcjit/gomcjit/internal/testenv"
)

const executorSource = `
#include <cstdio>
#include <cstring>
#include <stdexcept>
static int began;
struct Noter { Noter() { began = 40; } };
static Noter noter;
int main(int argc, char **argv) {
	try { throw std::runtime_error("two"); }
	catch (std::exception &e) { if (!strcmp(e.what(), "two")) printf("caught %d\n", began + 2); }
	return 3;
}
`

const executorC = `
#include <stdio.h>
#include <stdlib.h>
static int table[5000];
int *entry = &table[4999];
int main(void) { *entry += 42; printf("answer %d\n", *entry); fflush(stdout); return *entry == 42 ? 3 : 1; }
`

// compileWith writes a source file and compiles it.
func compileWith(t *testing.T, name, source string, command ...string) string {
	t.Helper()
	dir := t.TempDir()
	file, output := filepath.Join(dir, name), filepath.Join(dir, "out")
	if err := os.WriteFile(file, []byte(source), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(command[0], append(command[1:], "-o", output, file)...).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return output
}

// ourExecutor is this program under a name that makes it an executor: testscript puts it in front of PATH.
func ourExecutor(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// runController runs one of LLVM's controllers.
func runController(t *testing.T, status int, output string, command ...string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, command[0], command[1:]...)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	got := 0
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		got = exit.ExitCode()
	} else if err != nil {
		t.Fatal(err)
	}
	if got != status || string(out) != output {
		t.Errorf("%s: status %d, output %q, want %d and %q\n%s", strings.Join(command, " "), got, out, status, output, stderr.String())
	}
}

// TestExecutorJITLink has LLVM's llvm-jitlink, of all versions, run programs in our executor: with exceptions, whose tables the executor registers.
func TestExecutorJITLink(t *testing.T) {
	cxx := compileWith(t, "main.cc", executorSource, testenv.NeedsTool(t, "clang++", "clang"), "-c", "-O1", "-g", "-fPIC")
	c := compileWith(t, "main.c", executorC, testenv.NeedsTool(t, "clang", "clang"), "-c", "-O1", "-g", "-fPIC")
	ours := ourExecutor(t, "llvm-jitlink-executor")
	for _, version := range []string{"14", "15", "16", "19"} {
		t.Run(version, func(t *testing.T) {
			jitlink := testenv.NeedsTool(t, "llvm-jitlink-"+version, "llvm-"+version)
			runController(t, 3, "answer 42\n", jitlink, "-oop-executor="+ours, c)
			runController(t, 3, "caught 42\n", jitlink, "-oop-executor="+ours, "-preload=libstdc++.so.6", cxx)
		})
	}
}

const runtimeC = `
#include <stdio.h>
#include <stdlib.h>
static void bye(void) { printf("bye\n"); fflush(stdout); }
__attribute__((constructor)) static void hello(void) { printf("hello\n"); }
__thread int local = 40;
int main(void) { atexit(bye); local += 2; printf("answer %d\n", local); return local == 42 ? 3 : 1; }
`

// TestExecutorRuntime has llvm-jitlink load LLVM's ORC runtime, which asks its controller for everything (__orc_rt_jit_dispatch): constructors, thread-local variables, what to do at the end.
func TestExecutorRuntime(t *testing.T) {
	runtime := testenv.NeedsFile(t, "/usr/lib/llvm-14/lib/clang/14.0.6/lib/linux/libclang_rt.orc-x86_64.a", "libclang-rt-14-dev")
	jitlink := testenv.NeedsTool(t, "llvm-jitlink-14", "llvm-14")
	c := compileWith(t, "main.c", runtimeC, testenv.NeedsTool(t, "clang", "clang"), "-c", "-O1", "-fPIC")
	runController(t, 3, "hello\nanswer 42\nbye\n", jitlink, "-oop-executor="+ourExecutor(t, "llvm-jitlink-executor"),
		"-preload=libstdc++.so.6", "-preload=libm.so.6", "-orc-runtime="+runtime, c)
}

// TestRemoteThreadLocals has mcjit do the same without that runtime, in our executor and in LLVM's.
func TestRemoteThreadLocals(t *testing.T) {
	c := compileWith(t, "main.c", runtimeC, testenv.NeedsTool(t, "clang", "clang"), "-c", "-O1", "-fPIC")
	for _, where := range []string{"--isolated", "--remote=epc:" + testenv.NeedsTool(t, "llvm-jitlink-executor-14", "llvm-14")} {
		runController(t, 3, "hello\nanswer 42\nbye\n", ourExecutor(t, "mcjit"), "run", where, c)
	}
}

// TestExecutorLLI has lli run IR in our executor.
func TestExecutorLLI(t *testing.T) {
	ir := compileWith(t, "main.c", executorC, testenv.NeedsTool(t, "clang", "clang"), "-S", "-emit-llvm", "-O1", "-fPIC")
	ours := ourExecutor(t, "lli-child-target")
	for _, version := range []string{"14", "15", "16", "19"} {
		lli := testenv.NeedsTool(t, "lli-"+version, "llvm-"+version+"-runtime")
		runController(t, 3, "answer 42\n", lli, "-jit-kind=mcjit", "-remote-mcjit", "-mcjit-remote-process="+ours, ir)
	}
	children := []string{ours}
	for _, version := range []string{"14", "15", "16", "19"} {
		children = append(children, testenv.NeedsTool(t, "lli-child-target-"+version, "llvm-"+version+"-runtime"))
	}
	for _, child := range children {
		runController(t, 3, "answer 42\n", ourExecutor(t, "mcjit"), "lli", "-jit-kind=mcjit", "-remote-mcjit", "-mcjit-remote-process="+child, ir)
	}
}

// TestExecutorListen has llvm-jitlink connect by TCP. It often hangs when it is done, with LLVM's own executor as well (llvm/llvm-project#196830), so that it
// is ended here.
func TestExecutorListen(t *testing.T) {
	c := compileWith(t, "main.c", executorC, testenv.NeedsTool(t, "clang", "clang"), "-c", "-O1", "-fPIC")
	jitlink := testenv.NeedsTool(t, "llvm-jitlink-14", "llvm-14")
	server := exec.Command(ourExecutor(t, "llvm-jitlink-executor"), "listen=localhost:0")
	stderr, err := server.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := server.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(stderr).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	controller := exec.Command(jitlink, "-oop-executor-connect="+strings.TrimSpace(strings.TrimPrefix(line, "mcjit: listening on ")), c)
	if err := controller.Start(); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(stdout).ReadString('\n'); line != "answer 42\n" {
		t.Errorf("it printed %q, %v", line, err)
	}
	_ = controller.Process.Kill() // it may have ended
	_ = controller.Wait()
	if err := server.Wait(); err != nil {
		t.Error(err)
	}
}

// TestExecutorEndless ends the session while a function runs for ever: the executor ends all the same.
func TestExecutorEndless(t *testing.T) {
	cmd := exec.Command(ourExecutor(t, "llvm-jitlink-executor"))
	cmd.Stderr = os.Stderr
	p, err := epc.Start(context.Background(), cmd, epc.Filedescs)
	if err != nil {
		t.Fatal(err)
	}
	base, err := p.Reserve(p.PageSize(), 0)
	if err != nil {
		t.Fatal(err)
	}
	segment := executor.Segment{Prot: executor.MemRead | executor.MemExec, Addr: base, Size: p.PageSize(), Content: []byte{0xeb, 0xfe}} // jmp to itself
	if err := p.Install(base, []executor.Segment{segment}); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
	defer cancel()
	if _, err := p.CallValues(ctx, base, executor.Integer); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("CallValues: %v", err)
	}
	if err := p.Close(); err != nil || !p.State().Success() {
		t.Errorf("Close: %v, %v", err, p.State())
	}
}

// TestExecutorGarbage sends an executor far more than it keeps: what messages have needed is collected.
func TestExecutorGarbage(t *testing.T) {
	cmd := exec.Command(ourExecutor(t, "llvm-jitlink-executor"))
	cmd.Stderr = os.Stderr
	p, err := epc.Start(context.Background(), cmd, epc.Filedescs)
	if err != nil {
		t.Fatal(err)
	}
	const size, times, limit = 1 << 20, 400, 200 << 10 // KiB
	base, err := p.Reserve(size, 0)
	if err != nil {
		t.Fatal(err)
	}
	text := make([]byte, size)
	for range times {
		if err := p.WriteMemory(base, text); err != nil {
			t.Fatal(err)
		}
	}
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", cmd.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	used := 0
	_, line, _ := strings.Cut(string(status), "VmHWM:")
	if _, err := fmt.Sscan(line, &used); err != nil || used > limit {
		t.Errorf("it has used %d KiB for %d messages of %d bytes, %v", used, times, size, err)
	}
	if err := p.Close(); err != nil {
		t.Error(err)
	}
}

// TestExecutorUsage refuses command lines that make no sense.
func TestExecutorUsage(t *testing.T) {
	for _, args := range [][]string{{}, {"filedescs=1"}, {"filedescs=a,b"}, {"3"}, {"3", "x"}, {"connect=1"}, {"filedescs=3,4", "5", "6"}} {
		cmd := exec.Command(ourExecutor(t, "mcjit"), append([]string{"executor"}, args...)...)
		var exit *exec.ExitError
		if _, err := cmd.Output(); !errors.As(err, &exit) || exit.ExitCode() != exitUsage {
			t.Errorf("%q: %v", args, err)
		}
	}
}
