package runtimedyld

import (
	"strings"
	"testing"

	"github.com/gomcjit/gomcjit/internal/testenv"
)

// armStart starts programs of ARM, of which the other tests run whole ones (arm_run_test.go).
const armStart = `
	.arm
	.globl _start
_start:	bl check
	mov r7, #1
	svc #0
`

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
		if a.name == "arm" {
			target = execTarget{emulator: "qemu-arm", compilers: []string{"arm-linux-gnueabihf-gcc"}, start: armStart}
		}
		if way.compilers == nil {
			continue
		}
		t.Run(a.name, func(t *testing.T) {
			emulator := target.emulator
			if emulator != "" {
				emulator = testenv.NeedsTool(t, emulator, "qemu-user")
			}
			target.starter, target.noThreads = strings.Fields(target.compilers[0]), "what starts the program has no descriptors"
			for _, compiler := range way.compilers {
				for _, flags := range way.flags {
					t.Run(compiler+" "+flags, func(t *testing.T) { target.run(t, a, emulator, strings.Fields(compiler), strings.Fields(flags)) })
				}
			}
		})
	}
}
