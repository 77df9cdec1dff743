package gdbjit

import (
	"errors"
	"fmt"
	"sync"
)

// ErrUnsupported is returned where programs have no such interface to a debugger.
var ErrUnsupported = errors.New("gdbjit: no interface to debuggers on this platform")

// ErrUnregistered is returned by [Entry.Unregister] for an entry that is not registered any more.
var ErrUnregistered = errors.New("gdbjit: the entry is not registered any more")

// lock guards the list, the descriptor and the memory of entries. It is held while the hook is called, as debuggers require that the list stands still
// until the hook has returned; nothing else is called then.
var lock sync.Mutex

// An Entry is one object that debuggers know of. It stays so until [Entry.Unregister]; an Entry that becomes unreachable stays registered.
type Entry struct {
	link *link // in memory outside the Go heap; nil when unregistered
	size int   // bytes of the object
}

// RegisterObject tells debuggers of object, an object file in memory in the host's format, in which the addresses of sections are those where they were loaded.
// The object is copied. An error is either [ErrUnsupported] or wraps that of the operating system when there is no memory; nothing
// is registered then.
func RegisterObject(object []byte) (*Entry, error) {
	if len(object) == 0 {
		return nil, errors.New("gdbjit: cannot register an empty object")
	}
	lock.Lock()
	defer lock.Unlock()
	l, err := newLink(object)
	if err != nil {
		return nil, fmt.Errorf("gdbjit: registering an object of %d bytes: %w", len(object), err)
	}
	l.insert()
	return &Entry{link: l, size: len(object)}, nil
}

// Size returns the number of bytes that debuggers see, those of the object's copy.
func (e *Entry) Size() int { return e.size }

// Unregister makes debuggers forget the object and gives back its memory. Call it before the code itself goes away. It returns [ErrUnregistered]
// when it was called before, and an error of the operating system when memory could not be given back.
func (e *Entry) Unregister() error {
	lock.Lock()
	defer lock.Unlock()
	if e.link == nil {
		return ErrUnregistered
	}
	l := e.link
	e.link = nil
	l.remove()
	return errors.Join(l.nudge(), l.free())
}
