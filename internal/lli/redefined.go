package lli

import (
	"context"
	"errors"
	"fmt"

	"github.com/gomcjit/gomcjit/codegen"
	"github.com/gomcjit/gomcjit/codegen/llvm"
	"github.com/gomcjit/gomcjit/mcjit"
)

// MCJIT enters names into one table as it loads, objects before modules: strong definitions in place of what is there, weak ones if nothing is (RuntimeDyldImpl::loadObjectImpl). A reference is bound to what is in the table
// when its module has been loaded; or, if nothing is, to what is there at the end. The engine binds everything at the end, to the last strong definition. So definitions that are not the last get names of their own.

// A symbolTable is that table, with its history: for each name the numbers of those whose definitions it has had. Objects come first.
type symbolTable struct {
	objects int
	history map[string][]int
}

func (t *symbolTable) load(number int, symbols []codegen.Symbol) {
	for _, s := range symbols {
		if s.Defined && !s.Internal && (!s.Weak || len(t.history[s.Name]) == 0) {
			t.history[s.Name] = append(t.history[s.Name], number)
		}
	}
}

// nameFor returns the name by which the module of a number knows what it defines or refers to.
func (t *symbolTable) nameFor(name string, number int) string {
	history := t.history[name]
	if len(history) == 0 || history[0] > number {
		return name
	}
	last := len(history) - 1
	at := last
	for history[at] > number {
		at--
	}
	switch {
	case at == last:
		return name
	case history[at] < t.objects:
		return ofObject(name)
	}
	return fmt.Sprintf("%s.module%d", name, history[at]-t.objects)
}

// ofObject is the name of an object's definition that a module's takes the place of.
func ofObject(name string) string { return name + ".object" }

// settleRedefined settles what several define as MCJIT would. References of objects are bound to the last definition, whatever they are.
func settleRedefined(ctx context.Context, e *mcjit.ExecutionEngine, objects []*mcjit.Module, modules []*llvm.Module) error {
	t := &symbolTable{len(objects), map[string][]int{}}
	for i, o := range objects {
		t.load(i, o.Symbols())
	}
	for i, m := range modules {
		symbols, err := m.Symbols(ctx)
		if err != nil && !errors.Is(err, codegen.ErrSymbolsUnknown) {
			return err
		}
		t.load(t.objects+i, symbols)
	}
	for i, m := range modules {
		number := t.objects + i
		elsewhere := func(name string) bool {
			other := t.nameFor(name, number)
			return other != name && other != fmt.Sprintf("%s.module%d", name, i)
		}
		if err := errors.Join(m.Disown(ctx, elsewhere), m.Rename(ctx, func(name string) string { return t.nameFor(name, number) })); err != nil {
			return err
		}
	}
	return t.nameObjects(e)
}

// nameObjects gives definitions of objects their other names.
func (t *symbolTable) nameObjects(e *mcjit.ExecutionEngine) error {
	for name, history := range t.history {
		if history[0] >= t.objects || history[len(history)-1] < t.objects {
			continue
		}
		addr, err := e.SymbolAddress(name)
		if errors.Is(err, mcjit.ErrThreadLocal) {
			continue
		}
		if err == nil {
			err = e.AddGlobalMapping(ofObject(name), addr)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
