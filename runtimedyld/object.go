package runtimedyld

import (
	"sort"
	"sync/atomic"

	"github.com/gomcjit/gomcjit/executor"
	"github.com/gomcjit/gomcjit/memmgr"
	"github.com/gomcjit/gomcjit/objimage"
)

// An Object is a relocatable object that was loaded: LLVM's LoadedObjectInfo. All methods may be called from any goroutine.
type Object struct {
	img      *objimage.Object // nil for what the linker makes
	arch     *arch
	id       uint64
	batch    memmgr.Batch
	alloc    memmgr.AllocID
	state    atomic.Uint32
	sections []section // those that are loaded: of the file, in its order, then the GOT, then the stubs
	globals  []symID   // the symbols from img.FirstGlobal() on; 0 where the linker provides the symbol
	slots    []uint32  // symbols with a GOT entry, in the order of the entries
	stubs    []uint32  // symbols with a stub, in the order of the stubs
	gotBase  int32     // index into sections, or -1
	stubBase int32     // index into sections, or -1
	moved    bool      // in RuntimeDyld.movedObjects
	debug    bool      // the file has debug information
	roles    Roles     // of its sections
	remapped bool      // MapSectionAddress was used on it
	attended bool      // the client sees it off: see attend.go; under the turn

	layout  layout   // until it is Finalized
	index   uint32   // in RuntimeDyld.objects
	fixedAt uint64   // RuntimeDyld.version when relocations were last applied; under the turn
	written bool     // the sections hold the file's bytes; under the turn
	uses    []uint32 // the numbers of the objects whose addresses are in this one; under the turn
	users   int32    // how many objects have this one in uses; under the turn
	mark    uint64   // scratch of whoever has the turn
}

// A section is one that is loaded. Its size is in the file.
type section struct {
	mem  *byte  // working memory; nil if the section is empty
	load uint64 // target address; atomic once the object is entered
	file uint32 // section number in the file; 0 for what the linker made
}

func (s *section) loadAddr() uint64 { return atomic.LoadUint64(&s.load) }

// Image returns the object file.
func (o *Object) Image() *objimage.Object { return o.img }

// ID returns the number under which the memory manager knows the object.
func (o *Object) ID() uint64 { return o.id }

// Name returns the name of the object's buffer.
func (o *Object) Name() string {
	if o.img == nil {
		return "<common symbols>"
	}
	return o.img.Name()
}

// HasDebugInfo says whether the file has debug information.
func (o *Object) HasDebugInfo() bool { return o.debug }

// SectionLoadAddress returns where a section of the file is in the process that runs the code; false if it is not loaded.
func (o *Object) SectionLoadAddress(index int) (executor.Addr, bool) {
	if s := o.fileSection(index); s != nil {
		return executor.Addr(s.loadAddr()), true
	}
	return 0, false
}

// DebugImage returns the object with its load addresses, for debuggers. The addresses are read at the call.
func (o *Object) DebugImage() *objimage.Image {
	return objimage.NewImage(o.img, func(index int) (uint64, bool) {
		a, ok := o.SectionLoadAddress(index)
		return uint64(a), ok
	})
}

// fileSection finds a loaded section by its number in the file, or nil.
func (o *Object) fileSection(index int) *section {
	if i := o.sectionIndex(index); i >= 0 {
		return &o.sections[i]
	}
	return nil
}

// sectionIndex returns the index into sections of a section of the file, or -1: sections are in the file's order.
func (o *Object) sectionIndex(index int) int {
	n := o.fileSections()
	i := sort.Search(n, func(i int) bool { return int(o.sections[i].file) >= index })
	if i < n && int(o.sections[i].file) == index {
		return i
	}
	return -1
}

// fileSections returns how many of sections come from the file.
func (o *Object) fileSections() int {
	n := len(o.sections)
	for n > 0 && o.sections[n-1].file == 0 {
		n--
	}
	return n
}

// size returns the bytes of a loaded section of the file.
func (o *Object) size(s *section) uint64 { return o.img.Section(int(s.file)).Size }

// targetOf returns the target address of a place in the object.
func (o *Object) targetOf(place uint32, value uint64) executor.Addr {
	if place == placeAbsolute {
		return executor.Addr(value)
	}
	return executor.Addr(o.sections[place].loadAddr() + value)
}

// gotAddr returns the address of the GOT, 0 if there is none.
func (o *Object) gotAddr() uint64 {
	if o.gotBase < 0 {
		return 0
	}
	return o.sections[o.gotBase].loadAddr()
}
