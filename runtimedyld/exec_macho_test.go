package runtimedyld

import (
	"testing"

	"github.com/gomcjit/gomcjit/internal/testenv"
)

// machoExec is how Mach-O objects are compiled that are run. What starts them is an object of ELF, in the same engine. Both conventions agree about functions without parameters.
var machoExec = map[string]struct{ compilers, flags []string }{
	"aarch64": {[]string{"clang-19 --target=arm64-apple-macosx11"}, []string{"-O0", "-O2"}},
	"arm":     {[]string{"clang-19 --target=armv7-apple-ios -marm", "clang-19 --target=armv7-apple-ios -mthumb"}, []string{"-O0", "-O2", "-O2 -fno-pic"}},
	"i386":    {[]string{"clang-19 --target=i386-apple-macosx10.6"}, []string{"-O0 -fPIC", "-O2 -fPIC", "-O2 -mdynamic-no-pic"}},
}

// TestCrossExecutionMachO is TestCrossExecution for Mach-O.
func TestCrossExecutionMachO(t *testing.T) {
	testenv.WithoutRaceDetector(t)
	for _, a := range testArches() {
		way, target := machoExec[a.name], execTargets[a.name]
		if way.compilers == nil {
			continue
		}
		t.Run(a.name, func(t *testing.T) {
			target.starter, _ = execBoth(target.compilers[0])
			for _, compiler := range way.compilers {
				for _, flags := range way.flags {
					t.Run(compiler+" "+flags, func(t *testing.T) { target.run(t, a, compiler, flags+" -DNO_THREADS") })
				}
			}
		})
	}
}
