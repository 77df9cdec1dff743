package main

import (
	"context"
	"errors"
	"fmt"
	"runtime"

	"github.com/gomcjit/gomcjit/codegen"
	"github.com/gomcjit/gomcjit/mcjit"
	"github.com/gomcjit/gomcjit/objimage"
)

// A compiledModule is a module of which somebody has made the object already.
type compiledModule struct {
	name   string
	object []byte
}

func (m *compiledModule) Name() string                        { return m.name }
func (m *compiledModule) Close() error                        { return nil }
func (m *compiledModule) Key(context.Context) (string, error) { return "", codegen.ErrNoKey }

func (m *compiledModule) Symbols(context.Context) ([]codegen.Symbol, error) {
	return []codegen.Symbol{{Name: m.name, Defined: true, Function: true}}, nil
}

func (m *compiledModule) Generate(_ context.Context, w *objimage.BufferStream) error {
	_, err := w.Write(m.object)
	return err
}

// modules adds a module for each object of the set, which has one function in each, and then looks the functions up one by one: the engine's own share of compiling on demand.
func (c *child) modules() (err error) {
	e, err := mcjit.New()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, e.Close()) }()
	list := make([]*compiledModule, len(c.buffers))
	for i, buffer := range c.buffers {
		list[i] = &compiledModule{fmt.Sprintf("tiny_f%05d", i), buffer.Bytes()}
	}
	runtime.GC()
	start := cpuTime()
	for _, m := range list {
		if _, err := e.AddModule(m); err != nil {
			return err
		}
	}
	for _, m := range list {
		if _, err := e.FunctionAddress(m.name); err != nil {
			return err
		}
	}
	c.sample(figModule, float64(cpuTime()-start)/float64(len(list)))
	return nil
}
