//go:build linux && !386 && !amd64 && !arm && !arm64 && !loong64 && !mips && !mipsle && !mips64 && !mips64le && !ppc64 && !ppc64le && !riscv64 && !s390x

package inprocess

// Supported says whether this package can call code on this operating system and processor.
const Supported = false

type savedRegs [6]uintptr

const (
	thunkSize   = 16
	gInRegister = false
)

func writeThunks([]byte) {}

func start(*control, *regs) outcome { return returned }

func resume(*control) outcome { return returned }
