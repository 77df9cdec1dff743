package runtimedyld

import (
	"slices"
	"strings"
	"testing"

	"github.com/gomcjit/gomcjit/internal/testenv"
	"github.com/gomcjit/gomcjit/objimage"
)

// relinkTargets are what clang compiles for, by LLVM's name of the architecture, with other flags behind that; or compilers of C alone.
var relinkTargets = map[string][]string{
	"x86_64":      {"x86_64-linux-gnu"},
	"i386":        {"i386-linux-gnu"},
	"aarch64":     {"aarch64-linux-gnu"},
	"aarch64_be":  {"aarch64_be-linux-gnu"},
	"arm":         {"armv7-linux-gnueabihf", "thumbv7-linux-gnueabihf"},
	"armeb":       {"armebv7-linux-gnueabihf"},
	"mips":        {"mips-linux-gnu"},
	"mipsel":      {"mipsel-linux-gnu"},
	"mips64":      {"mips64-linux-gnuabi64"},
	"mips64el":    {"mips64el-linux-gnuabi64", "mips64el-linux-gnuabin32"},
	"ppc":         {"powerpc-linux-gnu"},
	"ppc64":       {"powerpc64-linux-gnu", "powerpc64-linux-gnu -mabi=elfv2"},
	"ppc64le":     {"powerpc64le-linux-gnu"},
	"s390x":       {"s390x-linux-gnu"},
	"riscv32":     {"riscv32-linux-gnu -march=rv32gc"},
	"riscv64":     {"riscv64-linux-gnu"},
	"loongarch64": {"loongarch64-linux-gnu -mrelax"},
	"sparcv9":     {"sparc64-linux-gnu"},
	"m68k":        {"m68k-linux-gnu-gcc"},

	"x86_64_x32":       {"x86_64-linux-gnux32"},
	"aarch64_ilp32":    {"aarch64-linux-gnu-gcc -mabi=ilp32"},
	"aarch64_be_ilp32": {"aarch64-linux-gnu-gcc -mabi=ilp32 -mbig-endian"},

	"bpfel": nil, // no C of the corpus: FuzzRelocations has every type
	"bpfeb": nil,
}

// TestRelinkCross moves objects of every architecture, and links them again: addends in places, operations that follow each other, sections that shrink, stubs and what
// calls restore behind them are as in a fresh link.
func TestRelinkCross(t *testing.T) {
	for _, a := range testArches() {
		targets, ok := relinkTargets[a.name]
		if !ok {
			t.Errorf("%s is not tried", a.name)
		}
		for _, target := range targets {
			t.Run(target, func(t *testing.T) {
				images, total := relinkImages(t, target), 0
				for i := range images {
					_, linked := checkRelinks(t, images[i])
					total += linked
				}
				if total == 0 {
					t.Error("no layout can be linked")
				}
				checkRelinks(t, images...)
			})
		}
	}
}

func relinkImages(t *testing.T, target string) []*objimage.Object {
	compiler, args := relinkCompiler(target)
	args = append(args, "-w")
	if compiler != "clang-19" {
		return []*objimage.Object{
			parseObject(t, "c.o", testenv.CompileBytes(t, compiler, testenv.C, corpusC, slices.Concat(args, []string{"-O2", "-fPIC"})...)),
			parseObject(t, "main.o", testenv.CompileBytes(t, compiler, testenv.C, execMain, slices.Concat(args, []string{"-O0", "-fno-pic", "-DNO_THREADS", "-Djump=renamed"})...)),
		}
	}
	return []*objimage.Object{
		parseObject(t, "c.o", testenv.CompileBytes(t, compiler, testenv.C, corpusC, slices.Concat(args, []string{"-O2", "-fPIC", "-Dglobal=renamed"})...)),
		parseObject(t, "cxx.o", testenv.CompileBytes(t, compiler, testenv.CXX, corpusCXX, slices.Concat(args, []string{"-O0", "-fno-pic"})...)),
	}
}

// relinkCompiler returns the compiler for one of relinkTargets, and its flags.
func relinkCompiler(target string) (compiler string, args []string) {
	name, flags, _ := strings.Cut(target, " ")
	if strings.HasSuffix(name, "-gcc") {
		return name, strings.Fields(flags)
	}
	return "clang-19", strings.Fields("--target=" + target)
}
