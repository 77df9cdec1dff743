//go:build linux && (amd64 || arm64)

package ptrace_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/gomcjit/gomcjit/executor"
	"github.com/gomcjit/gomcjit/executor/ptrace"
	"github.com/gomcjit/gomcjit/internal/testenv"
)

// TestTargetKilled kills the process at a random moment: every method returns why, and soon.
func TestTargetKilled(t *testing.T) {
	binary := program(t)
	for range testenv.SoakRounds(t, 12) {
		tg := start(t, binary, "threads", alarmTime)
		p := attach(t, tg)
		nap := find(t, p, "nap")
		time.AfterFunc(time.Duration(rand.IntN(15000))*time.Microsecond, func() { _ = tg.Process.Kill() })
		var err error
		begin := time.Now()
		for err == nil && time.Since(begin) < 5*time.Second {
			err = traceOnce(p, nap)
		}
		if !errors.Is(err, ptrace.ErrEnded) || time.Since(begin) > time.Second {
			t.Errorf("it returned %v after %v", err, time.Since(begin))
		}
		_ = tg.Wait()
		for name, err := range map[string]error{"Err": p.Err(), "WriteMemory": p.WriteMemory(nap, []byte{1})} {
			if !errors.Is(err, ptrace.ErrEnded) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if err := p.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
		if tg.ProcessState.Sys().(syscall.WaitStatus).Signal() != syscall.SIGKILL {
			t.Errorf("its end is lost: %v", tg.ProcessState)
		}
	}
}

// TestNoLeak makes sure that neither goroutines nor files stay here.
func TestNoLeak(t *testing.T) {
	tg := start(t, program(t), "read")
	goroutines, files := runtime.NumGoroutine(), openFiles(t)
	for range 20 {
		p := attach(t, tg)
		if err := traceOnce(p, find(t, p, "add8")); err != nil {
			t.Error(err)
		}
		if err := p.Close(); err != nil {
			t.Error(err)
		}
		if err := p.Close(); err != nil {
			t.Errorf("closed twice: %v", err)
		}
		if _, err := p.Call(1); !errors.Is(err, ptrace.ErrClosed) {
			t.Errorf("Call after Close: %v", err)
		}
		if _, err := p.ReadMemory(1, 1); !errors.Is(err, ptrace.ErrClosed) {
			t.Errorf("ReadMemory after Close: %v", err)
		}
	}
	time.Sleep(50 * time.Millisecond)
	if now := runtime.NumGoroutine(); now > goroutines {
		t.Errorf("%d goroutines, there were %d", now, goroutines)
	}
	if now := openFiles(t); now > files {
		t.Errorf("%d files are open, there were %d", now, files)
	}
	tg.finish(t, "read 1 0")
}

func openFiles(t *testing.T) int {
	t.Helper()
	list, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(list)
}

// TestRefusedMemory lets the process have no more memory, at each step.
func TestRefusedMemory(t *testing.T) {
	tg := start(t, program(t), "read")
	before := tg.maps(t)
	limit := func(bytes uint64) {
		if err := unix.Prlimit(tg.Process.Pid, unix.RLIMIT_AS, &unix.Rlimit{Cur: bytes, Max: unix.RLIM_INFINITY}, nil); err != nil {
			t.Fatal(err)
		}
	}
	p := attach(t, tg)
	limit(1 << 20)
	if _, err := p.Reserve(4096, 0); !errors.Is(err, unix.ENOMEM) || !strings.Contains(err.Error(), "stack") {
		t.Errorf("the first: %v", err)
	}
	limit(unix.RLIM_INFINITY)
	base, err := p.Reserve(8192, 0)
	if err != nil {
		t.Fatal(err)
	}
	limit(1 << 20)
	if _, err := p.Reserve(1<<20, 0); !errors.Is(err, unix.ENOMEM) {
		t.Errorf("another one: %v", err)
	}
	limit(unix.RLIM_INFINITY)
	for name, segment := range map[string]executor.Segment{
		"beyond": {Addr: base, Size: 1 << 20}, "before": {Addr: base - 4096, Size: 4096}, "contents": {Addr: base, Size: 1, Content: []byte{1, 2}},
		"writable code": {Addr: base, Size: 1, Prot: executor.MemWrite | executor.MemExec}, "odd": {Addr: base + 1, Size: 1},
	} {
		other, err := p.Reserve(8192, 0)
		if err != nil {
			t.Fatal(err)
		}
		segment.Addr += other - base
		if err := p.Install(other, []executor.Segment{segment}); err == nil {
			t.Errorf("%s: installed", name)
		}
		if err := p.Release(other); !errors.Is(err, ptrace.ErrUnknownReservation) {
			t.Errorf("%s: what could not be installed is still there: %v", name, err)
		}
	}
	if err := p.Install(base+1, nil); !errors.Is(err, ptrace.ErrUnknownReservation) {
		t.Errorf("Install elsewhere: %v", err)
	}
	if err := p.Release(base, base); !errors.Is(err, ptrace.ErrUnknownReservation) {
		t.Errorf("Release twice: %v", err)
	}
	if _, err := p.ReadMemory(0, 1); !errors.Is(err, unix.EFAULT) {
		t.Errorf("ReadMemory: %v", err)
	}
	if err := p.Close(); err != nil {
		t.Error(err)
	}
	if after := tg.maps(t); after != before {
		t.Errorf("memory before:\n%s\nafter:\n%s", before, after)
	}
	tg.finish(t, "read 1 0")
}

// TestNeverWritableCode watches the process's memory while code is installed and called.
func TestNeverWritableCode(t *testing.T) {
	tg := start(t, program(t), "read")
	stop := make(chan struct{})
	watched := make(chan int)
	go func() {
		n := 0
		for ; ; n++ {
			select {
			case <-stop:
				watched <- n
				return
			default:
			}
			if maps := tg.maps(t); strings.Contains(maps, " rwx") || strings.Contains(maps, " -wx") {
				t.Errorf("memory is writable and executable:\n%s", maps)
			}
		}
	}()
	for range 10 {
		p := attach(t, tg)
		for range 5 {
			if err := traceOnce(p, find(t, p, "add8")); err != nil {
				t.Error(err)
			}
		}
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	}
	close(stop)
	if n := <-watched; n < 20 {
		t.Errorf("looked %d times only", n)
	}
}

// TestErrors tries processes that cannot be attached to.
func TestErrors(t *testing.T) {
	zombie := exec.Command("true")
	if err := zombie.Start(); err != nil {
		t.Fatal(err)
	}
	defer zombie.Wait()
	tg := start(t, program(t), "read")
	time.Sleep(50 * time.Millisecond) // until it is one
	for name, c := range map[string]struct {
		pid  int
		opts []ptrace.Option
		want error
	}{
		"none":           {1 << 29, nil, ptrace.ErrNoProcess},
		"zero":           {0, nil, ptrace.ErrNoProcess},
		"negative":       {-1, nil, ptrace.ErrNoProcess},
		"zombie":         {zombie.Process.Pid, nil, ptrace.ErrNoProcess},
		"another thread": {tg.Process.Pid, []ptrace.Option{ptrace.WithThread(os.Getpid())}, ptrace.ErrNoProcess},
		"a thread":       {unix.Gettid(), nil, ptrace.ErrNoProcess},
		"32 bits":        {start32(t), nil, ptrace.ErrArch},
	} {
		if name == "a thread" && c.pid == os.Getpid() {
			continue
		}
		p, err := ptrace.Attach(c.pid, c.opts...)
		var e *ptrace.Error
		if !errors.Is(err, c.want) || !errors.As(err, &e) || e.PID != c.pid || p != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := ptrace.Attach(os.Getpid()); err == nil || !strings.Contains(err.Error(), "inprocess") {
		t.Errorf("itself: %v", err)
	}
	tg.finish(t, "read 1 0")
}

// start32 starts a program for 32-bit x86, and returns its number.
func start32(t *testing.T) int {
	t.Helper()
	dir := t.TempDir()
	binary := filepath.Join(dir, "program")
	object := testenv.Compile(t, "gcc", testenv.Assembler, ".globl _start\n_start: pause\n jmp _start\n", "-m32")
	if out, err := exec.Command("ld", "-m", "elf_i386", "-o", binary, object).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	c := exec.Command(binary)
	if err := c.Start(); err != nil {
		t.Skip(err) // the kernel may not have it
	}
	t.Cleanup(func() {
		_ = c.Process.Kill()
		_ = c.Wait()
	})
	return c.Process.Pid
}

// TestTraced attaches to a process that another one traces.
func TestTraced(t *testing.T) {
	tg := start(t, program(t), "read")
	p := attach(t, tg)
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := exec.Command(self)
	c.Env = append(os.Environ(), fmt.Sprintf("GOMCJIT_TRACER=%d hang", tg.Process.Pid))
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(5 * time.Second); time.Now().Before(deadline) && !tg.isTraced(); {
		time.Sleep(time.Millisecond)
	}
	time.Sleep(50 * time.Millisecond)
	if _, err := ptrace.Attach(tg.Process.Pid); !errors.Is(err, ptrace.ErrTraced) || !strings.Contains(err.Error(), fmt.Sprint(c.Process.Pid)) {
		t.Errorf("Attach: %v", err)
	}
	if _, err := p.Reserve(4096, 0); !errors.Is(err, ptrace.ErrTraced) {
		t.Errorf("Reserve: %v", err)
	}
	_ = c.Process.Kill()
	_ = c.Wait()
}

// TestPermission attaches as a user who may not.
func TestPermission(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("only root can be somebody else")
	}
	tg := start(t, program(t), "read")
	self, err := os.ReadFile("/proc/self/exe")
	if err != nil {
		t.Fatal(err)
	}
	dir, err := os.MkdirTemp("", "gomcjit") // its name nobody knows before: root writes a program there
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	if err := os.Chmod(dir, 0o711); err != nil { // everybody may execute it
		t.Fatal(err)
	}
	copied := filepath.Join(dir, "tracer")
	if err := os.WriteFile(copied, self, 0o755); err != nil {
		t.Fatal(err)
	}
	c := exec.Command(copied)
	c.Env = append(os.Environ(), fmt.Sprintf("GOMCJIT_TRACER=%d add8", tg.Process.Pid))
	c.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	out, err := c.Output()
	if err == nil || !strings.Contains(string(out), ptrace.ErrPermission.Error()) || !strings.Contains(string(out), "CAP_SYS_PTRACE") {
		t.Errorf("it says %q, %v", out, err)
	}
	tg.finish(t, "read 1 0")
}

// TestProgramEnds calls functions that end or replace the program.
func TestProgramEnds(t *testing.T) {
	binary := program(t)
	for name, c := range map[string]struct {
		arg  string
		want error
	}{"leave": {"", ptrace.ErrEnded}, "replace": {"/bin/cat", ptrace.ErrReplaced}} {
		tg := start(t, binary, "read")
		p := attach(t, tg)
		arg, err := p.CString(c.arg)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := call(t, p, name, int64(arg)); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := p.Reserve(4096, 0); !errors.Is(err, c.want) {
			t.Errorf("after %s: %v", name, err)
		}
		if err := p.Close(); err != nil {
			t.Errorf("Close after %s: %v", name, err)
		}
	}
}

// TestStopped calls functions in a process that is stopped, as by ^Z, and in one that is stopped meanwhile.
func TestStopped(t *testing.T) {
	tg := start(t, program(t), "read")
	_ = tg.Process.Signal(syscall.SIGSTOP)
	tg.awaitState(t, "T")
	p := attach(t, tg)
	callAll(t, p)
	tg.awaitState(t, "T")
	_ = tg.Process.Signal(syscall.SIGCONT)
	tg.awaitState(t, "S")

	nap := find(t, p, "nap")
	time.AfterFunc(100*time.Millisecond, func() { _ = tg.Process.Signal(syscall.SIGSTOP) })
	ctx, cancel := context.WithTimeout(context.Background(), 500*time.Millisecond)
	defer cancel()
	if _, err := p.CallValues(ctx, nap, executor.Integer, executor.IntValue(200)); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("while it is stopped: %v", err)
	}
	tg.awaitState(t, "T")
	_ = tg.Process.Signal(syscall.SIGCONT)
	tg.awaitState(t, "S")

	time.AfterFunc(50*time.Millisecond, func() { _ = tg.Process.Signal(syscall.SIGSTOP) })
	time.AfterFunc(250*time.Millisecond, func() { _ = tg.Process.Signal(syscall.SIGCONT) })
	begin := time.Now()
	if got, err := p.Call(nap, 100); got != 100 || err != nil || time.Since(begin) < 240*time.Millisecond {
		t.Errorf("stopped and continued: %d, %v after %v", got, err, time.Since(begin))
	}
	if err := p.Close(); err != nil {
		t.Error(err)
	}
	tg.finish(t, "read 1 0")
}

// awaitState waits until the first thread has a state of proc_pid_stat(5).
func (tg *target) awaitState(t *testing.T, want string) {
	t.Helper()
	state := ""
	for range 1000 {
		text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", tg.Process.Pid))
		if err != nil {
			t.Fatal(err)
		}
		if state = strings.Fields(string(text[strings.LastIndex(string(text), ")")+1:]))[0]; state == want {
			return
		}
		time.Sleep(time.Millisecond)
	}
	t.Errorf("its state is %s, want %s", state, want)
}

// TestUninterruptible attaches to a process that cannot be stopped: it waits for the end of vfork. It is left alone in time, and goes on.
func TestUninterruptible(t *testing.T) {
	tg := start(t, program(t), "vfork")
	time.Sleep(50 * time.Millisecond)
	begin := time.Now()
	_, err := ptrace.Attach(tg.Process.Pid, ptrace.WithTimeout(200*time.Millisecond))
	if took := time.Since(begin); !errors.Is(err, ptrace.ErrTimeout) || took > time.Second {
		t.Errorf("%v after %v", err, took)
	}
	for deadline := time.Now().Add(500 * time.Millisecond); tg.isTraced(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("it is still being traced")
		}
	}
	tg.finish(t, "forked")
}

// TestFork calls fork: the copy goes on as the process does.
func TestFork(t *testing.T) {
	tg := start(t, program(t), "read")
	p := attach(t, tg)
	child, err := call(t, p, "forked")
	if err != nil || child <= 0 {
		t.Fatalf("%d, %v", child, err)
	}
	time.Sleep(20 * time.Millisecond)
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/syscall", child))
	if err != nil || !strings.HasPrefix(string(text), fmt.Sprintf("%d 0x0 ", unix.SYS_READ)) {
		t.Errorf("the copy does not read: %q, %v", text, err)
	}
	_ = syscall.Kill(int(child), syscall.SIGKILL)
	if err := p.Close(); err != nil {
		t.Error(err)
	}
	tg.finish(t, "read 1 0")
}
