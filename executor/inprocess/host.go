package inprocess

import "runtime"

// Arch is the architecture whose code this process runs: ArchOf the processor that it was built for. Objects for another one are of no use here.
var Arch = ArchOf(runtime.GOARCH)

// ArchOf returns LLVM's name, as in "x86_64" and "mips64el", of the architecture that Go calls goarch; empty where no code is called.
func ArchOf(goarch string) string { return arches[goarch] }

var arches = map[string]string{
	"386": "i386", "amd64": "x86_64", "arm": "arm", "arm64": "aarch64", "loong64": "loongarch64", "mips": "mips", "mipsle": "mipsel", "mips64": "mips64", "mips64le": "mips64el",
	"ppc64": "ppc64", "ppc64le": "ppc64le", "riscv64": "riscv64", "s390x": "s390x",
}

// MicrosoftABI says that C code of this process is called by Microsoft's conventions (x64, ARM64) and not by those of the System V ABI and of AAPCS64.
const MicrosoftABI = runtime.GOOS == "windows"
