package mcjit

import (
	"context"
	"fmt"
	"sync"

	"github.com/gomcjit/gomcjit/codegen"
	"github.com/gomcjit/gomcjit/objimage"
)

// WithDeadStripping makes the engine load only what is needed of objects: what root says is needed by name, constructors and destructors, what the objects say is to stay, and what these refer to. root
// is asked for global names, by several goroutines; names for which it is false are there only if other objects need them, so look-ups may not find them. nil is no name at all.
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

// strippedUnit returns what is to be loaded of a unit that is ready.
func (e *ExecutionEngine) strippedUnit(m *Module) (*objimage.Object, error) {
	s := e.strip
	s.mu.Lock()
	defer s.mu.Unlock()
	if m.unit.stripped == nil {
		if err := s.strip(append(e.added.all(), m)); err != nil {
			return nil, err
		}
	}
	s.note(m.unit.ready, m.unit.stripped)
	return m.unit.stripped, nil
}

// strip strips the units that are ready. The last one of the list is one, and may be in it twice.
func (s *stripping) strip(modules []*Module) error {
	var units []*unit
	var images []*objimage.Object
	seen := map[*unit]bool{}
	for _, m := range modules {
		u := m.unit
		u.mu.Lock()
		img := u.ready
		u.mu.Unlock()
		switch {
		case seen[u]:
		case img != nil:
			units, images = append(units, u), append(images, img)
		default:
			s.wantAll(u.symbols)
		}
		seen[u] = true
	}
	stripped, err := objimage.Strip(images, func(name string) bool { return s.wanted[name] || s.root != nil && s.root(name) })
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
