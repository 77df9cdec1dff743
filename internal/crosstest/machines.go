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
	Arch     string   // Go's name, as in GOARCH
	emulator string   // of Debian's package qemu-user; empty where this processor runs it itself
	gnu      string   // the prefix of gcc and binutils, without the last dash; empty where Debian 12 has none
	target   string   // clang's --target
	clang    string   // which clang and ld.lld; empty for the default version
	flags    []string // for gcc and clang: code that needs nobody's help to find its data, and no more than the emulator has

	gccFlags, clangFlags []string // for one of them
}

// windowsX64 is this processor under Windows: compilers make objects in ELF of its calling convention.
var windowsX64 = Machine{Arch: "amd64", target: "x86_64-pc-windows-elf", gccFlags: []string{"-mabi=ms"}, clangFlags: []string{"-mno-stack-arg-probe"}}

// machines are all of them, this one's processor first.
var machines = []Machine{
	{Arch: "amd64"},
	{Arch: "386", gnu: "i686-linux-gnu", target: "i686-linux-gnu"},
	{Arch: "arm", emulator: "qemu-arm", gnu: "arm-linux-gnueabihf", target: "armv7-linux-gnueabihf"},
	{Arch: "arm64", emulator: "qemu-aarch64", gnu: "aarch64-linux-gnu", target: "aarch64-linux-gnu"},
	{Arch: "riscv64", emulator: "qemu-riscv64", gnu: "riscv64-linux-gnu", target: "riscv64-linux-gnu"},
	{Arch: "ppc64le", emulator: "qemu-ppc64le", gnu: "powerpc64le-linux-gnu", target: "powerpc64le-linux-gnu"},
	{Arch: "ppc64", emulator: "qemu-ppc64", gnu: "powerpc64-linux-gnu", target: "powerpc64-linux-gnu"},
	{Arch: "s390x", emulator: "qemu-s390x", gnu: "s390x-linux-gnu", target: "s390x-linux-gnu"},
	{Arch: "mips", emulator: "qemu-mips", gnu: "mips-linux-gnu", target: "mips-linux-gnu", flags: absolute},
	{Arch: "mipsle", emulator: "qemu-mipsel", gnu: "mipsel-linux-gnu", target: "mipsel-linux-gnu", flags: absolute},
	{Arch: "mips64", emulator: "qemu-mips64", gnu: "mips64-linux-gnuabi64", target: "mips64-linux-gnuabi64", flags: absolute},
	{Arch: "mips64le", emulator: "qemu-mips64el", gnu: "mips64el-linux-gnuabi64", target: "mips64el-linux-gnuabi64", flags: absolute},
	{Arch: "loong64", emulator: "qemu-loongarch64", target: "loongarch64-linux-gnu", clang: "-19", flags: []string{"-mno-lsx"}},
}

// absolute is for MIPS, where other code wants its own address in R25 and a global offset table.
var absolute = []string{"-fno-pic", "-mno-abicalls", "-G0"}

// machine returns the one with Go's name arch.
func machine(arch string) Machine {
	i := slices.IndexFunc(machines, func(m Machine) bool { return m.Arch == arch })
	if i < 0 {
		panic("crosstest: no machine " + arch)
	}
	return machines[i]
}

// Machines returns all of them, amd64 first.
func Machines() []Machine { return slices.Clone(machines) }

// Emulated says whether it takes an emulator to run programs for m on amd64.
func (m Machine) Emulated() bool { return m.emulator != "" }

// Here returns the machine that this program runs on, which may be an emulated one.
func Here() Machine {
	if runtime.GOOS == "windows" && runtime.GOARCH == "amd64" {
		return windowsX64
	}
	return machine(runtime.GOARCH)
}

// Others returns Go's names of the machines but amd64, which all tests are run on anyway.
func Others() []string {
	var list []string
	for _, m := range machines[1:] {
		list = append(list, m.Arch)
	}
	return list
}

// GCC returns the command line, without sources, of a gcc that compiles for m, or of a clang where Debian has no such gcc. A missing one skips the test, as
// testenv.NeedsTool does.
func (m Machine) GCC(t testing.TB) []string {
	t.Helper()
	gcc, pkg := "gcc", "gcc"
	switch {
	case m.gnu != "":
		gcc, pkg = m.gnu+"-gcc", "gcc-"+debian(m.gnu)
	case m.target != "" && m.gccFlags == nil:
		return m.Clang(t)
	}
	return slices.Concat([]string{testenv.NeedsTool(t, gcc, pkg)}, m.flags, m.gccFlags)
}

// Linker returns the path of a linker for m that takes GNU ld's options.
func (m Machine) Linker(t testing.TB) string {
	t.Helper()
	switch {
	case m.gnu != "":
		return testenv.NeedsTool(t, m.gnu+"-ld", "binutils-"+debian(m.gnu))
	case m.target != "" && m.gccFlags == nil:
		return testenv.NeedsTool(t, "ld.lld"+m.clang, "lld"+m.clang)
	}
	return testenv.NeedsTool(t, "ld", "binutils")
}

// Clang returns the command line, without sources, of a clang that compiles for m.
func (m Machine) Clang(t testing.TB) []string {
	t.Helper()
	command := []string{testenv.NeedsTool(t, "clang"+m.clang, "clang"+m.clang)}
	if m.target != "" {
		command = append(command, "--target="+m.target)
	}
	return slices.Concat(command, m.flags, m.clangFlags)
}

// debian returns how Debian's packages spell a machine's name.
func debian(gnu string) string { return strings.ReplaceAll(gnu, "x86_64", "x86-64") }
