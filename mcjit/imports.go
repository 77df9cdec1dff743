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

// askForImport asks the client's resolver for a name that an import library has.
func (e *ExecutionEngine) askForImport(name string, m *objimage.Import) executor.Addr {
	r, ok := e.resolver.(ImportResolver)
	if m == nil || !ok || m.Name != name { // a pointer to the name is the linker's business
		return 0
	}
	a, _ := r.ResolveImport(m)
	return a
}
