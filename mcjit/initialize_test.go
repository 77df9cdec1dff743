//go:build linux && amd64

package mcjit_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/gomcjit/gomcjit/executor/inprocess"
	"github.com/gomcjit/gomcjit/internal/testenv"
	"github.com/gomcjit/gomcjit/mcjit"
	"github.com/gomcjit/gomcjit/objimage"
)

// notes is what loaded code has told through void note(int).
type notes struct {
	mu   sync.Mutex
	list []string
}

// noted returns an engine whose modules can call note, and what they noted.
func noted(t testing.TB, opts ...mcjit.Option) (*mcjit.ExecutionEngine, *notes) {
	t.Helper()
	n := &notes{}
	back, err := inprocess.NewCallback(func(i int32) { n.add(strconv.Itoa(int(i))) })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(back.Release)
	e := newEngine(t, opts...)
	if err := e.AddGlobalMapping("note", back.Addr()); err != nil {
		t.Fatal(err)
	}
	return e, n
}

func (n *notes) add(s string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.list = append(n.list, s)
}

// take returns what has been noted since the last time.
func (n *notes) take() string {
	n.mu.Lock()
	defer n.mu.Unlock()
	s := strings.Join(n.list, " ")
	n.list = nil
	return s
}

func (n *notes) want(t testing.TB, when, want string) {
	t.Helper()
	if got := n.take(); got != want {
		t.Errorf("%s: noted %q, want %q", when, got, want)
	}
}

func initialize(t testing.TB, e *mcjit.ExecutionEngine, args ...uint64) {
	t.Helper()
	if err := e.Initialize(args...); err != nil {
		t.Fatalf("Initialize: %v", err)
	}
}

// A part is the source of one object of a program.
type part struct{ compiler, lang, source, options string }

func (p *part) bytes(t testing.TB) []byte {
	t.Helper()
	args := append([]string{"-fPIC", "-fno-exceptions", "-fno-threadsafe-statics"}, strings.Fields(p.options)...)
	if p.lang == testenv.Assembler {
		args = nil
	}
	return testenv.CompileBytes(t, p.compiler, p.lang, p.source, args...)
}

// linked returns what a program prints that gcc links of the same objects.
func linked(t *testing.T, parts []part) string {
	t.Helper()
	dir := t.TempDir()
	args := []string{"-o", filepath.Join(dir, "program")}
	for i, p := range parts {
		name := filepath.Join(dir, fmt.Sprintf("%d.o", i))
		if err := os.WriteFile(name, p.bytes(t), 0o644); err != nil {
			t.Fatal(err)
		}
		args = append(args, name)
	}
	support := testenv.Compile(t, "gcc", testenv.C, `
#include <stdio.h>
void note(int n) { printf("%d ", n); }`)
	if out, err := exec.Command("g++", append(args, support)...).CombinedOutput(); err != nil {
		t.Fatalf("g++: %v\n%s", err, out)
	}
	out, err := exec.Command(filepath.Join(dir, "program")).Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(out))
}

const prelude = `
#ifdef __cplusplus
extern "C" {
#endif
void note(int);
int atexit(void (*)(void));
#ifdef __cplusplus
}
struct S { int n; S(int n) : n(n) { note(n); } ~S() { note(-n); } };
#endif
#define CTOR(n) __attribute__((constructor)) static void ctor##n(void) { note(n); }
#define CTOR_AT(n, p) __attribute__((constructor(p))) static void ctor##n(void) { note(n); }
#define DTOR(n) __attribute__((destructor)) static void dtor##n(void) { note(-n); }
#define DTOR_AT(n, p) __attribute__((destructor(p))) static void dtor##n(void) { note(-n); }
`

const mainPart = prelude + `
static void last(void) { note(1001); }
static void more(void) { note(1002); atexit(last); }
int main(void) { note(1000); atexit(more); return 0; }
CTOR(1) DTOR(1)
`

// oldPart lists constructors as compilers did before there was .init_array, and with both kinds of priority.
const oldPart = `
	.macro noting name, n
\name:	mov $\n, %edi
	jmp note@PLT
	.endm
	.text
	noting first 301
	noting second 302
	noting third 303
	noting early 304
	noting earlier 305
	noting pre 306
	noting unfirst -301
	noting unsecond -302
	noting unearly -304
	.section .ctors,"aw",@progbits
	.quad first, second
	.section .init_array,"aw",@init_array
	.quad third
	.section .ctors.65335,"aw",@progbits
	.quad early
	.section .ctors.65434,"aw",@progbits
	.quad earlier
	.section .preinit_array,"aw",@preinit_array
	.quad pre
	.section .dtors,"aw",@progbits
	.quad unfirst, unsecond
	.section .dtors.65335,"aw",@progbits
	.quad unearly
	.section .note.GNU-stack,"",@progbits
`

// fragmentPart is an object in assembly that has pieces of _init and _fini, which are to be entered with an aligned stack.
func fragmentPart(n int) part {
	return part{"gcc", testenv.Assembler, fmt.Sprintf(`
	.text
tell:	mov %%rsp, %%rax
	and $15, %%eax
	add %%eax, %%edi
	jmp note@PLT
	.section .init,"ax",@progbits
	mov $%d-8, %%edi
	call tell
	.section .fini,"ax",@progbits
	mov $-8-%d, %%edi
	call tell
	.section .note.GNU-stack,"",@progbits
`, n, n), ""}
}

// inlines are variables that several objects define, and of which there is one.
const inlines = `
inline S shared(50);
template<int> inline S held(51);
`

var programs = map[string][]part{
	"C": {
		{"gcc", testenv.C, mainPart, "-O1"},
		{"gcc", testenv.C, prelude + "CTOR(2) CTOR(3) CTOR_AT(4, 200) CTOR_AT(5, 101) DTOR(2) DTOR(3) DTOR_AT(4, 200) DTOR_AT(5, 101)", "-O2 -ffunction-sections"},
		{"clang", testenv.C, prelude + "CTOR(6) CTOR_AT(7, 200) CTOR_AT(8, 1000) DTOR(6) DTOR_AT(7, 200) DTOR_AT(8, 1000)", ""},
		{"gcc", testenv.C, prelude + "CTOR(9) CTOR_AT(10, 200) CTOR_AT(11, 150) DTOR(9) DTOR_AT(10, 200) DTOR_AT(11, 150)", "-O2"},
	},
	"old": {
		{"gcc", testenv.C, mainPart, "-O1"},
		{"gcc", testenv.C, prelude + "CTOR(2) CTOR_AT(4, 200) CTOR_AT(5, 101) DTOR(2) DTOR_AT(4, 200)", ""},
		{"gcc", testenv.Assembler, oldPart, ""},
		{"clang", testenv.C, prelude + "CTOR(6) CTOR_AT(7, 200) DTOR(6) DTOR_AT(7, 200)", ""},
	},
	"fragments": {
		{"gcc", testenv.C, mainPart, "-O1"},
		fragmentPart(60),
		{"gcc", testenv.C, prelude + "CTOR(61) CTOR_AT(62, 200) DTOR(61) DTOR_AT(62, 200)", ""},
		fragmentPart(63),
		{"clang", testenv.C, prelude + "CTOR(64) DTOR(64)", ""},
	},
	"one module": {
		{"g++", testenv.CXX, mainPart + `
static S a(40);
static void once() { note(43); }
int local() { static S s(41); return s.n; }
struct A { A() { atexit(once); } } static registers;
static S b(42 + 0 * local()), c __attribute__((init_priority(300)))(44);
CTOR(45) DTOR(45) DTOR_AT(46, 102)`, "-O1 -ffunction-sections"},
	},
	"inline": {
		{"clang++", testenv.CXX, mainPart + inlines + "static S a(52 + held<1>.n - held<1>.n); DTOR(55)", "-std=c++17"},
		{"clang++", testenv.CXX, prelude + inlines + "static S b(53 + held<1>.n - held<2>.n);", "-std=c++17 -O1"},
		{"g++", testenv.CXX, prelude + inlines + "static S c(54 + held<2>.n - held<1>.n); DTOR(56)", "-std=c++17 -O2"},
	},
	"C++": {
		{"g++", testenv.CXX, mainPart, ""},
		{"g++", testenv.CXX, prelude + `
static S a(20), b(21);
S c __attribute__((init_priority(300)))(22);
CTOR(23) DTOR(23) DTOR_AT(29, 102)
int local() { static S s(24); return s.n; }
static S d(25 + 0 * local());`, "-O1"},
		{"clang++", testenv.CXX, prelude + `
struct T { int n; T(int n) : n(n) { note(n); } ~T() { static S late(32); note(-n); } };
static T a(30);
S e __attribute__((init_priority(250)))(31);
static void once() { note(33); }
struct A { A() { atexit(once); } } static registers;
CTOR(34) DTOR(34)`, "-O1 -std=c++17"},
	},
}

// TestOrder compares the order of constructors, main, exit handlers and destructors with that of a program of the same objects which gcc has linked.
func TestOrder(t *testing.T) {
	for name, parts := range programs {
		t.Run(name, func(t *testing.T) {
			want := linked(t, parts)
			if len(strings.Fields(want)) < 12 {
				t.Fatalf("the program prints %q", want)
			}
			for how, end := range map[string]func(e *mcjit.ExecutionEngine, modules []*mcjit.Module) error{
				"Close":        func(e *mcjit.ExecutionEngine, _ []*mcjit.Module) error { return e.Close() },
				"Deinitialize": func(e *mcjit.ExecutionEngine, _ []*mcjit.Module) error { return e.Deinitialize() },
				"RemoveModule": func(e *mcjit.ExecutionEngine, modules []*mcjit.Module) error { return e.RemoveModule(modules...) },
			} {
				if how == "RemoveModule" && len(parts) > 1 { // handlers run module by module
					continue
				}
				t.Run(how, func(t *testing.T) {
					ways(t, func(t *testing.T, opts ...mcjit.Option) {
						e, n := noted(t, opts...)
						var modules []*mcjit.Module
						for i, p := range parts {
							modules = append(modules, add(t, e, objimage.NewBuffer(fmt.Sprintf("%d.o", i), p.bytes(t)))...)
						}
						initialize(t, e)
						function[intFunc](t, e, "main")()
						if err := end(e, modules); err != nil {
							t.Error(err)
						}
						n.want(t, "the whole program", want)
					})
				})
			}
		})
	}
}

// counted is a module of which the constructor notes n and the destructor -n.
func counted(t testing.TB, n int) *objimage.Buffer {
	return compiled(t, fmt.Sprintf("m%d.o", n), fmt.Sprintf("%s CTOR(%d) DTOR(%d) int f%d(void) { return %d; }", prelude, n, n, n, n))
}

func TestInitializeOnce(t *testing.T) {
	ways(t, func(t *testing.T, opts ...mcjit.Option) {
		e, n := noted(t, opts...)
		first := add(t, e, counted(t, 1), counted(t, 2))
		wantCall(t, e, "f1", 1)
		n.want(t, "FunctionAddress runs no constructors", "")
		initialize(t, e)
		n.want(t, "Initialize", "1 2")
		initialize(t, e)
		n.want(t, "again", "")
		more := add(t, e, counted(t, 3))
		initialize(t, e)
		n.want(t, "what is new", "3")
		remove(t, e, first[1])
		n.want(t, "removed", "-2")
		uninitialized := add(t, e, counted(t, 4))
		wantCall(t, e, "f4", 4)
		remove(t, e, uninitialized...)
		n.want(t, "removed, not initialized", "")
		remove(t, e, first[0], more[0])
		n.want(t, "removed together", "-3 -1")
		add(t, e, counted(t, 5), counted(t, 6))
		initialize(t, e)
		if err := e.Deinitialize(); err != nil {
			t.Error(err)
		}
		n.want(t, "Deinitialize", "5 6 -6 -5")
		initialize(t, e)
		n.want(t, "initialized again", "5 6")
		if err := e.Close(); err != nil {
			t.Error(err)
		}
		n.want(t, "Close", "-6 -5")
		if err := e.Initialize(); err != mcjit.ErrClosed {
			t.Errorf("Initialize after Close: %v", err)
		}
		if err := e.Deinitialize(); err != mcjit.ErrClosed {
			t.Errorf("Deinitialize after Close: %v", err)
		}
	})
}

func TestInitializeArguments(t *testing.T) {
	e, n := noted(t)
	add(t, e, compiled(t, "args.o", `void note(int);
__attribute__((constructor)) static void construct(int argc, char **argv, char **envp) { note(argc); note(argv == (char **)7); note(envp == (char **)8); }`))
	initialize(t, e, 5, 7, 8)
	n.want(t, "arguments", "5 1 1")
}

// TestRemoveUsedInitialized removes a module whose code another one uses: it is destroyed when that goes.
func TestRemoveUsedInitialized(t *testing.T) {
	ways(t, func(t *testing.T, opts ...mcjit.Option) {
		e, n := noted(t, opts...)
		before := e.Stats()
		used := add(t, e, counted(t, 1))
		user := add(t, e, compiled(t, "user.o", prelude+"int f1(void); CTOR(2) __attribute__((destructor)) static void end(void) { note(-20 - f1()); } int use(void) { return f1() + 1; }"))
		initialize(t, e)
		n.want(t, "Initialize", "1 2")
		remove(t, e, used...)
		n.want(t, "in use", "")
		wantCall(t, e, "use", 2)
		remove(t, e, user...)
		n.want(t, "not in use", "-21 -1")
		wantStats(t, e, before)
	})
}

// TestRemoveRingInitialized removes modules that use each other, one after the other: both are destroyed with the second, last constructed first, and
// can call each other in that.
func TestRemoveRingInitialized(t *testing.T) {
	e, n := noted(t)
	before := e.Stats()
	ring := add(t, e,
		compiled(t, "a.o", prelude+"int b(void); int a(void) { return 5; } CTOR(1) __attribute__((destructor)) static void end(void) { note(-100 - b()); }"),
		compiled(t, "b.o", prelude+"int a(void); int b(void) { return 6; } CTOR(2) __attribute__((destructor)) static void end(void) { note(-200 - a()); }"))
	initialize(t, e)
	n.want(t, "Initialize", "1 2")
	remove(t, e, ring[0])
	n.want(t, "the first", "")
	remove(t, e, ring[1])
	n.want(t, "the second", "-205 -106")
	wantStats(t, e, before)
}

// TestHandlers: what code registers for the end runs when its module is removed, in reverse order, whether constructors have run or not; and so do
// handlers that handlers register.
func TestHandlers(t *testing.T) {
	const source = prelude + `
static void late(void) { note(%[1]d3); }
static void one(void) { note(%[1]d1); }
static void two(void) { note(%[1]d2); atexit(late); }
int reg%[1]d(void) { return atexit(one) + atexit(two); }
`
	e, n := noted(t)
	modules := add(t, e, compiled(t, "1.o", fmt.Sprintf(source, 1)), compiled(t, "2.o", fmt.Sprintf(source, 2), "-ffunction-sections"))
	wantCall(t, e, "reg1", 0)
	wantCall(t, e, "reg2", 0)
	wantCall(t, e, "reg1", 0)
	remove(t, e, modules[0])
	n.want(t, "one module", "12 13 11 12 13 11")
	if err := e.Deinitialize(); err != nil {
		t.Error(err)
	}
	n.want(t, "Deinitialize", "22 23 21")
	wantCall(t, e, "reg2", 0)
	if err := e.Close(); err != nil {
		t.Error(err)
	}
	n.want(t, "Close", "22 23 21")
}

// TestRuntimeIsHidden: the runtime's members are nobody's modules, and an engine that needs none is as one without.
func TestRuntimeIsHidden(t *testing.T) {
	e, n := noted(t)
	without, _ := noted(t, mcjit.WithoutRuntime())
	for _, each := range []*mcjit.ExecutionEngine{e, without} {
		add(t, each, counted(t, 1))
		initialize(t, each)
	}
	if with, without := e.Stats(), without.Stats(); with != without {
		t.Errorf("an engine that needs no runtime holds\n%+v, one without a runtime\n%+v", with, without)
	}
	n.take()
	registers := "int atexit(void (*)(void)); void note(int); static void end(void) { note(9); } int reg(void) { return atexit(end); }"
	m := add(t, e, compiled(t, "reg.o", registers))
	wantCall(t, e, "reg", 0)
	if names := moduleNames(e); len(names) != 2 || e.Stats().Modules != 2 {
		t.Errorf("modules: %v", names)
	}
	settled := e.Stats()
	remove(t, e, m...)
	n.want(t, "handlers", "9")
	add(t, e, compiled(t, "reg.o", registers))
	wantCall(t, e, "reg", 0)
	if again := e.Stats(); again.Symbols != settled.Symbols || again.Memory.Allocations != settled.Memory.Allocations {
		t.Errorf("the engine holds\n%+v, before it held\n%+v", again, settled)
	}
	add(t, without, compiled(t, "reg.o", registers))
	if err := without.FinalizeObject(); err == nil || !strings.Contains(err.Error(), "atexit") {
		t.Errorf("without the runtime: %v", err)
	}
}

// TestInitializeTogether has many goroutines load and initialize: every module is constructed once, before its call of Initialize returns.
func TestInitializeTogether(t *testing.T) {
	const goroutines, rounds = 8, 10
	e, n := noted(t)
	before := e.Stats()
	var objects [goroutines][]byte
	for g := range objects {
		objects[g] = compiled(t, "m.o", fmt.Sprintf(prelude+"static int built; CTOR(%d) DTOR(%d) __attribute__((constructor)) static void build(void) { built++; } int f%d(void) { return built; }", g+1, g+1, g)).Bytes()
	}
	var wg sync.WaitGroup
	for g := range goroutines {
		wg.Go(func() {
			for range rounds {
				m, err := e.AddObject(objimage.NewBuffer(fmt.Sprintf("%d.o", g), objects[g]))
				if err != nil {
					t.Error(err)
					return
				}
				if err := e.Initialize(); err != nil {
					t.Error(err)
				}
				f, err := mcjit.Func[intFunc](e, fmt.Sprintf("f%d", g))
				if err != nil {
					t.Error(err)
				} else if got := f(); got != 1 {
					t.Errorf("constructed %d times", got)
				}
				if err := e.RemoveModule(m); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	wantStats(t, e, before)
	all := strings.Fields(n.take())
	for g := range goroutines {
		for _, text := range []string{strconv.Itoa(g + 1), strconv.Itoa(-g - 1)} {
			count := len(all)
			all = slices.DeleteFunc(all, func(s string) bool { return s == text })
			if count -= len(all); count != rounds {
				t.Errorf("%s was noted %d times, want %d", text, count, rounds)
			}
		}
	}
}

// TestDeinitializeTogether has goroutines initialize, deinitialize and remove at the same time: for each constructor that ran a destructor runs, too.
func TestDeinitializeTogether(t *testing.T) {
	const goroutines, rounds = 4, 20
	e, n := noted(t)
	var wg sync.WaitGroup
	for g := range goroutines {
		object := counted(t, g+1).Bytes()
		wg.Go(func() {
			for i := range rounds {
				m, err := e.AddObject(objimage.NewBuffer(fmt.Sprintf("%d.o", g), object))
				if err != nil {
					t.Error(err)
					return
				}
				if err := e.Initialize(); err != nil {
					t.Error(err)
				}
				if i%2 == 0 {
					if err := e.Deinitialize(); err != nil {
						t.Error(err)
					}
				}
				if err := e.RemoveModule(m); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if err := e.Close(); err != nil {
		t.Error(err)
	}
	sums := map[string]int{}
	for _, text := range strings.Fields(n.take()) {
		if name, ok := strings.CutPrefix(text, "-"); ok {
			sums[name]--
		} else {
			sums[name]++
		}
	}
	for name, sum := range sums {
		if sum != 0 {
			t.Errorf("%s: %d constructors more than destructors", name, sum)
		}
	}
	if len(sums) != goroutines {
		t.Errorf("noted %v", sums)
	}
}
