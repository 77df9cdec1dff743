//go:build windows && (amd64 || arm64)

package inprocess

import (
	"fmt"
	"runtime"
	"sync/atomic"
	"syscall"
	"testing"
	"unsafe"

	"golang.org/x/sys/windows"
)

func threadID() int { return int(windows.GetCurrentThreadId()) }

// largeWords is how many words a struct has that, with three small ones of which there are copies, takes the C stack up to 16 bytes less than the limit.
const largeWords = 8180

// writableAndExecutable describes the memory that is both.
func writableAndExecutable(*testing.T) (list []string) {
	const both = windows.PAGE_EXECUTE_READWRITE | windows.PAGE_EXECUTE_WRITECOPY
	var info windows.MemoryBasicInformation
	for at := uintptr(0); windows.VirtualQuery(at, &info, unsafe.Sizeof(info)) == nil; at = info.BaseAddress + info.RegionSize {
		if info.State == windows.MEM_COMMIT && info.Protect&both != 0 {
			list = append(list, fmt.Sprintf("%#x, %d bytes", info.BaseAddress, info.RegionSize))
		}
	}
	return list
}

// resident cannot be told of a part of the memory.
func (c *control) resident(t *testing.T) int {
	t.Skip("Windows does not tell")
	return 0
}

// TestCallbackOnThreads is called back on a thread that Windows makes, and on the thread's own stack of a Go thread.
func TestCallbackOnThreads(t *testing.T) {
	kernel32 := windows.NewLazySystemDLL("kernel32.dll")
	var sum atomic.Uint64
	cb := mustCallback(t, func(n uint64, x *uint64) uint32 {
		runtime.GC()
		return uint32(sum.Add(n))
	})
	for i := range uint64(20) {
		handle, _, err := kernel32.NewProc("CreateThread").Call(0, 0, uintptr(cb.Addr()), uintptr(i), 0, 0)
		if handle == 0 {
			t.Fatal(err)
		}
		if _, err := windows.WaitForSingleObject(windows.Handle(handle), windows.INFINITE); err != nil {
			t.Fatal(err)
		}
		windows.CloseHandle(windows.Handle(handle))
	}
	if got := sum.Load(); got != 190 {
		t.Errorf("threads: %d", got)
	}
	if got, _, _ := syscall.SyscallN(uintptr(cb.Addr()), 10, 0); uint32(got) != 200 {
		t.Errorf("as a function of a DLL: %d", got)
	}
}
