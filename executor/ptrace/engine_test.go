//go:build linux && amd64

package ptrace_test

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gomcjit/gomcjit/executor"
	"github.com/gomcjit/gomcjit/executor/ptrace"
	"github.com/gomcjit/gomcjit/gdbjit"
	"github.com/gomcjit/gomcjit/internal/testenv"
	"github.com/gomcjit/gomcjit/mcjit"
	"github.com/gomcjit/gomcjit/memmgr"
	"github.com/gomcjit/gomcjit/objimage"
	"github.com/gomcjit/gomcjit/runtimedyld"
)

// cxxTarget is a program with C++'s libraries, and an interface for debuggers.
const cxxTarget = `
#include <cstdio>
#include <stdexcept>
#include <unistd.h>
extern "C" {
	struct entry { entry *next, *prev; const char *file; unsigned long size; };
	struct { unsigned version, action; entry *relevant, *first; } __jit_debug_descriptor = { 1, 0, nullptr, nullptr };
	__attribute__((noinline)) void __jit_debug_register_code() { asm volatile("" ::: "memory"); }
	int counter = 40;
	__attribute__((noinline)) void count(int n) { counter += n; }
	void (*volatile hook)();
}
int main() {
	char c;
	puts("ready");
	fflush(stdout);
	if (read(0, &c, 1) == 2) throw std::runtime_error("never");
	if (hook) hook();
	printf("counter %d\n", counter);
	return 7;
}
`

const cxxModule = `
#include <cstring>
#include <stdexcept>
#include <string>
extern "C" int counter;
extern "C" void count(int);
extern "C" void (*volatile hook)();
static std::string began = "one";
static __attribute__((noinline)) void fail(int n) { if (n) throw std::runtime_error(began + " two"); }
extern "C" int work(const char *text) {
	try { fail(1); }
	catch (std::exception &e) { count(strcmp(e.what(), text) == 0 ? 2 : 1000); }
	return counter;
}
extern "C" __attribute__((noinline)) void visited() { count(100); }
extern "C" void leave_hook(int on) { hook = on ? visited : nullptr; }
`

func startCXX(t *testing.T) *target {
	t.Helper()
	testenv.NeedsTool(t, "g++", "g++")
	object := testenv.Compile(t, "g++", testenv.CXX, cxxTarget, "-O1", "-fPIE")
	binary := filepath.Join(t.TempDir(), "target")
	if out, err := exec.Command("g++", "-o", binary, object).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return start(t, binary)
}

// engineFor returns an engine whose modules run in the process.
func engineFor(t *testing.T, p *ptrace.Process) *mcjit.ExecutionEngine {
	t.Helper()
	e, err := loadIn(p, objimage.NewBuffer("module.o", testenv.CompileBytes(t, "g++", testenv.CXX, cxxModule, "-O1", "-g", "-fPIC")))
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// loadIn loads an object into a process, with debuggers told of it.
func loadIn(p *ptrace.Process, object *objimage.Buffer) (*mcjit.ExecutionEngine, error) {
	e, err := mcjit.New(mcjit.WithMemoryManager(memmgr.NewRemote(p, 0)), mcjit.WithProcess(p), mcjit.WithSymbolResolver(runtimedyld.ResolveIn(p)))
	if err != nil {
		return nil, err
	}
	e.RegisterJITEventListener(gdbjit.NewRemoteListener(p))
	if _, err := e.AddObject(object); err != nil {
		return nil, err
	}
	return e, e.Initialize()
}

// TestEngine links C++ into a live program: constructors, exceptions, variables and functions of the program, indirect functions of the C library.
func TestEngine(t *testing.T) {
	tg := startCXX(t)
	warm := attach(t, tg) // what is allocated when exceptions are thrown first stays
	p := attach(t, tg)
	if !p.HasDebugInterface() {
		t.Error("it has an interface for debuggers")
	}
	first := ""
	for round, want := range []uint64{42, 44, 46} {
		e := engineFor(t, p)
		if round == 1 {
			first = tg.maps(t)
		} else if round == 2 && strings.Count(tg.maps(t), "\n") != strings.Count(first, "\n") {
			t.Errorf("mappings grow:\n%s\n%s", first, tg.maps(t))
		}
		work, err := e.FunctionAddress("work")
		if err != nil {
			t.Fatal(err)
		}
		text, err := p.CString("one two")
		if err != nil {
			t.Fatal(err)
		}
		if got, err := p.Call(work, uint64(text)); got != want || err != nil {
			t.Errorf("work: %d, %v, want %d", got, err, want)
		}
		if err := p.Release(text); err != nil {
			t.Error(err)
		}
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	}
	descriptor, err := p.ReadMemory(find(t, p, "__jit_debug_descriptor")+16, 8)
	if err != nil || string(descriptor) != string(make([]byte, 8)) {
		t.Errorf("debuggers are still told of something: %x, %v", descriptor, err)
	}
	for _, each := range []*ptrace.Process{p, warm} {
		if err := each.Close(); err != nil {
			t.Error(err)
		}
	}
	tg.finish(t, "counter 46")
}

// TestStaysBehind leaves code in a program, which calls it later, and which GDB knows by name and line.
func TestStaysBehind(t *testing.T) {
	gdb := testenv.NeedsTool(t, "gdb", "gdb")
	tg := startCXX(t)
	p := attach(t, tg)
	e := engineFor(t, p)
	leave, err := e.FunctionAddress("leave_hook")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Call(leave, 1); err != nil {
		t.Fatal(err)
	}
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(gdb, "-nx", "-batch", "-p", fmt.Sprint(tg.Process.Pid), "-ex", "info line visited", "-ex", "print hook").CombinedOutput()
	if text := string(out); err != nil || !strings.Contains(text, "source.cc") || !strings.Contains(text, "<visited()>") && !strings.Contains(text, "<visited>") {
		t.Errorf("gdb says %v\n%s", err, out)
	}
	tg.finish(t, "counter 140")
}

// TestLibrary opens libraries in the process.
func TestLibrary(t *testing.T) {
	tg := start(t, program(t), "read")
	p := attach(t, tg)
	if at, err := p.Lookup("hypot", "no such symbol"); err != nil || at[0] != 0 || at[1] != 0 {
		t.Fatalf("Lookup: %v, %v", at, err)
	}
	if handle, err := p.OpenLibrary("libm.so.6"); err != nil || handle == 0 {
		t.Fatalf("%d, %v", handle, err)
	}
	if v, err := p.CallValues(t.Context(), find(t, p, "hypot"), executor.Double, executor.DoubleValue(3), executor.DoubleValue(4)); err != nil || v.Float() != 5 {
		t.Errorf("hypot: %v, %v", v.Float(), err)
	}
	if _, err := p.OpenLibrary("/no/such.so"); err == nil || !strings.Contains(err.Error(), "/no/such.so: cannot open shared object file") {
		t.Errorf("a library that is not there: %v", err)
	}
}

// TestRunMain runs a function as main.
func TestRunMain(t *testing.T) {
	tg := start(t, program(t), "read")
	p := attach(t, tg)
	status, err := p.RunMain(t.Context(), find(t, p, "program"), "one", "", "three")
	if status != 3+100*5 || err != nil {
		t.Errorf("%d, %v", status, err)
	}
	if _, err := p.RunMain(t.Context(), find(t, p, "program"), "a\x00b"); err == nil {
		t.Error("an argument with a zero byte is passed")
	}
	if err := p.Close(); err != nil {
		t.Error(err)
	}
	tg.finish(t, "read 1 0")
}

// TestPrograms attaches to programs of other kinds: without shared libraries, and without a C library.
func TestPrograms(t *testing.T) {
	for _, flag := range []string{"-static", "-no-pie", "-static-pie", "-Wl,-z,now"} {
		t.Run(flag, func(t *testing.T) {
			tg := start(t, program(t, flag), "join", alarmTime)
			tg.settle(t)
			before := tg.maps(t)
			p := attach(t, tg)
			callAll(t, p)
			if err := p.Close(); err != nil {
				t.Error(err)
			}
			if after := tg.maps(t); after != before {
				t.Errorf("memory before:\n%s\nafter:\n%s", before, after)
			}
			tg.finish(t, "joined 0")
		})
	}
}
