//go:build linux && amd64

package hostlib_test

import (
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/gomcjit/gomcjit/hostlib"
	"github.com/gomcjit/gomcjit/internal/testenv"
	"github.com/gomcjit/gomcjit/internal/threadtest"
	"github.com/gomcjit/gomcjit/mcjit"
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
	return []*mcjit.Module{threadtest.Add(t, e, "user.o", user), threadtest.Add(t, e, "definitions.o", definitions)}
}

// Each model, on threads of C's and on Go's, while the collector runs and stacks grow; then again in a module that replaces the first.
func TestThreadModels(t *testing.T) {
	for _, m := range threadModels {
		t.Run(m.name, func(t *testing.T) {
			e := threadEngine(t)
			for range 2 {
				modules := addVariables(t, e, m.cc, m.flags)
				if bad := threadtest.Bind[func(int32) int64](t, e, "threads")(64); bad != 0 {
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
	begins, set, holds := threadtest.Bind[func() int32](t, e, "begins"), threadtest.Bind[func(int64)](t, e, "set"), threadtest.Bind[func(int64) bool](t, e, "holds")
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
				if threadtest.Grow(int(g)+i) == 0 || !holds(1000*g) {
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

// threadPages is what a test of memory may cost: a page for each thread would be more, and so would blocks of 128 bytes.
const threadPages = 250

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
			threads := threadtest.Bind[func(int32) int64](t, e, "threads")
			threadtest.Flat(t, "threads", 100, threadPages, func() {
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
			threadtest.Flat(t, "modules", 200, threadPages, func() {
				modules := addVariables(t, e, cc, flags)
				begins, set := threadtest.Bind[func() int32](t, e, "begins"), threadtest.Bind[func(int64)](t, e, "set")
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
