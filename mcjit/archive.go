package mcjit

import (
	"errors"
	"slices"
	"sync"

	"github.com/gomcjit/gomcjit/objimage"
	"github.com/gomcjit/gomcjit/runtimedyld"
)

// An archive is searched for names that nobody defines. Each member is loaded once, and again when it has been removed.
type archive struct {
	archive *objimage.Archive
	builtin bool // the archive is everybody's: it is not closed, and its members are not among the engine's modules

	mu     sync.Mutex
	closed bool
	loads  map[objimage.MemberID]*memberLoad
}

// A memberLoad is the loading of a member, on its way or done. The first to want a member loads it; others wait for done.
type memberLoad struct {
	done     chan struct{}
	module   *Module          // once it is done without an error; under archive.mu
	imported *objimage.Import // what the member is instead, if it is of an import library
	err      error
}

// AddArchive adds a static library. Its members are loaded on demand, when a link or a look-up needs a name that they define and nobody else does,
// in the order in which archives were added. Of a universal Mach-O file the library for the engine's architecture is taken. The engine owns the buffer from then on; on error it stays the caller's.
// Errors are ErrClosed, ErrNoModule and those of objimage.ParseArchive.
func (e *ExecutionEngine) AddArchive(buffer *objimage.Buffer) error {
	if e.isClosed() {
		return ErrClosed
	}
	return e.withSlice(buffer, func(buffer *objimage.Buffer) error {
		a, err := objimage.ParseArchive(buffer)
		if err != nil {
			return err
		}
		if !e.enterArchive(&archive{archive: a, loads: map[objimage.MemberID]*memberLoad{}}) {
			a.Close()
			return ErrClosed
		}
		return buffer.Close() // the archive is an owner of its own
	})
}

// enterArchive puts an archive on the engine's list; false if the engine is closed.
func (e *ExecutionEngine) enterArchive(a *archive) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed.Load() {
		return false
	}
	e.archives = append(slices.Clip(e.archives), a) // loadMember reads the old list
	return true
}

// loadMember loads the first archive member that defines a name, and reports whether there is one. A member of an import library is not loaded: it says where the name is.
func (e *ExecutionEngine) loadMember(name string) (found bool, imported *objimage.Import, err error) {
	e.mu.Lock()
	archives, closed := e.archives, e.closed.Load()
	e.mu.Unlock()
	if closed {
		return false, nil, ErrClosed
	}
	if e.waitsStripped(name) {
		return false, nil, nil
	}
	for _, a := range archives {
		if id, ok := a.archive.Lookup(name); ok {
			imported, err = e.loadOnce(a, id)
			return imported == nil, imported, err
		}
	}
	return false, nil, nil
}

func (e *ExecutionEngine) loadOnce(a *archive, id objimage.MemberID) (*objimage.Import, error) {
	load, first := a.claim(id)
	if first {
		a.settle(load, id, func() (*Module, error) { return e.addMember(a, id, load) })
	}
	<-load.done
	return load.imported, load.err
}

func (e *ExecutionEngine) addMember(a *archive, id objimage.MemberID, load *memberLoad) (*Module, error) {
	buffer, err := a.take(id)
	if err != nil {
		return nil, err
	}
	loaded := false
	defer func() { // also when the client's memory manager panics
		if !loaded {
			buffer.Close()
		}
	}()
	if load.imported, err = objimage.ImportIn(buffer); load.imported != nil || err != nil {
		if err == nil {
			err = a.findDLL(load.imported)
		}
		return nil, err
	}
	m, err := e.load(&Module{buffer: buffer, archive: a, member: id, builtin: a.builtin})
	if err != nil {
		return nil, err
	}
	loaded = true
	e.debug(m.Name(), "archive member loaded")
	return m, nil
}

// take returns the bytes of a member.
func (a *archive) take(id objimage.MemberID) (*objimage.Buffer, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.closed {
		return nil, ErrClosed
	}
	return a.archive.Member(id)
}

// findDLL finds out in which DLL an import is.
func (a *archive) findDLL(m *objimage.Import) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.closed {
		return ErrClosed
	}
	return a.archive.FindDLL(m)
}

// claim returns the load of a member; first says that the caller has to do it. A member whose names are gone, because it is being
// removed, is loaded anew.
func (a *archive) claim(id objimage.MemberID) (load *memberLoad, first bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if load = a.loads[id]; load != nil && (load.module == nil || load.module.State() < runtimedyld.Retired) {
		return load, false
	}
	load = &memberLoad{done: make(chan struct{})}
	a.loads[id] = load
	return load, true
}

var errLoadPanics = errors.New("loading the archive's member panicked")

// settle does what was claimed. A member that cannot be loaded may be tried again.
func (a *archive) settle(load *memberLoad, id objimage.MemberID, add func() (*Module, error)) {
	m, err := (*Module)(nil), errLoadPanics
	defer func() { // also when it does: others wait
		a.mu.Lock()
		defer a.mu.Unlock()
		if load.module, load.err = m, err; err != nil {
			delete(a.loads, id)
		}
		close(load.done)
	}()
	m, err = add()
}

// forget drops a module that has been removed, unless its member has been loaded anew already.
func (a *archive) forget(m *Module) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if load := a.loads[m.member]; load != nil && load.module == m {
		delete(a.loads, m.member)
	}
}

func (a *archive) close() error {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.closed = true
	return a.archive.Close()
}
