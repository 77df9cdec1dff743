package epc

import (
	"encoding/binary"
	"runtime"

	"github.com/gomcjit/gomcjit/executor"
)

// A Library is where a Server looks up symbols: a *hostlib.Library.
type Library interface {
	// Lookup returns the address of a symbol.
	Lookup(name string) (executor.Addr, bool)
}

// A Host is what a Server needs of the process that it is in. The zero Host is one without a C library: code can be loaded and called.
type Host struct {
	// Open opens a shared library, or the process itself if path is empty. nil if there are none.
	Open func(path string) (Library, error)

	// Debug tells debuggers of an object file (gdbjit.RegisterObject), and returns what makes them forget it. nil if there are none.
	Debug func(object []byte) (forget func() error, err error)

	// Crashes has controllers of this package told when code crashes (CrashError), on Linux for x86-64 and AArch64. The process gives the handling of faults up for good: one in Go code
	// ends it as well, in place of a panic.
	Crashes bool

	// Environ is the environment of the main functions that run.
	Environ []string
}

// library opens a library.
func (h *Host) library(path string) (Library, error) {
	if h.Open == nil && path == "" {
		return noLibrary{}, nil
	}
	if h.Open == nil {
		return nil, errNoLibraries
	}
	return h.Open(path)
}

// noLibrary has no symbols.
type noLibrary struct{}

func (noLibrary) Lookup(string) (executor.Addr, bool) { return 0, false }

// hostTriple is this process's target triple, as LLVM's controllers want it.
func hostTriple() string {
	arch, ok := map[string]string{
		"386": "i386", "amd64": "x86_64", "arm": "armv7", "arm64": "aarch64", "loong64": "loongarch64", "mips": "mips", "mipsle": "mipsel",
		"mips64": "mips64", "mips64le": "mips64el", "ppc64": "powerpc64", "ppc64le": "powerpc64le", "riscv64": "riscv64", "s390x": "s390x",
	}[runtime.GOARCH]
	if !ok {
		arch = runtime.GOARCH
	}
	switch {
	case runtime.GOOS == "windows":
		return arch + "-pc-windows-gnu"
	case runtime.GOOS == "darwin":
		return arch + "-apple-darwin"
	case runtime.GOOS == "linux" && runtime.GOARCH == "arm":
		return arch + "-unknown-linux-gnueabihf"
	case arch == "x86_64" || arch == "i386":
		return arch + "-pc-" + runtime.GOOS + "-gnu"
	}
	return arch + "-unknown-" + runtime.GOOS + "-gnu"
}

// wordSize is the size of a pointer, in bytes.
const wordSize = 32 << (^uint(0) >> 63) / 8

// inWord is hostOrderWord the other way round.
func inWord(b []byte) uintptr {
	if wordSize == 8 {
		return uintptr(binary.NativeEndian.Uint64(b))
	}
	return uintptr(binary.NativeEndian.Uint32(b))
}

// hostOrderWord returns the bytes of a word as they lie in memory.
func hostOrderWord(word uintptr) []byte {
	if wordSize == 8 {
		return binary.NativeEndian.AppendUint64(nil, uint64(word))
	}
	return binary.NativeEndian.AppendUint32(nil, uint32(word))
}
