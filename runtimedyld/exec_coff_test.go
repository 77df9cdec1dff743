package runtimedyld

import (
	"testing"

	"github.com/gomcjit/gomcjit/internal/testenv"
)

// coffExec is how COFF objects are compiled that are run: on AArch64, i386 and ARM Windows has the calling convention of the System V ABI, but for what these programs do not do. With a small
// probe size, functions of all kinds of frames call what the linker supplies to touch them. On x86-64 the conventions are different, but agree about functions without parameters, and what starts the program
// calls one.
var coffExec = map[string]struct{ compilers, flags []string }{
	"aarch64": {[]string{"clang-19 --target=aarch64-pc-windows-msvc", "clang-19 --target=aarch64-pc-windows-gnu"}, []string{"-O0", "-O2 -ffunction-sections", "-O0 -mstack-probe-size=16"}},
	"arm":     {[]string{"clang-19 --target=thumbv7-pc-windows-msvc"}, []string{"-O0", "-O2", "-O0 -mstack-probe-size=16"}},
	"x86_64":  {[]string{"clang-19 --target=x86_64-pc-windows-msvc", "clang-19 --target=x86_64-pc-windows-gnu"}, []string{"-O0", "-O2 -ffunction-sections"}},
	"i386":    {[]string{"clang-19 --target=i686-pc-windows-msvc", "clang-19 --target=i686-pc-windows-gnu"}, []string{"-O0", "-O2 -ffunction-sections", "-O0 -mstack-probe-size=16"}},
}

// TestCrossExecutionCOFF is TestCrossExecution for COFF.
func TestCrossExecutionCOFF(t *testing.T) {
	testenv.WithoutRaceDetector(t)
	for name, way := range coffExec {
		target := execTargets[name]
		if name == "x86_64" { // whose ELF objects other tests run in this process
			target = execTarget{compilers: []string{"gcc"}, start: x86_64Start}
		}
		target.starter, _ = execBoth(target.compilers[0])
		for _, compiler := range way.compilers {
			for _, flags := range way.flags {
				t.Run(compiler+" "+flags, func(t *testing.T) { target.run(t, archByName(t, name), compiler, noThreads(flags)) })
			}
		}
	}
}
