package gdbjit

import (
	"bytes"
	"errors"
	"sync"

	"github.com/gomcjit/gomcjit/objimage"
)

// Register tells debuggers of a loaded object, by the addresses that its sections have now; its [objimage.Image.DebugObject] is copied.
// Errors are those of RegisterObject and of DebugObject.
func Register(image *objimage.Image) (*Entry, error) {
	object, err := image.DebugObject()
	if err != nil {
		return nil, err
	}
	return RegisterObject(object)
}

// A Listener registers objects as an engine loads them and forgets them as it frees them: it is an engine's JITEventListener. The zero
// Listener is ready, for one engine. It may be called from any goroutine.
type Listener struct {
	// All registers also objects without debug information. Debuggers then show the names of functions of such objects, at the price of a
	// copy of each. It must not change once objects have been loaded.
	All bool

	mu      sync.Mutex
	entries map[uint64]*Entry // by key, those registered and not yet freed
}

// NotifyObjectLoaded registers image under key if it has debug information, or if all objects are wanted. The engine calls it when the addresses of the
// object's sections are final and before its code runs; keys are the engine's, different for each loaded object. Where there
// is no interface to debuggers it does nothing. Errors are those of [Register]; the object is then unknown to debuggers
// but can run.
func (l *Listener) NotifyObjectLoaded(key uint64, image *objimage.Image) error {
	if !l.All && !hasDebugInfo(image.Object()) {
		return nil
	}
	entry, err := Register(image)
	if errors.Is(err, ErrUnsupported) {
		return nil
	}
	if err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.entries == nil {
		l.entries = make(map[uint64]*Entry)
	}
	l.entries[key] = entry
	return nil
}

// NotifyFreeingObject makes debuggers forget the object of key. The engine calls it before the object's memory is given back. A key
// that was not registered is no error, as most objects have no debug information. Errors are those of [Entry.Unregister].
func (l *Listener) NotifyFreeingObject(key uint64) error {
	l.mu.Lock()
	entry := l.entries[key]
	delete(l.entries, key)
	l.mu.Unlock()
	if entry == nil {
		return nil
	}
	return entry.Unregister()
}

// debugPrefixes are how the names of sections with debug information start: DWARF in ELF and COFF, the same compressed the
// old GNU way, and in Mach-O.
var debugPrefixes = [][]byte{[]byte(".debug_"), []byte(".zdebug_"), []byte("__debug_")}

func hasDebugInfo(o *objimage.Object) bool {
	for i := 1; i < o.NumSections(); i++ {
		name := o.SectionName(i)
		for _, prefix := range debugPrefixes {
			if bytes.HasPrefix(name, prefix) {
				return true
			}
		}
	}
	return false
}
