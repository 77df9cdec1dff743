package runtimedyld

import (
	"bytes"
	"slices"

	"github.com/gomcjit/gomcjit/memmgr"
	"github.com/gomcjit/gomcjit/objimage"
)

// What is finalized is not writable, and code runs there. So an object that is linked again gets copies of its memory to be linked in; what has changed is then published by the memory
// manager (memmgr.Rewriter), which never makes running memory writable. Until then the object's code goes on as it was.

// A workCopy is the working memory of an object that is linked again.
type workCopy struct {
	home   []*byte  // by base: its own working memory, where the memory manager has put it
	copies []*byte  // by base: the copy
	kept   []bool   // by base: the copy stayed the working memory, since a section has gone elsewhere, and what is at home may still run
	keep   []bool   // by base: it is to stay when the copy is closed
	sizes  []uint64 // by base: bytes of the copy
	linked []uint64 // by section: its address when the object was last finalized; nil unless the copy is open
	size   uint64   // bytes of the copies that there are, also in RuntimeDyld.copied
	uses   []uint32 // what the last fix-up has found, to be Object.uses once it is published

	islands map[uint32][2][]byte // their own working memory

	was        []*byte // by base: its working memory before the copy was opened
	wasIslands map[uint32][2][]byte
	wasSize    uint64
}

// home returns where the working memory of the i-th of sections begins that the memory manager gave.
func (o *Object) home(i int) *byte {
	s := &o.sections[i]
	base := o.bases[s.base].mem
	if o.copy != nil {
		base = o.copy.home[s.base]
	}
	if base == nil {
		return nil
	}
	return &memmgr.At(base, uint64(s.off), 1)[0]
}

// homeMem returns the first n bytes of that memory.
func (o *Object) homeMem(i int, n uint64) []byte { return memmgr.At(o.home(i), 0, n) }

// finalMem returns the first n bytes of the i-th of sections as they were last finalized.
func (o *Object) finalMem(i int, n uint64) []byte {
	if o.isOpen() {
		return memmgr.At(o.copy.was[o.sections[i].base], uint64(o.sections[i].off), n)
	}
	return o.mem(i, n)
}

// isAway says whether the i-th of sections is to run elsewhere than where the memory manager put it.
func (o *Object) isAway(i int, addr uint64) bool {
	s := &o.sections[i]
	return addr != o.bases[s.base].load+uint64(s.off) && !o.tls.has(uint32(max(s.file, 0)))
}

// isOpen says whether the object is linked in a copy.
func (o *Object) isOpen() bool { return o.copy != nil && o.copy.linked != nil }

// openCopy makes the object's working memory a copy, with what linking needs to know of the file.
func (d *RuntimeDyld) openCopy(o *Object) {
	c := o.copy
	if c == nil {
		c = &workCopy{home: make([]*byte, len(o.bases)), kept: make([]bool, len(o.bases)), islands: o.islandMemory()}
		for i := range o.bases {
			c.home[i] = o.bases[i].mem
		}
	}
	sizes := make([]uint64, len(o.bases))
	c.linked = make([]uint64, len(o.sections))
	for i := range o.sections {
		c.linked[i] = o.loadAddr(i)
		if s := &o.sections[i]; o.img != nil {
			sizes[s.base] = max(sizes[s.base], uint64(s.off)+o.extentOf(i))
		}
	}
	o.copy = c // extentOf has asked for working memory as it was
	if o.img == nil {
		return
	}
	c.copies = make([]*byte, len(o.bases))
	c.keep, c.was, c.wasIslands, c.wasSize = make([]bool, len(o.bases)), make([]*byte, len(o.bases)), o.islandMemory(), c.size
	c.sizes = sizes
	d.countCopies(c, sizes)
	for i, n := range sizes {
		c.was[i] = o.bases[i].mem
		if n > 0 {
			c.copies[i] = &make([]byte, n)[0]
			o.bases[i].mem = c.copies[i]
		}
	}
	for i := range o.sections {
		if !o.isData(i) { // what nobody writes stays what it is
			copy(o.mem(i, o.extentOf(i)), o.homeMem(i, o.extentOf(i)))
		}
	}
	for k, is := range o.islands {
		is.mem = [2][]byte{o.mem(int(k), o.extentOf(int(k)))[is.behind:], make([]byte, len(is.mem[1]))}
	}
	o.layout = o.readLayout()
	o.written = false
	o.fixedAt = 0
}

// countCopies notes how large the copies are, by base.
func (d *RuntimeDyld) countCopies(c *workCopy, sizes []uint64) {
	d.copied.Add(-c.size) // modulo 2^64
	c.size = 0
	for _, n := range sizes {
		c.size += n
	}
	d.copied.Add(c.size)
}

func (o *Object) islandMemory() map[uint32][2][]byte {
	if len(o.islands) == 0 {
		return nil
	}
	all := make(map[uint32][2][]byte, len(o.islands))
	for k, is := range o.islands {
		all[k] = is.mem
	}
	return all
}

// closeCopy makes the memory manager's memory the working memory again, but for bases that are to be kept.
func (d *RuntimeDyld) closeCopy(o *Object) {
	c := o.copy
	for i := range c.copies {
		if !c.keep[i] {
			o.bases[i].mem = c.home[i]
			c.sizes[i] = 0
		}
	}
	d.countCopies(c, c.sizes)
	for k, is := range o.islands {
		if !c.keep[o.sections[k].base] {
			is.mem = c.islands[k]
		}
	}
	c.kept = c.keep
	d.endCopy(o)
}

// cancelCopy makes the working memory what it was before the copy was opened.
func (d *RuntimeDyld) cancelCopy(o *Object) {
	c := o.copy
	for i, mem := range c.was {
		o.bases[i].mem = mem
	}
	for k, is := range o.islands {
		is.mem = c.wasIslands[k]
	}
	d.countCopies(c, []uint64{c.wasSize})
	d.endCopy(o)
}

// endCopy forgets what only linking in the copy needs.
func (d *RuntimeDyld) endCopy(o *Object) {
	c := o.copy
	o.layout, o.written = &noLayout, true
	c.keep, c.copies, c.sizes, c.linked, c.uses, c.was, c.wasIslands = nil, nil, nil, nil, nil, nil, nil
	if !slices.Contains(c.kept, true) {
		d.countCopies(c, nil)
		o.copy = nil
	}
}

// readLayout finds out again what a layout knows.
func (o *Object) readLayout() *layout {
	l := &layout{extents: make([]extent, o.fileSections())}
	var batch [64]objimage.Section
	for from := 0; from < o.img.NumSections(); {
		n := o.img.Sections(from, batch[:])
		for i := range batch[:n] {
			s := &batch[i]
			if k := o.sectionIndex(s.Index); s.Relocs.Target == 0 && s.Index > 0 && k >= 0 {
				l.extents[k] = extent{s.Offset, s.Size - o.trims.cutFrom(uint32(s.Index))}
				if s.Flags&objimage.SectionZeroFill != 0 {
					l.extents[k].offset = noContents
				}
			}
			if t := s.Relocs; t.Target != 0 && o.sectionIndex(int(t.Target)) >= 0 && o.inProgram(int(t.Target)) {
				t.Target = uint32(o.sectionIndex(int(t.Target)))
				l.tables = append(l.tables, t)
			}
		}
		from += n
	}
	return l
}

// isData says whether the i-th of sections is written while the program runs.
func (o *Object) isData(i int) bool {
	switch file := int(o.sections[i].file); {
	case file == SectionIFuncSlots:
		return true
	case file < 0:
		return false
	default:
		return o.img.Section(file).Flags&(objimage.SectionWrite|objimage.SectionTLS) == objimage.SectionWrite
	}
}

// hasRelocatedData says whether there are such sections, while the object has no layout.
func (o *Object) hasRelocatedData() bool {
	var batch [64]objimage.Section
	for from := 0; from < o.img.NumSections(); {
		n := o.img.Sections(from, batch[:])
		for i := range batch[:n] {
			if t := batch[i].Relocs.Target; t != 0 {
				if k := o.sectionIndex(int(t)); k >= 0 && o.isData(k) {
					return true
				}
			}
		}
		from += n
	}
	return false
}

// dataImages returns the relocated sections of written data, as they are in the copy.
func (o *Object) dataImages() (list []dataImage) {
	for _, i := range o.relocatedData() {
		list = append(list, dataImage{i, bytes.Clone(o.mem(i, o.extentOf(i)))})
	}
	return list
}

// relocatedData returns the sections of written data that have relocations, in the order of the tables.
func (o *Object) relocatedData() (list []int) {
	for i := range o.layout.tables {
		if k := int(o.layout.tables[i].Target); o.isData(k) && !slices.Contains(list, k) {
			list = append(list, k)
		}
	}
	return list
}
