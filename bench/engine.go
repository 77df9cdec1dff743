package main

import (
	"github.com/gomcjit/gomcjit/executor"
	"github.com/gomcjit/gomcjit/mcjit"
)

// An engine is a set linked by mcjit.
type engine struct{ *mcjit.ExecutionEngine }

func (e engine) symbol(name string) (executor.Addr, error)   { return e.SymbolAddress(name) }
func (e engine) function(name string) (executor.Addr, error) { return e.FunctionAddress(name) }
func (e engine) close() error                                { return e.Close() }

// linkEngine is the linker of mcjit, with the options that an engine has by itself.
func linkEngine(in *inputs, phase func(string)) (linked, error) {
	table := &externalTable{names: in.externals}
	e, err := mcjit.New(mcjit.WithSymbolResolver(table))
	if err != nil {
		return nil, err
	}
	for _, buffer := range in.buffers {
		m, err := e.AddObject(buffer.Retain())
		if err != nil {
			return nil, err
		}
		table.point(m.Object())
	}
	phase(figLoad)
	return engine{e}, e.FinalizeObject()
}
