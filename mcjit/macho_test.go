//go:build linux && amd64

package mcjit_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/gomcjit/gomcjit/executor/inprocess"
	"github.com/gomcjit/gomcjit/internal/testenv"
	"github.com/gomcjit/gomcjit/mcjit"
	"github.com/gomcjit/gomcjit/objimage"
	"github.com/gomcjit/gomcjit/runtimedyld"
)

// Darwin's calling convention on x86-64 is System V's, so that Mach-O objects run here.

// compiledMachO returns a buffer with what clang makes of C for macOS on x86-64.
func compiledMachO(t testing.TB, name, source string, args ...string) *objimage.Buffer {
	t.Helper()
	args = append([]string{"-target", "x86_64-apple-macosx11", "-O2", "-ffreestanding", "-fno-stack-protector"}, args...)
	return objimage.NewBuffer(name, testenv.CompileBytes(t, "clang", testenv.C, source, args...))
}

// TestMachOCalls calls functions of every kind of signature in a Mach-O object.
func TestMachOCalls(t *testing.T) {
	source, err := os.ReadFile(filepath.Join("..", "testdata", "add.c"))
	if err != nil {
		t.Fatal(err)
	}
	ways(t, func(t *testing.T, opts ...mcjit.Option) {
		e := newEngine(t, opts...)
		add(t, e, compiledMachO(t, "add.o", string(source)))
		callAll(t, e)
	})
}

const machoSource = `
extern int elf_function(int), elf_data;
int common[8], macho_data = 10;
static int numbers[4] = {1, 2, 3, 4};
int *pointer = &numbers[2];
__attribute__((weak)) int weak(void) { return 1; }
__attribute__((weak_import)) int nobody(void);
static int begun;
__attribute__((constructor)) static void begin(void) { begun = elf_function(3); }
int started(void) { return begun; }
int macho_function(int n) { return n * macho_data + *pointer; }
int sum(void) { common[7] = 100; return elf_function(elf_data) + weak() + (nobody ? 1000 : 0) + numbers[3]; }
int spread(int n) { switch (n) { case 0: return 5; case 1: return 17; case 2: return elf_function(1); case 3: return 9; case 4: return 2; default: return 3; } }
`

const elfSource = `
extern int macho_function(int), macho_data;
int common[8], elf_data = 5;
int weak(void) { return 20; }
int elf_function(int n) { return macho_function(n) + common[7]; }
int look(void) { return common[7] + macho_data; }
`

// TestMachOWithELF links objects of both formats, in both orders: names, commons and weak definitions are one another's.
func TestMachOWithELF(t *testing.T) {
	ways(t, func(t *testing.T, opts ...mcjit.Option) {
		for _, level := range []string{"-O0", "-O2"} {
			buffers := []*objimage.Buffer{
				compiledMachO(t, "macho.o", machoSource, level, "-fcommon"),
				compiled(t, "elf.o", elfSource, level, "-fcommon"),
			}
			for range 2 {
				e := newEngine(t, opts...)
				before := e.Stats()
				modules := add(t, e, buffers...)
				if err := e.Initialize(); err != nil {
					t.Fatal(err)
				}
				wantCall(t, e, "started", 3*10+3)
				wantCall(t, e, "sum", 5*10+3+100+20+4)
				wantCall(t, e, "look", 110)
				if got := function[func(int32) int32](t, e, "spread")(1); got != 17 {
					t.Errorf("spread(1) = %d", got)
				}
				remove(t, e, modules...)
				wantStats(t, e, before)
				buffers[0], buffers[1] = objectOf("elf.o", compiled(t, "elf.o", elfSource, level, "-fcommon").Bytes()),
					compiledMachO(t, "macho.o", machoSource, level, "-fcommon")
			}
		}
	})
}

// TestMachORoutines runs constructors and destructors: those of the sections of pointers, and what constructors have registered.
func TestMachORoutines(t *testing.T) {
	e := newEngine(t)
	var order []byte
	record, err := inprocess.NewCallback(func(c int32) { order = append(order, byte(c)) })
	if err != nil {
		t.Fatal(err)
	}
	defer record.Release()
	if err := e.AddGlobalMapping("record", record.Addr()); err != nil {
		t.Fatal(err)
	}
	source := `
void record(int);
int __cxa_atexit(void (*)(void *), void *, void *);
extern int __dso_handle;
static void registered(void *p) { record(*(char *)p); }
__attribute__((constructor)) static void first(void) { record('a'); __cxa_atexit(registered, "c", &__dso_handle); }
__attribute__((constructor)) static void second(void) { record('b'); }
void last(void) { record('d'); }
__asm__(".section __DATA,__mod_term_func,mod_term_funcs\n.p2align 3\n.quad _last\n");
`
	m := add(t, e, compiledMachO(t, "routines.o", source))
	if err := e.Initialize(); err != nil {
		t.Fatal(err)
	}
	remove(t, e, m...)
	if string(order) != "abcd" {
		t.Errorf("%q has run, want abcd", order)
	}
}

// TestMachORefusals: what cannot be is a typed error.
func TestMachORefusals(t *testing.T) {
	e := newEngine(t, mcjit.WithThreadStorage(nil))
	if _, err := e.AddObject(compiledMachO(t, "tlv.o", "_Thread_local int v = 1; int get(void) { return v; }")); !errors.Is(err, runtimedyld.ErrUnsupportedSymbol) {
		t.Errorf("thread-local without storage: %v", err)
	}
	authenticated := testenv.CompileBytes(t, "clang", testenv.Assembler, ".data\n.quad _f\n", "-target", "arm64-apple-ios14")
	unsigned := []byte{0x02, 0, 0, 0x0e} // ARM64_RELOC_UNSIGNED of symbol 2; authenticated pointers have type 11
	authenticated = bytes.Replace(authenticated, unsigned, []byte{0x02, 0, 0, 0xbe}, 1)
	if _, err := e.AddObject(objimage.NewBuffer("arm64e.o", authenticated)); !errors.Is(err, runtimedyld.ErrUnsupportedRelocation) {
		t.Errorf("authenticated pointer: %v", err)
	}
	add(t, e, compiledMachO(t, "one.o", "int one(void) { return 1; }"))
	other := testenv.CompileBytes(t, "clang", testenv.C, "int two(void) { return 2; }", "-target", "arm64-apple-macosx11")
	if _, err := e.AddObject(objimage.NewBuffer("arm64.o", other)); !errors.Is(err, runtimedyld.ErrUnsupportedArch) {
		t.Errorf("another architecture: %v", err)
	}
}

// TestVerbatimNames: of a function with C's name and one without the underscore before it, a name that begins with a byte 1 is the latter.
func TestVerbatimNames(t *testing.T) {
	e, err := mcjit.New()
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	const source = `int f(void) { return 1; } int without(void) __asm__("f"); int without(void) { return 2; } int g(void) { return 3; }`
	if _, err := e.AddObject(compiledMachO(t, "names.o", source)); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]int32{"f": 1, "\x01f": 2, "\x01g": 3} {
		if a, err := e.SymbolAddress(name); err != nil || a == 0 {
			t.Errorf("%q: %v", name, err)
		}
		wantCall(t, e, name, want)
	}
}
