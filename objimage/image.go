package objimage

import (
	"bytes"
	"debug/elf"
	"math"
)

// An Image is an object and where its sections were loaded.
type Image struct {
	obj      *Object
	addr     func(section int) (addr uint64, loaded bool)
	relocate func() Relocator                        // nil: debuggers do it
	offset   func(section uint32, off uint64) uint64 // nil: sections are as long in memory as in the file
}

// NewImage returns an Image of o whose section addresses are those that addr returns. addr is asked each time, so that the Image follows sections
// that are remapped; it is called with numbers from 1 to NumSections-1, and must be safe for concurrent use if the Image is used so.
func NewImage(o *Object, addr func(section int) (addr uint64, loaded bool)) *Image {
	return &Image{obj: o, addr: addr}
}

// A Relocator applies relocations to the contents of the section that is their target, which are its bytes in a copy of the file, decompressed.
type Relocator func(relocs *RelocTable, contents []byte)

// NewRelocatedImage is NewImage for an object whose debug sections are relocated before debuggers get them, since these lack what it takes. relocate is called by each
// DebugObject, and what it returns for each table of relocations whose target is not loaded.
func NewRelocatedImage(o *Object, addr func(section int) (addr uint64, loaded bool), relocate func() Relocator) *Image {
	return &Image{obj: o, addr: addr, relocate: relocate}
}

// WithOffsets returns the image of an object whose sections are shorter in memory than in the file, because the linker has taken bytes away: offset says where something is in
// memory that is at an offset in the file's section. In a debug object, such sections have the size that they have in memory, and symbols their places and sizes there; contents
// stay those of the file, since debuggers read code from memory.
func (m *Image) WithOffsets(offset func(section uint32, off uint64) uint64) *Image {
	n := *m
	n.offset = offset
	return &n
}

// Object returns the object.
func (m *Image) Object() *Object { return m.obj }

// SectionAddr returns where section i is in the process that runs the code, at the moment of the call; loaded is false if it is not there.
func (m *Image) SectionAddr(i int) (addr uint64, loaded bool) {
	if i == 0 {
		return 0, false
	}
	return m.addr(i)
}

// DebugObject returns a copy of the whole file in which sh_addr of every loaded section is its address. It is what GDB's JIT interface
// takes ("JIT Compilation Interface" in its manual): the debugger applies the relocations of the debug sections itself, but those of a NewRelocatedImage. Sections that
// would be in memory and are not, because they were dropped with their COMDAT group, are not said to be (SHF_ALLOC), and what they define is undefined, so that nothing in
// them is taken for something at address 0. Compressed sections (gABI, "Compression Header") are decompressed, which not all debuggers do in objects of the JIT interface.
//
// Of a COFF object it is an ELF file, since COFF has no room for addresses of 64 bits.
//
// Errors are *FormatError: an address that the file's class has no room for, or compressed contents that are not what their header says.
func (m *Image) DebugObject() (out []byte, err error) {
	err = Guard(func() (err error) {
		out, err = m.debugObject()
		return err
	})
	return out, err
}

func (m *Image) debugObject() ([]byte, error) {
	o := m.obj
	if o.whole != nil && o.Format() == ELF {
		n := *m
		n.obj = o.whole
		return n.debugObject()
	}
	if o.Format() == COFF {
		return m.debugCOFF()
	}
	out := bytes.Clone(o.buf.data)
	if o.decoded != nil {
		return m.debugMachO(out)
	}
	compressed, dropped := false, false
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
			dropped = true
		}
		if loaded && !o.setWord(out, i, shAddr, addr) {
			return nil, o.sectionError(i, "load address %#x has no room in a 32-bit file", addr)
		}
	}
	if dropped {
		m.undefine(out)
	}
	if m.offset != nil {
		m.shrink(out)
	}
	if compressed {
		var err error
		if out, err = o.decompress(out); err != nil {
			return nil, err
		}
	}
	if m.relocate != nil {
		m.applyRelocations(out)
	}
	return out, nil
}

// undefine makes those symbols of a copy of the file undefined whose sections would be in memory and are not.
func (m *Image) undefine(out []byte) {
	o := m.obj
	var table shdr
	o.shdr(&table, int(o.symtab))
	for i := range o.numSymbols {
		y, err := o.symbol(i)
		if err != nil || y.Place != PlaceSection || y.Type == TypeSection || o.Section(int(y.Section)).Flags&SectionAlloc == 0 {
			continue
		}
		if _, loaded := m.addr(int(y.Section)); !loaded {
			o.layout.order.PutUint16(out[table.off+uint64(i*o.layout.symSize+o.layout.stShndx):], uint16(elf.SHN_UNDEF))
		}
	}
}

// shrink gives sections and symbols of a copy of the file the sizes and the places that they have in memory.
func (m *Image) shrink(out []byte) {
	o, l := m.obj, m.obj.layout
	for i := 1; i < o.numSections; i++ {
		if s := o.Section(i); s.Flags&SectionAlloc != 0 {
			o.setWord(out, i, shSize, m.offset(uint32(i), s.Size))
		}
	}
	var table shdr
	o.shdr(&table, int(o.symtab))
	for i := range o.numSymbols {
		y, err := o.symbol(i)
		if err != nil || y.Place != PlaceSection {
			continue
		}
		b := out[table.off+uint64(i*l.symSize):]
		start := m.offset(y.Section, y.Value)
		l.putWord(b[l.stValue:], start)
		if y.Size > 0 {
			l.putWord(b[l.stSize:], m.offset(y.Section, y.Value+y.Size)-start)
		}
	}
}

// applyRelocations applies the relocations of sections that are not loaded, in a copy of the file, and makes them those of no section: nobody applies them again, and
// GDB, which takes what has relocations for something that is loaded, finds nothing at address 0.
func (m *Image) applyRelocations(out []byte) {
	o, apply := m.obj, m.relocate()
	for i := 1; i < o.numSections; i++ {
		s := o.Section(i)
		target := int(s.Relocs.Target)
		if target == 0 {
			continue
		}
		if _, loaded := m.addr(target); loaded {
			continue
		}
		o.layout.order.PutUint32(out[o.headerAt(i)+o.layout.infoAt():], 0)
		var h shdr
		o.layout.shdr(&h, out[o.headerAt(target):])
		if h.typ == uint32(elf.SHT_NOBITS) || h.off > uint64(len(out)) || h.siz > uint64(len(out))-h.off {
			continue // the header is not what it was in a file whose sections are upon each other, which are relocated
		}
		apply(&s.Relocs, out[h.off:][:h.siz:h.siz])
	}
}

// headerAt returns where the header of a section is in the file.
func (o *Object) headerAt(section int) uint64 { return o.shoff() + uint64(section*o.layout.shdrSize()) }

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
	b := file[o.headerAt(section)+uint64(at):]
	l.putWord(b, v)
	return l.word == 8 || v <= math.MaxUint32
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
