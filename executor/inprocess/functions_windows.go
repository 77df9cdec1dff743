//go:build amd64 || arm64

package inprocess

import (
	"cmp"
	"fmt"
	"slices"
	"sync"
	"unsafe"

	"github.com/gomcjit/gomcjit/executor"
	"golang.org/x/sys/windows"
)

// HasFunctionTables says whether this system is told of unwind information by AddFunctionTable.
const HasFunctionTables = true

var (
	ntdll                          = windows.NewLazySystemDLL("ntdll.dll")
	rtlAddGrowableFunctionTable    = ntdll.NewProc("RtlAddGrowableFunctionTable")
	rtlDeleteGrowableFunctionTable = ntdll.NewProc("RtlDeleteGrowableFunctionTable")
)

// functionRanges are the ranges of the tables that Windows knows by AddFunctionTable, sorted. It finds a table by its range, and then looks no further.
var functionRanges struct {
	sync.Mutex
	list []executor.AddrRange
}

// addFunctionTable has a table all of whose entries are there from the beginning: an object has no more of them later.
func addFunctionTable(table executor.Addr, entries int, base, end executor.Addr) (func() error, error) {
	r := executor.AddrRange{Start: base, End: end}
	if err := enterFunctionRange(r); err != nil {
		return nil, err
	}
	var token uintptr
	status, _, _ := rtlAddGrowableFunctionTable.Call(uintptr(unsafe.Pointer(&token)), uintptr(table), uintptr(entries), uintptr(entries), uintptr(base), uintptr(end))
	if status := windows.NTStatus(status); status != 0 {
		leaveFunctionRange(r)
		return nil, fmt.Errorf("inprocess: RtlAddGrowableFunctionTable: %w", status)
	}
	return func() error {
		_, _, _ = rtlDeleteGrowableFunctionTable.Call(token) // it has no result
		leaveFunctionRange(r)
		return nil
	}, nil
}

// enterFunctionRange enters a range into the list if it overlaps none.
func enterFunctionRange(r executor.AddrRange) error {
	f := &functionRanges
	f.Lock()
	defer f.Unlock()
	at := searchFunctionRange(r)
	if r.End <= r.Start || at > 0 && f.list[at-1].End > r.Start || at < len(f.list) && f.list[at].Start < r.End {
		return fmt.Errorf("%w: %v to %v", ErrFunctionRange, r.Start, r.End)
	}
	f.list = slices.Insert(f.list, at, r)
	return nil
}

func leaveFunctionRange(r executor.AddrRange) {
	f := &functionRanges
	f.Lock()
	defer f.Unlock()
	at := searchFunctionRange(r)
	f.list = slices.Delete(f.list, at, at+1)
}

// searchFunctionRange returns where a range is in the list, or would be.
func searchFunctionRange(r executor.AddrRange) int {
	at, _ := slices.BinarySearchFunc(functionRanges.list, r, func(a, b executor.AddrRange) int { return cmp.Compare(a.Start, b.Start) })
	return at
}
