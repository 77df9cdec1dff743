//go:build !windows || !(amd64 || arm64)

package inprocess

import "github.com/gomcjit/gomcjit/executor"

// HasFunctionTables says whether this system is told of unwind information by AddFunctionTable.
const HasFunctionTables = false

func addFunctionTable(executor.Addr, int, executor.Addr, executor.Addr) (func() error, error) {
	return nil, ErrUnsupportedHost
}
