package mcjit

import (
	"sync"

	"github.com/gomcjit/gomcjit/objimage"
)

// An archive is searched for names that nobody defines. Each member is loaded once.
type archive struct {
	archive *objimage.Archive

	mu     sync.Mutex
	loaded map[objimage.MemberID]*memberLoad
}

// A memberLoad is the loading of a member, on its way or done. The first to want a member loads it; others wait for done.
type memberLoad struct {
	done chan struct{}
	err  error
}

// AddArchive adds a static library. Its members are loaded on demand, when a link or a look-up needs a name that they define and nobody else does,
// in the order in which archives were added. The engine owns the buffer from then on; on error it stays the caller's.
func (e *ExecutionEngine) AddArchive(buffer *objimage.Buffer) error {
	a, err := objimage.ParseArchive(buffer)
	if err != nil {
		return err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed {
		return ErrClosed
	}
	e.archives = append(e.archives, &archive{archive: a, loaded: map[objimage.MemberID]*memberLoad{}})
	return nil
}

// loadMember loads the first archive member that defines a name, and reports whether there is one.
func (e *ExecutionEngine) loadMember(name string) (bool, error) {
	e.mu.Lock()
	archives := e.archives
	e.mu.Unlock()
	for _, a := range archives {
		if id, ok := a.archive.Lookup(name); ok {
			return true, e.loadOnce(a, id)
		}
	}
	return false, nil
}

func (e *ExecutionEngine) loadOnce(a *archive, id objimage.MemberID) error {
	load, first := a.claim(id)
	if !first {
		<-load.done
		return load.err
	}
	load.err = e.addMember(a, id)
	if load.err != nil {
		a.forget(id)
	}
	close(load.done)
	return load.err
}

func (e *ExecutionEngine) addMember(a *archive, id objimage.MemberID) error {
	buffer, err := a.archive.Member(id)
	if err != nil {
		return err
	}
	m, err := e.load(&Module{buffer: buffer, archive: a, member: id})
	if err != nil {
		buffer.Close()
		return err
	}
	e.log.WithField("module", m.Name()).Debug("archive member loaded")
	return nil
}

// claim returns the load of a member; first says that the caller has to do it.
func (a *archive) claim(id objimage.MemberID) (load *memberLoad, first bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if load = a.loaded[id]; load != nil {
		return load, false
	}
	load = &memberLoad{done: make(chan struct{})}
	a.loaded[id] = load
	return load, true
}

// forget makes a member loadable again.
func (a *archive) forget(id objimage.MemberID) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.loaded, id)
}
