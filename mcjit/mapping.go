package mcjit

import (
	"slices"
	"sync"

	"github.com/gomcjit/gomcjit/executor"
)

// globalMappings are the names that the client has given addresses, both ways.
type globalMappings struct {
	turn   sync.Mutex // of whoever changes them; it is held while the linker is waited for
	mu     sync.Mutex // of what follows
	byName map[string]executor.Addr
	byAddr map[executor.Addr][]string // in the order in which they were mapped
}

func (g *globalMappings) set(name string, addr executor.Addr) (old executor.Addr) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.byName == nil {
		g.byName, g.byAddr = map[string]executor.Addr{}, map[executor.Addr][]string{}
	}
	if old = g.byName[name]; old != 0 {
		names := slices.DeleteFunc(g.byAddr[old], func(n string) bool { return n == name })
		if g.byAddr[old] = names; len(names) == 0 {
			delete(g.byAddr, old)
		}
		delete(g.byName, name)
	}
	if addr != 0 {
		g.byName[name] = addr
		g.byAddr[addr] = append(g.byAddr[addr], name)
	}
	return old
}

// AddGlobalMapping gives a name a fixed address in the process that runs the code: LLVM's addGlobalMapping. It serves links that come later, and look-ups, before everything else. A mapping
// of the name is replaced; address 0 takes it away. A name that a loaded module defines is a *runtimedyld.DuplicateError; of an engine that is closed the error is ErrClosed.
func (e *ExecutionEngine) AddGlobalMapping(name string, addr executor.Addr) error {
	_, err := e.changeMapping(name, addr, e.dyld.DefineAbsolute)
	return err
}

// UpdateGlobalMapping is AddGlobalMapping for modules that are finalized, too: LLVM's updateGlobalMapping. Wherever they refer to the name, which a mapping or a resolver has given an address before, it gets the new one: GOT
// entries and the slots of stubs at once, so that callers may run meanwhile; see runtimedyld.MoveExternal for what must not run, and for the errors. It returns the address that the name was mapped to before, 0 if it was not. Address 0 takes the
// mapping away, and what is bound stays.
func (e *ExecutionEngine) UpdateGlobalMapping(name string, addr executor.Addr) (old executor.Addr, err error) {
	return e.changeMapping(name, addr, e.dyld.MoveExternal)
}

func (e *ExecutionEngine) changeMapping(name string, addr executor.Addr, change func(string, executor.Addr) error) (old executor.Addr, err error) {
	g := &e.mappings
	g.turn.Lock()
	defer g.turn.Unlock()
	if err := e.late.setAside(change(name, addr)); err != nil {
		old, _ = e.AddressToGlobalIfAvailable(name)
		return old, err
	}
	return g.set(name, addr), nil
}

// AddressToGlobalIfAvailable returns the address that a name is mapped to; false if it is not mapped. LLVM's getAddressToGlobalIfAvailable.
func (e *ExecutionEngine) AddressToGlobalIfAvailable(name string) (executor.Addr, bool) {
	e.mappings.mu.Lock()
	defer e.mappings.mu.Unlock()
	a, ok := e.mappings.byName[name]
	return a, ok
}

// GlobalMappingAt returns the name that is mapped to an address, the last one of several; false if there is none.
func (e *ExecutionEngine) GlobalMappingAt(addr executor.Addr) (name string, ok bool) {
	e.mappings.mu.Lock()
	defer e.mappings.mu.Unlock()
	names := e.mappings.byAddr[addr]
	if len(names) == 0 {
		return "", false
	}
	return names[len(names)-1], true
}

// GlobalValueAtAddress returns the function or variable of a module that is mapped to an address: LLVM's getGlobalValueAtAddress. It is false if nothing is mapped there, and if no module of the
// engine defines or declares the name (any more). It takes time in proportion to the number of modules.
func (e *ExecutionEngine) GlobalValueAtAddress(addr executor.Addr) (GlobalValue, bool) {
	name, ok := e.GlobalMappingAt(addr)
	if !ok {
		return GlobalValue{}, false
	}
	return e.findGlobal(func(v *GlobalValue) bool { return v.Name == name })
}

// ClearAllGlobalMappings takes all mappings away. What is bound already stays. The error is ErrClosed.
func (e *ExecutionEngine) ClearAllGlobalMappings() error {
	return e.clearMappings(func(string) bool { return true })
}

// ClearGlobalMappingsFromModule takes away the mappings of the names that a module defines or declares: LLVM's function of that name. Errors: ErrClosed, and ErrNotOwned for nil.
func (e *ExecutionEngine) ClearGlobalMappingsFromModule(m *Module) error {
	if m == nil {
		return notOwned(m)
	}
	names := map[string]bool{}
	for _, s := range m.Symbols() {
		names[s.Name] = true
	}
	return e.clearMappings(func(name string) bool { return names[name] })
}

// names returns the names that are mapped and that pass.
func (g *globalMappings) names(which func(name string) bool) (list []string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for name := range g.byName {
		if which(name) {
			list = append(list, name)
		}
	}
	return list
}

func (e *ExecutionEngine) clearMappings(which func(name string) bool) error {
	if e.isClosed() {
		return ErrClosed
	}
	g := &e.mappings
	g.turn.Lock()
	defer g.turn.Unlock()
	for _, name := range g.names(which) {
		if err := e.dyld.DefineAbsolute(name, 0); err != nil {
			return err
		}
		g.set(name, 0)
	}
	return nil
}
