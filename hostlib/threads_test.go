//go:build linux && amd64

package hostlib_test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"runtime/debug"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/gomcjit/gomcjit/executor"
	"github.com/gomcjit/gomcjit/executor/inprocess"
	"github.com/gomcjit/gomcjit/hostlib"
	"github.com/gomcjit/gomcjit/internal/testenv"
	"github.com/gomcjit/gomcjit/mcjit"
	"github.com/gomcjit/gomcjit/objimage"
	"github.com/gomcjit/gomcjit/runtimedyld"
)

// threadEngine is an engine over the process, whose modules may have thread-local variables.
func threadEngine(t testing.TB, libraries ...*hostlib.Library) *mcjit.ExecutionEngine {
	t.Helper()
	storage, err := hostlib.NewThreadStorage(libraries...)
	if err != nil {
		t.Fatal(err)
	}
	e, err := mcjit.New(mcjit.WithSymbolResolver(runtimedyld.ResolverFunc(hostlib.Process().Lookup)), mcjit.WithThreadStorage(storage))
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

func addBytes(t testing.TB, e *mcjit.ExecutionEngine, name string, object []byte) *mcjit.Module {
	t.Helper()
	m, err := e.AddObject(objimage.NewBuffer(name, object))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func bind[F any](t testing.TB, e *mcjit.ExecutionEngine, name string, opts ...inprocess.Option) F {
	t.Helper()
	f, err := mcjit.Func[F](e, name, opts...)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// The variables of two objects: initialised, zero, aligned, a pointer in the initial contents, static, hidden, and one of the C library.
const variablesSource = `
#include <errno.h>
#include <stdint.h>
extern _Thread_local int count;
extern _Thread_local long shared;
extern _Thread_local char *text;
__attribute__((visibility("hidden"))) extern _Thread_local int hidden;
static _Thread_local long zero[8];
static _Thread_local int initial = 7, other = 8;
static _Thread_local _Alignas(64) char aligned[64] = "aligned";
int target(void) { return 99; }
static _Thread_local int (*pointer)(void) = target;
static int same(const char *a, const char *b) { while (*a && *a == *b) a++, b++; return *a == *b; }
/* begins returns what is wrong with the initial values. */
int begins(void) {
	if (count != 41) return 1;
	if (shared != 0) return 2;
	if (!same(text, "text")) return 3;
	if (hidden != 5) return 4;
	for (int i = 0; i < 8; i++) if (zero[i]) return 5;
	if (initial != 7 || other != 8) return 6;
	if ((uintptr_t)aligned % 64 || !same(aligned, "aligned")) return 7;
	if (pointer != target || pointer() != 99) return 8;
	return 0;
}
void set(long v) { count = v; shared = v + 1; hidden = v + 2; zero[7] = v + 3; initial = v + 4; other = v + 5; aligned[63] = v; errno = v + 6; }
int holds(long v) {
	return count == (int)v && shared == v + 1 && hidden == (int)(v + 2) && zero[7] == v + 3 && initial == (int)(v + 4) && other == (int)(v + 5)
		&& aligned[63] == (char)v && errno == (int)(v + 6);
}
#include <pthread.h>
struct job { pthread_barrier_t *barrier; long v; };
static void *work(void *p) {
	struct job *j = p;
	long bad = begins();
	if (bad) return (void *)bad;
	set(j->v);
	pthread_barrier_wait(j->barrier);
	for (int i = 0; i < 100; i++) if (!holds(j->v)) return (void *)100L;
	return 0;
}
long threads(int n) {
	pthread_barrier_t barrier;
	pthread_t t[64];
	struct job j[64];
	long bad = 0;
	pthread_barrier_init(&barrier, 0, n);
	for (int i = 0; i < n; i++) {
		j[i] = (struct job){&barrier, 1000 * (i + 1)};
		if (pthread_create(&t[i], 0, work, &j[i])) return -1;
	}
	for (int i = 0; i < n; i++) { void *r; pthread_join(t[i], &r); bad += (long)r; }
	pthread_barrier_destroy(&barrier);
	return bad;
}
`

const definitionsSource = `
_Thread_local int count = 41;
_Thread_local long shared;
_Thread_local char *text = "text";
__attribute__((visibility("hidden"))) _Thread_local int hidden = 5;
`

// threadModels are the ways in which compilers reach thread-local variables.
var threadModels = []struct {
	name, cc string
	flags    string
}{
	{"gcc default", "gcc", ""}, {"gcc pic", "gcc", "-fPIC"}, {"gcc no plt", "gcc", "-fPIC -fno-plt"},
	{"gcc descriptors", "gcc", "-fPIC -mtls-dialect=gnu2"}, {"gcc large", "gcc", "-mcmodel=large -fno-pic"}, {"gcc large pic", "gcc", "-mcmodel=large -fPIC"},
	{"gcc medium pic", "gcc", "-mcmodel=medium -fPIC"},
	{"gcc general dynamic", "gcc", "-fPIC -ftls-model=global-dynamic"}, {"gcc local dynamic", "gcc", "-fPIC -ftls-model=local-dynamic"},
	{"gcc initial exec", "gcc", "-fPIC -ftls-model=initial-exec"}, {"gcc initial exec pie", "gcc", "-fPIE -ftls-model=initial-exec"}, {"gcc local exec", "gcc", "-fPIE -ftls-model=local-exec"},
	{"gcc hidden", "gcc", "-fPIC -fvisibility=hidden"}, {"gcc hidden no plt", "gcc", "-fPIC -fvisibility=hidden -fno-plt"},
	{"gcc hidden descriptors", "gcc", "-fPIC -ftls-model=local-dynamic -mtls-dialect=gnu2"}, {"gcc O0", "gcc", "-fPIC -O0"},
	{"gcc local dynamic large", "gcc", "-fPIC -ftls-model=local-dynamic -mcmodel=large"}, {"gcc local exec large", "gcc", "-fno-pic -ftls-model=local-exec -mcmodel=large"},
	{"clang default", "clang", ""}, {"clang pic", "clang", "-fPIC"}, {"clang no plt", "clang", "-fPIC -fno-plt"}, {"clang large", "clang", "-mcmodel=large -fno-pic"},
	{"clang general dynamic", "clang", "-fPIC -ftls-model=global-dynamic"}, {"clang local dynamic", "clang", "-fPIC -ftls-model=local-dynamic"},
	{"clang initial exec", "clang", "-fPIC -ftls-model=initial-exec"}, {"clang local exec", "clang", "-fPIE -ftls-model=local-exec"},
	{"clang hidden", "clang", "-fPIC -fvisibility=hidden"}, {"clang O0", "clang", "-fPIC -O0"},
	{"clang emulated", "clang", "-fPIC -femulated-tls"}, {"clang emulated no pic", "clang", "-fno-pic -mcmodel=large -femulated-tls"},
	{"clang large pic", "clang", "-fPIC -mcmodel=large"},
}

// addVariables adds both objects, the definitions last.
func addVariables(t testing.TB, e *mcjit.ExecutionEngine, cc, flags string) []*mcjit.Module {
	t.Helper()
	args := append([]string{"-O2"}, strings.Fields(flags)...)
	user := testenv.CompileBytes(t, cc, testenv.C, variablesSource, args...)
	definitions := testenv.CompileBytes(t, cc, testenv.C, definitionsSource, args...)
	return []*mcjit.Module{addBytes(t, e, "user.o", user), addBytes(t, e, "definitions.o", definitions)}
}

// Each model, on threads of C's and on Go's, while the collector runs and stacks grow; then again in a module that replaces the first.
func TestThreadModels(t *testing.T) {
	for _, m := range threadModels {
		t.Run(m.name, func(t *testing.T) {
			e := threadEngine(t)
			for range 2 {
				modules := addVariables(t, e, m.cc, m.flags)
				if bad := bind[func(int32) int64](t, e, "threads")(64); bad != 0 {
					t.Errorf("threads of C: %d", bad)
				}
				goThreads(t, e)
				if err := e.RemoveModule(modules...); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

// goThreads uses the variables on threads of Go's.
func goThreads(t *testing.T, e *mcjit.ExecutionEngine) {
	begins, set, holds := bind[func() int32](t, e, "begins"), bind[func(int64)](t, e, "set"), bind[func(int64) bool](t, e, "holds")
	const n = 64
	var ready, done sync.WaitGroup
	ready.Add(n)
	for g := range int64(n) {
		done.Go(func() {
			runtime.LockOSThread() // and not unlocked, so that the thread ends
			bad := begins()
			set(1000 * g)
			ready.Done()
			ready.Wait()
			for i := range 20 {
				if i == 10 && g%16 == 0 {
					runtime.GC()
				}
				if grow(int(g)+i) == 0 || !holds(1000*g) {
					bad = 100
				}
			}
			if bad != 0 {
				t.Errorf("a thread of Go: %d", bad)
			}
		})
	}
	done.Wait()
}

// grow makes the stack grow, and finds the goroutine, if it is still there.
func grow(n int) int {
	var frame [256]byte
	if n == 0 {
		return len(frame)
	}
	frame[n%256] = 1
	return grow(n-1) + int(frame[n%256])
}

// Blocks go with their threads and with their modules: also those of threads that are still there.
func TestThreadMemory(t *testing.T) {
	if testing.Short() || testenv.RaceDetector {
		t.Skip("takes seconds, and the race detector remembers memory that it has seen")
	}
	for _, flags := range []string{"gcc -fPIC", "gcc", "clang -fPIC -femulated-tls"} {
		t.Run(flags, func(t *testing.T) {
			cc, flags, _ := strings.Cut(flags, " ")
			e := threadEngine(t)
			modules := addVariables(t, e, cc, flags)
			threads := bind[func(int32) int64](t, e, "threads")
			flat(t, "threads", 100, func() {
				if threads(32) != 0 {
					t.Fatal("wrong values")
				}
			})
			if err := e.RemoveModule(modules...); err != nil {
				t.Fatal(err)
			}
			calls := make([]chan func(), 4) // threads that stay
			for i := range calls {
				calls[i] = make(chan func())
				go func() {
					runtime.LockOSThread()
					for f := range calls[i] {
						f()
					}
				}()
				defer close(calls[i])
			}
			flat(t, "modules", 200, func() {
				modules := addVariables(t, e, cc, flags)
				begins, set := bind[func() int32](t, e, "begins"), bind[func(int64)](t, e, "set")
				var wg sync.WaitGroup
				for i := range calls {
					wg.Add(1)
					calls[i] <- func() {
						defer wg.Done()
						if bad := begins(); bad != 0 {
							t.Errorf("initial values: %d", bad)
						}
						set(1)
					}
				}
				wg.Wait()
				if err := e.RemoveModule(modules...); err != nil {
					t.Fatal(err)
				}
			})
		})
	}
}

// flat fails if f, again and again, makes the process larger.
func flat(t *testing.T, name string, n int, f func()) {
	t.Helper()
	size := func() int {
		debug.FreeOSMemory()
		data, err := os.ReadFile("/proc/self/statm")
		if err != nil {
			t.Fatal(err)
		}
		var size, resident int
		fmt.Sscan(string(data), &size, &resident)
		return resident
	}
	for range n {
		f()
	}
	before := size()
	for range 3 * n {
		f()
	}
	if grown := size() - before; grown > 250 { // a page each would be more, and so would blocks of 128 bytes
		t.Errorf("%s: %d rounds more cost %d pages", name, 3*n, grown)
	}
}

// What does not fit beside the thread pointer is refused with the way out, and dynamic code does not mind.
func TestThreadStaticLimit(t *testing.T) {
	const source = "_Thread_local char big[100000]; char *get(void) { return big; }"
	e := threadEngine(t)
	m := addBytes(t, e, "big.o", testenv.CompileBytes(t, "gcc", testenv.C, source, "-O2", "-fPIE"))
	_, err := e.FunctionAddress("get")
	if !errors.Is(err, hostlib.ErrStaticThreadStorage) || !strings.Contains(err.Error(), "big.o") || !strings.Contains(err.Error(), "-ftls-model=global-dynamic") {
		t.Errorf("error %v", err)
	}
	if err := e.RemoveModule(m); err != nil {
		t.Fatal(err)
	}
	addBytes(t, e, "big.o", testenv.CompileBytes(t, "gcc", testenv.C, source, "-O2", "-fPIC"))
	if p := bind[func() *byte](t, e, "get")(); p == nil {
		t.Error("no address")
	}
	if _, err := e.SymbolAddress("big"); !errors.Is(err, mcjit.ErrThreadLocal) {
		t.Errorf("address of a thread-local variable: %v", err)
	}
}

// Modules come and go from many goroutines while others use theirs.
func TestThreadHammer(t *testing.T) {
	e := threadEngine(t)
	const source = `#include <errno.h>
		static _Thread_local long mine = 1; _Thread_local int NAME(count) = 2;
		long NAME(use)(long v) { errno = v; mine += v; NAME(count)++; return mine * 100 + NAME(count) * 10 + (errno == v); }`
	rounds := 40
	if testenv.RaceDetector {
		rounds = 10
	}
	var wg sync.WaitGroup
	for g := range 6 {
		flags := []string{"-fPIC", "-fPIE", "-fPIC -mtls-dialect=gnu2"}[g%3]
		object := testenv.CompileBytes(t, "gcc", testenv.C, fmt.Sprintf("#define NAME(x) x##%d\n%s", g, source), append([]string{"-O2"}, strings.Fields(flags)...)...)
		wg.Go(func() {
			for range rounds {
				m, err := e.AddObject(objimage.NewBuffer(fmt.Sprintf("%d.o", g), object))
				if err != nil {
					t.Error(err)
					return
				}
				use, err := mcjit.Func[func(int64) int64](e, fmt.Sprintf("use%d", g))
				if err != nil {
					t.Error(err)
					return
				}
				var calls sync.WaitGroup
				for range 2 {
					calls.Go(func() {
						runtime.LockOSThread()
						defer runtime.UnlockOSThread()
						if got := use(4); got != 531 && got != 941 { // on one thread after the other, or on two
							t.Errorf("%s: %d", flags, got)
						}
					})
				}
				calls.Wait()
				if err := e.RemoveModule(m); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
}

// Static storage that is given back in another order than it was taken is used again in the end.
func TestThreadStaticStorageIsReused(t *testing.T) {
	e := threadEngine(t)
	source := func(i int) []byte {
		return testenv.CompileBytes(t, "gcc", testenv.C, fmt.Sprintf("static _Thread_local char x%d[%d] = {%d}; int get%d(void) { return x%d[0]; }", i, 100+i*50, i, i, i), "-O2", "-fPIE")
	}
	for round := range 50 {
		var modules [4]*mcjit.Module
		for i := range modules {
			modules[i] = addBytes(t, e, fmt.Sprintf("%d.o", i), source(i))
			if got := bind[func() int32](t, e, fmt.Sprintf("get%d", i))(); int(got) != i {
				t.Fatalf("round %d: x%d is %d", round, i, got)
			}
		}
		for _, i := range [][]int{{0, 1, 2, 3}, {3, 2, 1, 0}, {1, 3, 0, 2}}[round%3] {
			if err := e.RemoveModule(modules[i]); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// Variables of a library that the process has opened. Its block can be brought near the thread pointer as long as nobody has used it.
func TestThreadVariablesOfLibraries(t *testing.T) {
	for _, model := range []string{"global-dynamic", "initial-exec", "used"} {
		lib := sharedLibrary(t, "__thread int theirs = 12; int read_theirs(void) { return theirs; }")
		if model == "used" {
			useLate(t, lib)
			continue
		}
		e := threadEngine(t, lib)
		addBytes(t, e, "user.o", testenv.CompileBytes(t, "gcc", testenv.C, "extern __thread int theirs; int bump(void) { return ++theirs; }", "-O2", "-fPIC", "-ftls-model="+model))
		bump := bind[func() int32](t, e, "bump")
		addr, _ := lib.Lookup("read_theirs")
		read, err := inprocess.Bind[func() int32](addr)
		if err != nil {
			t.Fatal(err)
		}
		runtime.LockOSThread()
		if got := bump(); got != 13 || read() != 13 {
			t.Errorf("bumped to %d, the library reads %d", got, read())
		}
		runtime.UnlockOSThread()
	}
}

func useLate(t *testing.T, lib *hostlib.Library) {
	addr, _ := lib.Lookup("read_theirs")
	read, err := inprocess.Bind[func() int32](addr)
	if err != nil {
		t.Fatal(err)
	}
	read()
	e := threadEngine(t, lib)
	addBytes(t, e, "user.o", testenv.CompileBytes(t, "gcc", testenv.C, "extern __thread int theirs; int bump(void) { return ++theirs; }", "-O2", "-fPIE"))
	if _, err := e.FunctionAddress("bump"); !errors.Is(err, runtimedyld.ErrThreadModel) || !strings.Contains(err.Error(), "theirs") {
		t.Errorf("%v", err)
	}
	addBytes(t, e, "other.o", testenv.CompileBytes(t, "gcc", testenv.C, "extern __thread int read_theirs; int bumps(void) { return ++read_theirs; }", "-O2", "-fPIC"))
	if _, err := e.FunctionAddress("bumps"); err == nil || !strings.Contains(err.Error(), "no thread-local variable") {
		t.Errorf("a function taken for a variable: %v", err)
	}
}

func sharedLibrary(t testing.TB, source string) *hostlib.Library {
	t.Helper()
	path := t.TempDir() + "/lib.so"
	object := testenv.Compile(t, "gcc", testenv.C, source, "-O2", "-fPIC")
	if out, err := exec.Command("gcc", "-shared", "-o", path, object).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	l, err := hostlib.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return l
}

const objectsSource = `
#include <mutex>
#include <thread>
#include <string>
static std::once_flag flag;
static int times, ended;
static void (*note)(int);
struct noisy {
	std::string text = "a string that is too long for the object itself";
	int id;
	noisy(int i) : id(i) {}
	~noisy() { ended++; if (note && text.size() == 47) note(id); }
};
static thread_local noisy first(1), second(2);
inline thread_local int shared_inline = 3;
extern "C" {
int once(void) {
	std::thread t[8];
	for (auto &x : t) x = std::thread([] { std::call_once(flag, [] { times++; }); });
	for (auto &x : t) x.join();
	return times;
}
void tell(void (*f)(int)) { note = f; }
int touch(void) { return first.id + second.id + shared_inline; }
int in_thread(void) {
	ended = 0;
	std::thread([] { touch(); }).join();
	return ended;
}
int count(void) { return ended; }
}
`

// std::call_once uses libstdc++'s own thread-local variables; destructors of thread-local objects run as threads end, and at removal.
func TestThreadObjects(t *testing.T) {
	cxx, err := hostlib.Open("libstdc++.so.6")
	if err != nil {
		t.Skip("Debian package libstdc++6 is missing")
	}
	all := []string{"-fPIE", "-fPIC", "-fPIC -mtls-dialect=gnu2", "-fPIC -fno-plt"}
	if os.Getenv("GOMCJIT_CHILD") == "" { // -fPIE needs a process that has not used libstdc++'s variables
		cmd := exec.Command(os.Args[0], "-test.run=^TestThreadObjects$")
		cmd.Env = append(os.Environ(), "GOMCJIT_CHILD=1")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%v\n%s", err, out)
		}
		all = all[1:]
	}
	for _, flags := range all {
		t.Run(flags, func(t *testing.T) {
			storage, err := hostlib.NewThreadStorage(cxx)
			if err != nil {
				t.Fatal(err)
			}
			find := func(name string) (executor.Addr, bool) {
				if a, ok := cxx.Lookup(name); ok {
					return a, ok
				}
				return hostlib.Process().Lookup(name)
			}
			e, err := mcjit.New(mcjit.WithSymbolResolver(runtimedyld.ResolverFunc(find)), mcjit.WithThreadStorage(storage))
			if err != nil {
				t.Fatal(err)
			}
			defer e.Close()
			m := addBytes(t, e, "objects.o", testenv.CompileBytes(t, "g++", testenv.CXX, objectsSource, append([]string{"-O2", "-std=c++17"}, strings.Fields(flags)...)...))
			var log atomic.Pointer[string]
			log.Store(new(string))
			cb, err := inprocess.NewCallback(func(id int32) { s := *log.Load() + fmt.Sprint(id); log.Store(&s) })
			if err != nil {
				t.Fatal(err)
			}
			defer cb.Release()
			if n := bind[func() int32](t, e, "once")(); n != 1 {
				t.Errorf("called %d times", n)
			}
			if n := bind[func() int32](t, e, "in_thread")(); n != 2 {
				t.Errorf("%d destructors at the end of a thread", n)
			}
			bind[func(executor.Addr)](t, e, "tell")(cb.Addr())
			touch := bind[func() int32](t, e, "touch")
			done := make(chan bool)
			go func() {
				runtime.LockOSThread()
				if touch() != 6 {
					t.Error("touch")
				}
				done <- true
				<-done
				runtime.UnlockOSThread()
			}()
			<-done
			if got := *log.Load(); got != "" {
				t.Errorf("destructors have run: %q", got)
			}
			if err := e.RemoveModule(m); err != nil {
				t.Fatal(err)
			}
			if got := *log.Load(); got != "21" {
				t.Errorf("destructors that ran at removal: %q", got)
			}
			done <- true
		})
	}
}

// Descriptors keep all registers but the one for the result: also those of vectors, when the block is made.
func TestDescriptorKeepsRegisters(t *testing.T) {
	e := threadEngine(t)
	const code = `
	.section .tbss,"awT",@nobits
	.globl variable
	.type variable, @object
variable: .zero 64
	.size variable, 64
	.text
	.globl keeps
	.type keeps, @function
keeps:
	push %rbx
	push %rbp
	push %r12
	push %r13
	push %r14
	push %r15
	.irp r, rbx, rcx, rdx, rsi, rdi, rbp, r8, r9, r10, r11, r12, r13, r14, r15
	mov $0x1234567, %\r
	.endr
	.irp x, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
	movq %rbx, %xmm\x
	.endr
	lea variable@tlsdesc(%rip), %rax
	call *variable@tlscall(%rax)
	add %fs:0, %rax
	movl $1, (%rax)
	xor %eax, %eax
	.irp r, rbx, rcx, rdx, rsi, rdi, rbp, r8, r9, r10, r11, r12, r13, r14, r15
	cmp $0x1234567, %\r
	jne 1f
	.endr
	.irp x, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
	movq %xmm\x, %rcx
	cmp %rcx, %rbx
	jne 1f
	.endr
	inc %eax
1:	pop %r15
	pop %r14
	pop %r13
	pop %r12
	pop %rbp
	pop %rbx
	ret
	.section .note.GNU-stack,"",@progbits
`
	addBytes(t, e, "keeps.o", testenv.CompileBytes(t, "gcc", testenv.Assembler, code))
	keeps := bind[func() bool](t, e, "keeps")
	for range 8 {
		runtime.LockOSThread()
		for range 2 {
			if !keeps() {
				t.Error("a register has changed")
			}
		}
		var wg sync.WaitGroup
		wg.Go(func() { // on another thread
			runtime.LockOSThread()
			if !keeps() {
				t.Error("a register has changed")
			}
		})
		wg.Wait()
		runtime.UnlockOSThread()
	}
}
