//go:build windows && amd64

package mcjit_test

import (
	"errors"
	"runtime"
	"sync"
	"testing"

	"github.com/gomcjit/gomcjit/executor/threads"
	"github.com/gomcjit/gomcjit/hostlib"
	"github.com/gomcjit/gomcjit/mcjit"
	"github.com/gomcjit/gomcjit/runtimedyld"
)

const (
	threadUserSource = `
extern _Thread_local int count;
extern _Thread_local long long shared;
static _Thread_local long long zero[600];
static _Thread_local int first = 7, second = 8;
static _Thread_local struct { _Alignas(16) char text[64]; } aligned = { "aligned" };
int target(void) { return 99; }
static _Thread_local int (*pointer)(void) = target;
int begins(void) {
	if (count != 41) return 1;
	if (shared) return 2;
	for (int i = 0; i < 600; i++) if (zero[i]) return 3;
	if (first != 7 || second != 8) return 4;
	if ((unsigned long long)&aligned % 16 || aligned.text[0] != 'a' || aligned.text[6] != 'd') return 5;
	if (pointer() != 99) return 6;
	return 0;
}
void set(long long v) { count = v; shared = v + 1; zero[599] = v + 2; first = v + 3; second = v + 4; aligned.text[63] = v; }
int holds(long long v) { return count == (int)v && shared == v + 1 && zero[599] == v + 2 && first == (int)(v + 3) && second == (int)(v + 4) && aligned.text[63] == (char)v; }
`
	threadDefinitionsSource = `_Thread_local int count = 41; _Thread_local long long shared;`
)

// nativeThreads are the compilers that leave thread-local variables to Windows's loader.
var nativeThreads = []string{"clang msvc", "clang gnu"}

// TestWindowsThreads has threads, those that there were before included, use the thread-local variables of two objects; then of objects that replace them, and of others beside.
func TestWindowsThreads(t *testing.T) {
	calls := make([]chan func(), 8)
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
	for _, compiler := range nativeThreads {
		t.Run(compiler, func(t *testing.T) {
			e := windowsEngine(t)
			for range 3 {
				modules := addThreads(t, e, compiler)
				useThreads(t, e, calls)
				other := windowsEngine(t)
				addThreads(t, other, compiler)
				useThreads(t, other, calls)
				if err := e.RemoveModule(modules...); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

func addThreads(t *testing.T, e *mcjit.ExecutionEngine, compiler string) (modules []*mcjit.Module) {
	t.Helper()
	for _, source := range []string{threadUserSource, threadDefinitionsSource} {
		m, err := e.AddObject(compiledFor(t, compiler, source))
		if err != nil {
			t.Fatal(err)
		}
		modules = append(modules, m)
	}
	return modules
}

// useThreads uses the variables on these threads, all at once, and on some that begin then.
func useThreads(t *testing.T, e *mcjit.ExecutionEngine, calls []chan func()) {
	t.Helper()
	begins, set, holds := bind[func() int32](t, e, "begins"), bind[func(int64)](t, e, "set"), bind[func(int64) bool](t, e, "holds")
	var ready, done sync.WaitGroup
	ready.Add(2 * len(calls))
	use := func(v int64) {
		defer done.Done()
		bad := begins()
		set(v)
		ready.Done()
		ready.Wait()
		if bad != 0 || !holds(v) {
			t.Errorf("thread %d: initial values %d, then %v", v, bad, holds(v))
		}
	}
	for i := range calls {
		done.Add(2)
		calls[i] <- func() { use(int64(i)) }
		go func() {
			runtime.LockOSThread() // and not unlocked, so that the thread ends
			use(int64(100 + i))
		}()
	}
	done.Wait()
}

// TestWindowsThreadsInline: of a variable that two objects define (C++'s inline ones) there is one in each thread.
func TestWindowsThreadsInline(t *testing.T) {
	e := windowsEngine(t)
	for _, name := range []string{"first", "second"} {
		source := "__declspec(selectany) _Thread_local int counter = 40; int " + name + "(void) { return ++counter; }"
		if _, err := e.AddObject(compiledFor(t, "clang msvc", source)); err != nil {
			t.Fatal(err)
		}
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	first, second := bind[func() int32](t, e, "first")(), bind[func() int32](t, e, "second")()
	if first != 41 || second != 42 {
		t.Errorf("%d, then %d", first, second)
	}
}

// TestWindowsThreadsRefused: what cannot be is a typed error, after which the engine goes on.
func TestWindowsThreadsRefused(t *testing.T) {
	storage, err := hostlib.NewThreadStorage()
	if err != nil {
		t.Fatal(err)
	}
	e := windowsEngine(t, mcjit.WithThreadStorage(storage))
	refused := func(what, compiler, source string, want error) {
		t.Helper()
		m, err := e.AddObject(compiledFor(t, compiler, source))
		if err == nil {
			_, err = e.FunctionAddress("get")
			if err := e.RemoveModule(m); err != nil {
				t.Error(err)
			}
		}
		if !errors.Is(err, want) {
			t.Errorf("%s: %v", what, err)
		}
	}
	refused("alignment", "clang msvc", "static _Thread_local _Alignas(8192) int x = 1; int get(void) { return x++; }", threads.ErrAlignment)
	refused("ELF", "gcc ELF", "static _Thread_local int x = 1; int get(void) { return x++; }", runtimedyld.ErrUnsupportedSymbol)
	refused("an address", "clang gnu", "extern _Thread_local int x; int *get(void) { return &x; }", runtimedyld.ErrUndefinedSymbol)
	addThreads(t, e, "clang gnu")
	if got := bind[func() int32](t, e, "begins")(); got != 0 {
		t.Errorf("initial values: %d", got)
	}
	refused("linked before", "clang gnu", "extern _Thread_local int count; int get(void) { return count; }", runtimedyld.ErrThreadModel)
	if _, err := e.GlobalValueAddress("count"); !errors.Is(err, mcjit.ErrThreadLocal) {
		t.Errorf("the address of a thread-local variable: %v", err)
	}
}
