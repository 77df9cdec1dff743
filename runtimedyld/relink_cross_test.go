package runtimedyld

import (
	"strings"
	"testing"

	"github.com/gomcjit/gomcjit/internal/testenv"
	"github.com/gomcjit/gomcjit/objimage"
)

// relinkTargets are what clang compiles for, by LLVM's name of the architecture, with other flags behind that.
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
				args := append(strings.Fields("-w --target="+target), "-Dglobal=renamed")
				images := []*objimage.Object{
					parseObject(t, "c.o", testenv.CompileBytes(t, "clang-19", testenv.C, crossC, append(args, "-O2", "-fPIC")...)),
					parseObject(t, "cxx.o", testenv.CompileBytes(t, "clang-19", testenv.CXX, corpusCXX, append(args[:len(args)-1], "-O0", "-fno-pic")...)),
				}
				_, linked := checkRelinks(t, images[0])
				_, more := checkRelinks(t, images[1])
				if linked+more == 0 {
					t.Error("no layout can be linked")
				}
				checkRelinks(t, images...)
			})
		}
	}
}
