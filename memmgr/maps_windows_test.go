package memmgr

import (
	"testing"
	"unsafe"

	"github.com/gomcjit/gomcjit/executor"
	"golang.org/x/sys/windows"
)

// replaces says whether pages can be replaced in which code runs.
const replaces = false

var getProcessMemoryInfo = windows.NewLazySystemDLL("kernel32.dll").NewProc("K32GetProcessMemoryInfo")

// resident returns the resident memory of this process, in KiB.
func resident(t testing.TB) int {
	t.Helper()
	var info struct { // PROCESS_MEMORY_COUNTERS, psapi.h
		size, faults      uint32
		peak, workingSet  uintptr
		pools             [4]uintptr
		pagefile, pagePks uintptr
	}
	info.size = uint32(unsafe.Sizeof(info))
	if ok, _, err := getProcessMemoryInfo.Call(uintptr(windows.CurrentProcess()), uintptr(unsafe.Pointer(&info)), uintptr(info.size)); ok == 0 {
		t.Fatal(err)
	}
	return int(info.workingSet >> 10)
}

// protNames are protections of winnt.h, as /proc/PID/maps would show them.
var protNames = map[uint32]string{
	0: "---p", windows.PAGE_NOACCESS: "---p", windows.PAGE_READONLY: "r--p", windows.PAGE_READWRITE: "rw-p", windows.PAGE_WRITECOPY: "rw-p",
	windows.PAGE_EXECUTE: "--xp", windows.PAGE_EXECUTE_READ: "r-xp", windows.PAGE_EXECUTE_READWRITE: "rwxp", windows.PAGE_EXECUTE_WRITECOPY: "r-xp",
}

// guarded is the bit of pages that are accessible from the first access on (PAGE_GUARD).
const guarded = 0x100

// allMappings returns the memory of this process that is reserved or committed. What is only reserved cannot be accessed.
func allMappings(testing.TB) (all []mapping) {
	for at := uintptr(0); ; {
		var info windows.MemoryBasicInformation
		if err := windows.VirtualQuery(at, &info, unsafe.Sizeof(info)); err != nil {
			return all // the end of the address space
		}
		end := info.BaseAddress + info.RegionSize
		m := mapping{executor.Addr(info.BaseAddress), executor.Addr(end), "---p"}
		if info.State == windows.MEM_COMMIT {
			m.prot = protNames[info.Protect&^guarded]
		}
		if n := len(all); n > 0 && all[n-1].to == m.from && all[n-1].prot == m.prot && m.prot == "---p" {
			all[n-1].to = m.to // neighbours that differ in what does not matter
		} else if info.State == windows.MEM_COMMIT || info.State == windows.MEM_RESERVE {
			all = append(all, m)
		}
		at = end
	}
}
