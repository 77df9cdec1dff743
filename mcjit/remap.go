package mcjit

import (
	"fmt"

	"github.com/gomcjit/gomcjit/executor"
	"github.com/gomcjit/gomcjit/runtimedyld"
)

// MapSectionAddress tells the engine that a section of a Loaded module, or one that the linker made for it (runtimedyld.SectionGOT and so on), will be at another address in the process that runs the code: see
// runtimedyld.MapSectionAddress. A module that is not in the engine is ErrNotOwned, one that is not compiled yet runtimedyld.ErrState: see GenerateCode. Finalized ones are reopened before (Reopen).
func (e *ExecutionEngine) MapSectionAddress(m *Module, section int, target executor.Addr) error {
	if err := e.checkLoaded(m); err != nil {
		return err
	}
	e.remapped.Store(true)
	return e.dyld.MapSectionAddress(m.Object(), section, target)
}

// MapLocalAddress is MapSectionAddress by the first byte of the section's working memory, as the memory manager has given it: LLVM's mapSectionAddress. Any other address is an error of runtimedyld.ErrNoSection, which names
// the section that it is inside of.
func (e *ExecutionEngine) MapLocalAddress(local *byte, target executor.Addr) error {
	if e.isClosed() {
		return ErrClosed
	}
	e.remapped.Store(true)
	return e.dyld.MapLocalAddress(local, target)
}

// MapCommonAddress is MapSectionAddress for a common, which belongs to no module: see runtimedyld.MapCommonAddress.
func (e *ExecutionEngine) MapCommonAddress(name string, target executor.Addr) error {
	return e.dyld.MapCommonAddress(name, target)
}

// Reopen makes Finalized modules Loaded again, to have their sections mapped elsewhere, or their names bound anew; what finalizes next finalizes them, too. Code of all modules goes on running meanwhile, and
// modules that refer to what has moved follow: see runtimedyld.Reopen, also for what may run while they are finalized again. Constructors are not run again. Debuggers, listeners and the process's
// unwinder know them as they were until they are finalized, and then as they are.
//
// Errors are those of runtimedyld.Reopen, ErrNotOwned, and runtimedyld.ErrState for a module that is not compiled.
func (e *ExecutionEngine) Reopen(modules ...*Module) error {
	objects := make([]*runtimedyld.Object, len(modules))
	for i, m := range modules {
		if err := e.checkLoaded(m); err != nil {
			return err
		}
		objects[i] = m.Object()
	}
	e.unannounced.await(objects)
	e.unwind.remember(e, objects)
	return e.dyld.Reopen(objects...)
}

// WithoutRelaxation makes code refer to other modules, and to what no module defines, by GOT entries and stubs also where it could go straight there, so that what it calls can be moved or replaced while it runs
// (Reopen, UpdateGlobalMapping). Calls of what a module defines that was loaded before are direct all the same: see runtimedyld.SetRelaxation.
func WithoutRelaxation() Option { return func(o *options) { o.unrelaxed = true } }

// WithRetention sets what is kept of relocations once a module is finalized: see runtimedyld.Retention. The default is runtimedyld.RetainAll.
func WithRetention(r runtimedyld.Retention) Option { return func(o *options) { o.retention = r } }

// checkLoaded returns an error if a module has no sections, or is not the engine's.
func (e *ExecutionEngine) checkLoaded(m *Module) error {
	e.mu.Lock()
	closed, has := e.closed.Load(), e.has(m)
	e.mu.Unlock()
	switch {
	case closed:
		return ErrClosed
	case !has:
		return notOwned(m)
	case m.Object() == nil:
		return fmt.Errorf("%s: it is added and has no sections yet; compile it first (GenerateCode): %w", m.Name(), runtimedyld.ErrState)
	}
	return nil
}

// reopened returns those of a list that were reopened.
func reopened(objects []*runtimedyld.Object) (list []*runtimedyld.Object) {
	for _, o := range objects {
		if o.Reopened() {
			list = append(list, o)
		}
	}
	return list
}

// finalizeAgain calls protect, around which the process's unwinder forgets the modules that were reopened; whoever finalizes them tells it of where they are then. Errors are kept for whoever finalized.
func (e *ExecutionEngine) finalizeAgain(objects []*runtimedyld.Object, protect func() error) error {
	again := reopened(objects)
	if len(again) == 0 {
		return protect()
	}
	known := e.unwind.known(again)
	told := e.unwind.toldOf(known)
	if err := joinErrors([]error{e.deregister(again), e.functions.remove(again)}); err != nil {
		e.late.add(err)
	}
	err := protect()
	if err != nil { // they are as they were
		for i, o := range known {
			e.registerTables(e.unwind.functions.Load(), o, told[i])
			e.unwind.tell(o, told[i])
		}
		e.addFunctionTables(again)
	}
	return err
}
