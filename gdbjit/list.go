//go:build unix

package gdbjit

import "unsafe"

// The values of descriptor.action, enum jit_actions_t.
const (
	noAction uint32 = iota
	registerAction
	unregisterAction
)

// descriptorLayout is struct jit_descriptor.
type descriptorLayout struct {
	version  uint32
	action   uint32 // what happens to relevant, while the hook runs
	relevant *link
	first    *link
}

// descriptor is defined in descriptor.s; this declares it for Go.
//
//go:linkname descriptor __jit_debug_descriptor
var descriptor descriptorLayout

// hook calls __jit_debug_register_code.
func hook()

// A link is struct jit_code_entry. It is followed by the object, in one block outside the Go heap: the debugger reads both, and Go's
// collector must neither move nor free them.
type link struct {
	next, prev *link
	object     *byte
	_          [sizePadding]byte
	size       uint64
}

const linkSize = int(unsafe.Sizeof(link{}))

// newLink returns a link with a copy of object, not yet in the list. The caller holds lock.
func newLink(object []byte) (*link, error) {
	block, err := blocks.allocate(linkSize + len(object))
	if err != nil {
		return nil, err
	}
	copy(block[linkSize:], object)
	clear(block[:linkSize]) // as bytes: of what is overwritten in a link the collector takes note, as if it were pointers
	l := (*link)(unsafe.Pointer(&block[0]))
	*l = link{object: &block[linkSize], size: uint64(len(object))}
	return l, nil
}

// free gives the block of l back. The caller holds lock and has removed l from the list.
func (l *link) free() error {
	return blocks.free(unsafe.Slice((*byte)(unsafe.Pointer(l)), linkSize+int(l.size)))
}

// insert puts l in front of the list and tells debuggers. The caller holds lock.
func (l *link) insert() {
	l.next = descriptor.first
	if l.next != nil {
		l.next.prev = l
	}
	descriptor.first = l
	announce(registerAction, l)
}

// remove takes l out of the list and tells debuggers, which may still read it meanwhile. The caller holds lock.
func (l *link) remove() {
	if l.next != nil {
		l.next.prev = l.prev
	}
	if l.prev != nil {
		l.prev.next = l.next
	} else {
		descriptor.first = l.next
	}
	announce(unregisterAction, l)
}

// nudge makes GDB look for its breakpoints anew, now that l has been removed: see nudge.go. The caller holds lock.
func (l *link) nudge() error {
	empty := emptyLike(unsafe.Slice(l.object, l.size))
	if empty == nil {
		return nil
	}
	e, err := newLink(empty)
	if err != nil {
		return err
	}
	e.insert()
	e.remove()
	return e.free()
}

// announce stops in the debugger, if there is one. Afterwards nothing points to l any more that a debugger which attaches later could follow.
func announce(action uint32, l *link) {
	descriptor.action, descriptor.relevant = action, l
	quietly(hook)
	descriptor.action, descriptor.relevant = noAction, nil
}
