package runtimedyld

import (
	"strings"
	"testing"

	"github.com/gomcjit/gomcjit/internal/testenv"
)

// machoExec is how Mach-O objects are compiled that are run. What starts them is an object of ELF, in the same engine. Both conventions agree about functions without parameters.
var machoExec = map[string]struct{ compilers, flags []string }{
	"aarch64": {[]string{"clang-19 --target=arm64-apple-macosx11"}, []string{"-O0", "-O2"}},
	"arm":     {[]string{"clang-19 --target=armv7-apple-ios"}, []string{"-marm -O0", "-mthumb -O0", "-marm -O2 / -mthumb -O2", "-mthumb -O2 near / -marm -O2", "-mthumb -O2 -fno-pic near"}},
	"i386":    {[]string{"clang-19 --target=i386-apple-macosx10.6"}, []string{"-O0 -fPIC", "-O2 -fPIC", "-O2 -mdynamic-no-pic"}},
}

// TestCrossExecutionMachO is TestCrossExecution for Mach-O.
func TestCrossExecutionMachO(t *testing.T) {
	testenv.WithoutRaceDetector(t)
	for name, way := range machoExec {
		target := execTargets[name]
		target.starter, _ = execBoth(target.compilers[0])
		for _, compiler := range way.compilers {
			for _, flags := range way.flags {
				// What starts the program has no functions for descriptors of thread-local variables.
				t.Run(compiler+" "+flags, func(t *testing.T) { target.run(t, archByName(t, name), compiler, noThreads(flags)) })
			}
		}
	}
}

// noThreads adds to flags of both objects that there are no thread-local variables.
func noThreads(flags string) string {
	return strings.ReplaceAll(flags, " / ", " -DNO_THREADS / ") + " -DNO_THREADS"
}
