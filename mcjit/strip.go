package mcjit

import (
	"context"
	"fmt"
	"sync"

	"github.com/gomcjit/gomcjit/codegen"
	"github.com/gomcjit/gomcjit/objimage"
)

// WithDeadStripping makes the engine load only what is needed of objects: what root says is needed by name, constructors and destructors, what the objects say is to stay, and what these refer to. root
// is asked for global names, by several goroutines, without a lock held, while modules wait to be loaded: it must not look up what is Added itself; names for which it is false are there only if other objects need them, so look-ups may not find them. nil is no name at all.
//
// Objects stay Added until something of them is needed, or FinalizeObject loads them. What is stripped is decided when the first of those that are Added then is loaded, for all of them together: an
// object that comes later finds of them only what root says, and what was needed. Members of archives are loaded whole.
//
// Mach-O is stripped by atoms (objimage.ParseAtoms), other formats by sections, so that they are to be compiled with -ffunction-sections -fdata-sections: see objimage.Strip. Module.Object().Image() is the
// stripped object. Without this option everything is loaded.
func WithDeadStripping(root func(name string) bool) Option {
	return func(o *options) {
		o.strip = &stripping{root: root, wanted: map[string]bool{}, gone: map[string]string{}}
	}
}

// stripping is what an engine knows that strips objects.
type stripping struct {
	root func(name string) bool

	mu     sync.Mutex
	wanted map[string]bool   // names that objects refer to which are loaded, or will be
	gone   map[string]string // names that were stripped, and the objects that had them
}

// An objectSource is an object that is added, and loaded later.
type objectSource struct{ buffer *objimage.Buffer }

func (s objectSource) Name() string { return s.buffer.Name() }
func (s objectSource) Symbols(context.Context) ([]codegen.Symbol, error) {
	return nil, codegen.ErrSymbolsUnknown
}
func (s objectSource) Key(context.Context) (string, error) { return "", codegen.ErrNoKey }
func (s objectSource) Close() error                        { return nil }

func (s objectSource) Generate(_ context.Context, w *objimage.BufferStream) error {
	_, err := w.Write(s.buffer.Bytes())
	return err
}

// addForStripping is AddObject for an engine that strips.
func (e *ExecutionEngine) addForStripping(buffer *objimage.Buffer) (*Module, error) {
	img, err := objimage.ParseAtoms(buffer)
	if err != nil {
		return nil, err
	}
	if _, err := objimage.Strip([]*objimage.Object{img}, nil); err != nil { // what is wrong with it is told now
		return nil, err
	}
	m, u := newModule(objectSource{buffer})
	m.number = e.lastModule.Add(1)
	u.symbols, u.untyped, u.ready, u.stage = symbolsOf(img), true, img, stageReady
	if !e.enter(m) {
		return nil, ErrClosed
	}
	e.added.add(m, img)
	return m, nil
}

// strippedUnit returns what is to be loaded of a unit that is ready, and that the caller works on.
func (e *ExecutionEngine) strippedUnit(m *Module) (*objimage.Object, error) {
	s := e.strip
	if img := s.choose(m.unit); img != nil {
		return img, nil
	}
	var t together
	defer func() { e.late.add(t.close()...) }() // also when the client's function panics
	t.gather(append(e.added.all(), m))
	roots := t.roots(s.root)
	if err := s.strip(m.unit, &t, roots); err != nil {
		return nil, err
	}
	if img := s.choose(m.unit); img != nil {
		return img, nil
	}
	return nil, ErrNotOwned // removed meanwhile
}

// choose decides that what a unit was stripped to is loaded; nil if it was not stripped yet.
func (s *stripping) choose(u *unit) *objimage.Object {
	s.mu.Lock()
	defer s.mu.Unlock()
	if u.stripped != nil {
		u.chosen = true
		s.note(u.ready, u.stripped)
	}
	return u.stripped
}

// together is what is stripped together.
type together struct {
	units  []*unit // that are ready
	images []*objimage.Object
	others [][]codegen.Symbol // of those that are not
}

// gather finds out what modules have. A module may be in the list twice.
func (t *together) gather(modules []*Module) {
	seen := map[*unit]bool{}
	for _, m := range modules {
		u := m.unit
		if seen[u] {
			continue
		}
		seen[u] = true
		if img := u.retainReady(); img != nil {
			t.units, t.images = append(t.units, u), append(t.images, img)
		} else {
			t.others = append(t.others, u.expected())
		}
	}
}

// expected returns what is known of a unit that is not compiled.
func (u *unit) expected() []codegen.Symbol {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.gone || u.stage != stageRaw {
		return nil
	}
	return u.symbols
}

// roots asks for the names that the objects define. No lock is held.
func (t *together) roots(isRoot func(name string) bool) map[string]bool {
	roots := map[string]bool{}
	if isRoot == nil {
		return roots
	}
	for _, img := range t.images {
		forGlobals(img, func(y objimage.Symbol) {
			if name := string(img.GlobalName(&y)); y.Place == objimage.PlaceSection && isRoot(name) {
				roots[name] = true
			}
		})
	}
	return roots
}

// close lets go of the objects.
func (t *together) close() (errs []error) {
	for _, img := range t.images {
		if err := img.Buffer().Close(); err != nil {
			errs = append(errs, err)
		}
	}
	return errs
}

// strip strips what is ready, but for what is being loaded already, unless u has been stripped meanwhile.
func (s *stripping) strip(u *unit, t *together, roots map[string]bool) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if u.stripped != nil {
		return nil
	}
	for _, symbols := range t.others {
		s.wantAll(symbols)
	}
	var units []*unit
	var images []*objimage.Object
	for i, u := range t.units {
		if !u.chosen {
			units, images = append(units, u), append(images, t.images[i])
		}
	}
	stripped, err := objimage.Strip(images, func(name string) bool { return s.wanted[name] || roots[name] })
	if err != nil {
		return err
	}
	for i, u := range units {
		u.stripped = stripped[i]
	}
	return nil
}

// wantAll notes what a module refers to that is not compiled yet.
func (s *stripping) wantAll(symbols []codegen.Symbol) {
	for i := range symbols {
		if !symbols[i].Defined {
			s.wanted[symbols[i].Name] = true
		}
	}
}

// note notes what an object needs that is going to be loaded, and what was stripped off it.
func (s *stripping) note(whole, img *objimage.Object) {
	forGlobals(img, func(y objimage.Symbol) {
		if y.Place == objimage.PlaceUndefined {
			s.wanted[string(img.SymbolName(&y))] = true
		}
	})
	if img == whole {
		return
	}
	for _, y := range symbolsOf(whole) {
		if y.Defined && !y.Internal {
			s.gone[y.Name] = whole.Name()
		}
	}
}

// noteWhole notes what an object needs that is loaded as it is.
func (s *stripping) noteWhole(img *objimage.Object) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.note(img, img)
}

// waitsStripped says whether an object defines a name that is to be loaded when it is stripped: no archive is searched for that, as none is if objects are loaded at once.
func (e *ExecutionEngine) waitsStripped(name string) bool {
	return e.strip != nil && e.added.find(name, false) != nil
}

// notFound is the error of a look-up that has found nothing.
func (e *ExecutionEngine) notFound(name string) error {
	if s := e.strip; s != nil {
		s.mu.Lock()
		defer s.mu.Unlock()
		if object, ok := s.gone[name]; ok {
			return fmt.Errorf("%w: %q was stripped from %s; have the roots of WithDeadStripping name it", ErrSymbolNotFound, name, object)
		}
	}
	return fmt.Errorf("%w: %q", ErrSymbolNotFound, name)
}
