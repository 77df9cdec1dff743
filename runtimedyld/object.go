package runtimedyld

import (
	"slices"
	"sort"
	"sync/atomic"

	"github.com/gomcjit/gomcjit/executor"
	"github.com/gomcjit/gomcjit/memmgr"
	"github.com/gomcjit/gomcjit/objimage"
)

// An Object is a relocatable object that was loaded: LLVM's LoadedObjectInfo. All methods may be called from any goroutine.
type Object struct {
	img   *objimage.Object // nil for what the linker makes
	arch  *arch
	id    uint64
	batch memmgr.Batch
	alloc memmgr.AllocID

	state    atomic.Uint32
	remapped atomic.Bool // MapSectionAddress was used; moves are made for thread-local sections, too
	index    uint32      // in RuntimeDyld.objects
	gotBase  int32       // index into sections, or -1
	stubBase int32       // index into sections, or -1
	numSlots uint32      // how many of entries have a GOT entry
	users    int32       // how many objects have this one in uses; under the turn
	roles    Roles       // of its sections
	debug    bool        // the file has debug information
	written  bool        // the sections hold the file's bytes; under the turn
	moved    bool        // in RuntimeDyld.movedObjects
	located  bool        // in RuntimeDyld.locals
	again    bool        // Reopen was used on it, and it is not Finalized since
	unlinked bool        // was removed before it was Finalized; it is linked for those who rely on it if it still has globals
	going    bool        // scratch of removeNames: it is being removed
	attended bool        // the client sees it off: see attend.go; under the turn

	sections []section // those that are loaded: of the file, in its order, then the GOT, then the stubs
	bases    []base
	moves    atomic.Pointer[moves] // nil while all sections are where the memory manager put them
	layout   *layout               // until it is Finalized; noLayout then
	globals  []symID               // the symbols from img.FirstGlobal() on; 0 where the linker provides the symbol
	entries  []uint32              // symbols with a GOT entry, in the order of the entries, and then those with a stub, in the order of the stubs
	tls      *threadPart           // nil if it has nothing to do with thread-local variables
	file     *objimage.Buffer      // held while the object is Retired, or nil
	copy     *workCopy             // of an object that was linked again after it was Finalized; nil for most
	uses     []uint32              // the numbers of the objects whose addresses are in this one; under the turn
	reliants []uint32              // objects that rely on this one's COMDAT groups, and some that did
	fixedAt  uint64                // RuntimeDyld.version when relocations were last applied; under the turn
	mark     uint64                // scratch of whoever has the turn

	*rarities
}

// rarities is what few objects have. It is set while the object is loaded, and not changed afterwards.
type rarities struct {
	slotsPlus map[slotPlus]uint32 // entries for symbols plus addends: their numbers, behind those of slots
	veneers   []veneer            // behind the stubs
	supplied  []supplied          // functions behind these
	islands   map[uint32]*island  // stubs of single sections, by their indexes into sections
	trims     trims               // of the sections that shrink
	aligns    map[uint32]uint64   // of sections of the file that have to be aligned to more than their headers say
	ifuncs    ifuncs              // its indirect functions
	bounds    []bound             // the globals that are bounds of its sections
	followers []follower          // sections that have to come right behind others, for the sake of bounds
	anchors   []anchor            // where the dropped sections are
	frames    []uint32            // the unwind tables among sections, if there are anchors
	keeps     uint32              // so many of uses, the first, are needed for dropped sections
	tocAt     int32               // index into sections of the one that the TOC base is for, or -1 (PowerPC)
	pages     uint32              // GOT entries for pages, behind the others
	coff      *coffPart           // nil for other formats
	landing   bool                // stubs begin with landing pads
	small     bool                // it addresses small data (PowerPC)
	tocNear   bool                // its GOT and entries of thread-local variables are near the section at tocAt, in memory that is written (PowerPC)

	extras []objimage.RelocTable // of loaded sections that a program does not have in memory
}

// noRarities is shared by the objects that have none.
var noRarities = rarities{tocAt: -1}

// rare returns the object's rarities, to be set.
func (o *Object) rare() *rarities {
	if o.rarities == &noRarities {
		o.rarities = &rarities{tocAt: -1}
	}
	return o.rarities
}

// A section is one that is loaded. Its size is in the file.
type section struct {
	file int32  // section number in the file; what the linker made has SectionGOT and so on; a block of commons 0
	base uint32 // index into Object.bases
	off  uint32 // bytes behind the base, in working memory and in the target alike
}

// A base is a place in memory. Nearly always the memory manager lays an object's sections of a kind one behind the other, and then they have one
// in common.
type base struct {
	mem  *byte  // working memory; nil if none of its sections has any
	load uint64 // target address
}

// moves are the target addresses of the sections of an object of which MapSectionAddress has moved one.
type moves []atomic.Uint64

// Image returns the object file; nil for what the linker has made, such as the storage of commons.
func (o *Object) Image() *objimage.Object { return o.img }

// ID returns the number under which the memory manager knows the object. It is unique in the linker, and grows from load to load.
func (o *Object) ID() uint64 { return o.id }

// Name returns the name of the object's buffer, and "<common symbols>" for what the linker has made.
func (o *Object) Name() string {
	if o.img == nil {
		return "<common symbols>"
	}
	return o.img.Name()
}

// HasDebugInfo says whether the file has debug information.
func (o *Object) HasDebugInfo() bool { return o.debug }

// SectionLoadAddress returns where a section of the file, or one that the linker made (SectionGOT and so on), is in the process that runs the code; false if
// there is no such section in memory.
func (o *Object) SectionLoadAddress(index int) (executor.Addr, bool) {
	if i := o.sectionIndex(index); i >= 0 {
		return executor.Addr(o.loadAddr(i)), true
	}
	return 0, false
}

// slots and stubs return the symbols with a GOT entry, and with a stub, in the order of the entries and of the stubs.
func (o *Object) slots() []uint32 { return o.entries[:o.numSlots] }
func (o *Object) stubs() []uint32 { return o.entries[o.numSlots:] }

// loadAddr returns the target address of the i-th of sections.
func (o *Object) loadAddr(i int) uint64 {
	if m := o.moves.Load(); m != nil {
		return (*m)[i].Load()
	}
	s := &o.sections[i]
	return o.bases[s.base].load + uint64(s.off)
}

// mem returns the first n bytes of working memory of the i-th of sections.
func (o *Object) mem(i int, n uint64) []byte {
	s := &o.sections[i]
	return memmgr.At(o.bases[s.base].mem, uint64(s.off), n)
}

// move gives the i-th of sections another target address. The caller holds RuntimeDyld.mu.
func (o *Object) move(i int, target uint64) {
	m := o.moves.Load()
	if m == nil {
		all := make(moves, len(o.sections))
		for i := range all {
			all[i].Store(o.loadAddr(i))
		}
		m = &all
		o.moves.Store(m)
	}
	(*m)[i].Store(target)
}

// sectionIndex returns the index into sections of a section of the file or of one that the linker made, or -1: the file's are in its order.
func (o *Object) sectionIndex(index int) int {
	n := o.fileSections()
	if index < 0 {
		if i := slices.IndexFunc(o.sections[n:], func(s section) bool { return int(s.file) == index }); i >= 0 {
			return n + i
		}
		return -1
	}
	i := sort.Search(n, func(i int) bool { return int(o.sections[i].file) >= index })
	if i < n && int(o.sections[i].file) == index {
		return i
	}
	return -1
}

// fileSections returns how many of sections come from the file.
func (o *Object) fileSections() int {
	n := len(o.sections)
	for n > 0 && o.sections[n-1].file <= 0 {
		n--
	}
	return n
}

// size returns the bytes of the i-th of sections, which is one of the file.
func (o *Object) size(i int) uint64 {
	file := int(o.sections[i].file)
	return o.img.Section(file).Size - o.trims.cutFrom(uint32(file))
}

// SectionSize returns how many bytes of a section of the file are in memory: fewer than its header says if the linker was to take some away (R_RISCV_ALIGN and the like); false if
// there is no such section in memory.
func (o *Object) SectionSize(index int) (uint64, bool) {
	if i := o.sectionIndex(index); index >= 0 && i >= 0 {
		return o.size(i), true
	}
	return 0, false
}

// global decodes the i-th global.
func (o *Object) global(i int) objimage.Symbol {
	var y [1]objimage.Symbol
	o.img.Symbols(o.img.FirstGlobal()+i, y[:])
	return y[0]
}

// globalAddr returns the target address of the i-th global, which the object defines, and is not common.
func (o *Object) globalAddr(i int) uint64 {
	if o.img == nil { // a block of commons: each has a section of its own
		return o.loadAddr(i)
	}
	y := o.global(i)
	if y.Place == objimage.PlaceAbsolute {
		return y.Value
	}
	if y.Type == objimage.TypeIFunc {
		return o.ifuncAddr(uint32(o.img.FirstGlobal() + i))
	}
	return o.loadAddr(o.sectionIndex(int(y.Section))) + o.trims.offset(y.Section, y.Value)
}

// gotAddr returns the address of the GOT, 0 if there is none.
func (o *Object) gotAddr() uint64 {
	if o.gotBase < 0 {
		return 0
	}
	return o.loadAddr(int(o.gotBase))
}
