package inprocess

import "runtime"

// Arch is the architecture whose code this process runs, by LLVM's name, as in "x86_64" and "mips64el"; empty where there is none for the processor. Objects for
// another one are of no use here.
var Arch = map[string]string{
	"386": "i386", "amd64": "x86_64", "arm": "arm", "arm64": "aarch64", "loong64": "loongarch64", "mips": "mips", "mipsle": "mipsel", "mips64": "mips64", "mips64le": "mips64el",
	"ppc64": "ppc64", "ppc64le": "ppc64le", "riscv64": "riscv64", "s390x": "s390x",
}[runtime.GOARCH]

// MicrosoftABI says that C code of this process is called by Microsoft's conventions (x64, ARM64) and not by those of the System V ABI and of AAPCS64.
const MicrosoftABI = runtime.GOOS == "windows"
