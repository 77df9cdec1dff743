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
// takes ("JIT Compilation Interface" in its manual): the debugger applies the relocations of the debug sections itself. Sections that would be in memory and
// are not, because they were dropped with their COMDAT group, are not said to be (SHF_ALLOC), so that nothing in them is taken for something at address 0.
// Compressed sections (gABI, "Compression Header") are decompressed, which not all debuggers do in objects of the JIT interface.
//
// Errors are *FormatError: an address that the file's class has no room for, or compressed contents that are not what their header says.
func (m *Image) DebugObject() ([]byte, error) {
	o := m.obj
	out := bytes.Clone(o.buf.data)
	compressed := false
	for i := 1; i < o.numSections; i++ {
		var h shdr
		if o.shdr(&h, i); h.typ == uint32(elf.SHT_NULL) {
			continue
		}
		flags := SectionFlags(h.flags)
		compressed = compressed || flags&(SectionCompressed|SectionAlloc) == SectionCompressed
		addr, loaded := m.addr(i)
		if !loaded && flags&SectionAlloc != 0 {
			o.setWord(out, i, shFlags, h.flags&^uint64(SectionAlloc))
		}
		if loaded && !o.setWord(out, i, shAddr, addr) {
			return nil, o.sectionError(i, "load address %#x has no room in a 32-bit file", addr)
		}
	}
	if compressed {
		return o.decompress(out)
	}
	return out, nil
}

// Fields of a section header that are words, in their order.
const (
	shFlags = iota
	shAddr
	shOffset
	shSize
	shAlign = shSize + 2 // sh_link and sh_info, half a word each or a word each, are between them
)

// setWord writes a field of a section header in a copy of the file; false if it does not fit.
func (o *Object) setWord(file []byte, section, field int, v uint64) bool {
	l := o.layout
	at := 8 + field*l.word
	if field == shAlign {
		at = 16 + 4*l.word
	}
	b := file[o.shoff()+uint64(section*l.shdrSize()+at):]
	if l.word == 8 {
		l.order.PutUint64(b, v)
		return true
	}
	l.order.PutUint32(b, uint32(v))
	return v <= math.MaxUint32
}

// decompress makes compressed sections of a copy of the file ordinary ones, whose contents are put behind everything else.
func (o *Object) decompress(out []byte) ([]byte, error) {
	f, err := elf.NewFile(bytes.NewReader(o.buf.data))
	if err != nil {
		return nil, o.errorf(0, "reading compressed sections: %v", err)
	}
	left := maxExpansion * uint64(len(out)) // sections may have the same bytes of the file
	for i, s := range f.Sections {
		if s.Flags&elf.SHF_COMPRESSED == 0 || s.Flags&elf.SHF_ALLOC != 0 || i == 0 {
			continue
		}
		if s.Size > min(maxExpansion*s.FileSize, left) {
			return nil, o.sectionError(i, "%d compressed bytes claim to be %d", s.FileSize, s.Size)
		}
		left -= s.Size
		data, err := s.Data()
		if err != nil {
			return nil, o.sectionError(i, "decompressing: %v", err)
		}
		align := max(s.Addralign, 1)
		if align > maxDebugAlign || align&(align-1) != 0 {
			return nil, o.sectionError(i, "alignment %d in a compression header", align)
		}
		at := (uint64(len(out)) + align - 1) &^ (align - 1)
		out = append(append(out, make([]byte, at-uint64(len(out)))...), data...)
		fits := o.setWord(out, i, shOffset, at)
		fits = o.setWord(out, i, shSize, uint64(len(data))) && fits
		o.setWord(out, i, shFlags, uint64(s.Flags&^elf.SHF_COMPRESSED))
		if o.setWord(out, i, shAlign, align); !fits {
			return nil, o.sectionError(i, "decompressed it has no room in a 32-bit file")
		}
	}
	return out, nil
}

const (
	maxExpansion  = 1100 // zlib's is 1,032 at most; a file of a few bytes must not become one of gigabytes
	maxDebugAlign = 1 << 16
)
