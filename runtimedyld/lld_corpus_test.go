package runtimedyld

import (
	"fmt"
	"strings"
	"testing"

	"github.com/gomcjit/gomcjit/internal/testenv"
)

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
#ifdef __SIZEOF_INT128__
__int128 divide(__int128 a, __int128 b) { return a / b; }
#endif
double convert(int n) { return n * 1.5 + pi; }
extern const int __start_entries[], __stop_entries[];
static const int entry_one __attribute__((section("entries"), used)) = 1;
static const int entry_two __attribute__((section("entries"), used)) = 2;
int count_entries(void) { return __stop_entries - __start_entries + __start_entries[1]; }
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

// corpusAssembler has what compilers write seldom: absolute fields of all sizes, which fit below 2 GiB only; every form in which B.2 can be applied, and what looks
// like one; differences, stubs as data, symbols of sections with large addends, alignments, bounds of sections that come in pieces.
var corpusAssembler = []string{`
	.text
	.globl low
low:	movl $far_data, %eax
	movq $far_data+8, %rdi
	cmpl $7, far_data
	movl low_table(,%rax,4), %ecx
	jmp *low_table(,%rax,8)
	.section .rodata
low_table:
	.quad low, low+1, far_function, low_table-1
	.long low, far_function+2, low_table+4
	.long low_table-.
	.data
	.globl low_data
low_data: .quad low_table+0x7000
`, `
	.text
	.globl main
	.type main, @function
main:	.p2align 5
	call far_function@PLT
	call *far_function@GOTPCREL(%rip)
	jmp *far_function@GOTPCREL(%rip)
	notrack jmp *far_function@GOTPCREL(%rip)
	jne far_function@PLT
	jmp local
	.irp r, rax, rbx, rcx, rdx, rsi, rdi, rbp, rsp, r8, r9, r10, r11, r12, r13, r14, r15
	movq far_data@GOTPCREL(%rip), %\r
	addq far_data@GOTPCREL(%rip), %\r
	cmpq own_data@GOTPCREL(%rip), %\r
	testq %\r, far_data@GOTPCREL(%rip)
	xorq own_data@GOTPCREL(%rip), %\r
	.endr
	.irp r, eax, ebx, ecx, edx, esi, edi, r8d, r15d
	subl far_data@GOTPCREL(%rip), %\r
	testl %\r, own_data@GOTPCREL(%rip)
	.endr
	pushq far_data@GOTPCREL(%rip)
	cmpl $1, far_data@GOTPCREL(%rip)
	imulq far_data@GOTPCREL(%rip), %rax
	leaq own_data+0x1234(%rip), %rax
	cmpl $0x1234567, own_data(%rip)
	movb $1, own_data+3(%rip)
	movabsq $far_data, %rax
	movabsq $_GLOBAL_OFFSET_TABLE_-., %r11
	movabsq $own_data@GOTOFF, %rcx
	leaq _GLOBAL_OFFSET_TABLE_(%rip), %rbx
	movabsq $far_function@PLTOFF, %rax
	.section .text.second, "ax"
local:	call main
	loop local
	jrcxz local
	.data
	.globl own_data
own_data:
	.quad far_data, far_data+0x100000000, main, local+3, own_data-8
	.quad far_data-., main-own_data
	.long main-., far_function@PLT
	.quad main@SIZE, own_data@SIZE
	.byte 1
	.quad far_data
	.size main, 77
	.size own_data, 8
`, `
	.section entries, "aw", @progbits, unique, 1
	.quad 1, first
	.data
first:	.quad __start_entries, __stop_entries, __stop_entries-., __start_notes
	.section entries, "aw", @progbits, unique, 2
	.quad 2, second
	.section notes, "a"
second:	.long 5
	.section entries, "aw", @progbits, unique, 3
	.quad 3, __stop_notes
	.section .bss.large, "aw", @nobits
	.p2align 12
	.zero 4097
	.section .group_of_one, "awG", @progbits, signature, comdat
	.globl signature
signature: .quad signature, first+8
`}

// corpusShared is in both of two objects, which define the same: inline functions with jump tables, statics and string literals, templates, virtual tables
// without a home, inline and thread-safe statics, functions that are large enough to be split into a hot and a cold part.
const corpusShared = `
extern "C" int far_function(int);
extern "C" int puts(const char *);
extern "C" [[noreturn]] void fail(int);
struct Shape { int n = 3; virtual ~Shape() { puts("gone"); } virtual int area() const { return n; } virtual int sides() = 0; };
struct Square : Shape { int sides() override { return far_function(4); } int area() const override { return n * n; } };
inline int shared_counter = far_function(9);
inline int plain_counter = 5;
template <class T> struct Pool { static T items[8]; static T sum() { T s{}; for (auto &i : items) s += i; return s; } };
template <class T> T Pool<T>::items[8] = { 1, 2 };
inline int counted() { static int n = far_function(2); static Square s; return n++ + s.sides(); }
inline const char *day(int n)
{
	switch (n) {
	case 0: return "sunday"; case 1: return "monday"; case 2: puts("tuesday"); return "tuesday"; case 3: return puts("x") ? "wednesday" : "";
	case 4: return "thursday"; case 5: far_function(5); return "friday"; case 6: return "saturday"; default: return "?";
	}
}
inline int __attribute__((noinline)) jump(int n)
{
	switch (n) {
	case 0: return far_function(1); case 1: return far_function(n) * 3; case 2: return puts("two"); case 3: return far_function(7) / 3;
	case 4: return puts("four") + 1; case 5: return far_function(n * n); case 6: return plain_counter++; default: fail(n);
	}
}
inline int guarded(int n) { try { if (n > 3) throw n; return jump(n) + counted(); } catch (int i) { return i + Pool<int>::sum(); } }
`

const corpusUnitA = corpusShared + `
int a_main(int n) { Square s; Shape *p = &s; return p->sides() + guarded(n) + day(n)[0] + shared_counter + Pool<long>::sum(); }
int (*a_pointer)(int) = guarded;
int b_main(int);
int a_calls(int n) { return b_main(n) + plain_counter; }
`

const corpusUnitB = corpusShared + `
int a_main(int);
int b_main(int n) { Shape *p = new Square; int k = p->area() + guarded(n) + jump(n) + shared_counter + Pool<double>::sum() + Pool<int>::sum(); delete p; return k; }
int (*const b_pointers[])(int) = { guarded, jump, a_main };
const char *b_day(int n) { return day(n + a_main(n)); }
`

// pairs compiles the two units in the same way, and each in another way than the other.
func pairs(t *testing.T) (list [][]compiled) {
	for _, compiler := range []string{"g++", "clang++"} {
		unit := func(name, source, flags string) compiled {
			data := testenv.CompileBytes(t, compiler, testenv.CXX, source, append(strings.Fields(flags), "-w", "-std=c++17")...)
			high := strings.Contains(flags, "-fPI") || strings.Contains(flags, "large")
			return compiled{name: fmt.Sprintf("%s %s %s.o", compiler, name, flags), data: data, high: high}
		}
		for _, flags := range [][2]string{
			{"-O0 -fPIC", "-O0 -fPIC"}, {"-O1 -fPIC", "-O1 -fPIC"}, {"-O2 -fPIC", "-O2 -fPIC"}, {"-O3 -fPIC", "-O3 -fPIC"}, {"-Os -fPIC", "-Os -fPIC"},
			{"-O0 -fno-pic", "-O0 -fno-pic"}, {"-O2 -fno-pic", "-O2 -fno-pic"}, {"-O2 -fPIE", "-O2 -fPIE"}, {"-O2 -fPIC -fno-plt", "-O2 -fPIC -fno-plt"},
			{"-O2 -fno-pic -mcmodel=medium", "-O2 -fno-pic -mcmodel=medium"}, {"-O2 -fPIC -mcmodel=large", "-O2 -fPIC -mcmodel=large"},
			{"-O2 -fPIC -fvisibility-inlines-hidden -fvisibility=hidden", "-O2 -fPIC -fvisibility-inlines-hidden -fvisibility=hidden"},
			{"-O0 -fPIC", "-O2 -fPIC"}, {"-O3 -fPIC", "-O1 -fPIE"}, {"-Os -fno-pic", "-O2 -fno-pic -ffunction-sections"}, {"-O2 -fPIC -mcmodel=large", "-O2 -fPIC"},
		} {
			pair := []compiled{unit("a", corpusUnitA, flags[0]), unit("b", corpusUnitB, flags[1])}
			pair[0].high = pair[0].high && pair[1].high
			list = append(list, pair)
		}
	}
	return list
}
