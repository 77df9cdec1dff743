//go:build !unix || aix

package epc

import (
	"io"

	"github.com/gomcjit/gomcjit/executor"
)

// servable says whether this package knows how to get memory for code here.
const servable = false

func mapPages(uint64, executor.Addr, executor.MemProt) (executor.Addr, error) {
	return 0, ErrUnsupportedHost
}

func unmapPages(executor.Addr, uint64) error                     { return ErrUnsupportedHost }
func protectPages(executor.Addr, uint64, executor.MemProt) error { return ErrUnsupportedHost }
func forgetPages(executor.Addr, uint64) error                    { return ErrUnsupportedHost }
func zeroMemory([]byte)                                          {}
func hostMemory(executor.Addr, uint64) []byte                    { return nil }
func cString(executor.Addr) string                               { return "" }
func readHost(executor.Addr, []byte) error                       { return ErrUnsupportedHost }
func writeHost(executor.Addr, []byte) error                      { return ErrUnsupportedHost }

// Descriptors makes a connection of two inherited file descriptors. Closing it closes both.
func Descriptors(_, _ int) (io.ReadWriteCloser, error) { return nil, ErrUnsupportedHost }
