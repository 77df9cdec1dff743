//go:build unix && !aix && !linux

package epc

import (
	"runtime/debug"

	"github.com/gomcjit/gomcjit/executor"
)

func readHost(at executor.Addr, b []byte) error {
	return guarded("reading", at, func() { copy(b, hostMemory(at, uint64(len(b)))) })
}

func writeHost(at executor.Addr, b []byte) error {
	return guarded("writing", at, func() { copy(hostMemory(at, uint64(len(b))), b) })
}

// guarded returns an error if something faults.
func guarded(op string, at executor.Addr, do func()) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if fault, ok := recover().(error); ok {
			err = &accessError{op, at, fault}
		}
	}()
	do()
	return nil
}
