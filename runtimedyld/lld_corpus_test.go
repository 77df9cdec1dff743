package runtimedyld

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gomcjit/gomcjit/internal/testenv"
)

// A compiled is one object of the corpus that is compared with ld.lld's.
type compiled struct {
	name string
	data []byte
	high bool // it can be linked above 4 GiB, too
}

// corpusC has what C compilers make relocations for: calls, pointers, tables of strings and of jumps, statics, weak and common symbols.
const corpusC = `
extern int printf(const char *, ...);
extern int far_function(int), far_data, far_array[16];
extern int weak_function(int) __attribute__((weak));
extern int weak_data __attribute__((weak));
int global = 7, zero, array[64] = { 1, 2, 3 };
int tentative[10];
static int counter = 3, statics[8];
static const char *const names[] = { "zero", "one", "two", "three", "zero" };
const double pi = 3.14159, *pi_pointer = &pi;
static int add(int a, int b) { return a + b; }
static int mul(int a, int b) { return a * b; }
int (*const operations[])(int, int) = { add, mul };
int (*pointer)(int) = far_function;
int *inside = &array[5], *outside = &far_array[3];
const char *text(int n) { return n < 5 ? names[n] : "many"; }
int jump(int n)
{
	switch (n) {
	case 0: return far_function(1);
	case 1: return add(n, counter++);
	case 2: return statics[n];
	case 3: return far_data;
	case 4: return zero--;
	case 5: return array[n];
	case 6: return printf("%s %g\n", text(n), pi);
	case 7: return weak_function ? weak_function(n) : 0;
	default: return operations[n & 1](n, tentative[n]);
	}
}
int tail(int n) { return far_function(n + global); }
int weak(void) { return &weak_data ? weak_data : -1; }
int __attribute__((weak)) overridable(int n) { return n; }
int use(int n) { return overridable(n) + pointer(n) + *inside + *outside + (&far_data == outside); }
__int128 divide(__int128 a, __int128 b) { return a / b; }
double convert(int n) { return n * 1.5 + pi; }
void fill(int n) { for (int i = 0; i < 64; i++) { array[i] = n; statics[i & 7] += far_array[i & 15]; } }
`

// corpusCXX has virtual functions, templates, exceptions, statics of inline functions and constructors, without any header.
const corpusCXX = `
extern "C" int far_function(int);
extern "C" int puts(const char *);
struct Base { virtual ~Base(); virtual int value() const { return 1; } virtual int other(int) = 0; };
Base::~Base() {}
struct Derived : Base { int n; Derived(int n) : n(n) {} int value() const override { return n; } int other(int k) override { return far_function(k); } };
template <class T> T twice(T t) { static T calls; calls += 1; return t + t; }
inline int counted() { static int n = far_function(2); return n++; }
struct Global { Global() { puts("constructed"); } ~Global() { puts("destroyed"); } } global;
int thrower(int n) { if (n > 3) throw n; if (n < 0) throw "negative"; return twice(n) + counted(); }
int catcher(int n)
{
	try { Derived d(n); return thrower(n) + d.value(); }
	catch (int i) { return i; }
	catch (const char *s) { return puts(s); }
}
int dispatch(Base *b, int n) { return b->value() + b->other(n); }
Base *make(int n) { return new Derived(n); }
double twice_double(double d) { return twice(d); }
const char *table(int n) { static const char *const t[] = { "a", "bc", "def" }; return t[n % 3]; }
bool is(Base *b) { return dynamic_cast<Derived *>(b) != nullptr; }
`

// corpus compiles the sources in many ways, by gcc and clang, and adds the assembled objects of testdata.
func corpus(t *testing.T) (list []compiled) {
	for _, c := range []struct{ compiler, lang, source, label string }{
		{"gcc", testenv.C, corpusC, "gcc-c"}, {"clang", testenv.C, corpusC, "clang-c"},
		{"g++", testenv.CXX, corpusCXX, "gcc-cxx"}, {"clang", testenv.CXX, corpusCXX, "clang-cxx"},
	} {
		for _, flags := range []string{
			"-O0 -fPIC", "-O2 -fPIC", "-O0 -fno-pic", "-O2 -fno-pic", "-O2 -fPIE", "-Os -fPIC -fno-plt", "-O2 -fno-pic -fno-plt", "-O2 -fPIE -mcmodel=medium",
			"-O2 -fno-pic -mcmodel=medium", "-O0 -fno-pic -mcmodel=large", "-O2 -fPIC -mcmodel=large", "-O2 -fPIC -ffunction-sections -fdata-sections",
			"-O2 -fno-pic -fcommon -ffunction-sections", "-O1 -fPIC -fvisibility=hidden", "-O3 -fno-jump-tables -fPIC -fno-asynchronous-unwind-tables",
		} {
			data := testenv.CompileBytes(t, c.compiler, c.lang, c.source, append(strings.Fields(flags), "-w")...)
			list = append(list, compiled{
				name: fmt.Sprintf("%s %s.o", c.label, flags), data: data,
				high: strings.Contains(flags, "-fPI") || strings.Contains(flags, "large"),
			})
		}
	}
	for _, name := range []string{"hello.o", "add.o", "relocs_target.o", "model_small.o", "model_small_pic.o", "model_medium.o", "model_medium_pic.o", "model_large.o", "model_large_pic.o",
		"strong.o", "weak.o", "hidden.o", "freestanding.o", "debug.o", "common_large.o"} {
		data, err := os.ReadFile(filepath.Join("..", "testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, compiled{name: name, data: data})
	}
	return list
}
