package mcjit

import (
	"github.com/gomcjit/gomcjit/executor"
	"github.com/gomcjit/gomcjit/objimage"
)

// An ImportResolver is a SymbolResolver that knows DLLs. It is asked for names that an import library has, before the engine asks for them by ResolveSymbols: for all that it does not know, too. It
// may be called as ResolveSymbols may.
type ImportResolver interface {
	// ResolveImport returns the address of what a DLL has, in the process that runs the code.
	ResolveImport(m *objimage.Import) (addr executor.Addr, ok bool)
}

// resolveImports asks the client's resolver for what import libraries have of what is looked for. A library of variables has only the pointers' names: the linker makes these of the variables'.
func (e *ExecutionEngine) resolveImports(list []wanted, imports []*objimage.Import) {
	r, ok := e.resolver.(ImportResolver)
	if !ok || len(imports) == 0 {
		return
	}
	byName := map[string]*objimage.Import{}
	for _, m := range imports {
		byName[m.Name] = m
	}
	for i := range list {
		if m := byName[list[i].Name]; m != nil && !list[i].found {
			list[i].Addr, list[i].found = r.ResolveImport(m)
		}
	}
}
