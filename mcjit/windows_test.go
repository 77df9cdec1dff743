//go:build windows && amd64

package mcjit_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/gomcjit/gomcjit/executor"
	"github.com/gomcjit/gomcjit/executor/inprocess"
	"github.com/gomcjit/gomcjit/hostlib"
	"github.com/gomcjit/gomcjit/internal/testenv"
	"github.com/gomcjit/gomcjit/mcjit"
	"github.com/gomcjit/gomcjit/memmgr"
	"github.com/gomcjit/gomcjit/objimage"
	"github.com/gomcjit/gomcjit/runtimedyld"
)

// compilers make objects that Windows's code can call: COFF of both flavours, and ELF of Windows's convention.
var compilers = map[string][]string{
	"mingw gcc":  {"x86_64-w64-mingw32-gcc"},
	"clang gnu":  {"clang-19", "--target=x86_64-w64-windows-gnu", "-funwind-tables"},
	"clang msvc": {"clang-19", "--target=x86_64-pc-windows-msvc", "-fms-extensions", "-funwind-tables"},
	"gcc ELF":    {"gcc", "-mabi=ms", "-fno-asynchronous-unwind-tables"},
}

func compiledFor(t *testing.T, compiler, source string) *objimage.Buffer {
	t.Helper()
	command := compilers[compiler]
	args := append(slices.Clone(command[1:]), "-O1", "-ffreestanding", "-fno-stack-protector")
	return objimage.NewBuffer(compiler+".o", testenv.CompileBytes(t, command[0], testenv.C, source, args...))
}

// windowsWays runs a test with every compiler, in both ways of having executable memory.
func windowsWays(t *testing.T, test func(t *testing.T, compiler string, e *mcjit.ExecutionEngine)) {
	for compiler := range compilers {
		for way, opts := range map[string][]mcjit.Option{"batch": nil, "dual": {mcjit.WithMemoryOptions(memmgr.WithDualMapping())}} {
			t.Run(compiler+"/"+way, func(t *testing.T) { test(t, compiler, windowsEngine(t, opts...)) })
		}
	}
}

func windowsEngine(t *testing.T, opts ...mcjit.Option) *mcjit.ExecutionEngine {
	t.Helper()
	e, err := mcjit.New(append(opts, mcjit.WithSymbolResolver(runtimedyld.ResolverFunc(hostlib.Process().Lookup)))...)
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

func bind[F any](t *testing.T, e *mcjit.ExecutionEngine, name string, opts ...inprocess.Option) F {
	t.Helper()
	f, err := mcjit.Func[F](e, name, opts...)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

const callsSource = `
typedef long long i64;
struct three { i64 a, b, c; };
struct pair { float x, y; };
extern int sprintf(char *, const char *, ...);
extern unsigned long long strlen(const char *);
static int state = 40, *pointer = &state;
int add(int a, int b) { return a + b + *pointer; }
struct three turn(int n, struct three s, double d) { struct three r = { s.c * n, s.b + (i64)d, s.a }; return r; }
struct pair swap(struct pair p) { struct pair r = { p.y, p.x }; return r; }
int frame(int n) { volatile char big[100000]; for (int i = 0; i < (int)sizeof big; i += 1000) big[i] = n; return big[99000] + big[0]; }
int print(char *to, double d) { sprintf(to, "%d %g %s", state, d, "text"); return (int)strlen(to); }
double back(double (*f)(int, double, struct three *), int n) { struct three s = { n, n, n }; double x = n, y = x * 3; return f(n, x, &s) + y; }
int jump(int n) { switch (n) { case 0: return state; case 1: return 7; case 2: return add(1, 2); case 3: return 9; case 4: return frame(1); } return -1; }
`

// TestWindowsCalls loads objects, calls them with what their convention passes in each way, is called back, and unloads them.
func TestWindowsCalls(t *testing.T) {
	type three struct{ a, b, c int64 }
	type pair struct{ x, y float32 }
	windowsWays(t, func(t *testing.T, compiler string, e *mcjit.ExecutionEngine) {
		m, err := e.AddObject(compiledFor(t, compiler, callsSource))
		if err != nil {
			t.Fatal(err)
		}
		if got := bind[func(a, b int32) int32](t, e, "add")(1, 2); got != 43 {
			t.Errorf("add: %d", got)
		}
		if got, want := bind[func(int32, three, float64) three](t, e, "turn")(2, three{3, 4, 5}, 6.5), (three{10, 10, 3}); got != want {
			t.Errorf("turn: %v", got)
		}
		if got := bind[func(pair) pair](t, e, "swap")(pair{1, 2}); got != (pair{2, 1}) {
			t.Errorf("swap: %v", got)
		}
		if got := bind[func(int32) int32](t, e, "frame")(3); got != 6 {
			t.Errorf("frame: %d", got)
		}
		var text [64]byte
		if n := bind[func(*byte, float64) int32](t, e, "print")(&text[0], 1.5); string(text[:n]) != "40 1.5 text" {
			t.Errorf("print: %q", text[:n])
		}
		cb, err := inprocess.NewCallback(func(n int32, x float64, s *three) float64 { return float64(n) + x + float64(s.b) })
		if err != nil {
			t.Fatal(err)
		}
		defer cb.Release()
		if got := bind[func(executor.Addr, int32) float64](t, e, "back")(cb.Addr(), 4); got != 24 {
			t.Errorf("back: %v", got)
		}
		jump := bind[func(int32) int32](t, e, "jump", inprocess.Leaf())
		for n, want := range []int32{40, 7, 43, 9, 2, -1} {
			if got := jump(int32(n)); got != want {
				t.Errorf("jump(%d) = %d, want %d", n, got, want)
			}
		}
		if err := e.RemoveModule(m); err != nil {
			t.Error(err)
		}
	})
}

// TestWindowsMixedFormats has an ELF object and COFF ones of three compilers call each other in a ring.
func TestWindowsMixedFormats(t *testing.T) {
	e := windowsEngine(t)
	ring := []string{"mingw gcc", "gcc ELF", "clang msvc", "clang gnu"}
	for i, compiler := range ring {
		source := strings.NewReplacer("SELF", string('a'+rune(i)), "NEXT", string('a'+rune((i+1)%len(ring)))).Replace(
			"extern int data_NEXT, NEXT(int); int data_SELF = 1; int SELF(int n) { return n ? NEXT(n - 1) + data_SELF : 0; }")
		if _, err := e.AddObject(compiledFor(t, compiler, source)); err != nil {
			t.Fatal(err)
		}
	}
	if got := bind[func(int32) int32](t, e, "a")(100); got != 100 {
		t.Errorf("the ring: %d", got)
	}
}

const (
	handlersSource = `
extern void thrower(int);
extern int run(void (*)(int), int);
unsigned long _exception_code(void);
static int finals;
static __declspec(noinline) void fault(volatile int *p) { *p = 1; }
int guarded(int *p) { __try { fault(p); return 0; } __except (_exception_code() == 0xc0000005 ? 1 : 0) { return 42; } }
int caught(int n) { finals = 0; __try { __try { thrower(n); } __finally { finals++; } return 0; } __except (_exception_code() == 0xe0001234 ? 1 : 0) { return 100 + finals; } }
`
	throwerSource = `
__attribute__((dllimport)) void RaiseException(unsigned, unsigned, unsigned, const void *);
void thrower(int n) { volatile char big[9000]; big[n] = 1; if (n) thrower(n - 1); else RaiseException(0xe0001234, 0, 0, 0); big[n] = 2; }
`
)

// TestWindowsExceptions raises structured exceptions, of the processor and of the program, that pass through functions of one object to a handler in another, in every kind of call; and finds
// that Windows knows the functions while they are there.
func TestWindowsExceptions(t *testing.T) {
	for _, thrower := range []string{"mingw gcc", "clang gnu", "clang msvc"} {
		t.Run(thrower, func(t *testing.T) {
			e := windowsEngine(t)
			handlers, err := e.AddObject(compiledFor(t, "clang msvc", handlersSource))
			if err != nil {
				t.Fatal(err)
			}
			if _, err := e.AddObject(compiledFor(t, thrower, throwerSource)); err != nil {
				t.Fatal(err)
			}
			for _, opts := range [][]inprocess.Option{nil, {inprocess.Leaf()}} {
				guarded, caught := bind[func(*int32) int32](t, e, "guarded", opts...), bind[func(int32) int32](t, e, "caught", opts...)
				for range 3 {
					if got := guarded(nil); got != 42 {
						t.Errorf("a fault: %d", got)
					}
					if got := guarded(new(int32)); got != 0 {
						t.Errorf("no fault: %d", got)
					}
					if got := caught(10); got != 101 {
						t.Errorf("raised: %d", got)
					}
				}
			}
			at, err := e.FunctionAddress("caught")
			if err != nil {
				t.Fatal(err)
			}
			if functionEntry(t, at) != at {
				t.Error("Windows does not know the function")
			}
			if err := e.RemoveModule(handlers); err != nil {
				t.Fatal(err)
			}
			if functionEntry(t, at) != 0 {
				t.Error("Windows still knows the function when it is removed")
			}
		})
	}
}
