//go:build linux && amd64

package ptrace_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/gomcjit/gomcjit/executor"
	"github.com/gomcjit/gomcjit/internal/testenv"
	"github.com/gomcjit/gomcjit/objimage"
)

func init() {
	for _, name := range []string{"load", "visit", "throw", "hook"} {
		tracers[name] = func(pid, steps int, object string) error { return useModule(pid, steps, object, name) }
	}
}

func init() { tracers["stale"] = leaveStaleTable }

// leaveStaleTable releases memory with an unwind table of which the process has not been told that it is gone, and ends by kill -9 with other memory.
func leaveStaleTable(pid, _ int, _ string) error {
	p, err := guarded(pid, never)
	if err != nil {
		return err
	}
	at, err := p.Lookup("__register_frame")
	if err != nil {
		return err
	}
	table, err := p.Reserve(4<<20, 0) // all of it 0, which is a table without anything
	if err == nil {
		_, err = p.Call(at[0], uint64(table))
	}
	if err == nil {
		err = p.Release(table)
	}
	if err == nil {
		_, err = p.Reserve(4<<20, 0)
	}
	return errors.Join(err, syscall.Kill(os.Getpid(), syscall.SIGKILL))
}

// TestGuardianStaleTable kills who has released memory with an unwind table in it.
func TestGuardianStaleTable(t *testing.T) {
	tg := startCXX(t)
	before := tg.maps(t)
	if !tg.runTracer(t, "stale", never, "") {
		t.Fatal("it was not killed")
	}
	tg.awaitMaps(t, before, "with a table that has gone")
}

// useModule loads C++ into a process, calls some of it, and ends by kill -9.
func useModule(pid, steps int, object, what string) error {
	p, err := guarded(pid, steps)
	if err != nil {
		return err
	}
	b, err := objimage.OpenBuffer(object)
	if err != nil {
		return err
	}
	e, err := loadIn(p, b)
	if err != nil {
		return err
	}
	name, arg := map[string]string{"visit": "visited", "throw": "work", "hook": "leave_hook"}[what], uint64(1)
	if name == "work" {
		text, err := p.CString("one two")
		if err != nil {
			return err
		}
		arg = uint64(text)
	}
	if name != "" {
		fn, err := e.FunctionAddress(name)
		if err == nil {
			_, err = p.Call(fn, arg)
		}
		if err != nil {
			return err
		}
	}
	return errors.Join(err, syscall.Kill(os.Getpid(), syscall.SIGKILL))
}

func moduleFile(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "module.o")
	if err := os.WriteFile(path, testenv.CompileBytes(t, "g++", testenv.CXX, cxxModule, "-O1", "-g", "-fPIC"), 0o666); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestGuardianModule kills who has loaded C++ into a program, with unwind tables and an entry for debuggers. What the program's unwinder and debuggers have been told is taken back, and the memory is given back.
func TestGuardianModule(t *testing.T) {
	tg := startCXX(t)
	path := moduleFile(t)
	tg.runTracer(t, "load", never, path)
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline) && len(guardians(t)) > 0; {
		time.Sleep(2 * time.Millisecond)
	}
	p := attach(t, tg)
	before := tg.maps(t)                                     // what the program allocates for the first time stays
	if strings.Count(before, " r-xp 00000000 00:00 0") > 1 { // one is the system's
		t.Errorf("code has stayed:\n%s", before)
	}
	if !tg.runTracer(t, "visit", never, path) {
		t.Fatal("it was not killed")
	}
	tg.awaitMaps(t, before, "visit")
	const stride = 211
	for steps := 1 + int(time.Now().UnixNano()%stride); tg.runTracer(t, "visit", steps, path) && steps < never; steps += stride {
		tg.awaitMaps(t, before, fmt.Sprintf("step %d", steps))
		if steps > 3*stride {
			break // it has come to its end
		}
	}
	for offset, name := range map[executor.Addr]string{8: "relevant", 16: "first"} {
		if b, err := p.ReadMemory(find(t, p, "__jit_debug_descriptor")+offset, 8); err != nil || string(b) != string(make([]byte, 8)) {
			t.Errorf("the %s entry for debuggers is %x, %v", name, b, err)
		}
	}
	if err := p.Close(); err != nil {
		t.Error(err)
	}
}

// TestGuardianReferences kills who has left something in a program that may lead to its code: a function that the program is going to call, and an exception's memory. Its memory stays.
func TestGuardianReferences(t *testing.T) {
	for what, says := range map[string]string{"hook": "counter 140", "throw": "counter 42"} {
		tg := startCXX(t)
		if !tg.runTracer(t, what, never, moduleFile(t)) {
			t.Fatal("it was not killed")
		}
		time.Sleep(100 * time.Millisecond) // the guardian has looked several times
		tg.finish(t, says)
	}
}
