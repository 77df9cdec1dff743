// Package crosstest runs a package's tests on processors that this machine does not have: the package's test binary is built for them, static, and run by qemu-user.
//
//	func TestOtherProcessors(t *testing.T) {
//		crosstest.Run(t, crosstest.Others(), "-test.run=Call")
//	}
//
// qemu-user passes system calls on. An emulated test sees the files of this machine. It has the machine's programs (a cross compiler, see [Machine]) started by
// [testenv.Run], and itself by [RunSelf]: both have it done by the test outside.
//
// What qemu-user 7.2 does otherwise than a kernel, and what therefore is not tested on other processors:
//
//   - A fork of a process with threads now and then does not come to its exec, or stops the whole process, whose tests then end without a word.
//   - Instruction caches are coherent whatever the program does: a missing synchronization goes unnoticed. But what was run once is run again unchanged when
//     it is overwritten through another mapping of the same memory (memmgr.WithDualMapping).
//   - LoongArch's vector instructions (LSX, LASX) are not known to it.
//   - Address space is not limited (RLIMIT_AS), costs memory when it is reserved, and is below Go's heap, where a kernel puts it above.
//   - On riscv64 and loong64 handlers do not put off other signals, since it looks for their mask in the wrong place.
//   - There is no ptrace: debuggers read the emulated program's list through its own eyes only.
//
// Only tests import this package.
package crosstest

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/gomcjit/gomcjit/internal/testenv"
)

// emulatorVariable is the environment variable that tells an emulated program what emulates it.
const emulatorVariable = "GOMCJIT_EMULATOR"

// patience is how long the tests of one machine may take, which is ended then. Some seconds before that it says where it is, if it still can.
const patience = 2 * time.Minute

// Emulated says whether this program runs in an emulator, that is some twenty times slower than it looks.
func Emulated() bool { return os.Getenv(emulatorVariable) != "" }

// RunSelf runs this program with variables added to its environment and with other arguments, and returns what it writes.
func RunSelf(env []string, args ...string) ([]byte, error) {
	emulator := os.Getenv(emulatorVariable)
	if emulator == "" {
		cmd := exec.Command(os.Args[0], args...)
		cmd.Env = append(os.Environ(), env...)
		return cmd.CombinedOutput()
	}
	command := append([]string{"env", emulatorVariable + "=" + emulator, testenv.RelayVariable + "=" + os.Getenv(testenv.RelayVariable)}, env...)
	return testenv.Run("", append(append(command, emulator, os.Args[0]), args...)...)
}

// Run builds the tests of the package in the current directory, which is that of the test, for each of the machines, and runs them there with
// these arguments. Each machine is a subtest, which is skipped, naming the Debian package, when the emulator is missing.
func Run(t *testing.T, archs []string, args ...string) {
	if testenv.RaceDetector {
		t.Skip("Go has no race detector there without cgo: the tests without it run them")
	}
	for _, arch := range archs {
		t.Run(arch, func(t *testing.T) { run(t, machine(arch), args) })
	}
}

func run(t *testing.T, m Machine, args []string) {
	var command []string
	if m.emulator != "" {
		command = append(command, testenv.NeedsTool(t, m.emulator, "qemu-user"))
	}
	dir := t.TempDir()
	program := filepath.Join(dir, "tests")
	build := exec.Command("go", "test", "-c", "-vet=off", "-o", program, ".")
	build.Env = append(os.Environ(), "GOOS=linux", "GOARCH="+m.Arch, "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %v\n%s", build.Args, err, out)
	}
	command = append(append(command, program, "-test.v", "-test.timeout="+(patience-20*time.Second).String()), args...)
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Env = os.Environ()
	if m.emulator != "" {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		go testenv.Relay(ctx, dir)
		cmd.Env = append(cmd.Env, emulatorVariable+"="+command[0], testenv.RelayVariable+"="+dir)
	}
	out, err := testenv.Bounded(cmd, patience)
	if err != nil {
		t.Fatalf("%v: %v\n%s", command, err, out)
	}
	passed := bytes.Count(out, []byte("\n--- PASS"))
	if passed == 0 {
		t.Fatalf("%v: no test\n%s", command, out)
	}
	t.Logf("%d tests passed", passed)
}

// Program builds the main package in a folder for the machine, and returns the command that runs it here.
func (m Machine) Program(t testing.TB, folder string) []string {
	t.Helper()
	var command []string
	if m.emulator != "" {
		command = append(command, testenv.NeedsTool(t, m.emulator, "qemu-user"))
	}
	program := filepath.Join(t.TempDir(), "program")
	build := exec.Command("go", "build", "-o", program, folder)
	build.Env = append(os.Environ(), "GOOS=linux", "GOARCH="+m.Arch, "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %v\n%s", build.Args, err, out)
	}
	return append(command, program)
}
