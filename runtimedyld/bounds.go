package runtimedyld

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/gomcjit/gomcjit/memmgr"
	"github.com/gomcjit/gomcjit/objimage"
)

// Bounds: __start_NAME and __stop_NAME are where the sections called NAME begin and end, if NAME is a C identifier. All linkers define them (GNU ld's manual,
// "Input Section Example"), and programs collect tables with them. Here, an object's bounds are those of its own sections, as a shared object's are;
// so that they have all of its sections of the name between them, these are laid out one behind the other.

// A bound is a global that the linker defines so.
type bound struct {
	global uint32 // the i-th global of the object
	at     uint32 // index into sections of the first section of the name, or the last
	stop   bool   // the end of that section, not its beginning
}

var startPrefix, stopPrefix = []byte("__start_"), []byte("__stop_")

// boundOf returns NAME if a name is __start_NAME or __stop_NAME, and nil otherwise.
func boundOf(name []byte) (section []byte, stop bool) {
	if len(name) < len(stopPrefix) || name[2] != 's' || name[3] != 't' {
		return nil, false
	}
	section, ok := bytes.CutPrefix(name, startPrefix)
	if !ok {
		if section, stop = bytes.CutPrefix(name, stopPrefix); !stop {
			return nil, false
		}
	}
	if !isIdentifier(section) {
		return nil, false
	}
	return section, stop
}

func isIdentifier(name []byte) bool {
	for i, c := range name {
		letter := c == '_' || 'a' <= c|0x20 && c|0x20 <= 'z'
		if !letter && (i == 0 || c < '0' || c > '9') {
			return false
		}
	}
	return len(name) > 0
}

// planBounds defines the bounds that the object refers to and has sections for, and brings these together. Others are references like any other.
func (p *plan) planBounds() {
	spans := make(map[string]*span, len(p.maybeBounds))
	for _, i := range p.maybeBounds {
		section, _ := boundOf(p.names[i])
		spans[string(section)] = new(span)
	}
	for k, file := range p.files {
		if s := spans[string(p.img.SectionName(int(file)))]; s != nil && !p.tls.has(file) { // thread-local ones have no address
			p.extend(s, uint32(k))
		}
	}
	first := p.img.FirstGlobal()
	for _, i := range p.maybeBounds {
		section, stop := boundOf(p.names[i])
		s := spans[string(section)]
		if !s.found {
			continue
		}
		b := bound{global: i, at: s.first, stop: stop}
		if stop {
			b.at = s.last
		}
		p.bounds = append(p.bounds, b)
		p.traits[first+int(i)] = traitProvided
	}
}

// A span is the requests for sections of a name.
type span struct {
	first, last uint32
	found       bool // there are any
}

// extend adds a request to a span, and has it laid out right behind the others, unless it is of another kind.
func (p *plan) extend(s *span, k uint32) {
	switch {
	case !s.found:
		s.found, s.first = true, k
	case p.requests[k].Kind != p.requests[s.first].Kind:
		return
	default:
		p.followers = append(p.followers, follower{k, s.last})
	}
	s.last = k
}

// A follower is a request that is laid out right behind another one, and not where the file has it.
type follower struct{ k, before uint32 }

// allocate asks the memory manager for the requests, in the order that bounds need.
func (p *plan) allocate(mm memmgr.JITMemoryManager, o *Object) (memmgr.AllocID, error) {
	m := memmgr.Module{ID: o.id, Name: o.Name(), Sections: sectionNames{p.img}, Image: p.arch.format == objimage.COFF}
	if m.Image {
		if order := p.coffOrder(); order != nil {
			return p.allocateInOrder(mm, o, m, order)
		}
	}
	if len(p.followers) == 0 {
		return mm.Allocate(o.batch, m, p.requests)
	}
	next := make(map[uint32]uint32, len(p.followers))
	moved := make([]bool, len(p.requests))
	for _, f := range p.followers {
		next[f.before], moved[f.k] = f.k, true
	}
	order := make([]uint32, 0, len(p.requests))
	for k := range uint32(len(p.requests)) {
		for at, more := k, !moved[k]; more; at, more = next[at], next[at] != 0 {
			order = append(order, at)
		}
	}
	return p.allocateInOrder(mm, o, m, order)
}

// allocateInOrder asks for the requests in an order of their numbers.
func (p *plan) allocateInOrder(mm memmgr.JITMemoryManager, o *Object, m memmgr.Module, order []uint32) (memmgr.AllocID, error) {
	requests := make([]memmgr.Section, len(order))
	for i, k := range order {
		requests[i] = p.requests[k]
	}
	id, err := mm.Allocate(o.batch, m, requests)
	for i, k := range order {
		p.requests[k] = requests[i]
	}
	return id, err
}

// placeBounds fills addrs for the object's bounds. What is between them has to be the sections and nothing else, which the memory manager decides, and
// MapSectionAddress.
func (f *fixer) placeBounds() {
	o := f.o
	for _, b := range o.followers {
		end := o.loadAddr(int(b.before)) + o.layout.extents[b.before].size
		if s := o.img.Section(int(o.sections[b.k].file)); o.loadAddr(int(b.k))-end >= max(s.Align, 1) {
			f.errs = append(f.errs, &ObjectError{
				Object: o.Name(), Err: ErrUnsupportedSymbol,
				Msg: fmt.Sprintf("sections %s are not one behind the other, as __start_%[1]s and __stop_%[1]s need them; the memory manager has to keep the order of requests",
					shown(o.img.SectionName(s.Index))),
			})
			break
		}
	}
	for _, b := range o.bounds {
		a := o.loadAddr(int(b.at))
		if b.stop {
			a += o.layout.extents[b.at].size
		}
		f.addrs[o.img.FirstGlobal()+int(b.global)] = a
	}
}

// isProvided knows the names that the linker defines for each object that refers to them: the GOT of the object, and the handle by which __cxa_atexit tells
// objects apart (Itanium C++ ABI, 3.3.6.3), for which the GOT's address serves, being the object's own. Bounds are provided, too, where there are
// sections for them.
func isProvided(name []byte) bool {
	return len(name) > 2 && name[0] == '_' && (string(name) == "_GLOBAL_OFFSET_TABLE_" || string(name) == "__dso_handle" || string(name) == moduleBase)
}

// LeaveToResolver says for which names the resolver is asked though the linker would define them by itself for each object that refers to them: bounds of sections, __dso_handle, __ImageBase, functions
// that linkers supply. By default there are none. It is called before anything is loaded.
func (d *RuntimeDyld) LeaveToResolver(is func(name string) bool) { d.left = is }

// IsProvided says whether the linker itself defines a name for an object that refers to it, so that it is not to be looked for anywhere.
func IsProvided(o *objimage.Object, name string) bool {
	if a := archOf(o); isProvided([]byte(name)) || a != nil && (slices.Contains(a.provides, name) || a.supply != nil && a.supply(name) != nil) {
		return true
	}
	section, _ := boundOf([]byte(name))
	for i := 1; section != nil && i < o.NumSections(); i++ {
		if bytes.Equal(o.SectionName(i), section) && o.Section(i).Flags&objimage.SectionAlloc != 0 {
			return true
		}
	}
	return false
}
