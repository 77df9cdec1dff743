package mcjit

import (
	"slices"
	"sync"
	"sync/atomic"

	"github.com/gomcjit/gomcjit/codegen"
	"github.com/gomcjit/gomcjit/objimage"
)

// addedModules are the modules that are not loaded yet, by the names that they define, so that a search finds what it has to compile in a time that does not
// depend on how many there are. Modules whose source cannot tell its names are compiled when a search has found a name nowhere else.
type addedModules struct {
	mu          sync.Mutex
	names       map[string]definitions
	first, last *Module   // the modules, in the order of their addition
	opaque      []*Module // those of them that do not tell

	removals atomic.Uint64 // how often a module has been taken out, so that searches see that something was loaded on their way
}

// A definition is a name that a module defines and others see. Those of one name are a list in the order in which their modules were added.
type definition struct {
	name       string
	module     *Module
	weak       bool
	function   bool
	prev, next *definition
}

type definitions struct{ first, last *definition }

// add enters a module. Its symbols are known, or its unit is opaque.
func (a *addedModules) add(m *Module, symbols []codegen.Symbol, opaque bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.names == nil {
		a.names = map[string]definitions{}
	}
	a.chain(m)
	list := make([]definition, 0, len(symbols))
	for i := range symbols {
		if s := &symbols[i]; s.Defined && !s.Internal {
			list = append(list, definition{name: s.Name, module: m, weak: s.Weak, function: s.Function})
		}
	}
	for i := range list {
		a.append(&list[i])
	}
	m.unit.defines = list
	if opaque {
		a.opaque = append(a.opaque, m)
	}
}

func (a *addedModules) append(d *definition) {
	l := a.names[d.name]
	if d.prev = l.last; d.prev != nil {
		d.prev.next = d
	} else {
		l.first = d
	}
	l.last = d
	a.names[d.name] = l
}

// remove takes a module out that was loaded or removed.
func (a *addedModules) remove(m *Module) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if m.previous == nil && a.first != m {
		return
	}
	for i := range m.unit.defines {
		a.unlink(&m.unit.defines[i])
	}
	m.unit.defines = nil
	a.unchain(m)
	if i := slices.Index(a.opaque, m); i >= 0 {
		a.opaque = slices.Delete(a.opaque, i, i+1)
	}
	a.removals.Add(1)
}

// chain puts a module at the end of the list.
func (a *addedModules) chain(m *Module) {
	if m.previous = a.last; a.last != nil {
		a.last.next = m
	} else {
		a.first = m
	}
	a.last = m
}

// unchain takes a module off the list.
func (a *addedModules) unchain(m *Module) {
	if m.previous != nil {
		m.previous.next = m.next
	} else {
		a.first = m.next
	}
	if m.next != nil {
		m.next.previous = m.previous
	} else {
		a.last = m.previous
	}
	m.previous, m.next = nil, nil
	if a.first == nil {
		a.names = nil // a map keeps the size that it had at most
	}
}

func (a *addedModules) unlink(d *definition) {
	l := a.names[d.name]
	if d.prev != nil {
		d.prev.next = d.next
	} else {
		l.first = d.next
	}
	if d.next != nil {
		d.next.prev = d.prev
	} else {
		l.last = d.prev
	}
	if l.first == nil {
		delete(a.names, d.name)
		return
	}
	a.names[d.name] = l
}

// find returns the module whose definition of a name is to be compiled, or nil: the first one, and the first that is not weak, if there is one.
func (a *addedModules) find(name string, functionsOnly bool) *Module {
	a.mu.Lock()
	defer a.mu.Unlock()
	var weak *Module
	for d := a.names[name].first; d != nil; d = d.next {
		switch {
		case functionsOnly && !d.function:
		case !d.weak:
			return d.module
		case weak == nil:
			weak = d.module
		}
	}
	return weak
}

// firstOpaque returns the first module of which nobody knows what it defines, or nil.
func (a *addedModules) firstOpaque() *Module {
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.opaque) == 0 {
		return nil
	}
	return a.opaque[0]
}

// all returns the modules that are added, in the order of their addition.
func (a *addedModules) all() []*Module {
	a.mu.Lock()
	defer a.mu.Unlock()
	var list []*Module
	for m := a.first; m != nil; m = m.next {
		list = append(list, m)
	}
	return inOrderOfAddition(list)
}

func inOrderOfAddition(list []*Module) []*Module {
	slices.SortFunc(list, func(x, y *Module) int {
		if x.number < y.number {
			return -1
		}
		return 1
	})
	return list
}

// symbolsOf returns the global symbols of an object, as a module's: all but the signatures of functions.
func symbolsOf(img *objimage.Object) []codegen.Symbol {
	syms := make([]objimage.Symbol, img.NumSymbols())
	n, _ := img.Symbols(0, syms) // those behind the first broken one are the linker's to refuse
	var list []codegen.Symbol
	for i := range syms[:n] {
		y := &syms[i]
		if i == 0 || y.Type == objimage.TypeSection || y.Type == objimage.TypeFile {
			continue
		}
		name := string(img.SymbolName(y))
		if name == "" {
			continue
		}
		list = append(list, codegen.Symbol{
			Name: name, Defined: y.Place != objimage.PlaceUndefined, Weak: y.Binding == objimage.BindWeak || y.Place == objimage.PlaceCommon, Internal: y.Binding == objimage.BindLocal,
			Function: isFunction(img, y), IFunc: y.Type == objimage.TypeIFunc, ThreadLocal: y.Type == objimage.TypeTLS,
		})
	}
	return list
}

// isFunction says whether a symbol is a function. Assembly often does not say so.
func isFunction(img *objimage.Object, y *objimage.Symbol) bool {
	switch y.Type {
	case objimage.TypeFunc, objimage.TypeIFunc:
		return true
	case objimage.TypeNone:
		return y.Place == objimage.PlaceSection && img.Section(int(y.Section)).Flags&objimage.SectionExec != 0
	}
	return false
}
