package main

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"
	"time"

	"github.com/gomcjit/gomcjit/codegen"
	"github.com/gomcjit/gomcjit/mcjit"
	"github.com/gomcjit/gomcjit/memmgr"
	"github.com/gomcjit/gomcjit/objimage"
)

// A compiledModule is a module whose object is in the cache.
type compiledModule struct {
	name   string
	object *objimage.Buffer
	entry  string // the function that is looked up
}

var errNotCached = errors.New("the object of the module is not in the cache")

func (m *compiledModule) Name() string                        { return m.name }
func (m *compiledModule) Close() error                        { return nil }
func (m *compiledModule) Key(context.Context) (string, error) { return "", codegen.ErrNoKey }

func (m *compiledModule) Symbols(context.Context) ([]codegen.Symbol, error) {
	return nil, codegen.ErrSymbolsUnknown
}

func (m *compiledModule) Generate(context.Context, *objimage.BufferStream) error {
	return errNotCached
}

// A compiledCache has the objects of all modules.
type compiledCache struct{}

func (compiledCache) NotifyObjectCompiled(context.Context, codegen.Module, *objimage.Buffer) error {
	return nil
}

func (compiledCache) Object(_ context.Context, m codegen.Module) (*objimage.Buffer, error) {
	return m.(*compiledModule).object.Retain(), nil
}

// compiledModules returns a module for each object of the set.
func (c *child) compiledModules() ([]*compiledModule, error) {
	list := make([]*compiledModule, len(c.buffers))
	for i, buffer := range c.buffers {
		entry, err := entryOf(buffer)
		if err != nil {
			return nil, err
		}
		list[i] = &compiledModule{fmt.Sprint("m", i), buffer, entry}
	}
	return list, nil
}

// entryOf returns the function of an object that is looked up: mn_entryN, mn_check, or else the first. The peers' harness has the same rule.
func entryOf(buffer *objimage.Buffer) (entry string, err error) {
	object, err := objimage.Parse(buffer)
	if err != nil {
		return "", err
	}
	for symbol, err := range globals(object) {
		if err != nil {
			return "", err
		}
		name := string(object.SymbolName(symbol))
		if symbol.Place == objimage.PlaceUndefined || symbol.Type != objimage.TypeFunc {
			continue
		}
		if strings.HasPrefix(name, "mn_entry") || name == "mn_check" {
			return name, nil
		}
		if entry == "" {
			entry = name
		}
	}
	if entry == "" {
		return "", fmt.Errorf("%s has no function", buffer.Name())
	}
	return entry, nil
}

// A moduleOrder is the order in which modules are added and looked up.
type moduleOrder bool

const (
	addAll  moduleOrder = false // all are added, and then looked up one by one
	addEach moduleOrder = true  // each is looked up before the next one is added
)

// modules times an engine that gets a module for each object of the set, and is asked for a function of each: its own share of compiling on demand. It repeats this as links does.
func (c *child) modules(order moduleOrder, opts ...memmgr.Option) error {
	list, err := c.compiledModules()
	if err != nil {
		return err
	}
	debug.FreeOSMemory()
	for reps, start := 0, cpuTime(); reps == 0 || c.again(reps, cpuTime()-start); reps++ {
		spent, err := c.modulesOnce(list, order, opts)
		if err != nil {
			return err
		}
		c.sample(figModule, float64(spent)/float64(len(list)))
		if reps == 0 {
			runtime.GC()
		}
	}
	return nil
}

func (c *child) modulesOnce(list []*compiledModule, order moduleOrder, opts []memmgr.Option) (spent time.Duration, err error) {
	table := &externalTable{names: c.externals}
	e, err := mcjit.New(mcjit.WithSymbolResolver(table), mcjit.WithObjectCache(compiledCache{}), mcjit.WithMemoryOptions(opts...))
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, e.Close()) }()
	table.engine = e
	start := cpuTime()
	for _, m := range list {
		if _, err := e.AddModule(m); err != nil {
			return 0, err
		}
		if order == addEach {
			if _, err := e.FunctionAddress(m.entry); err != nil {
				return 0, err
			}
		}
	}
	if order == addAll {
		for _, m := range list {
			if _, err := e.FunctionAddress(m.entry); err != nil {
				return 0, err
			}
		}
	}
	return cpuTime() - start, nil
}
