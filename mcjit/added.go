package mcjit

import (
	"hash/maphash"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/gomcjit/gomcjit/codegen"
	"github.com/gomcjit/gomcjit/objimage"
)

// addedModules are the modules that are not loaded yet, by the names that they define, so that a search finds what it has to compile in a time that does not
// depend on how many there are. Modules whose source cannot tell its names are compiled when a search has found a name nowhere else.
//
// Most modules are wanted as soon as they are added, or in the order in which they are. So a module is entered into the table only after some searches have looked through what it defines, which
// have cost no more than that: see enoughSearches.
type addedModules struct {
	mu          sync.Mutex
	seed        maphash.Seed
	names       map[uint64]definitions // by the hash of the name; random, so that nobody can make names collide
	most        int                    // how many names there have been at most
	first, last *Module                // the modules, in the order of their addition
	fresh       *Module                // the first one that is not in the table, as those behind it
	opaque      []*Module              // those of them that do not tell

	raw      atomic.Int64  // those of which there is no object
	removals atomic.Uint64 // how often a module has been taken out, so that searches see that something was loaded on their way
}

// A definition is a name that a module defines and others see. Those of one name, and of others whose hash is the same, are a list in the order in which their modules were added.
type definition struct {
	name       string
	module     *Module
	weak       bool
	function   bool
	prev, next *definition
}

type definitions struct{ first, last *definition }

// keptNames is how many names a map may have had at most that is kept when it is empty: it keeps the size that it had, and making one takes longer than to use it.
const keptNames = 1 << 10

// add enters a module, unless somebody who has seen it in Modules has loaded or removed it meanwhile. If names is not nil it is an object that has the module's names, which stays open until the module is taken out;
// else its source has told them, unless the unit is opaque.
func (a *addedModules) add(m *Module, names *objimage.Object) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if !m.unit.isAdded() {
		a.removals.Add(1)
		return
	}
	m.unit.names = names
	a.chain(m)
	if a.fresh == nil {
		a.fresh = m
	}
	if m.unit.opaque {
		a.opaque = append(a.opaque, m)
	}
}

// enoughSearches is how often a module is looked through before it is entered into the table, and taken out again one day, which takes about as long.
const enoughSearches = 8

// enterSearched enters the modules into the table that have been looked through often enough: none, or the first of those that are not in it.
func (a *addedModules) enterSearched() {
	for ; a.fresh != nil && a.fresh.unit.searches >= enoughSearches; a.fresh = a.fresh.next {
		if a.names == nil {
			a.seed, a.names, a.most = maphash.MakeSeed(), map[uint64]definitions{}, 0
		}
		u := a.fresh.unit
		u.defines = u.definitions()
		for i := range u.defines {
			u.defines[i].module = a.fresh
			a.append(&u.defines[i])
		}
		a.most = max(a.most, len(a.names))
	}
}

func (a *addedModules) append(d *definition) {
	hash := maphash.String(a.seed, d.name)
	l := a.names[hash]
	if d.prev = l.last; d.prev != nil {
		d.prev.next = d
	} else {
		l.first = d
	}
	l.last = d
	a.names[hash] = l
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
	m.unit.defines, m.unit.names = nil, nil
	if a.fresh == m {
		a.fresh = m.next
	}
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
	if a.first == nil && a.most > keptNames {
		a.names = nil
	}
}

func (a *addedModules) unlink(d *definition) {
	hash := maphash.String(a.seed, d.name)
	if d.prev == nil && d.next == nil { // as most
		delete(a.names, hash)
		return
	}
	l := a.names[hash]
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
	a.names[hash] = l
}

// find returns the module whose definition of a name is to be compiled, or nil: that of the first definition, or of the first that is not weak, if there is one.
func (a *addedModules) find(name string, functionsOnly bool) (found *Module) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.enterSearched()
	if d := a.lookUp(name, functionsOnly); d != nil {
		if !d.weak {
			return d.module
		}
		found = d.module
	}
	for m := a.fresh; m != nil; m = m.next {
		m.unit.searches++
		weak, ok := m.unit.definition(name, functionsOnly)
		if ok && !weak {
			return m
		}
		if ok && found == nil {
			found = m
		}
	}
	return found
}

// lookUp returns the definition in the table that is to be compiled, or nil.
func (a *addedModules) lookUp(name string, functionsOnly bool) (weak *definition) {
	if len(a.names) == 0 {
		return nil
	}
	for d := a.names[maphash.String(a.seed, name)].first; d != nil; d = d.next {
		switch {
		case d.name != name || functionsOnly && !d.function:
		case !d.weak:
			return d
		case weak == nil:
			weak = d
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

// definition says whether the unit defines a name, and whether all that do are weak. The caller holds addedModules.mu.
func (u *unit) definition(name string, functionsOnly bool) (weak, ok bool) {
	if u.names == nil {
		for i := range u.symbols {
			if s := &u.symbols[i]; s.Defined && !s.Internal && s.Name == name && (s.Function || !functionsOnly) {
				weak, ok = s.Weak && (weak || !ok), true
			}
		}
		return weak, ok
	}
	forGlobals(u.names, func(y objimage.Symbol) {
		if defines(&y) && string(u.names.GlobalName(&y)) == name && (!functionsOnly || isFunction(u.names, &y)) {
			weak, ok = isWeak(&y) && (weak || !ok), true
		}
	})
	return weak, ok
}

// definitions returns all of them, without their module. The names of an object's are one text. The caller holds addedModules.mu.
func (u *unit) definitions() []definition {
	if u.names == nil {
		return definitionsIn(u.symbols)
	}
	var texts [1 << 10]byte
	var definitions [1 << 5]definition
	text, list := texts[:0], definitions[:0] // few objects need more
	var ends [1 << 5]int
	at := ends[:0]
	forGlobals(u.names, func(y objimage.Symbol) {
		if defines(&y) {
			text = append(text, u.names.GlobalName(&y)...)
			at = append(at, len(text))
			list = append(list, definition{weak: isWeak(&y), function: isFunction(u.names, &y)})
		}
	})
	names, start := string(text), 0
	for i, end := range at {
		list[i].name, start = names[start:end], end
	}
	return slices.Clone(list)
}

// definitionsIn returns what a source defines that others see.
func definitionsIn(symbols []codegen.Symbol) []definition {
	list := make([]definition, 0, len(symbols))
	for i := range symbols {
		if s := &symbols[i]; s.Defined && !s.Internal {
			list = append(list, definition{name: s.Name, weak: s.Weak, function: s.Function})
		}
	}
	return list
}

// defines says whether a global symbol of an object is a definition.
func defines(y *objimage.Symbol) bool {
	return y.Place != objimage.PlaceUndefined && y.Type != objimage.TypeSection && y.Type != objimage.TypeFile
}

// forGlobals calls visit with the symbols of an object that are not local, up to the first broken one, which is the linker's to refuse, as it is a file that is not there any more.
func forGlobals(img *objimage.Object, visit func(y objimage.Symbol)) {
	_ = objimage.Guard(func() error {
		var syms [16]objimage.Symbol
		for from := img.FirstGlobal(); ; {
			n, err := img.Symbols(from, syms[:])
			for i := range syms[:n] {
				visit(syms[i])
			}
			if from += n; n == 0 || err != nil {
				return err
			}
		}
	})
}

// symbolsOf returns the global symbols of an object, as a module's: all but the signatures of functions. None are known of a file that has been truncated.
func symbolsOf(img *objimage.Object) (list []codegen.Symbol) {
	err := objimage.Guard(func() error {
		list = readSymbols(img)
		return nil
	})
	if err != nil {
		return nil
	}
	return list
}

func readSymbols(img *objimage.Object) []codegen.Symbol {
	syms := make([]objimage.Symbol, img.NumSymbols())
	n, _ := img.Symbols(0, syms) // those behind the first broken one are the linker's to refuse
	var list []codegen.Symbol
	for i := range syms[:n] {
		y := &syms[i]
		if i == 0 || y.Type == objimage.TypeSection || y.Type == objimage.TypeFile {
			continue
		}
		name := string(img.GlobalName(y))
		if name == "" {
			continue
		}
		list = append(list, codegen.Symbol{
			Name: name, Defined: y.Place != objimage.PlaceUndefined, Weak: isWeak(y), Internal: y.Binding == objimage.BindLocal,
			Function: isFunction(img, y), IFunc: y.Type == objimage.TypeIFunc, ThreadLocal: y.Type == objimage.TypeTLS,
		})
	}
	return list
}

// isWeak says whether a definition gives way to others.
func isWeak(y *objimage.Symbol) bool {
	return y.Binding == objimage.BindWeak || y.Place == objimage.PlaceCommon
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
