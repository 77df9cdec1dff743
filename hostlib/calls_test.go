//go:build linux && amd64

package hostlib

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/ebitengine/purego"
	"github.com/gomcjit/gomcjit/executor"
	"github.com/gomcjit/gomcjit/executor/inprocess"
	"github.com/gomcjit/gomcjit/internal/testenv"
)

// These tests are those of package inprocess that need a C library.

func bind[F any](t testing.TB, l *Library, name string, opts ...inprocess.Option) F {
	t.Helper()
	addr, ok := l.Lookup(name)
	if !ok {
		t.Fatalf("%s is not found", name)
	}
	f, err := inprocess.Bind[F](addr, opts...)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func callback(t testing.TB, fn any) executor.Addr {
	t.Helper()
	cb, err := inprocess.NewCallback(fn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cb.Release)
	return cb.Addr()
}

// library builds a shared library and opens it.
func library(t testing.TB, cc, file, source string, flags ...string) *Library {
	t.Helper()
	compiler := testenv.NeedsTool(t, cc, cc)
	dir := t.TempDir()
	src, lib := filepath.Join(dir, file), filepath.Join(dir, "lib.so")
	if err := os.WriteFile(src, []byte(source), 0o644); err != nil {
		t.Fatal(err)
	}
	args := append([]string{"-O2", "-fPIC", "-shared", src, "-o", lib}, flags...)
	if out, err := exec.Command(compiler, args...).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	l, err := Open(lib)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func TestVariadic(t *testing.T) {
	var buf [200]byte
	format := []byte("%g %d %s %g %d %u %c %ld %g %g %g %g %g %g %g %d\x00")
	text := []byte("text\x00")
	type double = float64
	snprintf := bind[func(buf *byte, n uint64, format *byte, a double, b int32, c *byte, d float32, e int8, f uint16, g uint8, h int64,
		i, j, k, l, m, n2, o double, p bool) int32](t, Process(), "snprintf", inprocess.Variadic(3))
	n := snprintf(&buf[0], uint64(len(buf)), &format[0], 3.25, -7, &text[0], 0.5, -8, 65535, 'x', 1<<40, 1, 2, 3, 4, 5, 6, 7.5, true)
	const want = "3.25 -7 text 0.5 -8 65535 x 1099511627776 1 2 3 4 5 6 7.5 1"
	if got := string(buf[:max(n, 0)]); got != want {
		t.Errorf("snprintf wrote %q, want %q", got, want)
	}

	sig, err := inprocess.NewVariadicSignature(3, inprocess.Int32, inprocess.Pointer, inprocess.Uint64, inprocess.Pointer,
		inprocess.Float32, inprocess.Int8)
	if err != nil {
		t.Fatal(err)
	}
	out, err := inprocess.NewMemory(100)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Release()
	f, err := inprocess.CString("%g %d")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Release()
	addr, _ := Process().Lookup("snprintf")
	v, err := inprocess.Call(addr, sig, inprocess.PointerValue(out.Addr()), inprocess.UintValue(inprocess.Uint64, 100),
		inprocess.PointerValue(f.Addr()), inprocess.FloatValue(inprocess.Float32, 1.5), inprocess.IntValue(inprocess.Int8, -3))
	if err != nil || v.Int() != 6 || string(out.Bytes()[:6]) != "1.5 -3" {
		t.Errorf("Call of snprintf: %v, %v, %q", v, err, out.Bytes()[:8])
	}
}

func TestQsort(t *testing.T) {
	qsort := bind[func(base *int32, n, size uint64, cmp executor.Addr)](t, Process(), "qsort")
	v := []int32{5, 3, 9, -1, 7, 0, 4}
	calls := 0
	qsort(&v[0], uint64(len(v)), 4, callback(t, func(a, b *int32) int32 { calls++; return *a - *b }))
	for i := 1; i < len(v); i++ {
		if v[i-1] > v[i] {
			t.Fatalf("sorted to %v", v)
		}
	}
	if calls == 0 {
		t.Error("no callback was called")
	}
}

const threadSource = `
#include <pthread.h>
#include <stddef.h>
struct mixed { double d; int i; };
struct large { long v[5]; };
typedef struct mixed (*mixfn)(int, float, struct mixed, long, long, long, long, long, long);
typedef struct large (*largefn)(int);
static void *run(void *arg) {
	mixfn f = ((void**)arg)[0];
	largefn g = ((void**)arg)[1];
	long bad = 0;
	for (int i = 0; i < 200; i++) {
		struct mixed m = { i * 0.5, i };
		struct mixed r = f(i, 0.25f, m, 1, 2, 3, 4, 5, 6);
		if (r.d != i * 0.5 + 0.25 + 21 || r.i != 2 * i) bad++;
		struct large l = g(i);
		for (int k = 0; k < 5; k++) if (l.v[k] != i + k) bad++;
	}
	return (void*)bad;
}
long threads(int n, mixfn f, largefn g) {
	pthread_t t[64];
	void *fs[2] = { f, g };
	long bad = 0;
	for (int i = 0; i < n; i++) if (pthread_create(&t[i], NULL, run, fs)) return -1;
	for (int i = 0; i < n; i++) { void *r; pthread_join(t[i], &r); bad += (long)r; }
	return bad;
}
long here(mixfn f, largefn g) { void *fs[2] = { f, g }; return (long)run(fs); }
int apply(int (*f)(int), int n) { return f(n); }
`

type mixed struct {
	d float64
	i int32
}

type large struct{ v [5]int64 }

// Callbacks from threads that C made, from C on our stacks, and from C that purego called.
func TestCallbackFromThreads(t *testing.T) {
	l := library(t, "gcc", "threads.c", threadSource, "-pthread")
	apply := bind[func(executor.Addr, int32) int32](t, l, "apply")
	double := callback(t, func(n int32) int32 { return 2 * n })
	var calls atomic.Int32
	f := callback(t, func(i int32, x float32, m mixed, a, b, c, d, e, f int64) mixed {
		if calls.Add(1)%100 == 0 {
			runtime.GC()
		}
		return mixed{m.d + float64(x) + float64(a+b+c+d+e+f), apply(double, m.i)}
	})
	g := callback(t, func(i int32) large {
		n := int64(i)
		return large{[5]int64{n, n + 1, n + 2, n + 3, n + 4}}
	})
	threads := bind[func(int32, executor.Addr, executor.Addr) int64](t, l, "threads")
	if bad := threads(16, f, g); bad != 0 {
		t.Errorf("%d wrong callbacks on threads of C", bad)
	}
	here := bind[func(executor.Addr, executor.Addr) int64](t, l, "here")
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			if bad := here(f, g); bad != 0 {
				t.Errorf("%d wrong callbacks on stacks of ours", bad)
			}
		})
	}
	wg.Wait()
	addr, _ := l.Lookup("here")
	if bad, _, _ := purego.SyscallN(uintptr(addr), uintptr(f), uintptr(g)); bad != 0 {
		t.Errorf("%d wrong callbacks from C called by purego", bad)
	}
}

func TestCallbackPanicsThroughPurego(t *testing.T) {
	l := library(t, "gcc", "threads.c", threadSource, "-pthread")
	addr, _ := l.Lookup("apply")
	bad := callback(t, func(n int32) int32 { panic("from Go") })
	apply := bind[func(executor.Addr, int32) int32](t, l, "apply")
	for range 100 {
		for _, call := range []func(){
			func() { purego.SyscallN(uintptr(addr), uintptr(bad), 1) },
			func() { apply(bad, 1) },
		} {
			func() {
				defer func() {
					if r := recover(); r != "from Go" {
						t.Errorf("recovered %v", r)
					}
				}()
				call()
			}()
		}
	}
}

// C++ exceptions that are caught where they are thrown, with and without a callback between.
func TestExceptions(t *testing.T) {
	l := library(t, "g++", "throw.cc", `
#include <stdexcept>
static int thrower(int n) { if (n == 0) throw std::runtime_error("x"); return thrower(n - 1) + 1; }
extern "C" int caught(int (*f)(int), int n) { try { f(n); return thrower(n); } catch (std::exception &) { return -n; } }`)
	caught := bind[func(executor.Addr, int32) int32](t, l, "caught")
	cb := callback(t, func(n int32) int32 { runtime.Gosched(); return n })
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			for n := range int32(100) {
				if got := caught(cb, n); got != -n {
					t.Errorf("caught(%d) = %d", n, got)
				}
			}
		})
	}
	wg.Wait()
}

// C goes on on its thread after a callback, and finds its thread-local variables there.
func TestThreadLocals(t *testing.T) {
	l := library(t, "gcc", "tls.c", `
static __thread long mine;
int keeps(int (*f)(int), long v) { mine = v; f(0); return mine == v; }`)
	keeps := bind[func(executor.Addr, int64) int32](t, l, "keeps")
	cb := callback(t, func(n int32) int32 { runtime.Gosched(); return n })
	var wg sync.WaitGroup
	for g := range int64(32) {
		wg.Go(func() {
			for i := range int64(200) {
				if keeps(cb, g<<32|i) != 1 {
					t.Error("another value in the thread-local variable")
					return
				}
			}
		})
	}
	wg.Wait()
}

func TestErrno(t *testing.T) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	open := bind[func(*byte, int32) int32](t, Process(), "open", inprocess.Variadic(2))
	errno := bind[func() *int32](t, Process(), "__errno_location")
	name := []byte("/no/such/file\x00")
	if fd := open(&name[0], 0); fd != -1 || *errno() != 2 {
		t.Errorf("open = %d, errno %d", fd, *errno())
	}
}

// Handlers of atexit run when C's exit is called; that it ends the process needs a child.
func TestAtexit(t *testing.T) {
	if os.Getenv("GOMCJIT_CHILD") == t.Name() {
		atexit := bind[func(executor.Addr) int32](t, Process(), "atexit")
		if rc := atexit(callback(t, func() { _, _ = os.Stdout.WriteString("handler ran\n") })); rc != 0 {
			t.Fatalf("atexit = %d", rc)
		}
		bind[func(int32)](t, Process(), "exit")(7)
	}
	cmd := exec.Command(os.Args[0], "-test.run=^TestAtexit$")
	cmd.Env = append(os.Environ(), "GOMCJIT_CHILD="+t.Name())
	out, _ := cmd.CombinedOutput()
	if cmd.ProcessState.ExitCode() != 7 || !strings.Contains(string(out), "handler ran") {
		t.Errorf("exit code %d, output %q", cmd.ProcessState.ExitCode(), out)
	}
}

func TestRunMain(t *testing.T) {
	l := library(t, "gcc", "main.c", `
#include <string.h>
int main(int argc, char **argv, char **envp) {
	if (argv[argc] || strcmp(envp[0], "A=1") || envp[1]) return -1;
	argv[1][0] = 'X'; /* the strings are main's to change */
	return argc * 100 + strlen(argv[1]) + strlen(argv[2]);
}`)
	addr, _ := l.Lookup("main")
	code, err := inprocess.RunMain(addr, []string{"prog", "four", ""}, []string{"A=1"})
	if err != nil || code != 304 {
		t.Errorf("main = %d, %v", code, err)
	}
}

func BenchmarkCallback(b *testing.B) {
	l := library(b, "gcc", "loop.c", "int loop(int (*f)(int), int n) { int s = 0; for (int i = 0; i < n; i++) s += f(i); return s; }")
	loop := bind[func(executor.Addr, int32) int32](b, l, "loop")
	cb := callback(b, func(n int32) int32 { return n })
	b.ReportAllocs()
	for b.Loop() {
		loop(cb, 1000)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/1000, "ns/callback")
}

func BenchmarkLookup(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		Process().Lookup("strlen")
	}
}
