//go:build amd64 || arm64

package inprocess

import (
	"errors"

	"github.com/gomcjit/gomcjit/executor"
	"golang.org/x/sys/windows"
)

// HasFunctionTables says whether this system is told of unwind information by AddFunctionTable.
const HasFunctionTables = true

var (
	ntdll                  = windows.NewLazySystemDLL("ntdll.dll")
	rtlAddFunctionTable    = ntdll.NewProc("RtlAddFunctionTable")
	rtlDeleteFunctionTable = ntdll.NewProc("RtlDeleteFunctionTable")
)

// addFunctionTable does not use RtlAddGrowableFunctionTable, which Windows has from 8 on and wine 8, too. Its range begins at the base to which the table's addresses are relative, and is
// looked up before the entries are: an object's base is its lowest section, mostly below code of other objects, so that ranges would overlap.
func addFunctionTable(table executor.Addr, entries int, base executor.Addr) (func() error, error) {
	if ok, _, _ := rtlAddFunctionTable.Call(uintptr(table), uintptr(entries), uintptr(base)); byte(ok) == 0 {
		return nil, errors.New("inprocess: RtlAddFunctionTable refuses the table: the system has no memory for it")
	}
	return func() error {
		if ok, _, _ := rtlDeleteFunctionTable.Call(uintptr(table)); byte(ok) == 0 {
			return errors.New("inprocess: RtlDeleteFunctionTable does not know the table")
		}
		return nil
	}, nil
}
