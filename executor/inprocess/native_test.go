//go:build linux

package inprocess

import (
	"bytes"
	"debug/elf"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"unsafe"

	"github.com/gomcjit/gomcjit/executor"
	"github.com/gomcjit/gomcjit/internal/crosstest"
	"github.com/gomcjit/gomcjit/internal/icache"
	"golang.org/x/sys/unix"
)

// linkScript puts everything of a freestanding program into one section that can be loaded anywhere.
const linkScript = `SECTIONS {
	. = 0;
	.all : { *(.text*) *(.rodata*) *(.data*) *(.bss*) *(COMMON) }
	/DISCARD/ : { *(.eh_frame*) *(.comment) *(.note*) *(.ARM*) }
}`

// memFuncs are what compilers call on their own.
const memFuncs = `
#undef long
void *memcpy(void *d, const void *s, __SIZE_TYPE__ n) { char *a = d; const char *b = s; while (n--) { *a++ = *b++; __asm__ volatile(""); } return d; }
void *memset(void *d, int c, __SIZE_TYPE__ n) { char *a = d; while (n--) { *a++ = c; __asm__ volatile(""); } return d; }
`

// compile makes machine code of C without any C library, loads it, and returns the addresses of its global functions. The compiler, gcc or clang, is one for the
// processor that the test runs on. In tests' C, long has 64 bits on all of them.
func compile(t testing.TB, cc, source string, flags ...string) map[string]executor.Addr {
	t.Helper()
	machine := crosstest.Here()
	ld := machine.Linker(t)
	compiler := []string{"gcc"}
	if cc == "clang" {
		compiler = machine.Clang(t)
	} else {
		compiler[0] = machine.GCC(t)
	}
	dir := t.TempDir()
	path := func(name string) string { return filepath.Join(dir, name) }
	write := func(name, text string) {
		if err := os.WriteFile(path(name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	run := func(tool string, args ...string) {
		if out, err := exec.Command(tool, args...).CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", tool, err, out)
		}
	}
	write("a.c", source+memFuncs)
	write("a.ld", linkScript)
	args := []string{"-O2", "-ffreestanding", "-fPIC", "-fvisibility=hidden", "-fno-stack-protector", "-w", "-Dlong=__INT64_TYPE__"}
	args = append(append(compiler[1:], args...), flags...)
	run(compiler[0], append(args, "-c", path("a.c"), "-o", path("a.o"))...)
	run(ld, "--no-relax", "-nostdlib", "-e", "0", "-T", path("a.ld"), path("a.o"), "-o", path("a.elf"))
	image, err := os.ReadFile(path("a.elf"))
	if err != nil {
		t.Fatal(err)
	}
	return loadFlat(t, image)
}

// loadFlat maps the one section of a linked image.
func loadFlat(t testing.TB, image []byte) map[string]executor.Addr {
	t.Helper()
	f, err := elf.NewFile(bytes.NewReader(image))
	if err != nil {
		t.Fatal(err)
	}
	code, err := f.Section(".all").Data()
	if err != nil {
		t.Fatal(err)
	}
	mem, err := unix.Mmap(-1, 0, len(code), unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANONYMOUS)
	if err != nil {
		t.Fatal(err)
	}
	copy(mem, code)
	icache.Sync(mem)
	if err := unix.Mprotect(mem, unix.PROT_READ|unix.PROT_EXEC); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = unix.Munmap(mem) })
	syms, err := f.Symbols()
	if err != nil {
		t.Fatal(err)
	}
	addrs := map[string]executor.Addr{}
	for _, s := range syms {
		if elf.ST_TYPE(s.Info) == elf.STT_FUNC {
			addrs[s.Name] = executor.Addr(uintptr(unsafe.Pointer(&mem[0]))) + executor.Addr(s.Value)
		}
	}
	return addrs
}

// mustBind is Bind for tests.
func mustBind[F any](t testing.TB, addr executor.Addr, opts ...Option) F {
	t.Helper()
	f, err := Bind[F](addr, opts...)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func mustCallback(t testing.TB, fn any) *Callback {
	t.Helper()
	cb, err := NewCallback(fn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cb.Release)
	return cb
}
