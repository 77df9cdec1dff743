//go:build linux && amd64

package mcjit_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"unsafe"

	"github.com/gomcjit/gomcjit/executor/inprocess"
	"github.com/gomcjit/gomcjit/internal/testenv"
)

// TestRuntimeStat asks the kernel for the same files as Go does.
func TestRuntimeStat(t *testing.T) {
	dir := t.TempDir()
	file, link := filepath.Join(dir, "file"), filepath.Join(dir, "link")
	if err := os.WriteFile(file, make([]byte, 12345), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("file", link); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	e := withRuntime(t, compiled(t, "errno.o", "int number; int *__errno_location(void) { return &number; } int last(void) { int n = number; number = 0; return n; }"))
	p := newPage(t)
	const result, at = 1000, -100 // AT_FDCWD
	check := func(name string, call func(path, s uintptr) int32, path string, wants func(string, *syscall.Stat_t) error) {
		t.Helper()
		var want syscall.Stat_t
		if err := wants(path, &want); err != nil {
			t.Fatal(err)
		}
		if r := call(p.put(0, path), p.at(result)); r != 0 {
			t.Errorf("%s: %d", name, r)
		}
		got := (*syscall.Stat_t)(unsafe.Pointer(&p.bytes()[result]))
		got.Atim = want.Atim
		if *got != want {
			t.Errorf("%s: %+v, want %+v", name, *got, want)
		}
	}
	type twoArguments = func(path, s uintptr) int32
	for _, name := range []string{"stat", "stat64"} {
		check(name, function[twoArguments](t, e, name), link, syscall.Stat)
	}
	for _, name := range []string{"lstat", "lstat64"} {
		check(name, function[twoArguments](t, e, name), link, syscall.Lstat)
	}
	for _, name := range []string{"__xstat", "__xstat64", "__lxstat", "__lxstat64"} {
		wants := syscall.Stat
		if strings.Contains(name, "lx") {
			wants = syscall.Lstat
		}
		call := function[func(version int32, path, s uintptr) int32](t, e, name)
		check(name, func(path, s uintptr) int32 { return call(1, path, s) }, link, wants)
		if call(9, p.at(0), p.at(result)) != -1 || function[func() int32](t, e, "last")() != int32(syscall.EINVAL) {
			t.Errorf("%s takes a version that there is not", name)
		}
	}
	for _, name := range []string{"fstat", "fstat64"} {
		call := function[func(fd int32, s uintptr) int32](t, e, name)
		check(name, func(_, s uintptr) int32 { return call(int32(f.Fd()), s) }, file, syscall.Stat)
	}
	for _, name := range []string{"fstatat", "fstatat64"} {
		call := function[func(dir int32, path, s uintptr, flags int32) int32](t, e, name)
		check(name, func(path, s uintptr) int32 { return call(at, path, s, 0x100) }, link, syscall.Lstat)
	}
	if function[twoArguments](t, e, "stat")(p.put(0, dir+"/none"), p.at(result)) != -1 || function[func() int32](t, e, "last")() != int32(syscall.ENOENT) {
		t.Error("stat of a file that there is not")
	}
	pipe := filepath.Join(dir, "pipe")
	if r := function[func(path uintptr, mode uint32, device uintptr) int32](t, e, "mknod")(p.put(0, pipe), syscall.S_IFIFO|0o600, 0); r != 0 {
		t.Errorf("mknod: %d", r)
	}
	if info, err := os.Lstat(pipe); err != nil || info.Mode()&os.ModeNamedPipe == 0 {
		t.Errorf("mknod: %v, %v", info, err)
	}
}

// cpuFeatures are the names of gcc 12 for __builtin_cpu_supports, and cpuModels those for __builtin_cpu_is.
const (
	cpuFeatures = `cmov mmx popcnt sse sse2 sse3 ssse3 sse4.1 sse4.2 avx avx2 sse4a fma4 xop fma avx512f bmi bmi2 aes pclmul avx512vl avx512bw avx512dq avx512cd avx512er avx512pf
avx512vbmi avx512ifma avx5124vnniw avx5124fmaps avx512vpopcntdq avx512vbmi2 gfni vpclmulqdq avx512vnni avx512bitalg avx512bf16 avx512vp2intersect 3dnow 3dnowp adx lzcnt cldemote
clflushopt clwb clzero cmpxchg16b cmpxchg8b enqcmd f16c fsgsbase fxsave hle lahf_lm lm lwp movbe movdir64b movdiri mwaitx osxsave pconfig pku prefetchwt1 prfchw ptwrite rdpid rdrnd
rdseed rtm serialize sgx sha shstk tbm tsxldtrk vaes waitpkg wbnoinvd xsave xsavec xsaveopt xsaves amx-tile amx-int8 amx-bf16 uintr hreset kl aeskle widekl avxvnni avx512fp16
x86-64 x86-64-v2 x86-64-v3 x86-64-v4`
	cpuModels = `intel amd core2 atom corei7 nehalem westmere sandybridge ivybridge haswell broadwell skylake skylake-avx512 cannonlake icelake-client icelake-server cascadelake
tigerlake cooperlake sapphirerapids alderlake rocketlake silvermont goldmont goldmont-plus tremont knl knm amdfam10h barcelona shanghai istanbul btver1 amdfam15h bdver1 bdver2
bdver3 bdver4 btver2 amdfam17h znver1 znver2 amdfam19h znver3`
)

// lastModel is the number of the last one in gcc 12's list (INTEL_COREI7_ROCKETLAKE in i386-cpuinfo.h). For later processors its libgcc names one that is like them.
const lastModel = 27

// TestRuntimeCPU compares what compilers ask about this processor with libgcc's answers.
func TestRuntimeCPU(t *testing.T) {
	gcc := testenv.NeedsTool(t, "gcc", "gcc")
	var source strings.Builder
	source.WriteString("extern unsigned model[] __asm__(\"__cpu_model\");\nint subtype(void) { return model[2]; }\nint ask(char *answer) {\nint n = 0;\n__builtin_cpu_init();\n")
	for _, name := range strings.Fields(cpuFeatures) {
		fmt.Fprintf(&source, "answer[n++] = __builtin_cpu_supports(%q) ? 'y' : 'n';\n", name)
	}
	for _, name := range strings.Fields(cpuModels) {
		fmt.Fprintf(&source, "answer[n++] = __builtin_cpu_is(%q) ? 'y' : 'n';\n", name)
	}
	source.WriteString("return n;\n}\n")
	program := filepath.Join(t.TempDir(), "ask")
	if err := os.WriteFile(program+".c", []byte(source.String()+"int printf(const char *, ...); int main(void) { char a[1000]; printf(\"%.*s\", ask(a), a); }"), 0o644); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(gcc, "-o", program, program+".c").CombinedOutput(); err != nil {
		t.Fatalf("gcc: %v\n%s", err, out)
	}
	want, err := exec.Command(program).Output()
	if err != nil {
		t.Fatal(err)
	}
	e, p := withRuntime(t, compiled(t, "ask.o", source.String())), newPage(t)
	n := function[func(uintptr) int32](t, e, "ask")(p.at(0))
	later := function[func() int32](t, e, "subtype")() > lastModel
	names := strings.Fields(cpuFeatures + " " + cpuModels)
	if int(n) != len(names) || len(want) != len(names) {
		t.Fatalf("%d answers, and %d", n, len(want))
	}
	has := 0
	for i, name := range names {
		if got := p.bytes()[i]; got != want[i] {
			if later && i >= len(strings.Fields(cpuFeatures)) {
				continue
			}
			t.Errorf("%s: %c, libgcc says %c", name, got, want[i])
		} else if got == 'y' {
			has++
		}
	}
	if has < 10 {
		t.Errorf("%d things said of this processor", has)
	}
}

// TestRuntimeCPUByClang: clang reads the same words, without a GOT.
func TestRuntimeCPUByClang(t *testing.T) {
	const source = `int ask(void) { __builtin_cpu_init(); return (__builtin_cpu_supports("sse2") != 0) + 2 * (__builtin_cpu_supports("gfni") != 0) + 4 * (__builtin_cpu_is("intel") || __builtin_cpu_is("amd")); }`
	var answers []int32
	for _, compiler := range []string{"gcc", "clang"} {
		e := withRuntime(t, objectOf("ask.o", testenv.CompileBytes(t, compiler, testenv.C, source, "-O2", "-fPIC")))
		answers = append(answers, function[func() int32](t, e, "ask")())
	}
	if answers[0] != answers[1] || answers[0]&1 == 0 {
		t.Errorf("gcc says %d, clang says %d", answers[0], answers[1])
	}
}

// TestRuntimeThunks jumps by every thunk, and by those that compilers choose.
func TestRuntimeThunks(t *testing.T) {
	registers := strings.Fields("rax rbx rcx rdx rsi rdi rbp r8 r9 r10 r11 r12 r13 r14 r15")
	var source strings.Builder
	source.WriteString("target: mov $42, %eax\nret\n")
	for _, r := range registers {
		for i, thunk := range []string{"__x86_indirect_thunk_", "__llvm_retpoline_"} {
			fmt.Fprintf(&source, `.globl by_%[1]s_%[3]d
by_%[1]s_%[3]d:
	push %%rbx; push %%rbp; push %%r12; push %%r13; push %%r14; push %%r15
	lea target(%%rip), %%%[1]s
	call %[2]s%[1]s@PLT
	pop %%r15; pop %%r14; pop %%r13; pop %%r12; pop %%rbp; pop %%rbx
	ret
`, r, thunk, i)
		}
	}
	e := withRuntime(t, assembled(t, "thunks.o", source.String()))
	for _, r := range registers {
		wantCall(t, e, "by_"+r+"_0", 42)
		wantCall(t, e, "by_"+r+"_1", 42)
	}
	const code = `
typedef int op(int, int);
static int add(int a, int b) { return a + b; }
static int subtract(int a, int b) { return a - b; }
op *volatile table[] = {add, subtract};
int use(void) { int r = 0; for (int i = 0; i < 10; i++) r = table[i % 2](100 * i, r); return r; }
int tail(int i, int b) { return table[i](i, b); }`
	want := int32(0)
	for i := range int32(10) {
		want = []int32{100*i + want, 100*i - want}[i%2]
	}
	for compiler, flags := range map[string][]string{
		"gcc":   {"-mindirect-branch=thunk-extern", "-mfunction-return=thunk-extern", "-fcf-protection=none"},
		"clang": {"-mretpoline", "-mretpoline-external-thunk"},
	} {
		for _, level := range []string{"-O0", "-O2"} {
			object := testenv.CompileBytes(t, compiler, testenv.C, code, append(flags, "-fPIC", level)...)
			e := withRuntime(t, objectOf("calls.o", object))
			wantCall(t, e, "use", want)
			if got := function[func(i, b int32) int32](t, e, "tail")(1, 5); got != -4 {
				t.Errorf("%s: %d", compiler, got)
			}
		}
	}
}

// atomicSource uses objects of 16 bytes and of odd sizes. At -O0, without cmpxchg16b, all of it is calls.
const atomicSource = `
typedef unsigned __int128 word;
struct odd { char bytes[13]; };
struct large { long words[8]; };
word wide;
struct large many;
struct odd small;
void count_wide(int n) {
	while (n--) {
		__atomic_fetch_add(&wide, ((word)1 << 64) + 1, __ATOMIC_SEQ_CST);
		word old = __atomic_load_n(&wide, __ATOMIC_RELAXED);
		while (!__atomic_compare_exchange_n(&wide, &old, old + 1, 0, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED)) {}
	}
}
void count_many(int n) {
	while (n--) {
		struct large old, new;
		__atomic_load(&many, &old, __ATOMIC_SEQ_CST);
		do {
			new = old;
			for (int i = 0; i < 8; i++) new.words[i]++;
		} while (!__atomic_compare_exchange(&many, &old, &new, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST));
	}
}
long wide_half(int high) { return (long)(wide >> (high ? 64 : 0)); }
long many_word(int i) { return many.words[i]; }

/* check does each operation once, alone; 0 if all is as it should be, else the number of what is not. */
int check(void) {
	word w = 100, r;
	if (__atomic_exchange_n(&w, 7, __ATOMIC_SEQ_CST) != 100 || w != 7) return 1;
	__atomic_store_n(&w, (word)5 << 70, __ATOMIC_SEQ_CST);
	if (__atomic_load_n(&w, __ATOMIC_SEQ_CST) != (word)5 << 70) return 2;
	if (__atomic_sub_fetch(&w, 1, __ATOMIC_SEQ_CST) != ((word)5 << 70) - 1) return 3;
	if (__atomic_fetch_or(&w, 1, __ATOMIC_SEQ_CST) != ((word)5 << 70) - 1) return 4;
	if (__atomic_fetch_and(&w, ~(word)0xff, __ATOMIC_SEQ_CST), w != ((word)5 << 70) - 256) return 5;
	if (__atomic_fetch_xor(&w, 3, __ATOMIC_SEQ_CST), w != ((word)5 << 70) - 253) return 6;
	if (__atomic_nand_fetch(&w, 0, __ATOMIC_SEQ_CST) != ~(word)0) return 7;
	r = 5;
	if (__atomic_compare_exchange_n(&w, &r, 9, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST) || r != ~(word)0) return 8;
	if (!__atomic_compare_exchange_n(&w, &r, 9, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST) || w != 9) return 9;
	if (__sync_val_compare_and_swap(&w, 9, 10) != 9 || w != 10 || __sync_bool_compare_and_swap(&w, 9, 11)) return 10;
	if (__sync_fetch_and_add(&w, 5) != 10 || __sync_sub_and_fetch(&w, 1) != 14 || __sync_lock_test_and_set(&w, 3) != 14) return 11;
	void release(word *) __asm__("__sync_lock_release_16"); /* gcc 12 makes nothing of __sync_lock_release */
	if (release(&w), w != 0) return 12;
	struct odd a = {"twelve chars"}, b = {"other things"}, c;
	__atomic_store(&small, &a, __ATOMIC_SEQ_CST);
	__atomic_exchange(&small, &b, &c, __ATOMIC_SEQ_CST);
	for (int i = 0; i < 13; i++) if (c.bytes[i] != a.bytes[i] || small.bytes[i] != b.bytes[i]) return 13;
	if (__atomic_compare_exchange(&small, &a, &c, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST) || a.bytes[0] != 'o') return 14;
	/* Sizes of their own, by the functions for any size. */
	void load(unsigned long, void *, void *, int) __asm__("__atomic_load"), store(unsigned long, void *, void *, int) __asm__("__atomic_store");
	void exchange(unsigned long, void *, void *, void *, int) __asm__("__atomic_exchange");
	_Bool compare(unsigned long, void *, void *, void *, int, int) __asm__("__atomic_compare_exchange"), is_free(unsigned long, void *) __asm__("__atomic_is_lock_free");
	for (int size = 1; size <= 16; size *= 2) {
		unsigned char at[32] __attribute__((aligned(16))), one[16], two[16], got[16];
		for (int i = 0; i < 32; i++) at[i] = 0xee;
		for (int i = 0; i < 16; i++) one[i] = i + 1, two[i] = 100 - i;
		store(size, at, one, 5);
		load(size, at, got, 5);
		for (int i = 0; i < size; i++) if (got[i] != one[i]) return 100 + size;
		exchange(size, at, two, got, 5);
		for (int i = 0; i < size; i++) if (got[i] != one[i] || at[i] != two[i]) return 200 + size;
		if (compare(size, at, one, got, 5, 5) || one[0] != two[0] || !compare(size, at, two, got, 5, 5)) return 300 + size;
		for (int i = size; i < 32; i++) if (at[i] != 0xee) return 400 + size;
		if (!is_free(size, at) || !is_free(size, 0) || (size > 1 && is_free(size, at + 1))) return 500 + size;
	}
	return is_free(13, 0) ? 600 : 0;
}
`

func TestRuntimeAtomics(t *testing.T) {
	const workers, rounds = 8, 2000
	for _, compiler := range []string{"gcc", "clang"} {
		for _, level := range []string{"-O0", "-O2"} {
			e := withRuntime(t, objectOf("atomics.o", testenv.CompileBytes(t, compiler, testenv.C, atomicSource, level, "-fPIC", "-w", "-fno-stack-protector")))
			wantCall(t, e, "check", 0)
			countWide, countMany := function[func(int32)](t, e, "count_wide"), function[func(int32)](t, e, "count_many")
			var wg sync.WaitGroup
			for range workers {
				wg.Go(func() { countWide(rounds); countMany(rounds) })
			}
			wg.Wait()
			half, word := function[func(int32) int64](t, e, "wide_half"), function[func(int32) int64](t, e, "many_word")
			if high, low := half(1), half(0); high != workers*rounds || low != 2*workers*rounds {
				t.Errorf("%s %s: %d and %d", compiler, level, high, low)
			}
			for i := range int32(8) {
				if got := word(i); got != workers*rounds {
					t.Errorf("%s %s: word %d is %d", compiler, level, i, got)
				}
			}
		}
	}
}

// TestRuntimeSizedAtomics tries those that compilers do inline.
func TestRuntimeSizedAtomics(t *testing.T) {
	e, p := withRuntime(t), newPage(t)
	for size := 1; size <= 8; size *= 2 {
		mask := ^uint64(0) >> (64 - 8*size)
		call := func(name string, value uint64) uint64 {
			return function[func(at uintptr, value uint64, order int32) uint64](t, e, fmt.Sprintf("__atomic_%s_%d", name, size), inprocess.Leaf())(p.at(0), value, 5) & mask
		}
		call("store", 100)
		for _, step := range []struct {
			name        string
			value, want uint64
		}{
			{"exchange", 12, 100}, {"fetch_add", 3, 12}, {"add_fetch", 1, 16}, {"fetch_sub", 6, 16}, {"sub_fetch", 2, 8}, {"fetch_or", 3, 8}, {"or_fetch", 4, 15},
			{"fetch_and", 6, 15}, {"and_fetch", 2, 2}, {"fetch_xor", 7, 2}, {"xor_fetch", 1, 4}, {"fetch_nand", 4, 4}, {"nand_fetch", 0, mask}, {"exchange", 1, mask},
		} {
			if got := call(step.name, step.value); got != step.want {
				t.Errorf("__atomic_%s_%d(%d) = %d, want %d", step.name, size, step.value, got, step.want)
			}
		}
		if got := function[func(at uintptr, order int32) uint64](t, e, fmt.Sprintf("__atomic_load_%d", size))(p.at(0), 5) & mask; got != 1 {
			t.Errorf("__atomic_load_%d: %d", size, got)
		}
	}
}
