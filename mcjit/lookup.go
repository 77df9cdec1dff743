package mcjit

import (
	"errors"
	"fmt"

	"github.com/gomcjit/gomcjit/executor"
	"github.com/gomcjit/gomcjit/executor/inprocess"
	"github.com/gomcjit/gomcjit/objimage"
	"github.com/gomcjit/gomcjit/runtimedyld"
)

// SymbolAddress returns the address that a symbol has, or will have, in the process that runs the code: LLVM's getSymbolAddress. It looks among global
// mappings and modules, then loads a member of an archive that defines the name, then asks the lazy function creator. It never
// finalizes: until that has happened nothing may be called or read there. Names are as in the object file.
//
// Of a symbol that is defined it takes no lock and allocates nothing, however many modules there are. Errors: ErrSymbolNotFound, ErrClosed, and
// those of loading a member.
func (e *ExecutionEngine) SymbolAddress(name string) (executor.Addr, error) {
	if a, ok := e.dyld.SymbolLoadAddress(name); ok {
		return a, nil
	}
	if e.dyld.IsThreadLocal(name) {
		return 0, fmt.Errorf("%q is a %w variable, which has an address in each thread", name, ErrThreadLocal)
	}
	found, _, err := e.loadMember(name)
	if err != nil {
		return 0, err
	}
	if found {
		if a, ok := e.dyld.SymbolLoadAddress(name); ok {
			return a, nil
		}
	}
	if create := e.creator.Load(); create != nil {
		if a := (*create)(name); a != 0 {
			return a, nil
		}
	}
	return 0, fmt.Errorf("%w: %q", ErrSymbolNotFound, name)
}

// GlobalValueAddress returns the address of a variable or a function, and finalizes everything that is loaded if the symbol is not: LLVM's
// getGlobalValueAddress. The address may be used at once. Errors are those of SymbolAddress and FinalizeObject, but for a *ListenerError: listeners' errors are logged, and what
// else it would have told is told by the next FinalizeObject, or by Close.
func (e *ExecutionEngine) GlobalValueAddress(name string) (executor.Addr, error) {
	for {
		if a, ok := e.dyld.FinalizedAddress(name); ok {
			return a, nil
		}
		a, err := e.SymbolAddress(name)
		if err != nil {
			return 0, err
		}
		var listeners *ListenerError
		if err := e.finalize(); err != nil && !errors.As(err, &listeners) {
			return 0, err
		}
		if final, ok := e.dyld.FinalizedAddress(name); ok {
			return final, nil
		}
		// The name is the lazy function creator's, or its value is 0; or else its module was replaced meanwhile by one that is not finalized.
		if now, ok := e.dyld.SymbolLoadAddress(name); !ok || now == 0 {
			return a, nil
		}
	}
}

// FunctionAddress is GlobalValueAddress for a function: LLVM's getFunctionAddress. It may be called as often as one likes: of a symbol that is
// finalized it takes no lock and allocates nothing, however many modules there are.
func (e *ExecutionEngine) FunctionAddress(name string) (executor.Addr, error) {
	return e.GlobalValueAddress(name)
}

// FinalizeObject makes everything that is loaded ready to run: it binds undefined symbols, applies relocations, protects memory and tells
// the listeners. Modules that are added meanwhile wait for the next time. Nothing to do is no error.
//
// Errors: *runtimedyld.UndefinedError with every name, *runtimedyld.RelocationError, several as a *runtimedyld.LinkError, those of loading archive
// members, of the resolver and the memory manager: no module is finalized then. Only with a *ListenerError all are.
func (e *ExecutionEngine) FinalizeObject() error {
	told := e.finalize()
	var listeners *ListenerError
	if told != nil && !errors.As(told, &listeners) {
		return told
	}
	return joinErrors([]error{e.late.take(), told})
}

// finalize is FinalizeObject, but for late errors.
func (e *ExecutionEngine) finalize() error {
	objects, err := e.dyld.Finalize()
	for errors.Is(err, errUnwinderWanted) { // once an engine
		e.late.addFreed(err)
		e.findUnwinder()
		objects, err = e.dyld.Finalize()
	}
	if err = e.late.setAside(err); err != nil {
		return err
	}
	return e.notifyLoaded(objects)
}

// Func returns a Go function that calls the C function of the given name, which it finalizes. F is a Go function type that says what C's declaration
// does: see inprocess.Bind, whose options and errors apply. The function must not be called once its module is removed or the engine closed.
func Func[F any](e *ExecutionEngine, name string, opts ...inprocess.Option) (F, error) {
	a, err := e.FunctionAddress(name)
	if err != nil {
		var none F
		return none, err
	}
	return inprocess.Bind[F](a, opts...)
}

// resolver is what the engine's linker asks for undefined symbols.
type resolver struct{ *ExecutionEngine }

// ResolveSymbols loads the archive members that define what is needed, whose own needs are asked for in turn; then the members of the runtime that keep an
// engine's state; then it asks the client's resolver, then the lazy function creator; and at last the other members of the runtime. As in
// every linker, a weak reference does not load a member (gABI, "Symbol Table").
func (e resolver) ResolveSymbols(refs []runtimedyld.Reference) error {
	var rest []runtimedyld.Reference
	var index []int
	for i := range refs {
		if !refs[i].Weak {
			found, imported, err := e.loadFirst(refs[i].Name)
			if err != nil {
				return err
			}
			if refs[i].Addr = e.askForImport(refs[i].Name, imported); found || refs[i].Addr != 0 {
				continue
			}
		}
		if !refs[i].ThreadLocal {
			rest, index = append(rest, refs[i]), append(index, i)
		}
	}
	if err := e.askClient(rest); err != nil {
		return err
	}
	for k, i := range index {
		if refs[i].Addr = rest[k].Addr; refs[i].Addr != 0 || refs[i].Weak {
			continue
		}
		if _, err := e.loadBuiltin(refs[i].Name, false); err != nil {
			return err
		}
	}
	e.unwind.noteNeeds(refs)
	return nil
}

// loadFirst loads what goes before the client's resolver: members of archives, and of the runtime.
func (e *ExecutionEngine) loadFirst(name string) (found bool, imported *objimage.Import, err error) {
	if found, imported, err = e.loadMember(name); found || imported != nil || err != nil {
		return found, imported, err
	}
	found, err = e.loadBuiltin(name, true)
	return found, nil, err
}

// askClient asks the client's resolver and then, for what that does not know, the lazy function creator.
func (e *ExecutionEngine) askClient(refs []runtimedyld.Reference) error {
	if e.resolver != nil && len(refs) > 0 {
		if err := e.resolver.ResolveSymbols(refs); err != nil {
			return err
		}
	}
	if create := e.creator.Load(); create != nil {
		for i := range refs {
			if refs[i].Addr == 0 && !refs[i].Data {
				refs[i].Addr = (*create)(refs[i].Name)
			}
		}
	}
	return nil
}
