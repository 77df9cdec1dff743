package mcjit_test

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/gomcjit/gomcjit/executor"
	"github.com/gomcjit/gomcjit/internal/crosstest"
	"github.com/gomcjit/gomcjit/internal/testenv"
	"github.com/gomcjit/gomcjit/mcjit"
	"github.com/gomcjit/gomcjit/memmgr"
	"github.com/gomcjit/gomcjit/objimage"
)

const ifuncSource = `
typedef double mix_t(int a, double x, float y, int b);
static double small(int a, double x, float y, int b) { return a + x * y - b; }
static double large(int a, double x, float y, int b) { return 1000 + a + x * y - b; }
int resolved;
int want_large = 1;
unsigned long asked, words[3];
static mix_t *choose(unsigned long capabilities, unsigned long *more)
{
	asked = capabilities;
#ifdef __aarch64__
	for (int i = 0; i < 3; i++) words[i] = more[i];
#endif
	resolved++;
	return want_large ? large : small;
}
unsigned long capability(int i) { return i < 0 ? asked : words[i]; }
double mix(int a, double x, float y, int b) __attribute__((ifunc("choose")));
static double hidden(int a, double x, float y, int b) __attribute__((ifunc("choose")));
double call_hidden(int a, double x, float y, int b) { return hidden(a, x, y, b); }
mix_t *table[2] = { mix, hidden };
mix_t *mix_here(void) { return mix; }
`

const ifuncUser = `
typedef double mix_t(int a, double x, float y, int b);
extern mix_t mix;
mix_t *pointer = mix;
double direct(int a, double x, float y, int b) { return mix(a, x, y, b); }
double through_pointer(int a, double x, float y, int b) { return pointer(a, x, y, b); }
mix_t *mix_there(void) { return mix; }
`

// ifuncMore is for a third object: one that takes addresses in data that is constant, and defines an indirect function of its own, whose arguments are on the stack, too.
const ifuncMore = `
typedef double mix_t(int a, double x, float y, int b);
extern mix_t mix;
extern mix_t *table[2], *pointer;
static mix_t *const constant[] = { mix, mix };
double from_table(int a, double x, float y, int b) { return table[1](a, x, y, b); }
int same(void)
{
	mix_t *volatile p = mix;
	return (p == table[0]) + 2 * (p == constant[1]) + 4 * (p == pointer) + 8 * (table[0] != table[1]);
}
double twice(int a, double x, float y, int b) { return constant[0](a, x, y, b) + mix(a, x, y, b); }
static int many(int a, long b, double c, int d, long e, float f, long g, int h, long i, long j, double k, long l)
{
	return a + 2 * b + 3 * c + 4 * d + 5 * e + 6 * f + 7 * g + 8 * h + 9 * i + 10 * j + 11 * k + 12 * l;
}
static void *choose_many(void) { return many; }
int chosen(int, long, double, int, long, float, long, int, long, long, double, long) __attribute__((ifunc("choose_many")));
int call_many(int a) { return chosen(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12) + a; }
extern int resolved;
int times(void) { return resolved; }
`

// TestEveryIndirectFunction runs indirect functions on the processor that the test runs on, as TestIndirectFunctions does on x86-64: local and global ones, of an object and of a
// member of an archive, called directly, through pointers and from Go, with floating-point arguments and with some on the stack; and they have one address wherever it is taken.
func TestEveryIndirectFunction(t *testing.T) {
	machine := crosstest.Here()
	if strings.HasPrefix(machine.Arch, "mips") {
		t.Skip("the ABI has no indirect functions")
	}
	for _, compiler := range [][]string{machine.GCC(t), machine.Clang(t)} {
		for _, flags := range []string{"-O2 -fPIC", "-O2 -fno-pic"} {
			for name, archived := range map[string]bool{"object": false, "archive": true} {
				t.Run(filepath.Base(compiler[0])+" "+flags+" "+name, func(t *testing.T) { everyIndirect(t, slices.Concat(compiler, strings.Fields(flags)), archived) })
			}
		}
	}
}

func everyIndirect(t *testing.T, compiler []string, archived bool) {
	var opts []mcjit.Option
	if slices.Contains(compiler, "-fno-pic") {
		opts = append(opts, mcjit.WithMemoryOptions(memmgr.WithLowAddresses()))
	}
	e, err := mcjit.New(opts...)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	}()
	flags := append(compiler[1:len(compiler):len(compiler)], "-w", "-ffreestanding", "-fno-stack-protector")
	if crosstest.Here().Arch == "arm" {
		flags = append(flags, "-fno-optimize-sibling-calls") // gcc jumps to a local one with a branch of 11 bits, which cannot change to the stub's instruction set
	}
	for _, o := range []struct{ name, source string }{{"user.o", ifuncUser}, {"more.o", ifuncMore}, {"ifunc.o", ifuncSource}} {
		buffer := objimage.NewBuffer(o.name, testenv.CompileBytes(t, compiler[0], testenv.C, o.source, flags...))
		if archived && o.name == "ifunc.o" {
			err = e.AddArchive(archiveOf(t, buffer))
		} else {
			_, err = e.AddObject(buffer)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	type mix = func(int32, float64, float32, int32) float64
	for _, name := range []string{"mix", "call_hidden", "direct", "through_pointer", "from_table"} {
		if got := bound[mix](t, e, name)(1, 2.5, 4, 3); got != 1008 {
			t.Errorf("%s is %v", name, got)
		}
	}
	if got := bound[mix](t, e, "twice")(1, 2.5, 4, 3); got != 2016 {
		t.Errorf("twice is %v", got)
	}
	if got := bound[func(int32) int32](t, e, "call_many")(-50); got != 600 {
		t.Errorf("call_many is %v", got)
	}
	if got := bound[func() int32](t, e, "same")(); got != 15 {
		t.Errorf("addresses are equal: %b", got)
	}
	here, there := bound[func() executor.Addr](t, e, "mix_here")(), bound[func() executor.Addr](t, e, "mix_there")()
	address, err := e.FunctionAddress("mix")
	if err != nil || here != there || here != address {
		t.Errorf("mix is at %v, at %v for another object, and at %v for the engine; %v", here, there, address, err)
	}
	wantCapabilities(t, bound[func(int32) uintptr](t, e, "capability"))
	if n := bound[func() int32](t, e, "times")(); n != 2 {
		t.Errorf("the resolver ran %d times for two functions", n)
	}
}

// wantCapabilities compares what resolvers were called with to what the system says of the processor: glibc's resolvers are.
func wantCapabilities(t *testing.T, got func(i int32) uintptr) {
	t.Helper()
	if runtime.GOARCH == "386" || runtime.GOARCH == "amd64" {
		return // these have no arguments
	}
	data, err := os.ReadFile("/proc/self/auxv")
	if err != nil {
		t.Fatal(err)
	}
	const hwcap, hwcap2 = 16, 26
	aux := map[uintptr]uintptr{}
	for word := strconv.IntSize / 8; len(data) >= 2*word; data = data[2*word:] {
		aux[nativeWord(data)] = nativeWord(data[word:])
	}
	want := aux[hwcap]
	if runtime.GOARCH == "arm64" {
		flag := uint64(1 << 62)
		want |= uintptr(flag)
		if size, first, second := got(0), got(1), got(2); size != 24 || first != aux[hwcap] || second != aux[hwcap2] {
			t.Errorf("the resolver saw %d bytes, %#x and %#x, the system says %#x and %#x", size, first, second, aux[hwcap], aux[hwcap2])
		}
	}
	if got(-1) != want {
		t.Errorf("the resolver was called with %#x, want %#x", got(-1), want)
	}
}

func nativeWord(b []byte) uintptr {
	if strconv.IntSize == 32 {
		return uintptr(binary.NativeEndian.Uint32(b))
	}
	return uintptr(binary.NativeEndian.Uint64(b))
}

// archiveOf makes an archive with one member.
func archiveOf(t *testing.T, member *objimage.Buffer) *objimage.Buffer {
	t.Helper()
	dir := testenv.TempDir(t)
	if err := os.WriteFile(filepath.Join(dir, member.Name()), member.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := testenv.Run(dir, testenv.NeedsTool(t, "llvm-ar-19", "llvm-19"), "rcs", "lib.a", member.Name()); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	data, err := os.ReadFile(filepath.Join(dir, "lib.a"))
	if err != nil {
		t.Fatal(err)
	}
	return objimage.NewBuffer("lib.a", data)
}
