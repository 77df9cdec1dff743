package lli

//lint:file-ignore ST1005 The texts are LLVM's, which scripts read.

import (
	"context"
	"errors"

	"github.com/gomcjit/gomcjit/codegen"
	"github.com/gomcjit/gomcjit/codegen/llvm"
	"github.com/gomcjit/gomcjit/mcjit"
	"github.com/gomcjit/gomcjit/objimage"
)

// fill adds the main module and what -extra... name. Objects are loaded before any module is compiled, as lli does.
func (t *Tool) fill(ctx context.Context, e *mcjit.ExecutionEngine, g *llvm.Generator) error {
	modules, err := t.readModules(ctx, g)
	if err != nil {
		return err
	}
	taken := map[string]bool{} // strong definitions of objects
	for _, path := range t.options.ExtraObjects {
		m, err := t.addObject(e, path)
		if err != nil {
			return err
		}
		for _, s := range m.Symbols() {
			if isStrong(s) {
				taken[s.Name] = true
			}
		}
	}
	if err := hideRedefined(ctx, modules, taken); err != nil {
		return err
	}
	for _, m := range modules {
		if _, err := e.AddModule(m); err != nil {
			return err
		}
	}
	for _, path := range t.options.ExtraArchives {
		if err := t.addArchive(e, path); err != nil {
			return err
		}
	}
	return nil
}

// readModules reads what -extra-module names. The main module comes first; its entry function may be internal.
func (t *Tool) readModules(ctx context.Context, g *llvm.Generator) ([]*llvm.Module, error) {
	if err := t.main.Externalize(ctx, func(name string) bool { return name == t.options.Entry }); err != nil {
		return nil, err
	}
	var err error
	if t.symbols, err = t.main.Symbols(ctx); err != nil && !errors.Is(err, codegen.ErrSymbolsUnknown) {
		return nil, err
	}
	modules := []*llvm.Module{t.main}
	for _, path := range t.options.ExtraModules {
		m, err := t.read(ctx, g, path)
		if err != nil {
			return nil, err
		}
		modules = append(modules, m)
	}
	return modules, nil
}

// hideRedefined settles what several define strongly, in favour of whom MCJIT finds, which enters names into one table as it loads, and binds references that are in the table already: each
// module uses its own; for all others objects come before modules, but for the main one, and a module before those that were added earlier. Objects that disagree are the engine's to settle.
func hideRedefined(ctx context.Context, modules []*llvm.Module, taken map[string]bool) error {
	later := map[string]bool{}
	for i := len(modules) - 1; i >= 0; i-- {
		main := i == 0
		hidden := func(name string) bool { return later[name] || taken[name] && !main }
		symbols, err := modules[i].Symbols(ctx)
		if err != nil && !errors.Is(err, codegen.ErrSymbolsUnknown) {
			return err
		}
		if err := modules[i].Internalize(ctx, hidden); err != nil {
			return err
		}
		for _, s := range symbols {
			if isStrong(s) {
				later[s.Name] = true
			}
		}
	}
	return nil
}

func isStrong(s codegen.Symbol) bool { return s.Defined && !s.Internal && !s.Weak }

func (t *Tool) addObject(e *mcjit.ExecutionEngine, path string) (*mcjit.Module, error) {
	b, err := objimage.OpenBuffer(path)
	if err != nil {
		return nil, t.cannotOpen(path, err)
	}
	return e.AddObject(b)
}

func (t *Tool) addArchive(e *mcjit.ExecutionEngine, path string) error {
	b, err := objimage.OpenBuffer(path)
	if err != nil {
		return t.cannotOpen(path, err)
	}
	if !objimage.IsArchive(b) {
		return &verbatimError{statusError, "file too small to be an archive"}
	}
	return e.AddArchive(b)
}
