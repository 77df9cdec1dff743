package runtimedyld

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"slices"

	"github.com/gomcjit/gomcjit/executor"
	"github.com/gomcjit/gomcjit/memmgr"
	"github.com/gomcjit/gomcjit/objimage"
)

// Thread-local variables. An object's sections of them (SHF_TLS) are a template, from which each thread gets a copy, a block. So the address of such a
// section, and of a symbol in it, is a distance from the start of the block: that is what the linker takes for it everywhere. Code finds the
// block by what the linker writes into entries of its own, beside the GOT: the module's number for __tls_get_addr, a descriptor, or a
// distance from the thread pointer, where blocks are at a constant one.
//
// "ELF Handling For Thread-Local Storage" (Drepper, 0.20), 4 and 5; "Thread-Local Storage Descriptors" (Oliva, Araújo, 0.9.4).

// Errors about thread-local variables, for errors.Is.
var (
	// ErrThreadLocal is a name that is a thread-local variable for one and not for the other, or a thread-local variable where an address is asked for: it
	// has one for each thread.
	ErrThreadLocal = errors.New("thread-local")
	// ErrThreadModel is code that addresses a variable relative to the thread pointer (initial and local exec), or to others of its own (local
	// dynamic), which is not there.
	ErrThreadModel = errors.New("thread-local storage model does not serve here")
)

// SetThreadStorage gives the linker the thread-local storage of the process that runs the code, before anything is loaded. Without one objects that
// have thread-local variables are refused.
func (d *RuntimeDyld) SetThreadStorage(s executor.ThreadStorage) { d.storage = s }

// threadPart is what an object has to do with thread-local variables; objects without any have none.
type threadPart struct {
	sections []threadSection // in the order of the file; in a block, those with contents come first
	size     uint64          // bytes of the object's part of a block
	filled   uint64          // those that have contents
	align    uint64

	entries   map[threadEntry]uint64 // where each entry is, in bytes from the first
	bytes     uint64                 // of all entries
	entryBase int32                  // index into Object.sections of the entries, or -1
	near      []uint32               // symbols that have to be in the object's own block
	static    []uint32               // symbols that have to be at a constant distance from the thread pointer
	dynamic   bool                   // code is ready for variables that are not

	block *threadBlock
	base  uint64 // of the object's part in the block
}

// A threadSection is a section of the template.
type threadSection struct {
	index   int    // into Object.sections
	section uint32 // number in the file
	off     uint64 // in the object's part of the block
	size    uint64
	zero    bool // without contents
}

// A threadEntry is a symbol's entry of one kind.
type threadEntry struct {
	sym    uint32
	kind   need
	minus  bool  // it holds what others hold, negated
	addend int64 // of an entry that holds the symbol's place plus an addend
}

// entryWords are the sizes of the kinds of entries.
var entryWords = map[need]uint64{
	needPair:       2, // module and offset, as __tls_get_addr takes them
	needModule:     2, // the same, of the start of the object's own block
	needDistance:   1, // from the thread pointer
	needDescriptor: 4, // a function, its argument, and a pair for the argument to point to
}

const needEntry = needPair | needModule | needDistance | needDescriptor

// moduleBase is a name that the linker defines: the start of the object's own block.
const moduleBase = "_TLS_MODULE_BASE_"

// thread returns the plan's part about thread-local variables.
func (p *plan) thread() *threadPart {
	if p.tls == nil {
		p.tls = &threadPart{align: 1, entryBase: -1, entries: map[threadEntry]uint64{}}
	}
	return p.tls
}

// planThreadSection notes a section of the template.
func (p *plan) planThreadSection(s *objimage.Section) {
	t := p.thread()
	if s.Align > maxThreadAlign || s.Size > maxThreadBlock {
		p.refuse(s.Index, ErrTooLarge, fmt.Sprintf("%d bytes of thread-local storage, aligned to %d", s.Size, s.Align))
		return
	}
	t.sections = append(t.sections, threadSection{section: uint32(s.Index), size: s.Size, zero: s.Flags&objimage.SectionZeroFill != 0})
}

// Limits of thread-local storage: every thread has it, and the template is copied.
const (
	maxThreadAlign = 1 << 16
	maxThreadBlock = 1 << 30
)

// planThreadBlock lays out the template, once it is known which sections there are.
func (p *plan) planThreadBlock() {
	t := p.tls
	t.sections = slices.DeleteFunc(t.sections, func(s threadSection) bool { return p.loaded[s.section] == 0 })
	order := p.threadOrder()
	for _, zero := range []bool{false, true} {
		for _, s := range order {
			if s.zero != zero {
				continue
			}
			s.index = int(p.loaded[s.section] - 1)
			r := &p.requests[s.index]
			r.Kind = memmgr.ROData // copied into blocks, never written
			t.align = max(t.align, r.Align)
			s.off = alignUp(t.size, r.Align)
			t.size = s.off + s.size
		}
		if !zero {
			t.filled = t.size
		}
	}
	if file := uint64(len(p.img.Buffer().Bytes())); t.size > maxThreadBlock || t.filled > 2*file+maxThreadAlign {
		p.errs = append(p.errs, &ObjectError{
			Object: p.img.Name(), Msg: fmt.Sprintf("%d bytes of thread-local storage, most of them gaps that alignment leaves", t.size), Err: ErrTooLarge,
		})
	}
}

// threadOrder returns the sections of the template in their order in a block: that of the file, or, of COFF, that of the pieces of .tls.
func (p *plan) threadOrder() []*threadSection {
	order := make([]*threadSection, len(p.tls.sections))
	for i := range order {
		order[i] = &p.tls.sections[i]
	}
	if p.arch.format == objimage.COFF {
		slices.SortStableFunc(order, func(a, b *threadSection) int {
			return bytes.Compare(p.img.SectionName(int(a.section)), p.img.SectionName(int(b.section)))
		})
	}
	return order
}

func alignUp(n, align uint64) uint64 {
	if align < 2 {
		return n
	}
	return (n + align - 1) &^ (align - 1)
}

// has says whether a section of the file is one of the template.
func (t *threadPart) has(section uint32) bool {
	if t == nil {
		return false
	}
	_, ok := slices.BinarySearchFunc(t.sections, section, func(s threadSection, n uint32) int { return cmp.Compare(s.section, n) })
	return ok
}

// threadTrait returns the trait of a symbol that is thread-local by its type or its section, and finds out what is wrong with it.
func (p *plan) threadTrait(y *objimage.Symbol) trait {
	inside := y.Place == objimage.PlaceSection && p.tls.has(y.Section)
	switch {
	case !inside && y.Type != objimage.TypeTLS:
		return 0
	case y.Place == objimage.PlaceCommon:
		p.refuseSymbol(y, "a thread-local common; compile with -fno-common")
	case p.storage == nil: // its relocations and its section say what there is to say
	case y.Place != objimage.PlaceUndefined && !inside:
		p.refuseSymbol(y, "a thread-local variable outside of thread-local sections")
	}
	return traitThread
}

// planThread notes what a relocation needs that refers to a thread-local variable.
func (p *plan) planThread(row *howto, r *objimage.Reloc, target int) {
	err, fault := ErrThreadLocal, ""
	switch {
	case p.storage == nil:
		err, fault = ErrUnsupportedRelocation, p.arch.refuseThreads()
	case row.need&needStatic != 0 && !p.storage.Static(),
		row.need&needDescriptor != 0 && !p.storage.Static() && p.storage.DescriptorFunction(false) == 0: // what it gives is relative to the thread pointer, too
		err, fault = ErrThreadModel, "the thread pointer of this process is not the C library's; recompile with -fPIC -ftls-model=global-dynamic -mtls-dialect=gnu"
	case p.tls.has(uint32(target)):
		err, fault = ErrUnsupportedRelocation, "in the initial contents of a thread-local variable"
	case p.traits[r.Sym]&traitThread == 0:
		fault = "the symbol is no thread-local variable"
	}
	if fault != "" {
		e := newRelocationError(p.img, target, r, err)
		e.Detail = fault
		p.errs = append(p.errs, e)
		return
	}
	p.needGOT = p.needGOT || row.need&needGOT != 0
	t, global := p.thread(), r.Sym >= uint32(p.img.FirstGlobal())
	t.dynamic = t.dynamic || row.need&needStatic == 0
	if kind := row.need & needEntry; kind != 0 && t.enter(entryOf(row, r, kind)) {
		t.bytes += entryWords[kind] * p.arch.slotSize
	}
	if row.need&needStatic != 0 && t.enter(threadEntry{sym: r.Sym, kind: needStatic}) {
		t.static = append(t.static, r.Sym)
	}
	if row.need&needNear != 0 && global && p.traits[r.Sym]&traitProvided == 0 && t.enter(threadEntry{sym: r.Sym, kind: needNear}) {
		t.near = append(t.near, r.Sym)
	}
}

// planEntry notes what a relocation needs that refers to an entry of a thread-local variable in the way of others, and says whether it does so.
func (p *plan) planEntry(row *howto, r *objimage.Reloc, target int) bool {
	if p.arch.entryRow == nil || uint64(r.Sym) >= uint64(len(p.traits)) || p.traits[r.Sym]&(traitThread|traitUnloaded) != traitThread {
		return false
	}
	if row = p.arch.entryRow(row); row == nil {
		return false
	}
	p.planThread(row, r, target)
	return true
}

// entryOf returns the entry that a relocation means. That of the object's own block has no symbol.
func entryOf(row *howto, r *objimage.Reloc, kind need) threadEntry {
	e := threadEntry{kind: kind, minus: row.need&negative != 0}
	if kind != needModule {
		e.sym = r.Sym
		if row.need&addendInSlot != 0 {
			e.addend = r.Addend
		}
	}
	return e
}

// enter gives an entry its place, and reports whether it is new.
func (t *threadPart) enter(e threadEntry) bool {
	if _, ok := t.entries[e]; ok {
		return false
	}
	t.entries[e] = t.bytes
	return true
}

// planThreadEntries asks for memory for the entries.
func (p *plan) planThreadEntries() {
	if t := p.tls; t != nil && t.bytes > 0 {
		t.entryBase = int32(len(p.requests))
		p.requests = append(p.requests, memmgr.Section{Index: SectionThreads, Kind: p.entryKind(), Size: t.bytes, Align: p.arch.slotSize})
	}
}

// enterThreads makes the object's thread-local sections and symbols distances in a block.
func (d *RuntimeDyld) enterThreads(o *Object, t *threadPart) {
	o.tls = t
	d.hasThreads.Store(true)
	for _, s := range t.sections {
		o.move(s.index, s.off)
	}
}

// enterThreadNames notes which of the object's names are thread-local variables of somebody else.
func (d *RuntimeDyld) enterThreadNames(o *Object, p *plan) {
	first := p.img.FirstGlobal()
	for i, id := range p.globals {
		if id != 0 && p.traits[first+i]&(traitThread|traitForeign) == traitThread|traitForeign {
			d.table.at(id).bits |= bitThread
		}
	}
}

// isThread says whether the definition of a symbol is a thread-local variable. The caller holds d.mu or has the turn.
func (d *RuntimeDyld) isThread(s *symbol) bool {
	switch owner := s.owner.Load(); owner {
	case 0:
		return false
	case hostIndex:
		return s.index != 0
	default:
		return d.objects[owner].definesThread(int(s.index))
	}
}

// definesThread says whether the i-th global, which the object defines, is a thread-local variable.
func (o *Object) definesThread(i int) bool {
	if o.tls == nil || len(o.tls.sections) == 0 {
		return false
	}
	y := o.global(i)
	return y.Place == objimage.PlaceSection && o.tls.has(y.Section)
}

// IsThreadLocal says whether a name is that of a thread-local variable, which has no address but one in each thread.
func (d *RuntimeDyld) IsThreadLocal(name string) bool {
	if !d.hasThreads.Load() {
		return false
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	s, _ := d.table.lookup(name)
	return s != nil && d.isThread(s)
}

// threadSectionError refuses to give a thread-local section an address.
func (o *Object) threadSectionError(index int) error {
	if !o.tls.has(uint32(index)) {
		return nil
	}
	return &ObjectError{
		Object: o.Name(), Msg: fmt.Sprintf("section %s is thread-local: it has an address in each thread, and none to be mapped to", shown(o.img.SectionName(index))), Err: ErrThreadLocal,
	}
}
