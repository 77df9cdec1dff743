package crosstest

import (
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/gomcjit/gomcjit/internal/testenv"
)

// A Machine is a processor that Go has under Linux, and the tools for it.
type Machine struct {
	Arch     string // Go's name, as in GOARCH
	emulator string // of Debian's package qemu-user; empty where this processor runs it itself
	gnu      string // the prefix of gcc and binutils, without the last dash; empty where Debian 12 has none
	target   string // clang's --target
	clang    string // which clang and ld.lld; empty for the default version
}

// machines are all of them, this one's processor first.
var machines = []Machine{
	{Arch: "amd64"},
	{Arch: "386", gnu: "i686-linux-gnu", target: "i686-linux-gnu"},
	{Arch: "arm", emulator: "qemu-arm", gnu: "arm-linux-gnueabihf", target: "armv7-linux-gnueabihf"},
	{Arch: "arm64", emulator: "qemu-aarch64", gnu: "aarch64-linux-gnu", target: "aarch64-linux-gnu"},
	{Arch: "riscv64", emulator: "qemu-riscv64", gnu: "riscv64-linux-gnu", target: "riscv64-linux-gnu"},
}

// machine returns the one with Go's name arch.
func machine(arch string) Machine {
	i := slices.IndexFunc(machines, func(m Machine) bool { return m.Arch == arch })
	if i < 0 {
		panic("crosstest: no machine " + arch)
	}
	return machines[i]
}

// Here returns the machine that this program runs on, which may be an emulated one.
func Here() Machine { return machine(runtime.GOARCH) }

// Others returns Go's names of the machines but amd64, which all tests are run on anyway.
func Others() []string {
	var list []string
	for _, m := range machines[1:] {
		list = append(list, m.Arch)
	}
	return list
}

// GCC returns the path of a gcc that compiles for m, and Linker that of a GNU ld. A missing one skips the test, as testenv.NeedsTool does.
func (m Machine) GCC(t testing.TB) string {
	t.Helper()
	if m.gnu == "" {
		return testenv.NeedsTool(t, "gcc", "gcc")
	}
	return testenv.NeedsTool(t, m.gnu+"-gcc", "gcc-"+debian(m.gnu))
}

// Linker returns the path of a GNU ld for m.
func (m Machine) Linker(t testing.TB) string {
	t.Helper()
	if m.gnu == "" {
		return testenv.NeedsTool(t, "ld", "binutils")
	}
	return testenv.NeedsTool(t, m.gnu+"-ld", "binutils-"+debian(m.gnu))
}

// Clang returns the command line, without sources, of a clang that compiles for m.
func (m Machine) Clang(t testing.TB) []string {
	t.Helper()
	path := testenv.NeedsTool(t, "clang"+m.clang, "clang"+m.clang)
	if m.target == "" {
		return []string{path}
	}
	return []string{path, "--target=" + m.target}
}

// debian returns how Debian's packages spell a machine's name.
func debian(gnu string) string { return strings.ReplaceAll(gnu, "x86_64", "x86-64") }
