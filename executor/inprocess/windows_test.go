//go:build windows && amd64

package inprocess

import (
	"fmt"
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
