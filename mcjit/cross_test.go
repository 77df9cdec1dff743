package mcjit_test

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/gomcjit/gomcjit/executor/inprocess"
	"github.com/gomcjit/gomcjit/internal/crosstest"
	"github.com/gomcjit/gomcjit/internal/testenv"
	"github.com/gomcjit/gomcjit/mcjit"
	"github.com/gomcjit/gomcjit/memmgr"
	"github.com/gomcjit/gomcjit/objimage"
	"github.com/gomcjit/gomcjit/runtimedyld"
)

// TestOtherProcessors runs TestEveryProcessor, TestEveryFormat, TestEveryCalleeMoves, TestEveryIndirectFunction and TestEveryWidth on all of them.
func TestOtherProcessors(t *testing.T) {
	if crosstest.Emulated() || inprocess.Arch != "x86_64" {
		t.Skip("this is another processor")
	}
	crosstest.Run(t, crosstest.Others(), "-test.run=^TestEvery(Processor|Format|CalleeMoves|IndirectFunction|Width)$")
}

const everyMain = `
struct pair { int a, b; };
struct point { double x, y; };
struct large { long v[6]; };
extern int helper_add(int, int), helper_data[4], host_add(int, int);
extern struct pair helper_swap(struct pair);
int counter;
static int (*volatile table[])(int, int) = { helper_add, host_add };
__attribute__((constructor)) static void begin(void) { counter += 40; }
__attribute__((constructor(200))) static void early(void) { counter = 2; }
int count(void) { return counter; }
int call(int n) { return helper_add(n, helper_data[2]); }
int through(int which, int a, int b) { return table[which](a, b); }
struct pair swap(struct pair p) { return helper_swap(p); }
struct point half(struct point p) { p.x /= 2, p.y /= 2; return p; }
long sum(struct large l) { long s = 0; for (int i = 0; i < 6; i++) s += l.v[i]; return s; }
double mix(int a, double b, float c, long long d, int e, double f, char g, short h, double i, int j, long long k, float l)
{
	return a + 2 * b + 3 * c + 4 * (int)d + 5 * e + 6 * f + 7 * g + 8 * h + 9 * i + 10 * j + 11 * (int)k + 12 * l;
}
long long wide(long long a, unsigned char b) { return (a << 1) - b; }
int jump(int n)
{
	switch (n) {
	case 0: return helper_add(1, 2);
	case 1: return counter;
	case 2: return helper_data[1];
	case 3: return 7;
	case 4: return host_add(n, n);
	}
	return -1;
}
int weak_nowhere(void) __attribute__((weak));
int nowhere(void) { return weak_nowhere == 0; }
`

const everyHelper = `
struct pair { int a, b; };
extern int counter;
void *memcpy(void *to, const void *from, __SIZE_TYPE__ n)
{
	for (volatile char *t = to; n; n--) *t++ = *(const char *)from++;
	return to;
}
int helper_data[4] = { 1, 2, 3, 4 };
int *helper_pointer = &counter;
int helper_add(int a, int b) { return a + b; }
struct pair helper_swap(struct pair p) { struct pair q = { p.b, p.a }; return q; }
int helper_count(void) { return *helper_pointer; }
`

// TestEveryProcessor compiles two objects for the processor that it runs on, links them in this process, and calls them and is called by them.
func TestEveryProcessor(t *testing.T) {
	machine := crosstest.Here()
	for _, compiler := range [][]string{machine.GCC(t), machine.Clang(t)} {
		for _, flags := range []string{"-O0 -fPIC", "-O2 -fPIC", "-Os -fPIC -ffunction-sections"} {
			t.Run(compiler[0][strings.LastIndexByte(compiler[0], '/')+1:]+" "+flags, func(t *testing.T) { everyProcessor(t, compiler, strings.Fields(flags)) })
		}
	}
}

func everyProcessor(t *testing.T, compiler, flags []string) {
	e, err := mcjit.New()
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	}()
	add, err := inprocess.NewCallback(func(a, b int32) int32 { return a + b })
	if err != nil {
		t.Fatal(err)
	}
	defer add.Release()
	if err := e.AddGlobalMapping("host_add", add.Addr()); err != nil {
		t.Fatal(err)
	}
	args := append(picOf(compiler[1:]), flags...)
	for name, source := range map[string]string{"main.o": everyMain, "helper.o": everyHelper} {
		object := testenv.CompileBytes(t, compiler[0], testenv.C, source, append(args, "-w", "-ffreestanding", "-fno-stack-protector")...)
		if _, err := e.AddObject(objimage.NewBuffer(name, object)); err != nil {
			t.Fatal(err)
		}
	}
	if err := e.Initialize(); err != nil {
		t.Fatal(err)
	}
	type pair struct{ A, B int32 }
	type point struct{ X, Y float64 }
	type large struct{ V [6]int }
	got := fmt.Sprint(
		bound[func() int32](t, e, "count")(),
		bound[func() int32](t, e, "helper_count")(),
		bound[func(int32) int32](t, e, "call")(4),
		bound[func(int32, int32, int32) int32](t, e, "through")(0, 5, 6),
		bound[func(int32, int32, int32) int32](t, e, "through")(1, 50, 60),
		bound[func(pair) pair](t, e, "swap")(pair{3, -4}),
		bound[func(point) point](t, e, "half")(point{3, -5}),
		bound[func(large) int](t, e, "sum")(large{[6]int{1, 2, 3, 4, 5, -6}}),
		bound[func(int32, float64, float32, int64, int32, float64, int8, int16, float64, int32, int64, float32) float64](t, e, "mix")(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12),
		bound[func(int64, uint8) int64](t, e, "wide")(1<<40, 255),
		bound[func() int32](t, e, "nowhere")(),
	)
	if want := fmt.Sprint(42, 42, 7, 11, 110, pair{-4, 3}, point{1.5, -2.5}, 9, 650.0, int64(1)<<41-255, 1); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	jump, jumps := bound[func(int32) int32](t, e, "jump"), []int32{}
	for i := range int32(6) {
		jumps = append(jumps, jump(i))
	}
	if want := []int32{3, 42, 2, 7, 8, -1}; fmt.Sprint(jumps) != fmt.Sprint(want) {
		t.Errorf("jumps give %d, want %d", jumps, want)
	}
}

// picOf returns the machine's flags without those for code that has no global offset table.
func picOf(flags []string) (list []string) {
	for _, f := range flags {
		if f != "-fno-pic" && f != "-mno-abicalls" && f != "-G0" {
			list = append(list, f)
		}
	}
	return list
}

func bound[F any](t *testing.T, e *mcjit.ExecutionEngine, name string) F {
	t.Helper()
	f, err := mcjit.Func[F](e, name)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// TestOtherArchitecture: code for another processor is not run here, but can be linked for elsewhere; and objects of two are not mixed.
func TestOtherArchitecture(t *testing.T) {
	if inprocess.Arch != "x86_64" {
		t.Skip("the objects are for a test on x86-64")
	}
	data := testenv.CompileBytes(t, "clang", testenv.C, "int one(void) { return 1; }", "--target=aarch64-linux-gnu", "-O2", "-fno-asynchronous-unwind-tables")
	e, err := mcjit.New()
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	m, err := e.AddObject(objimage.NewBuffer("aarch64.o", data))
	if err != nil {
		t.Fatal(err)
	}
	err = e.FinalizeObject()
	if err == nil || !strings.Contains(err.Error(), "aarch64") || !strings.Contains(err.Error(), "x86_64") {
		t.Errorf("finalized: %v", err)
	}
	hello, err := os.ReadFile("../testdata/add.o")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := e.AddObject(objimage.NewBuffer("add.o", hello)); err == nil || !strings.Contains(err.Error(), "aarch64") {
		t.Errorf("mixed: %v", err)
	}
	if err := e.RemoveModule(m); err != nil {
		t.Error(err)
	}
	if _, err := e.AddObject(objimage.NewBuffer("add.o", hello)); err != nil {
		t.Errorf("once the other is gone: %v", err)
	}
}

// TestEveryWidth: code whose pointers have 32 bits is not run in a process with another processor or with pointers of 64 bits, not even where both agree about addresses.
func TestEveryWidth(t *testing.T) {
	data := testenv.CompileBytes(t, "aarch64-linux-gnu-gcc", testenv.C, "int one(void) { return 1; }", "-mabi=ilp32", "-O2", "-fno-asynchronous-unwind-tables")
	e, err := mcjit.New(mcjit.WithMemoryOptions(memmgr.WithLowAddresses()))
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	if _, err := e.AddObject(objimage.NewBuffer("ilp32.o", data)); err != nil {
		t.Fatal(err)
	}
	if err := e.FinalizeObject(); !errors.Is(err, runtimedyld.ErrUnsupportedArch) || !strings.Contains(err.Error(), "for aarch64_ilp32, and this process is "+inprocess.Arch) {
		t.Errorf("finalized: %v", err)
	}
}
