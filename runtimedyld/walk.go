package runtimedyld

import (
	"cmp"
	"slices"

	"github.com/gomcjit/gomcjit/executor"
	"github.com/gomcjit/gomcjit/memmgr"
	"github.com/gomcjit/gomcjit/objimage"
)

// Walks over what is loaded, for clients that bring it to its place themselves: the bytes that were linked, where they belong, and what may be done to them there is all that a loader has to know.

// A SectionView is a section of an object, for loaders of clients.
type SectionView struct {
	Index       int    // its number in the file; of what the linker made SectionGOT and so on; of a common 0
	Name        string // that of the file; of what the linker made .got, .stubs and so on; of a common its own
	Loaded      bool   // it has memory of the memory manager's, and an address
	Kind        memmgr.Kind
	Prot        executor.MemProt // what its memory is used for while the code runs; nothing for what no program has in memory
	ThreadLocal bool             // a piece of the template of thread-local storage, which threads have copies of: it has no address
	ZeroFill    bool             // it begins as zeros, of which files for loaders need no bytes
	Addr        executor.Addr    // where it is in the process that runs the code: where the memory manager put it, or MapSectionAddress. 0 if it is nowhere
	Align       uint64           // bytes, a power of two, at least 1: what the code relies on, which may be more than the file's header says
	Ahead       []byte           // of code that is larger than branches reach: stubs, which have to be right in front of Addr
	Content     []byte           // all of it, also zeros, as it is linked now. If it is loaded this is working memory itself, not a copy
}

// Sections lists the sections of an object in the order of their numbers in the file, then those that the linker made, and then those that no memory manager holds: debug information, and whatever else has contents
// of its own and is no table of the file. Their bytes are copies, decompressed, relocated for the addresses that hold now. Sections that were dropped with their COMDAT groups are not in the list, nor are empty ones that no
// program has in memory.
//
// Of an object that is Loaded the bytes are those of the last ResolveRelocations, of the file if there was none, and of one that is Finalized those that run, which may be read-only. The object must not be removed while its working memory is in
// use. Errors are ErrClosed, an *ObjectError of ErrState for an object whose memory is not there, and those of compressed sections that are broken.
func (d *RuntimeDyld) Sections(o *Object) ([]SectionView, error) {
	if err := d.takeTurn(); err != nil {
		return nil, err
	}
	defer d.endTurn()
	if st := o.State(); !d.holds(o) || o.img == nil || st != Loaded && st != Finalized && st != Retired {
		return nil, d.stateError(o, "walk", st)
	}
	o.writeContents()
	list := make([]SectionView, len(o.sections), len(o.sections)+8)
	for i := range o.sections {
		list[i] = o.view(i)
	}
	d.settle()
	return o.appendUnloaded(list, func(global int) uint64 {
		if global >= len(o.globals) { // of one that is removed, and mentions no names any more
			return 0
		}
		if id := o.globals[global]; id != 0 {
			at, _ := d.definition(d.table.at(id))
			return uint64(at)
		}
		return 0
	})
}

// CommonSections lists the storage of commons (C's tentative definitions, Fortran's COMMON), which belongs to no object of a file, in the order of addresses. It is there once something that refers to the commons was
// resolved or finalized. The error is ErrClosed.
func (d *RuntimeDyld) CommonSections() ([]SectionView, error) {
	if err := d.takeTurn(); err != nil {
		return nil, err
	}
	defer d.endTurn()
	var list []SectionView
	for _, o := range d.objects {
		if o == nil || o.img != nil || o.State() != Loaded && o.State() != Finalized {
			continue
		}
		for i, id := range o.globals {
			c := d.commons[id]
			if c == nil || c.block != o { // nobody mentions it any more, and the storage is there for others
				continue
			}
			list = append(list, SectionView{
				Index: int(o.sections[i].file), Name: d.sectionName(o, i), Loaded: true, Kind: memmgr.RWData, Prot: protOf(memmgr.RWData), ZeroFill: true,
				Addr: executor.Addr(o.loadAddr(i)), Align: c.align, Content: o.workingMemory(d, i),
			})
		}
	}
	slices.SortFunc(list, func(a, b SectionView) int { return cmp.Compare(a.Addr, b.Addr) })
	return list, nil
}

// view describes the i-th of sections.
func (o *Object) view(i int) SectionView {
	v := SectionView{Index: int(o.sections[i].file), Name: o.wholeName(int(o.sections[i].file)), Loaded: true, Addr: executor.Addr(o.loadAddr(i)), Content: o.mem(i, o.extentOf(i))}
	if v.Index > 0 {
		s := o.img.Section(v.Index)
		v.Align, v.ZeroFill, v.ThreadLocal = s.Align, s.Flags&objimage.SectionZeroFill != 0, s.Flags&objimage.SectionTLS != 0
		v.Kind = kindOfSection(s.Flags)
		v.Align = max(v.Align, o.aligns[uint32(v.Index)])
		if is := o.islands[uint32(i)]; is != nil {
			v.Align, v.Ahead = max(v.Align, o.arch.stubAlign), is.mem[1]
		}
		if s.Flags&objimage.SectionAlloc != 0 {
			v.Prot = protOf(v.Kind)
		}
		return v
	}
	v.Kind, v.Align = o.kindOfMade(v.Index)
	v.Prot = protOf(v.Kind)
	return v
}

// wholeName returns the name of a section of the file, or of one that the linker made.
func (o *Object) wholeName(index int) string { return string(sectionNames{o.img}.SectionName(index)) }

// kindOfSection returns what the memory manager was asked for a section of the file.
func kindOfSection(flags objimage.SectionFlags) memmgr.Kind {
	switch {
	case flags&objimage.SectionTLS != 0 || flags&(objimage.SectionExec|objimage.SectionWrite) == 0:
		return memmgr.ROData
	case flags&objimage.SectionExec != 0:
		return memmgr.Code
	}
	return memmgr.RWData
}

// kindOfMade returns it for a section that the linker made, and its alignment.
func (o *Object) kindOfMade(index int) (memmgr.Kind, uint64) {
	switch index {
	case SectionStubs, SectionIFuncStubs:
		return memmgr.Code, o.arch.stubAlign
	case SectionIFuncSlots:
		return memmgr.RWData, o.arch.slotSize
	case SectionFunctions:
		return memmgr.ROData, functionsAlign
	case SectionGOT, SectionThreads:
		if o.tocNear {
			return memmgr.RWData, o.arch.slotSize
		}
	}
	return memmgr.ROData, o.arch.slotSize
}

// protOf returns what memory of a kind is used for.
func protOf(k memmgr.Kind) executor.MemProt {
	return [...]executor.MemProt{executor.MemRead | executor.MemExec, executor.MemRead, executor.MemRead | executor.MemWrite}[k]
}

// appendUnloaded lists what no memory manager holds.
func (o *Object) appendUnloaded(list []SectionView, elsewhere func(global int) uint64) ([]SectionView, error) {
	tables := map[uint32]*objimage.RelocTable{}
	var relocate objimage.Relocator
	var debug []objimage.Section
	for i := 1; i < o.img.NumSections(); i++ {
		s := o.img.Section(i)
		if t := s.Relocs; t.Target != 0 {
			tables[t.Target] = &t
		}
		plain := s
		plain.Flags &^= objimage.SectionCompressed
		if isExtra(&plain) && o.sectionIndex(i) < 0 {
			debug = append(debug, s)
		}
	}
	left := o.img.MaxContents() // sections may have the same bytes of the file
	for i := range debug {
		s := &debug[i]
		content, err := o.img.SectionContents(s.Index, left)
		if err != nil {
			return nil, err
		}
		left -= uint64(len(content))
		if t := tables[uint32(s.Index)]; t != nil {
			if relocate == nil {
				relocate = o.relocatorOf(elsewhere)
			}
			relocate(t, content)
		}
		list = append(list, SectionView{Index: s.Index, Name: o.wholeName(s.Index), Kind: memmgr.ROData, Align: s.Align, Content: content})
	}
	return list, nil
}
