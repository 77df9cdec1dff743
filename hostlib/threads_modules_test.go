//go:build linux && amd64

package hostlib_test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/gomcjit/gomcjit/executor"
	"github.com/gomcjit/gomcjit/executor/inprocess"
	"github.com/gomcjit/gomcjit/hostlib"
	"github.com/gomcjit/gomcjit/internal/testenv"
	"github.com/gomcjit/gomcjit/internal/threadtest"
	"github.com/gomcjit/gomcjit/mcjit"
	"github.com/gomcjit/gomcjit/objimage"
	"github.com/gomcjit/gomcjit/runtimedyld"
)

// What does not fit beside the thread pointer is refused with the way out, and dynamic code does not mind.
func TestThreadStaticLimit(t *testing.T) {
	const source = "_Thread_local char big[100000]; char *get(void) { return big; }"
	e := threadEngine(t)
	m := threadtest.Add(t, e, "big.o", testenv.CompileBytes(t, "gcc", testenv.C, source, "-O2", "-fPIE"))
	_, err := e.FunctionAddress("get")
	if !errors.Is(err, hostlib.ErrStaticThreadStorage) || !strings.Contains(err.Error(), "big.o") || !strings.Contains(err.Error(), "-ftls-model=global-dynamic") {
		t.Errorf("error %v", err)
	}
	if err := e.RemoveModule(m); err != nil {
		t.Fatal(err)
	}
	threadtest.Add(t, e, "big.o", testenv.CompileBytes(t, "gcc", testenv.C, source, "-O2", "-fPIC"))
	if p := threadtest.Bind[func() *byte](t, e, "get")(); p == nil {
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
			modules[i] = threadtest.Add(t, e, fmt.Sprintf("%d.o", i), source(i))
			if got := threadtest.Bind[func() int32](t, e, fmt.Sprintf("get%d", i))(); int(got) != i {
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
		threadtest.Add(t, e, "user.o", testenv.CompileBytes(t, "gcc", testenv.C, "extern __thread int theirs; int bump(void) { return ++theirs; }", "-O2", "-fPIC", "-ftls-model="+model))
		bump := threadtest.Bind[func() int32](t, e, "bump")
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
	threadtest.Add(t, e, "user.o", testenv.CompileBytes(t, "gcc", testenv.C, "extern __thread int theirs; int bump(void) { return ++theirs; }", "-O2", "-fPIE"))
	if _, err := e.FunctionAddress("bump"); !errors.Is(err, runtimedyld.ErrThreadModel) || !strings.Contains(err.Error(), "theirs") {
		t.Errorf("%v", err)
	}
	threadtest.Add(t, e, "other.o", testenv.CompileBytes(t, "gcc", testenv.C, "extern __thread int read_theirs; int bumps(void) { return ++read_theirs; }", "-O2", "-fPIC"))
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
			m := threadtest.Add(t, e, "objects.o", testenv.CompileBytes(t, "g++", testenv.CXX, objectsSource, append([]string{"-O2", "-std=c++17"}, strings.Fields(flags)...)...))
			var log atomic.Pointer[string]
			log.Store(new(string))
			cb, err := inprocess.NewCallback(func(id int32) { s := *log.Load() + fmt.Sprint(id); log.Store(&s) })
			if err != nil {
				t.Fatal(err)
			}
			defer cb.Release()
			if n := threadtest.Bind[func() int32](t, e, "once")(); n != 1 {
				t.Errorf("called %d times", n)
			}
			if n := threadtest.Bind[func() int32](t, e, "in_thread")(); n != 2 {
				t.Errorf("%d destructors at the end of a thread", n)
			}
			threadtest.Bind[func(executor.Addr)](t, e, "tell")(cb.Addr())
			touch := threadtest.Bind[func() int32](t, e, "touch")
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
	threadtest.Add(t, e, "keeps.o", testenv.CompileBytes(t, "gcc", testenv.Assembler, code))
	keeps := threadtest.Bind[func() bool](t, e, "keeps")
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
