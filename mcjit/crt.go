package mcjit

import (
	"sync"

	"github.com/gomcjit/gomcjit/executor"
	"github.com/gomcjit/gomcjit/objimage"
	"github.com/gomcjit/gomcjit/testdata/crt"
)

// WithoutRuntime switches the built-in compiler runtime off: names that it would have defined are the resolver's alone. Exit handlers that the code
// of a module registers with the host then, as C++ objects do, have to have run before the module is removed: nobody takes them back.
//
// The runtime (package testdata/crt) is a small archive that links search beside the client's. Its exit handlers (atexit, __cxa_atexit) go before the
// client's resolver, because handlers belong to the engine's modules and have to run when these are removed, which a host's C library does not know.
// All else in it (memory and string functions, helpers of compilers) is for names that neither modules, archives, the resolver nor the lazy function
// creator define. Its members are not among the engine's modules, and stay until the engine is closed; an engine that needs none has none. Look-ups
// by name find what was loaded of it.
// It is there for x86-64 only, and not for code that runs in this process under Windows: its functions are of the System V convention.
func WithoutRuntime() Option { return func(o *options) { o.noRuntime = true } }

// runtimeArch is the architecture that the runtime is for.
const runtimeArch = "x86_64"

// A builtinLibrary is the runtime's archive, for all engines.
type builtinLibrary struct {
	archive *objimage.Archive
	first   map[objimage.MemberID]bool // the members that go before the client's resolver
}

// builtin parses the runtime's archive when it is first needed.
var builtin = sync.OnceValues(func() (*builtinLibrary, error) {
	a, err := objimage.ParseArchive(objimage.NewBuffer("runtime", crt.Archive()))
	if err != nil {
		return nil, err
	}
	names := map[string]bool{}
	for _, name := range crt.First() {
		names[name] = true
	}
	l := &builtinLibrary{archive: a, first: map[objimage.MemberID]bool{}}
	for m, err := range a.Members() {
		if err != nil {
			return nil, err
		}
		if names[m.Name] {
			l.first[m.ID] = true
		}
	}
	return l, nil
})

// loadBuiltin loads the member of the runtime that defines a name, one of those that go first or one of the others, and reports whether there is one.
func (e *ExecutionEngine) loadBuiltin(name string, first bool) (bool, error) {
	if e.noRuntime || e.dyld.Arch() != runtimeArch {
		return false, nil
	}
	l, err := builtin()
	if err != nil {
		return false, err
	}
	id, ok := l.archive.Lookup(name)
	if !ok || l.first[id] != first {
		return false, nil
	}
	if _, err := e.loadOnce(e.builtinArchive(l), id); err != nil {
		return true, err
	}
	e.findHandlers()
	return true, nil
}

// builtinArchive returns the engine's share of the runtime's archive: which members it has loaded.
func (e *ExecutionEngine) builtinArchive(l *builtinLibrary) *archive {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.builtin == nil {
		e.builtin = &archive{archive: l.archive, builtin: true, loads: map[objimage.MemberID]*memberLoad{}}
	}
	return e.builtin
}

// exitHandlers is the runtime's register of exit handlers, once it is loaded into an engine.
type exitHandlers struct {
	module    *Module
	runAll    executor.Addr // void (void *dso): runs those of all modules for 0
	runModule executor.Addr // void (void *dso, void *start, void *end): runs those of a module's handle, which may be 0, and those that have to do with its code there
}

// The names of its functions.
const (
	runHandlersName       = "__gomcjit_run_atexit"
	runModuleHandlersName = "__gomcjit_run_atexit_module"
)

// findHandlers notes where the register of exit handlers is, if it has just been loaded.
func (e *ExecutionEngine) findHandlers() {
	if e.life.handlers.Load() != nil {
		return
	}
	run, ok := e.dyld.SymbolLoadAddress(runHandlersName)
	runModule, ok2 := e.dyld.SymbolLoadAddress(runModuleHandlersName)
	if m := e.builtinThatDefines(runHandlersName); ok && ok2 && m != nil {
		e.life.handlers.Store(&exitHandlers{module: m, runAll: run, runModule: runModule})
	}
}

// builtinThatDefines returns the module of the runtime that defines a name, if it is loaded.
func (e *ExecutionEngine) builtinThatDefines(name string) *Module {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, m := range e.builtins {
		if a := m.archive; a == e.builtin {
			if id, ok := a.archive.Lookup(name); ok && id == m.member {
				return m
			}
		}
	}
	return nil
}
