package main

import (
	"github.com/gomcjit/gomcjit/executor"
	"github.com/gomcjit/gomcjit/memmgr"
)

// A host serves what a set leaves undefined, from a table. All names have one address, in the engine's own memory, so that it is in reach of
// everything (objects refer to __dso_handle by 32 bits). Nothing of it is called: checks bring definitions.
type host struct {
	memmgr.JITMemoryManager
	names map[string]bool
	addr  executor.Addr // the first that was allocated
}

// Allocate notes an address of what it passes on.
func (h *host) Allocate(b memmgr.Batch, m memmgr.Module, secs []memmgr.Section) (memmgr.AllocID, error) {
	id, err := h.JITMemoryManager.Allocate(b, m, secs)
	for i := 0; i < len(secs) && h.addr == 0; i++ {
		h.addr = secs[i].Addr
	}
	return id, err
}

// ResolveSymbols implements runtimedyld.SymbolResolver.
func (h *host) ResolveSymbols(names []string, addrs []executor.Addr) error {
	for i, name := range names {
		if h.names[name] {
			addrs[i] = h.addr
		}
	}
	return nil
}
