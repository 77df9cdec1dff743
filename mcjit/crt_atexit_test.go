//go:build linux && amd64

package mcjit_test

import (
	"slices"
	"sync"
	"testing"
	"unsafe"

	"github.com/gomcjit/gomcjit/executor/inprocess"
	"github.com/gomcjit/gomcjit/mcjit"
)

// handlerSource is a module that registers handlers in all ways, and notes which ran. m is its number.
const handlerSource = `
int __cxa_atexit(void (*)(void *), void *, void *);
int __cxa_at_quick_exit(void (*)(void *), void *);
int atexit(void (*)(void));
int at_quick_exit(void (*)(void));
extern int ran[], count;
extern int __dso_handle;
static void with_argument(void *n) { ran[count++] = (int)(long)n; }
static void plain(void) { ran[count++] = -1; }
static void late(void *n) { ran[count++] = (int)(long)n; __cxa_atexit(with_argument, (char *)n + 1, &__dso_handle); atexit(plain); }
void NAME(register_all)(int n) {
	__cxa_atexit(with_argument, (void *)(long)n, &__dso_handle);
	__cxa_atexit(late, (void *)(long)(n + 1), &__dso_handle);
	at_quick_exit(plain);
	__cxa_at_quick_exit(with_argument, &__dso_handle);
	atexit(plain); /* at -O2 a jump: the caller is somebody else */
}
void *NAME(handle)(void) { return &__dso_handle; }
void NAME(register_one)(int n) { __cxa_atexit(with_argument, (void *)(long)n, &__dso_handle); }
`

const handlerNotes = `int ran[1000000], count;
int *all(void) { return ran; }
int forget(void) { int n = count; count = 0; return n; }`

// A registry is an engine with two modules, a and b, that register handlers.
type registry struct {
	*mcjit.ExecutionEngine
	t *testing.T
}

func newRegistry(t *testing.T) *registry {
	a := compiled(t, "a.o", "#define NAME(x) a_##x\n"+handlerSource)
	b := compiled(t, "b.o", "#define NAME(x) b_##x\n"+handlerSource)
	return &registry{withRuntime(t, a, b, compiled(t, "notes.o", handlerNotes)), t}
}

// register has the modules register their handlers.
func (r *registry) register() {
	function[func(int32)](r.t, r.ExecutionEngine, "a_register_all")(10)
	function[func(int32)](r.t, r.ExecutionEngine, "b_register_all")(20)
}

// run calls a function of the registry and compares what ran with what should.
func (r *registry) run(what string, call func(), want ...int32) {
	r.t.Helper()
	call()
	n := function[func() int32](r.t, r.ExecutionEngine, "forget")()
	ran := function[func() *int32](r.t, r.ExecutionEngine, "all")()
	if got := unsafe.Slice(ran, n); !slices.Equal(got, want) {
		r.t.Errorf("%s: ran %v, want %v", what, got, want)
	}
}

func (r *registry) runHandle(handle uintptr) func() {
	return func() { function[func(uintptr)](r.t, r.ExecutionEngine, "__gomcjit_run_atexit")(handle) }
}

func (r *registry) handle(module string) uintptr {
	return function[func() uintptr](r.t, r.ExecutionEngine, module+"_handle")()
}

// TestAtexitByHandle runs the handlers of one module, in reverse, those included that are registered meanwhile; then those of all.
func TestAtexitByHandle(t *testing.T) {
	r := newRegistry(t)
	r.register()
	r.run("a", r.runHandle(r.handle("a")), 11, 12, 10)
	r.run("a again", r.runHandle(r.handle("a")))
	// What is left: b's, of which one registers two more, and the two of atexit in a: its own and that of its handler.
	r.run("all", r.runHandle(0), -1, -1, 21, -1, 22, 20, -1)
	r.run("all again", r.runHandle(0))
}

// TestAtexitByAddress finds all handlers of a module by where its code and data are, however they were registered.
func TestAtexitByAddress(t *testing.T) {
	r := newRegistry(t)
	r.register()
	runRange := function[func(start, end uintptr)](t, r.ExecutionEngine, "__gomcjit_run_atexit_range")
	at := func(name string) uintptr {
		a, err := r.FunctionAddress(name)
		if err != nil {
			t.Fatal(err)
		}
		return uintptr(a)
	}
	// The functions of one module are in one section; of the other module's section we know one address.
	start, end := at("a_register_all")-0x100, at("a_register_one")+0x40
	if other := at("b_handle"); other >= start && other < end {
		t.Fatal("the modules lie within each other")
	}
	r.run("nothing", func() { runRange(end, start); runRange(end, end) })
	r.run("code of a", func() { runRange(start, end) }, -1)
	r.run("handle of a", func() { runRange(r.handle("a"), r.handle("a")+1) }, 11, 12, 10)
	r.run("registered by the handler", func() { runRange(start, end) }, -1)
	r.run("b", r.runHandle(r.handle("b")), 21, 22, 20)
}

// TestAtexitMany registers more than fits in one page, and gives the memory back.
func TestAtexitMany(t *testing.T) {
	r := newRegistry(t)
	const n = 10_000
	before := measure(t)
	for _, module := range []string{"a", "b"} {
		one := function[func(int32)](t, r.ExecutionEngine, module+"_register_one", inprocess.Leaf())
		for i := range int32(n) {
			one(i)
		}
	}
	want := make([]int32, n)
	for i := range want {
		want[i] = n - 1 - int32(i)
	}
	r.run("a", r.runHandle(r.handle("a")), want...)
	r.run("b", r.runHandle(r.handle("b")), want...)
	wantFlat(t, before, measure(t))
}

// TestAtexitConcurrently has threads register and run at once: every handler runs once.
func TestAtexitConcurrently(t *testing.T) {
	e := withRuntime(t, compiled(t, "count.o", `
int __cxa_atexit(void (*)(void *), void *, void *);
void __gomcjit_run_atexit(void *);
int total;
static void handler(void *one) { __atomic_fetch_add(&total, (int)(long)one, __ATOMIC_RELAXED); }
void work(char *handle) {
	for (int i = 0; i < 1000; i++) {
		for (int k = 0; k < 10; k++) __cxa_atexit(handler, (void *)1, handle + k % 3);
		__gomcjit_run_atexit(handle + i % 3);
	}
	for (int k = 0; k < 3; k++) __gomcjit_run_atexit(handle + k);
}
int done(void) { return total; }`))
	work, done := function[func(uintptr)](t, e, "work"), function[func() int32](t, e, "done")
	var wg sync.WaitGroup
	for g := range uintptr(8) {
		wg.Go(func() { work(1000 + g/2) })
	}
	wg.Wait()
	if got := done(); got != 8*1000*10 {
		t.Errorf("%d handlers ran", got)
	}
}
