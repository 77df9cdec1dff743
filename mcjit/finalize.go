package mcjit

import (
	"context"
	"errors"

	"github.com/gomcjit/gomcjit/runtimedyld"
)

// FinalizeObject makes everything that is in the engine ready to run: it compiles and loads the modules that are Added, binds undefined symbols, applies relocations, protects memory and tells
// the listeners. Modules that are added meanwhile wait for the next time. Nothing to do is no error, and it may be called any number of times.
//
// Errors: those of GenerateCode, *runtimedyld.UndefinedError with every name, *runtimedyld.RelocationError, several as a *runtimedyld.LinkError, those of loading archive
// members, of the resolver and the memory manager: no module is finalized then. Only with a *ListenerError all are.
func (e *ExecutionEngine) FinalizeObject() error {
	return e.FinalizeObjectContext(context.Background())
}

// FinalizeObjectContext is FinalizeObject that gives up when ctx is done: see GenerateCode.
func (e *ExecutionEngine) FinalizeObjectContext(ctx context.Context) error {
	if err := e.GenerateCode(ctx); err != nil {
		return err
	}
	return e.finalizeLoaded(ctx)
}

// FinalizeModule compiles and loads a module if it is Added, with what it needs in turn, and finalizes everything that is loaded: LLVM's finalizeObject of one module. Errors are those of
// FinalizeObject, and ErrNotOwned.
func (e *ExecutionEngine) FinalizeModule(m *Module) error {
	if err := e.begin(); err != nil {
		return err
	}
	defer e.inside.Done()
	list, err := e.unitsOf([]*Module{m})
	if err != nil {
		return err
	}
	ctx := context.Background()
	if len(list) > 0 {
		if err := e.generateFor(ctx, m); err != nil {
			return err
		}
	}
	return e.finalizeLoaded(ctx)
}

// FinalizeLoadedModules is FinalizeObject for modules that are loaded, and for what these need: the others stay Added.
func (e *ExecutionEngine) FinalizeLoadedModules() error {
	return e.finalizeLoaded(context.Background())
}

// finalizeLoaded finalizes, and tells what has gone wrong late.
func (e *ExecutionEngine) finalizeLoaded(ctx context.Context) error {
	told := e.finalize(ctx)
	if told != nil && !isListenerError(told) {
		return told
	}
	return joinErrors([]error{e.late.take(), told})
}

// finalize is finalizeLoaded, but for late errors.
func (e *ExecutionEngine) finalize(ctx context.Context) error {
	resolver := e.resolverOf(ctx)
	standIns := e.standIns.loaded.Load()
	objects, err := e.dyld.FinalizeWith(resolver)
	for {
		again, gaveUp := e.provide(ctx, err, standIns)
		if !again && gaveUp == nil {
			break
		}
		e.late.addFreed(err)
		if gaveUp != nil {
			return gaveUp
		}
		standIns = e.standIns.loaded.Load()
		objects, err = e.dyld.FinalizeWith(resolver)
	}
	if err = e.late.setAside(err); err != nil && !isUnpublished(err) {
		return err
	}
	err = joinErrors([]error{err, e.notifyLoaded(objects)})
	if e.retention != runtimedyld.RetainAll && (e.gdb != nil || len(*e.listeners.Load()) > 0) { // they have read in the files
		e.dyld.Unload(objects...)
	}
	return err
}

// provide gets what a link has failed for, and says whether it may be tried again, unless the context has ended before. standIns is how many there were before the link.
func (e *ExecutionEngine) provide(ctx context.Context, err error, standIns uint64) (again bool, gaveUp error) {
	if errors.Is(err, errUnwinderWanted) { // once an engine
		e.findUnwinder()
		return true, nil
	}
	return e.standIn(ctx, err, standIns)
}
