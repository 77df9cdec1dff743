package mcjit

import (
	"context"
	"errors"

	"github.com/gomcjit/gomcjit/codegen"
	"github.com/gomcjit/gomcjit/executor/inprocess"
)

// A GlobalValue is a function or a variable of a module, by LLVM's name for both.
type GlobalValue struct {
	codegen.Symbol
	Module *Module
}

// Symbols returns what the module defines and declares, as far as it is known: nothing of one that is not compiled yet and whose source does not tell. It is nil once the module is removed.
func (m *Module) Symbols() []codegen.Symbol {
	if m.unit != nil {
		if list, ok := m.unit.known(); ok {
			return list
		}
	}
	e := m.engine
	e.mu.Lock() // files of modules that are in the engine are open
	defer e.mu.Unlock()
	if o := m.Object(); e.has(m) && o != nil {
		return symbolsOf(o.Image())
	}
	return nil
}

// known returns the symbols of a unit; false if the object has to be looked at.
func (u *unit) known() ([]codegen.Symbol, bool) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.symbols == nil && u.cached && u.ready != nil && !u.gone {
		u.symbols, u.untyped = symbolsOf(u.ready), true
	}
	return u.symbols, !u.opaque && !u.gone && (u.symbols != nil || !u.cached)
}

// FindFunctionNamed returns the function of that name that a module defines: LLVM's function of that name. Modules are searched in the order of their addition, compiled or
// not, and functions that nobody else sees count. It is false if there is none. It takes time in proportion to the number of modules.
func (e *ExecutionEngine) FindFunctionNamed(name string) (GlobalValue, bool) {
	return e.findGlobal(func(v *GlobalValue) bool { return v.Function && v.Defined && v.Name == name })
}

// FindGlobalVariableNamed returns the variable of that name that a module defines; one that nobody else sees only if allowInternal says so. It is FindFunctionNamed for variables.
func (e *ExecutionEngine) FindGlobalVariableNamed(name string, allowInternal bool) (GlobalValue, bool) {
	return e.findGlobal(func(v *GlobalValue) bool {
		return !v.Function && v.Defined && v.Name == name && (allowInternal || !v.Internal)
	})
}

// findGlobal returns the first that is looked for: one that is defined, if there is one.
func (e *ExecutionEngine) findGlobal(is func(v *GlobalValue) bool) (found GlobalValue, ok bool) {
	for _, m := range inOrderOfAddition(e.Modules()) {
		for _, s := range m.Symbols() {
			v := GlobalValue{Symbol: s, Module: m}
			if !is(&v) {
				continue
			}
			if v.Defined {
				return v, true
			}
			if !ok {
				found, ok = v, true
			}
		}
	}
	return found, ok
}

// signature returns the type of a function that the module defines, or nil. Objects have none, so that the source of one that came from a cache is asked now.
func (m *Module) signature(ctx context.Context, name string) *inprocess.Signature {
	if m.unit == nil {
		return nil
	}
	for _, s := range m.unit.typed(ctx) {
		if s.Name == name && s.Defined {
			return s.Signature
		}
	}
	return nil
}

// typed returns a unit's symbols with their signatures, as far as they are known. The source is asked as if that were work on the unit: without a lock, and nobody else calls it, or closes it, meanwhile.
func (u *unit) typed(ctx context.Context) (list []codegen.Symbol) {
	list, other, ask := u.claimTyped()
	for ; other != nil; list, other, ask = u.claimTyped() {
		<-other.done
	}
	if !ask {
		return list
	}
	err := errSourcePanics
	defer func() { // also when it does
		u.mu.Lock()
		if u.untyped = false; err == nil {
			u.symbols = list
		}
		u.mu.Unlock()
		u.endWork(nil, false)
	}()
	list, err = u.source.Symbols(ctx)
	return list
}

var errSourcePanics = errors.New("the source panicked")

// claimTyped returns what is known of a unit's symbols, or whose work has to be waited for, or that the caller has to ask the source, and to end that as work on the unit.
func (u *unit) claimTyped() (known []codegen.Symbol, other *outcome, ask bool) {
	u.mu.Lock()
	defer u.mu.Unlock()
	switch {
	case !u.untyped && (!u.cached || u.symbols != nil) || u.gone:
		return u.symbols, nil, false
	case u.working:
		return nil, u.awaited(), false
	}
	u.working = true
	return nil, nil, true
}
