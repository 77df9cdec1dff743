//go:build linux || (windows && (amd64 || arm64))

package inprocess

import (
	"bytes"
	"debug/elf"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"unsafe"

	"github.com/gomcjit/gomcjit/executor"
	"github.com/gomcjit/gomcjit/internal/crosstest"
	"github.com/gomcjit/gomcjit/internal/icache"
	"github.com/gomcjit/gomcjit/internal/testenv"
)

// linkScript puts a freestanding program at an address: all in one section but for what has to keep its name (the table of contents and the function
// descriptors of PowerPC).
const linkScript = `SECTIONS {
	. = %#x;
	.all : { *(.text*) *(.rodata*) *(.data*) *(.sdata*) *(.bss*) *(COMMON) }
	.opd : { *(.opd*) }
	.got : { *(.got*) *(.toc*) }
	/DISCARD/ : { *(.eh_frame*) *(.comment) *(.note*) *(.ARM*) *(.MIPS*) *(.reginfo) *(.pdr) *(.gnu.attributes) }
}`

// linkRoom is how much memory there is for a program, in bytes.
const linkRoom = 4 << 20

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
	compiler := machine.GCC
	if cc == "clang" {
		compiler = machine.Clang
	}
	dir := testenv.TempDir(t)
	path := func(name string) string { return filepath.Join(dir, name) }
	write := func(name, text string) {
		if err := os.WriteFile(path(name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	run := func(tool string, args ...string) {
		if out, err := testenv.Run("", append([]string{tool}, args...)...); err != nil {
			t.Fatalf("%s: %v\n%s", tool, err, out)
		}
	}
	write("a.c", source+memFuncs)
	mem := linkMemory(t)
	write("a.ld", fmt.Sprintf(linkScript, addressOf(mem)))
	args := []string{"-O2", "-ffreestanding", "-fvisibility=hidden", "-fno-stack-protector", "-w", "-Dlong=__INT64_TYPE__"}
	if runtime.GOOS != "windows" { // where all code is independent of its place, and clang refuses to be told
		args = append(args, "-fPIC")
	}
	command := compiler(t)
	args = append(append(args, command[1:]...), flags...)
	run(command[0], append(args, "-c", path("a.c"), "-o", path("a.o"))...)
	run(ld, "--no-relax", "-nostdlib", "-e", "0", "-T", path("a.ld"), path("a.o"), "-o", path("a.elf"))
	image, err := os.ReadFile(path("a.elf"))
	if err != nil {
		t.Fatal(err)
	}
	return loadImage(t, image, mem)
}

// linkMemory maps memory for a program.
func linkMemory(t testing.TB) []byte {
	t.Helper()
	mem, err := mapMemory(linkRoom)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { unmapMemory(mem) })
	return mem
}

func addressOf(mem []byte) uint64 { return uint64(uintptr(unsafe.Pointer(unsafe.SliceData(mem)))) }

// loadImage puts a linked image into the memory for which it was linked, and returns the addresses of its functions.
func loadImage(t testing.TB, image, mem []byte) map[string]executor.Addr {
	t.Helper()
	f, err := elf.NewFile(bytes.NewReader(image))
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range f.Sections {
		if s.Flags&elf.SHF_ALLOC == 0 || s.Size == 0 {
			continue
		}
		if _, err := io.ReadFull(s.Open(), mem[s.Addr-addressOf(mem):][:s.Size]); err != nil {
			t.Fatal(s.Name, err)
		}
	}
	icache.Sync(mem)
	if err := makeExecutable(mem); err != nil {
		t.Fatal(err)
	}
	syms, err := f.Symbols()
	if err != nil {
		t.Fatal(err)
	}
	addrs := map[string]executor.Addr{}
	for _, s := range syms {
		if elf.ST_TYPE(s.Info) == elf.STT_FUNC {
			addrs[s.Name] = executor.Addr(s.Value)
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
