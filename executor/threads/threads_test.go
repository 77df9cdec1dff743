//go:build linux && (amd64 || arm64 || loong64 || ppc64le || riscv64 || s390x)

package threads_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/gomcjit/gomcjit/executor/inprocess"
	"github.com/gomcjit/gomcjit/internal/crosstest"
	"github.com/gomcjit/gomcjit/internal/testenv"
	"github.com/gomcjit/gomcjit/internal/threadtest"
	"github.com/gomcjit/gomcjit/mcjit"
	"github.com/gomcjit/gomcjit/objimage"
	"github.com/gomcjit/gomcjit/runtimedyld"
)

func engine(t testing.TB) *mcjit.ExecutionEngine {
	t.Helper()
	if inprocess.HasCRuntime() {
		t.Skip("the test's process has a C library (-race, or cgo)")
	}
	e, err := mcjit.New()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	return e
}

const source = `
typedef unsigned long size;
_Thread_local int count = 41;
static _Thread_local long zero[600];
static _Thread_local _Alignas(8192) char aligned[64] = "aligned";
static _Thread_local int first = 7, second = 8;
int target(void) { return 99; }
static _Thread_local int (*pointer)(void) = target;
int begins(void) {
	if (count != 41) return 1;
	for (int i = 0; i < 600; i++) if (zero[i]) return 2;
	if ((size)aligned % 8192 || aligned[0] != 'a' || aligned[6] != 'd') return 3;
	if (first != 7 || second != 8) return 4;
	if (pointer() != 99) return 5;
	return 0;
}
void set(long v) { count = v; zero[599] = v + 1; aligned[63] = v; first = v + 2; second = v + 3; }
int holds(long v) { return count == (int)v && zero[599] == v + 1 && aligned[63] == (char)v && first == (int)(v + 2) && second == (int)(v + 3); }
double sum(double *x, int n) { double s[4] = {0}; for (int i = 0; i < n; i++) { s[i % 4] += x[i] * count; } return s[0] + s[1] + s[2] + s[3]; }
`

type model struct{ cc, flags string }

// models are those that can be served, by processor.
var models = map[string][]model{
	"amd64": {
		{"gcc", "-fPIC"}, {"gcc", "-fPIC -fno-plt"}, {"gcc", "-fPIC -ftls-model=local-dynamic"},
		{"gcc", "-fPIC -mcmodel=large"}, {"gcc", "-fPIC -mcmodel=large -ftls-model=local-dynamic"},
		{"gcc", "-fPIC -mtls-dialect=gnu2"}, {"gcc", "-fPIC -O0 -mtls-dialect=gnu2"}, {"gcc", "-fPIC -mtls-dialect=gnu2 -ftls-model=local-dynamic"},
		{"clang-19", "-fPIC -mtls-dialect=gnu2"}, {"clang", "-fPIC"}, {"clang", "-fPIC -fno-plt"}, {"clang", "-fPIC -ftls-model=local-dynamic"}, {"clang", "-fPIC -mcmodel=large"}, {"clang", "-fPIC -femulated-tls"},
		{"clang", "-target x86_64-apple-macosx11"},
	},
	"arm64": {
		{"gcc", "-fPIC"}, {"gcc", "-fPIC -mtls-dialect=trad"}, {"gcc", "-fPIC -mtls-dialect=trad -ftls-model=local-dynamic"}, {"gcc", "-fPIC -ftls-model=local-dynamic"},
		{"clang", "-fPIC"}, {"clang", "-fPIC -ftls-model=local-dynamic"}, {"clang", "-fPIC -femulated-tls"},
		{"clang", "-target arm64-apple-macosx11 -fno-stack-protector"},
	},
	"loong64": {
		{"clang", "-fPIC"}, {"clang", "-fPIC -ftls-model=local-dynamic"}, {"clang", "-fPIC -mtls-dialect=desc"}, {"clang", "-fPIC -mcmodel=medium"},
	},
	"ppc64le": {
		{"gcc", "-fPIC"}, {"gcc", "-fPIC -ftls-model=local-dynamic"}, {"gcc", "-fPIC -mcmodel=large"},
		{"clang", "-fPIC"}, {"clang", "-fPIC -ftls-model=local-dynamic"}, {"clang", "-fPIC -femulated-tls"},
	},
	"riscv64": {
		{"gcc", "-fPIC"}, {"gcc", "-fPIC -mno-relax"}, {"gcc", "-fPIC -ftls-model=local-dynamic"},
		{"clang", "-fPIC"}, {"clang", "-fPIC -ftls-model=local-dynamic"}, {"clang-19", "-fPIC -femulated-tls"}, {"clang-19", "-fPIC -mtls-dialect=desc"},
	},
	"s390x": {
		{"gcc", "-fPIC"}, {"gcc", "-fpic"}, {"gcc", "-fPIC -ftls-model=local-dynamic"},
		{"clang", "-fPIC"}, {"clang", "-fPIC -ftls-model=local-dynamic"}, {"clang", "-fPIC -femulated-tls"},
	},
}[runtime.GOARCH]

// execModels are those that are refused.
var execModels = map[string][]string{
	"amd64":   {"-fPIE", "-fPIC -ftls-model=initial-exec", "-fPIE -ftls-model=local-exec", "-mcmodel=large -fno-pic"},
	"arm64":   {"-fPIE", "-fPIC -ftls-model=initial-exec", "-fPIE -ftls-model=local-exec", "-fno-pic"},
	"loong64": {"-fPIE", "-fPIC -ftls-model=initial-exec", "-fPIE -ftls-model=local-exec"},
	"ppc64le": {"-fPIE", "-fPIC -ftls-model=initial-exec", "-fPIE -ftls-model=local-exec", "-fno-pic"},
	"riscv64": {"-fPIE", "-fPIC -ftls-model=initial-exec", "-fPIE -ftls-model=local-exec", "-fno-pic"},
	"s390x":   {"-fPIE", "-fPIC -ftls-model=initial-exec", "-fPIE -ftls-model=local-exec", "-fno-pic"},
}[runtime.GOARCH]

// compile compiles for the processor of the test.
func compile(t testing.TB, m model, source string, flags ...string) []byte {
	t.Helper()
	command := crosstest.Here().GCC(t)
	switch m.cc {
	case "clang":
		command = crosstest.Here().Clang(t)
	case "clang-19":
		command = crosstest.Here().Clang(t)
		command[0] = testenv.NeedsTool(t, "clang-19", "clang-19")
	}
	args := slices.Concat(command[1:], []string{"-O2"}, strings.Fields(m.flags), flags)
	return testenv.CompileBytes(t, command[0], testenv.C, source, args...)
}

// All models that do not need the thread pointer, in a process where it is Go's: values are each thread's own, and Go goes on.
func TestModels(t *testing.T) {
	for _, m := range models {
		t.Run(m.cc+" "+m.flags, func(t *testing.T) {
			e := engine(t)
			object := compile(t, m, source)
			for range 2 {
				module := threadtest.Add(t, e, "a.o", object)
				onThreads(t, e)
				if err := e.RemoveModule(module); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

func onThreads(t *testing.T, e *mcjit.ExecutionEngine) {
	t.Helper()
	begins, set, holds := threadtest.Bind[func() int32](t, e, "begins"), threadtest.Bind[func(int64)](t, e, "set"), threadtest.Bind[func(int64) bool](t, e, "holds", inprocess.Leaf())
	sum := threadtest.Bind[func(*float64, int32) float64](t, e, "sum")
	const n = 64
	var ready, done sync.WaitGroup
	ready.Add(n)
	for g := range int64(n) {
		done.Go(func() {
			runtime.LockOSThread() // and not unlocked, so that the thread ends
			x := [5]float64{1, 2, 3, 4, 5}
			if s := sum(&x[0], 5); s != 15*41 { // the first use of a block, in the middle of floating point
				t.Errorf("sum %v", s)
			}
			if bad := begins(); bad != 0 {
				t.Errorf("initial values: %d", bad)
			}
			set(1000 * g)
			ready.Done()
			ready.Wait()
			for i := range 20 {
				if i == 10 && g%16 == 0 {
					runtime.GC()
				}
				if threadtest.Grow(int(g)+i) == 0 || !holds(1000*g) {
					t.Error("another value")
					return
				}
			}
		})
	}
	done.Wait()
}

// The exec models are refused before anything runs.
func TestExecModels(t *testing.T) {
	e := engine(t)
	for _, flags := range execModels {
		_, err := e.AddObject(objimage.NewBuffer("exec.o", compile(t, model{"gcc", flags}, source)))
		var reloc *runtimedyld.RelocationError
		if !errors.Is(err, runtimedyld.ErrThreadModel) || !errors.As(err, &reloc) || !strings.Contains(err.Error(), "-ftls-model=global-dynamic") {
			t.Errorf("%s: %v", flags, err)
		}
	}
}

// Memory of threads that have ended, and of modules, is used again.
func TestMemory(t *testing.T) {
	const rounds = 100 // of eight threads, whose blocks are three pages each
	if crosstest.Emulated() {
		t.Skip("the emulator itself keeps memory of threads that have ended")
	}
	for _, m := range models[:1] {
		e := engine(t)
		object := compile(t, m, source)
		threadtest.Flat(t, "modules and threads", rounds, 8*rounds, func() {
			module := threadtest.Add(t, e, "a.o", object)
			begins := threadtest.Bind[func() int32](t, e, "begins")
			var wg sync.WaitGroup
			for range 8 {
				wg.Go(func() {
					runtime.LockOSThread()
					if bad := begins(); bad != 0 {
						t.Errorf("initial values: %d", bad)
					}
				})
			}
			wg.Wait()
			if err := e.RemoveModule(module); err != nil {
				t.Fatal(err)
			}
		})
		threadtest.Add(t, e, "a.o", object)
		begins := threadtest.Bind[func() int32](t, e, "begins")
		threadtest.Flat(t, "threads", rounds, 8*rounds, func() {
			var wg sync.WaitGroup
			for range 8 {
				wg.Go(func() {
					runtime.LockOSThread()
					begins()
				})
			}
			wg.Wait()
		})
	}
}

const objectsSource = `
extern int __cxa_thread_atexit(void (*)(void *), void *, void *);
extern void *__dso_handle;
static _Thread_local int object;
static int order[64], ended;
static void end(void *p) { order[ended++] = *(int *)p; }
void make(int n) { object = n; __cxa_thread_atexit(end, &object, &__dso_handle); }
extern void tell(int, int);
int count(void) { return ended; }
static void report(void *p) { tell(*(int *)p, ended); }
void make_report(int n) { object = n; __cxa_thread_atexit(report, &object, &__dso_handle); }
`

// Nobody can run destructors at the end of Go's threads: they run when the module is removed, while the objects are there.
func TestObjects(t *testing.T) {
	e := engine(t)
	var told []int32
	cb, err := inprocess.NewCallback(func(n, ended int32) { told = append(told, n) })
	if err != nil {
		t.Fatal(err)
	}
	defer cb.Release()
	if err := e.AddGlobalMapping("tell", cb.Addr()); err != nil {
		t.Fatal(err)
	}
	m := threadtest.Add(t, e, "objects.o", compile(t, model{"gcc", "-fPIC"}, objectsSource))
	makeReport, count := threadtest.Bind[func(int32)](t, e, "make_report"), threadtest.Bind[func() int32](t, e, "count")
	for i := range int32(5) {
		var wg sync.WaitGroup
		wg.Go(func() {
			runtime.LockOSThread()
			makeReport(i)
		})
		wg.Wait()
	}
	if count() != 0 || len(told) != 0 {
		t.Error("destructors have run")
	}
	if err := e.RemoveModule(m); err != nil {
		t.Fatal(err)
	}
	if fmt.Sprint(told) != "[4 3 2 1 0]" {
		t.Errorf("ran for %v", told)
	}
}

// The committed code is what testdata/build.sh makes.
func TestCodeFresh(t *testing.T) {
	for _, name := range []string{"threads_x86_64.bin", "threads_aarch64.bin", "threads_loongarch64.bin", "threads_powerpc64le.bin", "threads_riscv64.bin", "threads_s390x.bin"} {
		have, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		built, err := os.ReadFile("../../testdata/threads/" + name)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(have, built) {
			t.Errorf("%s is not testdata/threads/%s: make testdata", name, name)
		}
	}
}

// All tests are run on the other processors, too.
func TestOtherProcessors(t *testing.T) {
	if runtime.GOARCH != "amd64" {
		t.Skip("the test on amd64 runs this one")
	}
	crosstest.Run(t, []string{"arm64", "loong64", "ppc64le", "riscv64", "s390x"})
}
