package runtimedyld

import (
	"errors"
	"fmt"

	"github.com/gomcjit/gomcjit/executor"
	"github.com/gomcjit/gomcjit/memmgr"
)

// Remapping. A section has working memory, where the memory manager put it, and a target address, which is another one if the code is to run elsewhere. It may change as often as one likes: nothing of
// a link is consumed, so that linking again gives the bytes of a fresh link at the addresses that hold then. Finalized objects are reopened before: see reopen.go.

// ErrNoSection says that no section begins at the working memory that was to be mapped.
var ErrNoSection = errors.New("no section begins there")

// MapSectionAddress tells the linker that a section of the file, or one that it made (SectionGOT and so on), will be at another address in the process that runs the code: LLVM's reassignSectionAddress. It changes the
// addresses of the section's symbols at once; bytes follow at the next ResolveRelocations or Finalize. The object must be Loaded, which a Finalized one is after Reopen; one that is
// Linking is waited for. Cost does not depend on how much is loaded. Errors are *ObjectError: of ErrState for an object that is in another state or not the linker's, and for a
// section that is not in memory; of ErrThreadLocal for one of thread-local variables, which has no address.
func (d *RuntimeDyld) MapSectionAddress(o *Object, index int, target executor.Addr) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	for o.State() == Linking { // no load is on its way then, that could wait for this in turn
		d.cond.Wait()
	}
	if st := o.State(); st != Loaded || !d.owns(o) {
		return d.stateError(o, "map a section of", st)
	}
	i := o.sectionIndex(index)
	if i < 0 {
		return &ObjectError{Object: o.Name(), Msg: "section is not loaded", Err: ErrState}
	}
	if err := o.threadSectionError(index); err != nil {
		return err
	}
	d.remap(o, i, target)
	return nil
}

// MapLocalAddress is MapSectionAddress by where the section's working memory begins in this process: LLVM's mapSectionAddress. That is the first byte of what the memory manager
// has given for the section, or the first of SectionContent, also for what the linker made (GOT, stubs, commons). Empty sections have none.
//
// Errors: those of MapSectionAddress, and an *ObjectError of ErrNoSection for every other address, which names the section if the address is inside of one. An error takes time in proportion to what is loaded.
func (d *RuntimeDyld) MapLocalAddress(local *byte, target executor.Addr) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	for d.busy { // whoever has the turn may be moving working memory
		d.cond.Wait()
	}
	if d.closed {
		return ErrClosed
	}
	p, ok := d.locals.find(d, local)
	if !ok {
		return d.localError(local)
	}
	if err := p.object.threadSectionError(int(p.object.sections[p.section].file)); err != nil {
		return err
	}
	d.remap(p.object, p.section, target)
	return nil
}

// MapCommonAddress is MapSectionAddress for the storage of a common (C's tentative definitions, Fortran's COMMON), which belongs to no object of a file. It gives the common its storage if
// it has none yet. One that is finalized is reopened: see Reopen. Errors: an *ObjectError of ErrUndefinedSymbol if the name is no common, those of the memory manager, those of Reopen.
func (d *RuntimeDyld) MapCommonAddress(name string, target executor.Addr) error {
	if err := d.takeTurn(); err != nil {
		return err
	}
	defer d.endTurn()
	d.freeze()
	defer func() { d.frozen = false }()
	s, id := d.table.lookup(name)
	if s == nil || s.bits&(bitCommon|bitStored) == 0 {
		return &ObjectError{Object: "<common symbols>", Msg: fmt.Sprintf("%q is no common", name), Err: ErrUndefinedSymbol}
	}
	if s.bits&bitCommon != 0 {
		if err := d.placeCommons([]symID{id}); err != nil {
			return err
		}
	}
	block := d.commons[id].block
	if block.State() == Finalized {
		if err := d.reopen([]*Object{block}); err != nil {
			return err
		}
	}
	d.remap(block, int(s.index), target)
	return nil
}

// remap gives the i-th section of an object its address. The caller holds d.mu.
func (d *RuntimeDyld) remap(o *Object, i int, target executor.Addr) {
	o.move(i, uint64(target))
	o.remapped.Store(true)
	if !o.moved {
		o.moved = true
		d.movedObjects = append(d.movedObjects, o)
		d.moved.Store(true)
	}
	d.version++
}

// settle brings the addresses in symbols up to date after MapSectionAddress, which leaves that to the next link or look-up because one call is to
// cost little however many symbols the section has.
func (d *RuntimeDyld) settle() {
	for _, o := range d.movedObjects {
		o.moved = false
		for _, id := range o.globals {
			if id == 0 {
				continue
			}
			if s := d.table.at(id); s.owner.Load() == o.index {
				s.addr.Store(o.globalAddr(int(s.index)))
			}
		}
	}
	clear(d.movedObjects)
	d.movedObjects = d.movedObjects[:0]
	d.moved.Store(false)
}

// locals finds sections by their working memory. It is made of the objects that can be mapped, when that is first asked for, and forgotten when they are finalized.
type locals struct {
	sections map[*byte]sectionPlace
	entered  uint64 // RuntimeDyld.entered when it was completed
}

// A sectionPlace is a section of an object, by its index into Object.sections.
type sectionPlace struct {
	object  *Object
	section int
}

// drop forgets the sections of a list of objects, which are all that there are.
func (l *locals) drop(list []*Object) {
	if l.sections != nil {
		for _, o := range list {
			o.located = false
		}
		*l = locals{}
	}
}

// forget drops the sections of objects that go: there may never be a link that drops all.
func (l *locals) forget(d *RuntimeDyld, objects []*Object) {
	for _, o := range objects {
		if !o.located {
			continue
		}
		o.located = false
		for i := range o.sections {
			if b := o.workingMemory(d, i); len(b) > 0 {
				delete(l.sections, &b[0])
				delete(l.sections, o.home(i))
			}
		}
	}
}

// find returns the section of a Loaded object whose working memory begins at an address.
func (l *locals) find(d *RuntimeDyld, local *byte) (sectionPlace, bool) {
	p, ok := l.sections[local]
	if (!ok || p.object.State() != Loaded) && !l.isComplete(d) { // else its memory may be somebody else's by now
		l.add(d)
		p, ok = l.sections[local]
	}
	return p, ok && p.object.State() == Loaded
}

func (l *locals) isComplete(d *RuntimeDyld) bool {
	return l.entered == d.entered
}

// add enters the objects that can be mapped and are not entered yet.
func (l *locals) add(d *RuntimeDyld) {
	if l.sections == nil {
		l.sections = map[*byte]sectionPlace{}
	}
	l.entered = d.entered
	for _, o := range d.fresh {
		if o.State() != Loaded || o.located {
			continue
		}
		o.located = true
		for i := range o.sections {
			if b := o.workingMemory(d, i); len(b) > 0 {
				l.sections[&b[0]] = sectionPlace{o, i}
				l.sections[o.home(i)] = sectionPlace{o, i}
			}
		}
	}
}

// workingMemory returns that of the i-th of sections. The caller holds d.mu.
func (o *Object) workingMemory(d *RuntimeDyld, i int) []byte {
	if o.img == nil {
		return o.mem(i, d.commonSize(o.globals[i]))
	}
	return o.mem(i, o.extentOf(i))
}

// localError says why nothing can be mapped that has its working memory at an address.
func (d *RuntimeDyld) localError(local *byte) error {
	for _, o := range d.objects {
		if o == nil || o.arch == nil && o.img != nil || o.index == hostIndex || o.State() > Retired {
			continue
		}
		for i := range o.sections {
			b := o.workingMemory(d, i)
			if len(b) == 0 {
				continue
			}
			at := memmgr.Distance(local, &b[0])
			switch {
			case at >= uint64(len(b)):
			case at > 0:
				return &ObjectError{Object: o.Name(), Err: ErrNoSection, Msg: fmt.Sprintf("address %p is %#x bytes inside section %s; sections are mapped by their first byte", local, at, d.sectionName(o, i))}
			default:
				return &ObjectError{Object: o.Name(), Err: ErrState, Msg: fmt.Sprintf("cannot map section %s of an object that is %v", d.sectionName(o, i), o.State())}
			}
		}
	}
	return &ObjectError{Object: fmt.Sprintf("address %p", local), Msg: "it is in the working memory of no section", Err: ErrNoSection}
}

// sectionName returns the name of the i-th of sections of an object, which may be a block of commons.
func (d *RuntimeDyld) sectionName(o *Object, i int) string {
	if o.img == nil {
		return d.table.name(d.table.at(o.globals[i]))
	}
	return o.madeName(i)
}

// extentOf returns how many bytes of memory the i-th of sections has: what the linker puts behind the file's included. The object is not a block of commons.
func (o *Object) extentOf(i int) uint64 {
	switch file := int(o.sections[i].file); file {
	case SectionGOT:
		return max(uint64(len(o.slots())+len(o.slotsPlus))+uint64(o.pages), 1) * o.arch.slotSize
	case SectionStubs:
		return uint64(len(o.stubs())+len(o.veneers))*o.stubStep() + suppliedSize(o.supplied)
	case SectionThreads:
		return o.tls.bytes
	case SectionIFuncSlots:
		return uint64(len(o.ifuncs.syms)) * o.arch.slotSize
	case SectionIFuncStubs:
		return uint64(len(o.ifuncs.syms)) * o.ifuncStep()
	case SectionFunctions:
		return o.coff.tableSize(o)
	default:
		s := o.img.Section(file)
		size := o.size(i)
		switch RoleOf(o.img, &s) {
		case RoleFrames:
			size += frameEnd
		case RoleInitCode, RoleFiniCode:
			size += o.arch.fragmentEnd
		}
		if is := o.islands[uint32(i)]; is != nil {
			size = is.behind + uint64(len(is.mem[0]))
		}
		return size
	}
}
