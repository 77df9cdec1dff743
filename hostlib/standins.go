package hostlib

import "github.com/gomcjit/gomcjit/executor"

// StandIns returns an object that stands in for symbols outside an engine, of which it is told the addresses: what a linker of programs makes in the program for code that was compiled to
// be one (-fno-pic, -fPIE), which refers by 32 bits to everything. It is for mcjit.WithStandIns, of engines whose code runs in this process.
//
//   - A function's is a jump to it. For the engine's modules the jump's address is the function's (AMD64 psABI, "Function Addresses"), for the host the function's own is.
//   - A constant's, and that of stdin, stdout and stderr, is a copy, made now: who assigns to one of these three changes it for one side only. Other variables have none, since two
//     copies would differ sooner or later: a linker of programs makes the libraries use its copy (R_X86_64_COPY), which is too late here. What is in memory that cannot be
//     written is a constant.
//
// The object is an ELF object of x86-64 whose symbols are weak, nil if none of the names can have a stand-in. Whether a symbol is a function is what the file says that the process has mapped at its
// address; what the kernel has mapped (vdso(7)) are functions. Elsewhere than on linux/amd64 nothing has a stand-in. It may be called from every goroutine.
func StandIns(outside map[string]executor.Addr) (object []byte) { return standIns(outside) }
