//go:build !linux

package epc

import "github.com/gomcjit/gomcjit/executor"

// patchable says whether pages can be put in the place of others under running code.
const patchable = false

func movePages(executor.Addr, uint64, executor.Addr) error { return ErrUnsupportedHost }
