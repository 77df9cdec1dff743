//go:build linux && amd64

package mcjit_test

import (
	"encoding/binary"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unsafe"

	"github.com/gomcjit/gomcjit/executor"
	"github.com/gomcjit/gomcjit/internal/testenv"
	"github.com/gomcjit/gomcjit/mcjit"
	"github.com/gomcjit/gomcjit/objimage"
	"github.com/gomcjit/gomcjit/runtimedyld"
)

// windowsTargets are the two flavours of COFF that compilers write.
var windowsTargets = []string{"x86_64-pc-windows-gnu", "x86_64-pc-windows-msvc"}

// coff returns a buffer with what clang makes of source for Windows. Functions that are called from here are of the System V convention, SYSV.
func coff(t testing.TB, name, target, source string, args ...string) *objimage.Buffer {
	t.Helper()
	args = append([]string{"--target=" + target, "-O1", "-DSYSV=__attribute__((sysv_abi))", "-fms-extensions", "-ffreestanding"}, args...)
	return objimage.NewBuffer(name, testenv.CompileBytes(t, "clang-19", testenv.C, source, args...))
}

const coffMain = `
__attribute__((dllimport)) SYSV extern int imported(int);
__attribute__((dllimport)) extern int elf_data;
SYSV extern int elf_add(int, int), other_count(int);
__attribute__((weak)) SYSV int weak(int n) { return n + 1; }
__attribute__((weak)) extern SYSV int nowhere(void);
static int state = 40;
int common[4], *pointer = &state;
static int helper(int n) { volatile char frame[20000]; frame[0] = n; frame[19999] = 1; return frame[0] + frame[19999] + state; } /* of Windows' convention, with __chkstk */
SYSV int coff_add(int a, int b) { return elf_add(a, b) + 1; }
SYSV int through_imports(int n) { return imported(n) + elf_data; }
SYSV int touch(int n) { return helper(n) + *pointer; }
SYSV int weakly(int n) { return weak(n) + (nowhere ? nowhere() : 100); }
SYSV int count(int n) { return common[1] += n; }
SYSV int jump(int n)
{
	switch (n) {
	case 0: return elf_add(n, 2);
	case 1: return weak(5);
	case 2: return common[2];
	case 3: return 7;
	case 4: return state;
	case 5: return coff_add(n, n);
	}
	return -1;
}
`

const elfMain = `
extern int coff_add(int, int);
int elf_data = 1000;
int elf_add(int a, int b) { return a + b; }
int imported(int n) { return 10 * n; }
int both(int a, int b) { return coff_add(a, b) * 2; }
`

// TestCOFF runs code of COFF objects in this process, in an engine with an ELF object, each calling the other.
func TestCOFF(t *testing.T) {
	for _, target := range windowsTargets {
		t.Run(target, func(t *testing.T) {
			ways(t, func(t *testing.T, opts ...mcjit.Option) {
				e := newEngine(t, opts...)
				add(t, e, coff(t, "coff.o", target, coffMain), compiled(t, "elf.o", elfMain))
				type unary = func(int32) int32
				type binary = func(a, b int32) int32
				for _, c := range []struct {
					name string
					n    int32
					want int32
				}{
					{"through_imports", 4, 1040}, {"touch", 3, 84}, {"weakly", 5, 106}, {"count", 5, 5}, {"count", 6, 11},
					{"jump", 0, 2}, {"jump", 1, 6}, {"jump", 2, 0}, {"jump", 4, 40}, {"jump", 5, 11}, {"jump", 9, -1},
				} {
					if got := function[unary](t, e, c.name)(c.n); got != c.want {
						t.Errorf("%s(%d) = %d, want %d", c.name, c.n, got, c.want)
					}
				}
				if got := function[binary](t, e, "both")(3, 4); got != 16 {
					t.Errorf("both: %d", got)
				}
			})
		})
	}
}

// TestCOFFThunks calls functions of Windows's convention by way of thunks in ELF objects, which compilers make: there and back.
func TestCOFFThunks(t *testing.T) {
	const windowsSide = `
struct wide { long long a, b, c; };
extern double linux_side(int, double);
struct wide windows_side(int a, double b, int c, double d, int e, double f) { struct wide w = { a + c + e, (long long)(b + d + f), (long long)linux_side(e, f) }; return w; }
`
	const thunks = `
struct wide { long long a, b, c; };
__attribute__((ms_abi)) extern struct wide windows_side(int, double, int, double, int, double);
static double half(int n, double x) { return n * 1000 + x / 2; }
__attribute__((ms_abi)) double linux_side(int n, double x) { return half(n, x); }
struct wide thunk(int a, double b, int c, double d, int e, double f) { return windows_side(a, b, c, d, e, f); }
`
	type wide struct{ A, B, C int64 }
	for _, target := range windowsTargets {
		for _, compiler := range []string{"gcc", "clang"} {
			e := newEngine(t)
			add(t, e, coff(t, "coff.o", target, windowsSide), objimage.NewBuffer("thunks.o", testenv.CompileBytes(t, compiler, testenv.C, thunks, "-O2", "-fPIC")))
			got := function[func(int32, float64, int32, float64, int32, float64) wide](t, e, "thunk")(1, 1.5, 20, 2.5, 300, 8)
			if want := (wide{321, 12, 300004}); got != want {
				t.Errorf("%s, thunks of %s: %v, want %v", target, compiler, got, want)
			}
		}
	}
}

// TestCOFFWeakExternals: a definition elsewhere comes before that for which a weak external stands.
func TestCOFFWeakExternals(t *testing.T) {
	for _, target := range windowsTargets {
		e := newEngine(t)
		add(t, e, coff(t, "coff.o", target, coffMain), compiled(t, "elf.o", elfMain+"int weak(int n) { return 2 * n; } int nowhere(void) { return 7; }"))
		if got := function[func(int32) int32](t, e, "weakly")(5); got != 17 {
			t.Errorf("%s: %d", target, got)
		}
	}
}

// TestCOFFImports: pointers that an object defines are not made, and an imported name that nobody has is the error, and not the pointer.
func TestCOFFImports(t *testing.T) {
	const use = `__attribute__((dllimport)) extern SYSV int imported(int); SYSV int use(int n) { return imported(n); }`
	e := newEngine(t)
	add(t, e, coff(t, "use.o", windowsTargets[0], use), coff(t, "define.o", windowsTargets[0], `static SYSV int own(int n) { return n + 3; } void *__imp_imported = own;`))
	if got := function[func(int32) int32](t, e, "use")(5); got != 8 {
		t.Errorf("use: %d", got)
	}
	missing := newEngine(t)
	add(t, missing, coff(t, "use.o", windowsTargets[0], use))
	var undefined *runtimedyld.UndefinedError
	if err := missing.FinalizeObject(); !errors.As(err, &undefined) || len(undefined.Symbols) != 1 || undefined.Symbols[0].Name != "imported" {
		t.Errorf("%v", err)
	}
}

// TestCOFFInitialize runs the lists of Windows' C library and those of mingw, in the order of their names.
func TestCOFFInitialize(t *testing.T) {
	const source = `
static char log[64]; static int n;
SYSV char *trace(void) { return log; }
#define F(c) static SYSV void f##c(void) { log[n++] = #c[0]; }
#define P(list, c) F(c) __attribute__((section(list), used)) static SYSV void (*p##c)(void) = f##c;
P(".CRT$XCU", d) P(".CRT$XCA2", b) P(".CRT$XIA", a) P(".CRT$XCT", c) P(".CRT$XCV", e)
P(".CRT$XTA", y) P(".CRT$XPB", x) P(".CRT$XTZ", z)
__attribute__((section(".CRT$XCZ"), used)) static void *end = 0;
`
	for _, target := range windowsTargets {
		e := newEngine(t)
		add(t, e, coff(t, "init.o", target, source))
		trace := function[func() *byte](t, e, "trace")
		if err := e.Initialize(); err != nil {
			t.Fatal(err)
		}
		log := unsafe.Slice(trace(), 64)
		if got := string(log[:5]); got != "abcde" {
			t.Errorf("%s: initialized %q", target, got)
		}
		if err := e.Deinitialize(); err != nil {
			t.Fatal(err)
		}
		if got, _, _ := strings.Cut(string(log), "\x00"); got != "abcdexyz" {
			t.Errorf("%s: ended %q", target, got)
		}
	}
}

// TestCOFFCallbacks: TLS callbacks are told of the process first of all, and last of all that it ends, in the order of their sections' names, and where the image is.
func TestCOFFCallbacks(t *testing.T) {
	const log = `char log[64]; int n; SYSV char *trace(void) { return log; }`
	const source = `
extern char log[]; extern int n; extern char __ImageBase[];
#define C(list, c) static SYSV void c(void *image, unsigned reason, void *reserved) { log[n++] = image == __ImageBase && !reserved ? #c[reason] : '?'; } \
	__attribute__((section(list), used)) static SYSV void (*p##c)(void *, unsigned, void *) = c;
#define F(list, c) static SYSV void c(void) { log[n++] = #c[0]; } __attribute__((section(list), used)) static SYSV void (*p##c)(void) = c;
C(".CRT$XLC", Pp) C(".CRT$XLB", Qq) F(".CRT$XIA", i) F(".CRT$XCU", c) F(".CRT$XTA", t)
__attribute__((section(".CRT$XLZ"), used)) static void *end = 0;
`
	for _, target := range windowsTargets {
		e := newEngine(t)
		add(t, e, coff(t, "log.o", target, log))
		m := add(t, e, coff(t, "x.o", target, source))
		trace := function[func() *byte](t, e, "trace")
		if err := errors.Join(e.Initialize(), e.RemoveModule(m[0])); err != nil {
			t.Fatal(err)
		}
		if got, _, _ := strings.Cut(string(unsafe.Slice(trace(), 64)), "\x00"); got != "qpictQP" {
			t.Errorf("%s: %q", target, got)
		}
	}
}

// TestCOFFTerminators: what the lists of terminators hold under one name is run in the order of the objects, of their sections, and of the entries.
func TestCOFFTerminators(t *testing.T) {
	const log = `char log[64]; int n; SYSV char *trace(void) { return log; }`
	const source = `
extern char log[]; extern int n;
#define F(c) static SYSV void f##c(void) { log[n++] = FIRST + c; }
F(0) F(1) F(2)
__attribute__((section(".CRT$XTB"), used)) static SYSV void (*two[])(void) = {f1, f2};
__attribute__((section(".CRT$XPA"), used)) static SYSV void (*one)(void) = f0;
`
	e := newEngine(t)
	add(t, e, coff(t, "log.o", windowsTargets[0], log), coff(t, "x.o", windowsTargets[0], source, "-DFIRST=97"), coff(t, "y.o", windowsTargets[0], source, "-DFIRST=100"))
	trace := function[func() *byte](t, e, "trace")
	if err := errors.Join(e.Initialize(), e.Deinitialize()); err != nil {
		t.Fatal(err)
	}
	if got := string(unsafe.Slice(trace(), 6)); got != "adbcef" {
		t.Errorf("ended %q", got)
	}
}

// recordedTables is a FunctionTables that keeps what it is told.
type recordedTables struct {
	tables []runtimedyld.FunctionTable
	starts [][]uint32
	gone   int
	err    error
}

func (r *recordedTables) AddFunctionTable(t runtimedyld.FunctionTable) (func() error, error) {
	if r.err != nil {
		return nil, r.err
	}
	var starts []uint32
	for i := range t.Entries {
		at := t.Addr + executor.Addr(i*t.EntrySize)
		entry := unsafe.Slice(*(**byte)(unsafe.Pointer(&at)), t.EntrySize)
		starts = append(starts, binary.LittleEndian.Uint32(entry))
	}
	r.tables, r.starts = append(r.tables, t), append(r.starts, starts)
	return func() error { r.gone++; return nil }, nil
}

// TestCOFFFunctionTables: functions with unwind information are told of, sorted, and taken back with their module; also what removing one that is in use does.
func TestCOFFFunctionTables(t *testing.T) {
	const source = `
SYSV int outside(int);
SYSV int first(int n) { return outside(n) + 1; }
SYSV int second(int n) { return outside(n + 1) + outside(n); }
`
	r := &recordedTables{}
	e := newEngine(t, mcjit.WithFunctionTables(r))
	m := add(t, e, coff(t, "a.o", windowsTargets[1], source, "-ffunction-sections", "-funwind-tables"), compiled(t, "elf.o", "int outside(int n) { return n; }"))
	first, err := e.FunctionAddress("first")
	if err != nil {
		t.Fatal(err)
	}
	second, _ := e.FunctionAddress("second")
	if len(r.tables) != 1 || r.tables[0].Entries != 2 || r.tables[0].EntrySize != 12 {
		t.Fatalf("told of %+v", r.tables)
	}
	table := r.tables[0]
	want := []uint32{uint32(first - table.Base), uint32(second - table.Base)}
	slices.Sort(want)
	if !slices.Equal(r.starts[0], want) || table.End <= max(first, second) || table.Base > min(first, second) {
		t.Errorf("%+v has functions at %#x, want %#x", table, r.starts[0], want)
	}
	if err := e.RemoveModule(m[0]); err != nil || r.gone != 1 {
		t.Errorf("removed: %v, taken back %d", err, r.gone)
	}
	refusing := &recordedTables{err: errors.New("no room")}
	e = newEngine(t, mcjit.WithFunctionTables(refusing))
	add(t, e, coff(t, "a.o", windowsTargets[1], source, "-funwind-tables"), compiled(t, "elf.o", "int outside(int n) { return n; }"))
	var unwinder *mcjit.UnwinderError
	if err := e.FinalizeObject(); !errors.As(err, &unwinder) || !errors.Is(err, refusing.err) || unwinder.Module != "a.o" {
		t.Errorf("refused: %v", err)
	}
	if got := function[func(int32) int32](t, e, "first")(4); got != 5 {
		t.Errorf("first: %d", got)
	}
}

// TestCOFFThreadLocal: thread-local variables of Windows' own are refused, those of the compiler's runtime work.
func TestCOFFThreadLocal(t *testing.T) {
	const source = `_Thread_local int variable = 5; SYSV int next(void) { return ++variable; }`
	e := newEngine(t)
	_, err := e.AddObject(coff(t, "tls.o", windowsTargets[0], source))
	if !errors.Is(err, runtimedyld.ErrUnsupportedSymbol) || !strings.Contains(err.Error(), "-femulated-tls") {
		t.Errorf("native: %v", err)
	}
}

// importLibrary is an import library that llvm-lib makes: x86-64, my.dll, with imported and imported_data.
func importLibrary(t *testing.T) *objimage.Buffer {
	t.Helper()
	tool := testenv.NeedsTool(t, "llvm-lib-19", "llvm-19")
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "my.def"), []byte("LIBRARY my.dll\nEXPORTS\n imported\n imported_data DATA\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(tool, "/def:my.def", "/machine:x64", "/out:my.lib")
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	b, err := objimage.OpenBuffer(filepath.Join(dir, "my.lib"))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// dlls is a resolver that knows what DLLs have.
type dlls struct {
	addrs map[string]executor.Addr
	asked []string
}

func (d *dlls) ResolveSymbols([]runtimedyld.Reference) error { return nil }

func (d *dlls) ResolveImport(m *objimage.Import) (executor.Addr, bool) {
	d.asked = append(d.asked, m.DLL+"!"+m.Symbol)
	a, ok := d.addrs[m.Symbol]
	return a, ok
}

// TestCOFFImportLibrary: an import library says in which DLL a name is, which the client's resolver finds; calls reach it with and without the pointer.
func TestCOFFImportLibrary(t *testing.T) {
	const source = `
SYSV int imported(int);
__attribute__((dllimport)) extern int imported_data;
SYSV int use(int n) { return imported(n) + imported_data; }
`
	host := newEngine(t)
	add(t, host, compiled(t, "dll.o", "int imported_data = 100; int imported(int n) { return 3 * n; }"))
	d := &dlls{addrs: map[string]executor.Addr{}}
	for _, name := range []string{"imported", "imported_data"} {
		a, err := host.GlobalValueAddress(name)
		if err != nil {
			t.Fatal(err)
		}
		d.addrs[name] = a
	}
	e := newEngine(t, mcjit.WithSymbolResolver(d))
	if err := e.AddArchive(importLibrary(t)); err != nil {
		t.Fatal(err)
	}
	add(t, e, coff(t, "use.o", windowsTargets[1], source))
	if got := function[func(int32) int32](t, e, "use")(5); got != 115 {
		t.Errorf("use: %d", got)
	}
	slices.Sort(d.asked)
	if want := []string{"my.dll!imported", "my.dll!imported_data"}; !slices.Equal(slices.Compact(d.asked), want) {
		t.Errorf("asked for %v", d.asked)
	}
}
