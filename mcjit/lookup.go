package mcjit

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/gomcjit/gomcjit/executor"
	"github.com/gomcjit/gomcjit/executor/inprocess"
)

// SymbolAddress returns the address that a symbol has, or will have, in the process that runs the code: LLVM's getSymbolAddress. It looks among global
// mappings and modules, then loads a member of an archive that defines the name, then compiles the added module that defines it, then asks the lazy function creator. It never
// finalizes: until that has happened nothing may be called or read there. Names are C's; one that begins with a byte 1, as LLVM's do that are not to be mangled, is first what an object
// file has without the underscore that its format puts before C's names, and else what follows.
//
// Of a symbol that is defined it takes no lock and allocates nothing, however many modules there are. Errors: ErrSymbolNotFound, ErrClosed, and
// those of loading a member and of compiling a module.
func (e *ExecutionEngine) SymbolAddress(name string) (executor.Addr, error) {
	return e.SymbolAddressContext(context.Background(), name)
}

// SymbolAddressContext is SymbolAddress that gives up when ctx is done: see GenerateCode.
func (e *ExecutionEngine) SymbolAddressContext(ctx context.Context, name string) (executor.Addr, error) {
	return e.find(ctx, name, search{})
}

// A search says how modules that are added are searched.
type search struct {
	functionsOnly bool
	final         bool // what is found is to be finalized
}

// verbatim says whether a name is one that LLVM does not mangle.
func verbatim(name string) bool { return strings.HasPrefix(name, "\x01") }

// find is a look-up by name.
func (e *ExecutionEngine) find(ctx context.Context, name string, how search) (executor.Addr, error) {
	removals := e.added.removals.Load()
	if a, ok, err := e.defined(name); ok || err != nil {
		return a, err
	}
	if verbatim(name) {
		name = name[1:]
		if a, ok, err := e.defined(name); ok || err != nil {
			return a, err
		}
	}
	return e.findElsewhere(ctx, name, how, removals)
}

// findElsewhere is find for a name that nothing defines which was loaded when there had been so many removals.
func (e *ExecutionEngine) findElsewhere(ctx context.Context, name string, how search, removals uint64) (executor.Addr, error) {
	found, _, err := e.loadMember(name)
	for {
		if err != nil {
			return 0, err
		}
		if found {
			if a, ok, err := e.defined(name); ok || err != nil {
				return a, err
			}
		}
		if found, err = e.loadAdded(ctx, name, how); !found && err == nil {
			break
		}
	}
	if e.added.removals.Load() != removals { // another goroutine may have loaded the module that was to be compiled
		if a, ok, err := e.defined(name); ok || err != nil {
			return a, err
		}
	}
	if create := e.creator.Load(); create != nil {
		if a := (*create)(name); a != 0 {
			return a, nil
		}
	}
	if a, ok := e.dyld.DefaultAddress(name); ok {
		return a, nil
	}
	return 0, e.notFound(name)
}

// defined returns the address of a symbol that a module defines which is loaded, or that is mapped.
func (e *ExecutionEngine) defined(name string) (executor.Addr, bool, error) {
	if a, ok := e.dyld.SymbolLoadAddress(name); ok {
		return a, true, nil
	}
	if e.dyld.IsThreadLocal(name) {
		return 0, false, fmt.Errorf("%q is a %w variable, which has an address in each thread", name, ErrThreadLocal)
	}
	return 0, false, nil
}

// loadAdded compiles and loads the next module that defines a name, or that may define it. It reports whether there was one.
func (e *ExecutionEngine) loadAdded(ctx context.Context, name string, how search) (bool, error) {
	m := e.added.find(name, how.functionsOnly)
	if m == nil {
		if m = e.added.firstOpaque(); m == nil {
			return false, nil
		}
	}
	var err error
	if how.final {
		err = e.generateFor(ctx, m)
	} else {
		err = e.advance(ctx, m, stageLoaded)
	}
	if errors.Is(err, ErrNotOwned) { // removed meanwhile
		return true, nil
	}
	return true, err
}

// GlobalValueAddress returns the address of a variable or a function, and finalizes everything that is loaded if the symbol is not: LLVM's
// getGlobalValueAddress. The address may be used at once. What has to be compiled is compiled before anything of it is loaded, the modules that it needs in turn included, so that the
// calls of other goroutines do not wait for the compiler; but modules that cannot tell their symbols (codegen.ErrSymbolsUnknown) are compiled when the link has found a name nowhere else, and
// those who finalize something wait meanwhile. Errors are those of SymbolAddress and FinalizeObject, but for a *ListenerError: listeners' errors are logged, and what
// else it would have told is told by the next FinalizeObject, or by Close.
func (e *ExecutionEngine) GlobalValueAddress(name string) (executor.Addr, error) {
	return e.GlobalValueAddressContext(context.Background(), name)
}

// GlobalValueAddressContext is GlobalValueAddress that gives up when ctx is done: see GenerateCode.
func (e *ExecutionEngine) GlobalValueAddressContext(ctx context.Context, name string) (executor.Addr, error) {
	return e.finalAddress(ctx, name, false)
}

func (e *ExecutionEngine) finalAddress(ctx context.Context, name string, functionsOnly bool) (executor.Addr, error) {
	for {
		if a, ok := e.finalAlready(name); ok {
			return a, nil
		}
		a, err := e.find(ctx, name, search{functionsOnly: functionsOnly, final: true})
		if err != nil {
			return 0, err
		}
		if err := e.finalize(ctx); err != nil && !isListenerError(err) {
			return 0, err
		}
		if final, ok := e.finalAlready(name); ok {
			return final, nil
		}
		// The name is the lazy function creator's, or its value is 0; or else its module was replaced meanwhile by one that is not finalized.
		if now, ok := e.dyld.SymbolLoadAddress(strings.TrimPrefix(name, "\x01")); !ok || now == 0 {
			return a, nil
		}
	}
}

// finalAlready returns the address of a symbol whose memory is finalized.
func (e *ExecutionEngine) finalAlready(name string) (executor.Addr, bool) {
	a, ok := e.dyld.FinalizedAddress(name)
	if ok || !verbatim(name) {
		return a, ok
	}
	if _, loaded := e.dyld.SymbolLoadAddress(name); loaded {
		return 0, false
	}
	return e.dyld.FinalizedAddress(name[1:])
}

// FunctionAddress is GlobalValueAddress for a function: LLVM's getFunctionAddress. Of the modules that are not compiled yet it looks at functions only, their aliases and indirect functions
// included. It may be called as often as one likes: of a symbol that is
// finalized it takes no lock and allocates nothing, however many modules there are.
func (e *ExecutionEngine) FunctionAddress(name string) (executor.Addr, error) {
	return e.FunctionAddressContext(context.Background(), name)
}

// FunctionAddressContext is FunctionAddress that gives up when ctx is done: see GenerateCode.
func (e *ExecutionEngine) FunctionAddressContext(ctx context.Context, name string) (executor.Addr, error) {
	return e.finalAddress(ctx, name, true)
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
