package lli

//lint:file-ignore ST1005 The texts are LLVM's, which scripts read.

import (
	"context"
	"errors"
	"fmt"
	"slices"

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
	if !t.options.CacheManager { // which keeps objects for other command lines, too
		if err := settleRedefined(ctx, modules, taken); err != nil {
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
	return modules, nil
}

// settleRedefined settles what several define strongly, or weakly before one that defines it strongly, in favour of whom MCJIT finds, which enters names into one table as it loads, and binds references that are in the table already: each
// module uses its own; others use that of the last module before them or, if there is none, of the last of all; objects come before modules, but for the main one. Objects that disagree
// are the engine's to settle.
func settleRedefined(ctx context.Context, modules []*llvm.Module, taken map[string]bool) error {
	definers := map[string][]int{}
	for i, m := range modules {
		symbols, err := m.Symbols(ctx)
		if err != nil && !errors.Is(err, codegen.ErrSymbolsUnknown) {
			return err
		}
		for _, s := range symbols {
			if isStrong(s) || isWeak(s) && len(definers[s.Name]) == 0 && !taken[s.Name] {
				definers[s.Name] = append(definers[s.Name], i)
			}
		}
	}
	for i, m := range modules {
		hidden := func(name string) bool { return i < last(definers[name]) || taken[name] && i > 0 }
		renamed := func(name string) string { return boundTo(name, i, definers[name], taken[name]) }
		if err := errors.Join(m.Rename(ctx, renamed), m.Internalize(ctx, hidden)); err != nil {
			return err
		}
	}
	return nil
}

func last(list []int) int {
	if len(list) == 0 {
		return -1
	}
	return list[len(list)-1]
}

// boundTo returns the name by which the i-th module knows the definition that it defines or refers to: one of its own, if it is neither the last one nor an object's.
func boundTo(name string, i int, definers []int, taken bool) string {
	at, _ := slices.BinarySearch(definers, i+1) // behind those that i may be bound to
	if len(definers) < 2 || taken || at == 0 || at == len(definers) {
		return name
	}
	return fmt.Sprintf("%s.module%d", name, definers[at-1])
}

func isStrong(s codegen.Symbol) bool { return s.Defined && !s.Internal && !s.Weak }

func isWeak(s codegen.Symbol) bool { return s.Defined && !s.Internal && s.Weak }

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
