package main

import (
	"github.com/gomcjit/gomcjit/executor"
	"github.com/gomcjit/gomcjit/mcjit"
	"github.com/gomcjit/gomcjit/runtimedyld"
)

// An externalTable serves what a set leaves undefined. All names have one address, in the engine's own memory, so that it is in reach of
// everything (objects refer to __dso_handle by 32 bits). Nothing of it is called: checks bring definitions.
type externalTable struct {
	names  map[string]bool
	addr   executor.Addr
	engine *mcjit.ExecutionEngine // whose modules are loaded as they are needed, so that the first one is known when names are asked for; or nil
}

// point makes the names point to an object's first section, unless they point somewhere already.
func (t *externalTable) point(o *runtimedyld.Object) {
	for i := 1; t.addr == 0 && i < o.Image().NumSections(); i++ {
		t.addr, _ = o.SectionLoadAddress(i)
	}
}

// ResolveSymbols implements runtimedyld.SymbolResolver.
func (t *externalTable) ResolveSymbols(refs []runtimedyld.Reference) error {
	if t.addr == 0 && t.engine != nil {
		for _, m := range t.engine.Modules() {
			if o := m.Object(); o != nil {
				t.point(o)
			}
		}
	}
	for i := range refs {
		if t.names[refs[i].Name] {
			refs[i].Addr = t.addr
		}
	}
	return nil
}
