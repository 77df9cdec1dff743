package objimage

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gomcjit/gomcjit/internal/testenv"
)

// cSource has one of everything that a C compiler puts into a symbol table.
const cSource = `
int common_zero;
int defined = 7;
static int hidden_static[3] = {1, 2, 3};
const char *text = "hello";
__attribute__((weak)) int weak_def(void) { return 1; }
extern int external(int, const char *);
extern __attribute__((weak)) int maybe(void);
__attribute__((visibility("hidden"))) int hidden_func(int i) { return hidden_static[i] + defined + common_zero; }
int uses(int i) { return external(i, text) + (maybe ? maybe() : 0) + hidden_func(i) + weak_def(); }
#ifndef __bpf__
__asm__(".globl absolute\nabsolute = 0x1234\n");
#endif
`

// A target is a layout, an architecture and a relocation style that clang can be made to emit.
type target struct {
	triple string
	arch   Arch
	bits   int
	flags  []string
}

var targets = []target{
	{"x86_64-linux-gnu", ArchX86_64, 64, []string{"-g"}},
	{"x86_64-linux-gnux32", ArchX86_64, 32, nil},
	{"i386-linux-gnu", ArchI386, 32, nil},
	{"aarch64-linux-gnu", ArchAArch64, 64, nil},
	{"aarch64_be-linux-gnu", ArchAArch64BE, 64, nil},
	{"armv7-linux-gnueabihf", ArchARM, 32, nil},
	{"armebv7-linux-gnueabihf", ArchARMEB, 32, nil},
	{"mips-linux-gnu", ArchMips, 32, nil},
	{"mipsel-linux-gnu", ArchMipsel, 32, nil},
	{"mips64-linux-gnuabi64", ArchMips64, 64, nil},
	{"mips64el-linux-gnuabi64", ArchMips64el, 64, nil},
	{"powerpc-linux-gnu", ArchPPC, 32, nil},
	{"powerpc64-linux-gnu", ArchPPC64, 64, nil},
	{"powerpc64le-linux-gnu", ArchPPC64LE, 64, nil},
	{"s390x-linux-gnu", ArchS390X, 64, nil},
	{"riscv32-linux-gnu", ArchRISCV32, 32, nil},
	{"riscv64-linux-gnu", ArchRISCV64, 64, nil},
	{"bpfel", ArchBPFEL, 64, nil},
	{"bpfeb", ArchBPFEB, 64, nil},
}

// compileC compiles cSource for a target.
func compileC(t testing.TB, tg target) *Buffer {
	t.Helper()
	args := append([]string{"-target", tg.triple, "-fintegrated-as", "-fcommon", "-ffunction-sections", "-fno-pic", "-w"}, tg.flags...)
	return NewBuffer(tg.triple+".o", testenv.CompileBytes(t, "clang", testenv.C, cSource, args...))
}

// assemble assembles x86-64 source with gas.
func assemble(t testing.TB, source string) *Buffer {
	t.Helper()
	return NewBuffer("source.o", testenv.CompileBytes(t, "gcc", testenv.Assembler, source))
}

func mustParse(t testing.TB, b *Buffer) *Object {
	t.Helper()
	o, err := Parse(b)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func allSymbols(t testing.TB, o *Object) []Symbol {
	t.Helper()
	syms := make([]Symbol, o.NumSymbols()+1)
	n, err := o.Symbols(0, syms)
	if err != nil {
		t.Fatal(err)
	}
	if n != o.NumSymbols() {
		t.Fatalf("%s: decoded %d symbols of %d", o.Name(), n, o.NumSymbols())
	}
	return syms[:n]
}

func findSymbol(t testing.TB, o *Object, name string) Symbol {
	t.Helper()
	for _, s := range allSymbols(t, o) {
		if string(o.SymbolName(&s)) == name {
			return s
		}
	}
	t.Fatalf("%s: no symbol %q", o.Name(), name)
	return Symbol{}
}

func findSection(t testing.TB, o *Object, name string) int {
	t.Helper()
	for i := range o.NumSections() {
		if string(o.SectionName(i)) == name {
			return i
		}
	}
	t.Fatalf("%s: no section %q", o.Name(), name)
	return 0
}

// tool runs a tool in dir and returns what it prints.
func tool(t testing.TB, dir, pkg, name string, args ...string) string {
	t.Helper()
	cmd := exec.Command(testenv.NeedsTool(t, name, pkg), args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "LC_ALL=C")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
	return string(out)
}

func writeFile(t testing.TB, dir, name string, data []byte) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}
