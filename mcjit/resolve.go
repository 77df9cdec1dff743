package mcjit

import (
	"context"
	"fmt"

	"github.com/gomcjit/gomcjit/executor"
	"github.com/gomcjit/gomcjit/objimage"
	"github.com/gomcjit/gomcjit/runtimedyld"
)

// resolver is what the engine's linker asks for undefined symbols: LLVM's LinkingSymbolResolver.
type resolver struct {
	*ExecutionEngine
	ctx context.Context // of who links
}

// resolverOf returns the resolver of a link.
func (e *ExecutionEngine) resolverOf(ctx context.Context) runtimedyld.SymbolResolver {
	if ctx == context.Background() {
		return e.patient
	}
	return resolver{e, ctx}
}

// A wanted is a reference that is looked for.
type wanted struct {
	*runtimedyld.Reference
	found bool // a module defines it that has been loaded, or a DLL
}

// ResolveSymbols loads the archive members that define what is needed, whose own needs are asked for in turn; then it compiles and loads the added modules that define it; then it loads the
// members of the runtime that keep an engine's state; then it asks the lazy function creator, and the client's resolver; and at last the other members of the runtime. As in
// every linker, a weak reference does not load a member (gABI, "Symbol Table").
func (r resolver) ResolveSymbols(refs []runtimedyld.Reference) error {
	e := r.ExecutionEngine
	list := make([]wanted, len(refs))
	for i := range refs {
		list[i].Reference = &refs[i]
	}
	var imports []*objimage.Import
	for i := range list {
		if w := &list[i]; !w.Weak {
			found, imported, err := e.loadMember(w.Name)
			if err != nil {
				return err
			}
			if w.found = found; imported != nil {
				imports = append(imports, imported)
			}
		}
	}
	e.resolveImports(list, imports)
	if err := e.resolveFromAdded(r.ctx, list); err != nil {
		return err
	}
	for i := range list {
		if w := &list[i]; !w.Weak && !w.found {
			var err error
			if w.found, err = e.loadBuiltin(w.Name, true); err != nil {
				return err
			}
		}
	}
	if err := e.askClient(list); err != nil {
		return err
	}
	for i := range list {
		if w := &list[i]; w.found || w.ThreadLocal || w.Weak || w.Addr != 0 {
			continue
		} else if _, err := e.loadBuiltin(w.Name, false); err != nil {
			return err
		}
	}
	e.unwind.noteNeeds(refs)
	return nil
}

// resolveFromAdded compiles and loads the modules that define what is looked for, and nothing else, as many at a time as there are processors. Weak references count: a program that is linked
// of the same modules has them all. Data that modules define themselves (Reference.Data) does not.
func (e *ExecutionEngine) resolveFromAdded(ctx context.Context, list []wanted) error {
	for {
		modules, err := e.definingModules(ctx, list)
		if err != nil || len(modules) == 0 {
			return err
		}
		if err := e.generate(ctx, modules); err != nil {
			return err
		}
		e.noteDefined(list, modules)
	}
}

// definingModules returns the added modules that define what is still looked for; and if there are none, the first of those of which nobody knows what they define.
func (e *ExecutionEngine) definingModules(ctx context.Context, list []wanted) ([]*Module, error) {
	var modules []*Module
	seen := map[*Module]bool{}
	missing := false
	for i := range list {
		if w := &list[i]; !w.found && !w.Data {
			missing = true
			if m := e.added.find(w.Name, false); m != nil && !seen[m] {
				seen[m] = true
				modules = append(modules, m)
			}
		}
	}
	if missing && len(modules) == 0 {
		if m := e.added.firstOpaque(); m != nil {
			modules = append(modules, m)
		}
	}
	if len(modules) > 0 && ctx.Err() != nil {
		return nil, fmt.Errorf("compiling %s: %w", modules[0].Name(), context.Cause(ctx))
	}
	return inOrderOfAddition(modules), nil
}

// noteDefined marks what modules define which are loaded, commons included, as found.
func (e *ExecutionEngine) noteDefined(list []wanted, modules []*Module) {
	missing := make(map[string]*wanted, len(list))
	for i := range list {
		if w := &list[i]; !w.found {
			missing[w.Name] = w
		}
	}
	e.mu.Lock() // files of modules that are in the engine are open
	defer e.mu.Unlock()
	for _, m := range modules {
		o := m.Object()
		if o == nil || !e.has(m) {
			continue // removed meanwhile
		}
		img := o.Image()
		forGlobals(img, func(y objimage.Symbol) {
			if y.Place == objimage.PlaceUndefined || y.Place == objimage.PlaceSection && img.Section(int(y.Section)).Type == 0 { // stripped
				return
			}
			if w := missing[string(img.GlobalName(&y))]; w != nil {
				w.found = true
			}
		})
	}
}

// askClient asks the lazy function creator and then, for what that does not know, the client's resolver.
func (e *ExecutionEngine) askClient(list []wanted) error {
	create := e.creator.Load()
	rest, index := make([]runtimedyld.Reference, 0, len(list)), make([]int, 0, len(list))
	for i := range list {
		w := &list[i]
		if w.found || w.ThreadLocal {
			continue
		}
		if create != nil && !w.Data {
			w.Addr = (*create)(w.Name)
		}
		if w.Addr == 0 {
			rest, index = append(rest, *w.Reference), append(index, i)
		}
	}
	if err := e.askResolver(rest); err != nil {
		return err
	}
	for k, i := range index {
		list[i].Addr = rest[k].Addr
	}
	return nil
}

// askResolver asks the client's resolver, unless symbol searching is disabled.
func (e *ExecutionEngine) askResolver(refs []runtimedyld.Reference) error {
	if e.resolver == nil || len(refs) == 0 || e.noSearch.Load() {
		return nil
	}
	return e.resolver.ResolveSymbols(refs)
}

// DisableSymbolSearching says whether links do without the client's resolver: LLVM's function of that name. Modules, archives, mappings and the lazy function creator serve all the same. What
// is bound already stays.
func (e *ExecutionEngine) DisableSymbolSearching(disabled bool) { e.noSearch.Store(disabled) }

// NamedFunctionAddress returns the address of a function that the engine's modules do not define: LLVM's getPointerToNamedFunction. It asks the client's resolver, unless symbol searching is
// disabled, and the lazy function creator. The error is ErrSymbolNotFound, or the resolver's.
func (e *ExecutionEngine) NamedFunctionAddress(name string) (executor.Addr, error) {
	if e.isClosed() {
		return 0, ErrClosed
	}
	refs := []runtimedyld.Reference{{Name: name}}
	if err := e.askResolver(refs); err != nil {
		return 0, err
	}
	if create := e.creator.Load(); refs[0].Addr == 0 && create != nil {
		refs[0].Addr = (*create)(name)
	}
	if refs[0].Addr == 0 {
		return 0, fmt.Errorf("program used external function %q which could not be resolved: %w", name, ErrSymbolNotFound)
	}
	return refs[0].Addr, nil
}
