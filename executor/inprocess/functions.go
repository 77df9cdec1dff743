package inprocess

import "github.com/gomcjit/gomcjit/executor"

// AddFunctionTable tells Windows of functions with unwind information (RtlAddGrowableFunctionTable), so that structured exceptions and C++ ones pass through them: a table of entries
// (RUNTIME_FUNCTION) that is sorted by the functions' addresses, which are relative to base. Code from base to end is that of the table and of no other: if it is another's the error is
// ErrFunctionRange. The table stays where it is until remove has returned, which is to be called once, before memory of the functions is given back. Where HasFunctionTables is false the error is
// ErrUnsupportedHost. It may be called from any goroutine.
func AddFunctionTable(table executor.Addr, entries int, base, end executor.Addr) (remove func() error, err error) {
	return addFunctionTable(table, entries, base, end)
}
