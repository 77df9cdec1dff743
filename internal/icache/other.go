//go:build !windows && !amd64 && !386 && !s390x && !arm64 && !ppc64 && !ppc64le && !loong64 && !(linux && (arm || riscv64 || mips || mipsle || mips64 || mips64le))

package icache

// Known says whether this package knows how that is done on this host. Where it is false, Sync does nothing and nobody must run code that the process made.
const Known = false

// Sync does nothing.
func Sync([]byte) {}
