//go:build !amd64 && !386 && !s390x && !arm64 && !ppc64 && !ppc64le && !loong64 && !(linux && (arm || riscv64 || mips || mipsle || mips64 || mips64le))

package memmgr

// Here it is not known how stores are made visible to instruction fetch, so New refuses to make managers.
const instructionsSynced = false

func syncInstructions([]byte) {}
