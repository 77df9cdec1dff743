//go:build linux || (windows && (amd64 || arm64))

package inprocess

import (
	"debug/elf"
	"errors"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"unsafe"

	"github.com/gomcjit/gomcjit/executor"
	"github.com/gomcjit/gomcjit/internal/crosstest"
)

const bindSource = `
typedef unsigned long u64;
int add(int a, int b) { return a + b; }
long neg8(signed char c) { return -(long)c; }
u64 u16(unsigned short s) { return s; }
long truth(_Bool b) { return b ? 10 : 20; }
signed char low8(long v) { return v; }
_Bool odd(long v) { return v & 1; }
double scale(float f, double d) { return f * d; }
float half(float f) { return f / 2; }
long sum12(long a, long b, long c, long d, long e, long f, long g, long h, long i, long j, long k, long l) {
	return a + 2*b + 3*c + 4*d + 5*e + 6*f + 7*g + 8*h + 9*i + 10*j + 11*k + 12*l;
}
void nothing(void) {}
long probe1(long *p, void (*cb)(void)) { cb(); return *p; }
struct in { long tag; long *p; };
long probe2(struct in s, void (*cb)(void)) { cb(); return *s.p + s.tag; }
struct big { long tag[4]; long *p; };
long probe3(struct big s, void (*cb)(void)) { cb(); return *s.p + s.tag[3]; }
long probe12(long a, long b, long c, long d, long e, long f, long g, long h, long i, long *j, long *k, void (*cb)(void)) { cb(); return *j + *k; }
`

func TestScalars(t *testing.T) {
	for _, cc := range []string{"gcc", "clang"} {
		t.Run(cc, func(t *testing.T) {
			code := compile(t, cc, bindSource)
			for _, opts := range [][]Option{nil, {Leaf()}} {
				testScalars(t, code, opts)
			}
		})
	}
}

//go:noinline
func narrow8(v int64) int8 { return int8(v) }

func testScalars(t *testing.T, code map[string]executor.Addr, opts []Option) {
	if got := mustBind[func(int32, int32) int32](t, code["add"], opts...)(1<<30, -5); got != 1<<30-5 {
		t.Errorf("add = %d", got)
	}
	// The upper bits of the register are whatever they are in Go, and clang takes them for extended.
	wide := int64(0x1234567800000000) | 0xfe
	if got := mustBind[func(int8) int64](t, code["neg8"], opts...)(int8(wide)); got != 2 {
		t.Errorf("neg8 = %d", got)
	}
	if got := mustBind[func(int8) int64](t, code["neg8"], opts...)(narrow8(wide)); got != 2 {
		t.Errorf("neg8 = %d", got)
	}
	if got := mustBind[func(uint16) uint64](t, code["u16"], opts...)(uint16(wide << 8)); got != 0xfe00 {
		t.Errorf("u16 = %#x", got)
	}
	if got := mustBind[func(bool) int64](t, code["truth"], opts...)(wide > 0); got != 10 {
		t.Errorf("truth = %d", got)
	}
	if got := int64(mustBind[func(int64) int8](t, code["low8"], opts...)(0x7ff)); got != -1 {
		t.Errorf("low8 = %d", got)
	}
	if odd := mustBind[func(int64) bool](t, code["odd"], opts...); !odd(3) || odd(256) {
		t.Error("odd")
	}
	if got := mustBind[func(float32, float64) float64](t, code["scale"], opts...)(1.5, 4); got != 6 {
		t.Errorf("scale = %v", got)
	}
	if got := mustBind[func(float32) float32](t, code["half"], opts...)(3); got != 1.5 {
		t.Errorf("half = %v", got)
	}
	type long = int64
	sum := mustBind[func(a, b, c, d, e, f, g, h, i, j, k, l long) long](t, code["sum12"], opts...)
	if got := sum(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12); got != 650 {
		t.Errorf("sum12 = %d", got)
	}
	mustBind[func()](t, code["nothing"], opts...)()
}

// Go pointers that only the call still knows must not be collected, wherever the conventions put them.
func TestPointersStayAlive(t *testing.T) {
	code := compile(t, "gcc", bindSource)
	type in struct {
		tag int64
		p   *int64
	}
	type big struct {
		tag [4]int64
		p   *int64
	}
	var freed atomic.Int32
	collect := func() {
		for range 4 {
			runtime.GC()
			churn = make([]*int64, 1000)
			for i := range churn {
				churn[i] = new(int64)
				*churn[i] = -1
			}
		}
	}
	cb := mustCallback(t, func() {
		collect()
		if n := freed.Load(); n != 0 {
			t.Errorf("%d arguments were freed during the call", n)
		}
	})
	arg := func(v int64) *int64 {
		p := &([]int64{v, 0, 0, 0}[0]) // no tiny object
		runtime.AddCleanup(p, func(int) { freed.Add(1) }, 0)
		return p
	}
	check := func(name string, got int64) {
		if got != 42 {
			t.Errorf("%s read %d", name, got)
		}
		for i := 0; freed.Load() == 0; i++ {
			collect()
			if i == 100 {
				t.Fatalf("%s: never freed: the test checks nothing", name)
			}
		}
		collect()
		freed.Store(0)
	}
	addr := cb.Addr()
	check("probe1", mustBind[func(*int64, executor.Addr) int64](t, code["probe1"])(arg(42), addr))
	check("probe1 unsafe", mustBind[func(unsafe.Pointer, executor.Addr) int64](t, code["probe1"])(unsafe.Pointer(arg(42)), addr))
	check("probe2", mustBind[func(in, executor.Addr) int64](t, code["probe2"])(in{2, arg(40)}, addr))
	check("probe3", mustBind[func(big, executor.Addr) int64](t, code["probe3"])(big{[4]int64{3: 2}, arg(40)}, addr))
	type long = int64
	probe12 := mustBind[func(a, b, c, d, e, f, g, h, i long, j, k *long, cb executor.Addr) long](t, code["probe12"])
	check("probe12", probe12(1, 2, 3, 4, 5, 6, 7, 8, 9, arg(2), arg(40), addr))
}

var churn []*int64

func TestZeroAddress(t *testing.T) {
	if _, err := Bind[func()](0); !errors.Is(err, ErrZeroAddress) {
		t.Errorf("Bind: %v", err)
	}
	sig, err := NewSignature(Void)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Call(0, sig); !errors.Is(err, ErrZeroAddress) {
		t.Errorf("Call: %v", err)
	}
	if _, err := RunMain(0, nil, nil); !errors.Is(err, ErrZeroAddress) {
		t.Errorf("RunMain: %v", err)
	}
}

type tooManyPointers func(a, b, c, d, e, f, g, h, i, j struct{ p [2]*int })

func TestSignatureErrors(t *testing.T) {
	reject[int](t, "this is no function type")
	reject[func(string)](t, "argument 1: string is no C type: pass *byte")
	reject[func(int, []byte)](t, "argument 2: []uint8 is no C type: pass a pointer to its first element")
	reject[func(map[int]int)](t, "handle")
	reject[func(chan int)](t, "handle")
	reject[func(any)](t, "handle")
	reject[func(func())](t, "make a Callback")
	reject[func(complex128)](t, "take two doubles")
	reject[func([4]int)](t, "pass *int")
	reject[func(struct{ s string })](t, "field s")
	reject[func(...int)](t, "option Variadic")
	reject[func() (int, error)](t, "one result")
	reject[func() string](t, "result: string")
	reject[func([1 << 20]byte)](t, "array")
	reject[func(struct{ b [1 << 20]byte })](t, "pass a pointer")
	reject[func(struct {
		n int
		z [0]int
	})](t, "size zero")
	if registerCalls {
		reject[tooManyPointers](t, "20 pointers")
	}
	if _, err := Bind[func(int)](1, Variadic(2)); !isSignatureError(err) {
		t.Errorf("Variadic(2) of one parameter: %v", err)
	}
}

func isSignatureError(err error) bool {
	var e *SignatureError
	return errors.As(err, &e)
}

func reject[F any](t *testing.T, want string) {
	t.Helper()
	_, err := Bind[F](1)
	if !isSignatureError(err) || !strings.Contains(err.Error(), want) {
		t.Errorf("error %v, want one that has %q", err, want)
	}
	_, err = NewCallback(*new(F))
	if !isSignatureError(err) {
		t.Errorf("NewCallback: error %v", err)
	}
}

// A program made of this package must not need a dynamic linker.
func TestStatic(t *testing.T) {
	if crosstest.Emulated() || runtime.GOOS == "windows" {
		t.Skip("package crosstest builds static programs only, and those of Windows never are")
	}
	cmd := exec.Command("go", "list", "-deps", ".")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=1") // where cgo would be used if anything wanted it
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	for pkg := range strings.Lines(string(out)) {
		switch pkg = strings.TrimSpace(pkg); pkg {
		case "github.com/ebitengine/purego", "runtime/cgo", "github.com/gomcjit/gomcjit/hostlib":
			t.Errorf("imports %s", pkg)
		}
	}
	if haveCRuntime {
		return
	}
	f, err := elf.Open(os.Args[0])
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if libs, err := f.ImportedLibraries(); err != nil || len(libs) != 0 {
		t.Errorf("the test needs %v, %v", libs, err)
	}
}

func TestNoAllocations(t *testing.T) {
	if !registerCalls {
		t.Skip("there Bind's functions are package reflect's")
	}
	code := compile(t, "gcc", bindSource)
	add := mustBind[func(int32, int32) int32](t, code["add"])
	leaf := mustBind[func(int32, int32) int32](t, code["add"], Leaf())
	type long = int64
	sum := mustBind[func(a, b, c, d, e, f, g, h, i, j, k, l long) long](t, code["sum12"])
	cb := mustCallback(t, func() {})
	probe := mustBind[func(*int64, executor.Addr) int64](t, code["probe1"])
	p := new(int64)
	for name, f := range map[string]func(){
		"blocking":  func() { add(1, 2) },
		"leaf":      func() { leaf(1, 2) },
		"arguments": func() { sum(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12) },
		"callback":  func() { probe(p, cb.Addr()) },
	} {
		if n := testing.AllocsPerRun(1000, f); n != 0 {
			t.Errorf("%s: %v allocations a call", name, n)
		}
	}
}
