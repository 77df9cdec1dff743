package mcjit

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"

	"github.com/gomcjit/gomcjit/codegen"
	"github.com/gomcjit/gomcjit/executor/inprocess"
	"github.com/gomcjit/gomcjit/objimage"
	"github.com/gomcjit/gomcjit/runtimedyld"
)

// A Module is what an engine compiles, links and runs: an object, or what a code generator makes one of. Its methods may be called from any goroutine,
// also after it was removed.
type Module struct {
	engine   *ExecutionEngine
	unit     *unit // what it is compiled from; nil if it came as an object that is not stripped
	number   uint64
	object   atomic.Pointer[runtimedyld.Object] // nil until it is loaded
	buffer   *objimage.Buffer                   // of the object; nil until it is loaded
	archive  *archive                           // where it came from, or nil
	builtin  bool                               // it is the engine's own business, and not among its modules
	member   objimage.MemberID
	previous *Module // of engine.added, under its mu
	next     *Module
	index    int  // in engine.modules, under its mu
	removing bool // scratch of takeOut, under its mu
}

// Name returns the name of the module's source, or of its buffer if it came as an object.
func (m *Module) Name() string {
	if m.unit != nil {
		return m.unit.source.Name()
	}
	if o := m.object.Load(); o != nil {
		return o.Name()
	}
	return "" // of a Module that no engine has made
}

// State returns where the module is between its addition and its removal. One that has not been compiled, or was removed before it was, is Added.
func (m *Module) State() runtimedyld.State {
	if o := m.object.Load(); o != nil {
		return o.State()
	}
	if m.unit.isGone() {
		return runtimedyld.Removed
	}
	return runtimedyld.Added
}

// Object returns the loaded object, with its section addresses; nil of a module that is Added.
func (m *Module) Object() *runtimedyld.Object { return m.object.Load() }

// Source returns what the module is compiled from, nil if it came as an object. It belongs to the engine.
func (m *Module) Source() codegen.Module {
	if m.unit == nil {
		return nil
	}
	if _, object := m.unit.source.(objectSource); object {
		return nil
	}
	return m.unit.source
}

// AddObject loads a relocatable object: its sections get memory, its names are known, and nothing is linked yet. The module is Loaded; with WithDeadStripping it is Added. From then on
// the engine owns the buffer, and closes it when the module is removed; on error the buffer stays the caller's and the engine is as
// before. Of a universal Mach-O file the object for the engine's architecture is taken.
//
// Errors: *objimage.FormatError for a file that is not a sound object, or that has none for the architecture, ErrNoModule, and those of runtimedyld.LoadObject.
func (e *ExecutionEngine) AddObject(buffer *objimage.Buffer) (m *Module, err error) {
	if e.isClosed() {
		return nil, ErrClosed
	}
	err = e.withSlice(buffer, func(buffer *objimage.Buffer) error {
		if e.strip != nil {
			m, err = e.addForStripping(buffer)
		} else {
			m, err = e.load(&Module{buffer: buffer})
		}
		return err
	})
	return m, err
}

// AddParsed is AddObject for an object that was parsed before, and may have been changed (objimage.Edit). It is loaded whole, with WithDeadStripping too. The engine
// owns its buffer then, and on error the buffer stays the caller's. Errors are ErrClosed, ErrNoModule and those of runtimedyld.LoadObject.
func (e *ExecutionEngine) AddParsed(img *objimage.Object) (*Module, error) {
	switch {
	case e.isClosed():
		return nil, ErrClosed
	case img == nil:
		return nil, ErrNoModule
	}
	return e.loadParsed(&Module{buffer: img.Buffer()}, img)
}

// withSlice calls add, which becomes an owner unless it fails, with a file, or with what is in it for the engine's architecture if it is a universal one: that of what is loaded, or of this process.
func (e *ExecutionEngine) withSlice(buffer *objimage.Buffer, add func(*objimage.Buffer) error) error {
	if buffer == nil {
		return ErrNoModule
	}
	if !objimage.IsUniversal(buffer) {
		return add(buffer)
	}
	slice, err := objimage.SliceOf(buffer, cmp.Or(e.dyld.Arch(), inprocess.Arch))
	if err != nil {
		return err
	}
	if err := add(slice); err != nil {
		return joinErrors([]error{err, slice.Close()})
	}
	return buffer.Close() // the slice is an owner of its own
}

func (e *ExecutionEngine) load(m *Module) (*Module, error) {
	img, err := objimage.Parse(m.buffer)
	if err != nil {
		return nil, err
	}
	return e.loadParsed(m, img)
}

func (e *ExecutionEngine) loadParsed(m *Module, img *objimage.Object) (*Module, error) {
	o, err := e.loadObject(img)
	if err != nil {
		return nil, err
	}
	if e.strip != nil {
		e.strip.noteWhole(img)
	}
	m.object.Store(o)
	m.number = e.lastModule.Add(1)
	if !e.enter(m) {
		// Closed meanwhile. Nobody reads the buffer any more once the object is out of the linker, by this or by Close, and listeners are done with it.
		removed := e.dyld.Remove(o)
		e.unannounced.drop(o)
		if errors.Is(removed, runtimedyld.ErrClosed) {
			removed = nil
		}
		return nil, joinErrors([]error{ErrClosed, removed})
	}
	return m, nil
}

// enter puts a module on the engine's list; false if the engine is closed.
func (e *ExecutionEngine) enter(m *Module) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed.Load() {
		return false
	}
	m.engine, m.index = e, len(e.modules)
	if m.builtin {
		e.builtins = append(e.builtins, m)
	} else {
		e.modules = append(e.modules, m)
	}
	return true
}

// Modules returns the modules that are in the engine, in no particular order.
func (e *ExecutionEngine) Modules() []*Module {
	e.mu.Lock()
	defer e.mu.Unlock()
	return append([]*Module(nil), e.modules...)
}

// RemoveModule takes modules out of the engine and gives back everything that they caused: names, memory, debugger entries, buffers, sources. They may be
// Added, Loaded or Finalized; one that is being compiled is cancelled, and waited for. Their code must not be running, and functions bound to it must not be called any more. Modules that refer to each other
// are best removed in one call.
//
// The destructors of a module run before its memory goes: the handlers that its code has registered (atexit, __cxa_atexit), last registered first,
// and, if it was initialized (Initialize), its .fini_array and .dtors. Of modules that are removed together the handlers run module by module, that of the last one loaded first, as
// when libraries are closed; Close runs them all in the reverse order of their registration, as a program's end does.
//
// Memory that the code of a remaining module refers to stays, unnamed, until that module is removed too: nothing is ever left dangling, and
// destructors wait until then. An archive's member can be loaded again afterwards.
//
// Errors: ErrNotOwned, and then nothing is removed; errors of listeners, of destructors that could not be run, and of the memory manager, after the
// removal.
func (e *ExecutionEngine) RemoveModule(modules ...*Module) (err error) {
	if err := e.takeOut(modules); err != nil {
		return err
	}
	defer e.inside.Done()
	defer func() { // also when a listener panics
		e.abandon(modules)
		errs := []error{err}
		for _, m := range modules {
			if m.archive != nil {
				m.archive.forget(m)
			}
			errs = append(errs, m.close())
			e.debug(m.Name(), "removed")
		}
		err = joinErrors(errs)
	}()
	// What is loaded goes first: somebody else's link must not find that it lacks what is only added.
	objects := loadedObjects(modules)
	err = e.dyld.Remove(objects...)
	if len(objects) < len(modules) {
		e.abandon(modules)
		late := slices.DeleteFunc(loadedObjects(modules), func(o *runtimedyld.Object) bool { return slices.Contains(objects, o) })
		err = joinErrors([]error{err, e.dyld.Remove(late...)})
	}
	return err
}

// loadedObjects returns the objects of modules that are loaded.
func loadedObjects(modules []*Module) []*runtimedyld.Object {
	objects := make([]*runtimedyld.Object, 0, len(modules))
	for _, m := range modules {
		if o := m.object.Load(); o != nil {
			objects = append(objects, o)
		}
	}
	return objects
}

// abandon ends the compilation of modules that are off the engine's list.
func (e *ExecutionEngine) abandon(modules []*Module) {
	for _, m := range modules {
		if m.unit != nil {
			e.abandonUnit(m)
		}
	}
}

// close gives back the buffers and the source of a module that is gone.
func (m *Module) close() error {
	var errs []error
	if m.buffer != nil {
		errs = append(errs, m.buffer.Close())
	}
	if m.unit != nil {
		errs = append(errs, m.unit.close())
	}
	return joinErrors(errs)
}

// takeOut takes modules off the engine's list: all or none.
func (e *ExecutionEngine) takeOut(modules []*Module) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed.Load() {
		return ErrClosed
	}
	for i, m := range modules {
		if !e.has(m) || m.removing {
			for _, taken := range modules[:i] {
				taken.removing = false
			}
			return notOwned(m)
		}
		m.removing = true
	}
	e.inside.Add(1)
	for _, m := range modules {
		last := e.modules[len(e.modules)-1]
		e.modules[m.index], last.index = last, m.index
		e.modules[len(e.modules)-1] = nil
		e.modules = e.modules[:len(e.modules)-1]
	}
	return nil
}

// has says whether a module is on the engine's list. The caller holds e.mu.
func (e *ExecutionEngine) has(m *Module) bool {
	return m != nil && m.engine == e && m.index < len(e.modules) && e.modules[m.index] == m
}

func notOwned(m *Module) error {
	if m == nil {
		return fmt.Errorf("nil: %w", ErrNotOwned)
	}
	return fmt.Errorf("%s: %w", m.Name(), ErrNotOwned)
}
