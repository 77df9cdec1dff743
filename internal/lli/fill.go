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
	var objects []*mcjit.Module
	for _, path := range t.options.ExtraObjects {
		m, err := t.addObject(e, path)
		if err != nil {
			return err
		}
		objects = append(objects, m)
	}
	if !t.options.CacheManager { // which keeps objects for other command lines, too
		if err := settleRedefined(ctx, e, objects, modules); err != nil {
			return err
		}
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

// readModules reads what -extra-module names. The main module comes first; its entry function may be internal, and so may its exit.
func (t *Tool) readModules(ctx context.Context, g *llvm.Generator) ([]*llvm.Module, error) {
	if err := t.main.Externalize(ctx, func(name string) bool { return name == t.options.Entry || name == "exit" }); err != nil {
		return nil, err
	}
	var err error
	if t.entry, err = t.main.FunctionType(ctx, t.options.Entry); err != nil {
		return nil, err
	}
	if t.exitFn, err = t.main.FunctionType(ctx, "exit"); err != nil {
		return nil, err
	}
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
	return modules, t.weakenThreads(ctx, modules)
}

// weakenThreads makes references to thread-local variables weak that nobody defines, and finds out which ones there are.
func (t *Tool) weakenThreads(ctx context.Context, modules []*llvm.Module) error {
	if t.threads == nil {
		t.threads = map[string]bool{}
	}
	for _, m := range modules {
		symbols, err := m.Symbols(ctx)
		if err != nil && !errors.Is(err, codegen.ErrSymbolsUnknown) {
			return err
		}
		for _, s := range symbols {
			if _, ok := t.threads[s.Name]; !ok && s.ThreadLocal && !s.Defined {
				t.threads[s.Name] = false
			}
		}
		if err := m.WeakenThreads(ctx, func(name string) bool { return t.threads[name] }); err != nil {
			return err
		}
	}
	return nil
}

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
