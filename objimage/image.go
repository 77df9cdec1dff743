package objimage

import (
	"bytes"
	"debug/elf"
	"math"
)

// An Image is an object and where its sections were loaded.
type Image struct {
	obj  *Object
	addr func(section int) (addr uint64, loaded bool)
}

// NewImage returns an Image of o whose section addresses are those that addr returns. addr is asked each time, so that the Image follows sections
// that are remapped; it is called with numbers from 1 to NumSections-1, and must be safe for concurrent use if the Image is used so.
func NewImage(o *Object, addr func(section int) (addr uint64, loaded bool)) *Image {
	return &Image{obj: o, addr: addr}
}

// Object returns the object.
func (m *Image) Object() *Object { return m.obj }

// SectionAddr returns where section i is in the process that runs the code; loaded is false if it is not there.
func (m *Image) SectionAddr(i int) (addr uint64, loaded bool) {
	if i == 0 {
		return 0, false
	}
	return m.addr(i)
}

// DebugObject returns a copy of the whole file in which sh_addr of every loaded section is its address. It is what GDB's JIT interface
// takes ("JIT Compilation Interface" in its manual): the debugger applies the relocations of the debug sections itself. The error, a *FormatError,
// is an address that the file's class has no room for.
func (m *Image) DebugObject() ([]byte, error) {
	o, l := m.obj, m.obj.layout
	out := bytes.Clone(o.buf.data)
	for i := 1; i < o.numSections; i++ {
		addr, loaded := m.addr(i)
		var h shdr
		if o.shdr(&h, i); !loaded || h.typ == uint32(elf.SHT_NULL) {
			continue
		}
		field := out[o.shoff()+uint64(i*l.shdrSize()+8+l.word):]
		if l.word == 8 {
			l.order.PutUint64(field, addr)
			continue
		}
		if addr > math.MaxUint32 {
			return nil, o.sectionError(i, "load address %#x has no room in a 32-bit file", addr)
		}
		l.order.PutUint32(field, uint32(addr))
	}
	return out, nil
}
