//go:build linux && (arm || riscv64 || mips || mipsle || mips64 || mips64le)

package icache

import (
	"runtime"
	"syscall"
	"unsafe"
)

// Known says whether this package knows how that is done on this host.
const Known = true

// syncCall is the system call that makes stores visible to instruction fetch, in all threads: arch/arm/include/uapi/asm/unistd.h,
// arch/riscv/include/uapi/asm/unistd.h, arch/mips/kernel/syscalls.
var syncCall = map[string]struct {
	number uintptr
	sized  bool // takes a size, not an end
	third  uintptr
}{
	"arm":      {0xf0002, false, 0},   // cacheflush(start, end, flags)
	"riscv64":  {259, false, 0},       // riscv_flush_icache(start, end, flags); flags 0: all threads
	"mips":     {4000 + 147, true, 3}, // cacheflush(addr, bytes, cache); 3: instructions and data
	"mipsle":   {4000 + 147, true, 3},
	"mips64":   {5000 + 197, true, 3},
	"mips64le": {5000 + 197, true, 3},
}[runtime.GOARCH]

// Sync makes what has been stored visible to instruction fetch, in all threads.
func Sync(code []byte) {
	if len(code) == 0 {
		return
	}
	start := uintptr(unsafe.Pointer(unsafe.SliceData(code)))
	second := start + uintptr(len(code))
	if syncCall.sized {
		second = uintptr(len(code))
	}
	syscall.RawSyscall(syncCall.number, start, second, syncCall.third)
}
