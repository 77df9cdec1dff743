package inprocess

import "github.com/gomcjit/gomcjit/executor"

// AddFunctionTable tells Windows of functions with unwind information (RtlAddFunctionTable), so that structured exceptions and C++ ones pass through them: a table of entries (RUNTIME_FUNCTION)
// that is sorted by the functions' addresses, which are relative to base. The table stays where it is until remove has returned, which is to be called once, before memory of the
// functions is given back. Where HasFunctionTables is false the error is ErrUnsupportedHost. It may be called from any goroutine.
func AddFunctionTable(table executor.Addr, entries int, base executor.Addr) (remove func() error, err error) {
	return addFunctionTable(table, entries, base)
}
