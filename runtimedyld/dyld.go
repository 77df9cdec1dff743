package runtimedyld

import (
	"bytes"
	"sync"
	"sync/atomic"

	"github.com/gomcjit/gomcjit/executor"
	"github.com/gomcjit/gomcjit/memmgr"
	"github.com/gomcjit/gomcjit/objimage"
)

// A SymbolResolver finds the symbols that no loaded object defines: LLVM's JITSymbolResolver. It may be called by several goroutines at
// a time, and holds no lock of the linker meanwhile; it may load objects that define what it is asked for, but must not finalize.
//
// It is asked for a name once in each link of an object that mentions it and is not finalized yet, also if it did not know the name before: it may do so now. Names to which no relocation refers are asked for,
// too, as linkers search archives for them, but are not missed.
type SymbolResolver interface {
	// ResolveSymbols is told the names that a link still needs, in the order in which they were first mentioned, and then data that may be the
	// process's. It stores into Addr what it
	// knows, and leaves the rest 0, which is an error only for names that are not weak. An error of its own ends the link.
	ResolveSymbols(refs []Reference) error
}

// A Reference is a name that no object defines.
type Reference struct {
	Name        string
	Weak        bool          // every reference to it is weak: it may stay undefined, and is 0 then
	Data        bool          // objects define it, weakly, and use the process's variable instead if it has one: see BindHostData
	ThreadLocal bool          // it is a thread-local variable: only archives and the like can help, by loading an object that defines it
	Addr        executor.Addr // the answer: its address in the process that runs the code, or ClientHandled
}

// A ResolverFunc is a SymbolResolver that is asked for one name at a time.
type ResolverFunc func(name string) (executor.Addr, bool)

// ResolveSymbols asks for each name.
func (f ResolverFunc) ResolveSymbols(refs []Reference) error {
	for i := range refs {
		if a, ok := f(refs[i].Name); ok {
			refs[i].Addr = a
		}
	}
	return nil
}

// RuntimeDyld links objects into memory that a JITMemoryManager gives. Objects see each other's symbols whatever the order in which they were
// loaded. Every method may be called from any goroutine. Neither the memory manager nor the resolver is called with a lock held.
type RuntimeDyld struct {
	mm          memmgr.JITMemoryManager
	resolver    SymbolResolver
	hooks       Hooks
	storage     executor.ThreadStorage // nil if there is none
	unrelaxed   bool                   // see SetRelaxation
	stubless    bool                   // see SetStubs
	oneImage    bool                   // see SetOneImage
	left        func(string) bool      // see LeaveToResolver
	anchor      uint64                 // see SetAnchor
	anchored    bool                   // it was used
	retention   Retention              // see SetRetention
	allSections bool                   // see SetProcessAllSections
	table       *symtab
	moved       atomic.Bool   // movedObjects is not empty
	copied      atomic.Uint64 // bytes of copies of memory: see workcopy.go
	host        *Object       // owner of symbols that no object defines: resolved ones and global mappings

	mu           sync.Mutex
	cond         sync.Cond // busy, frozen or loading changed
	busy         bool      // a goroutine has the turn: it links or removes
	frozen       bool      // no load begins
	closed       bool
	vacant       []uint32  // numbers of objects that are free
	movedObjects []*Object // of which MapSectionAddress has moved sections since they were last linked
	locals       locals    // for MapLocalAddress
	entered      uint64    // grows whenever there is one more in fresh
	reopened     []*Object // that are not finalized again
	before       before    // what is finalized and may follow the reopened ones
	version      uint64    // grows whenever an address, a definition or the number of a symbol may have changed
	nextID       uint64
	batch        memmgr.Batch      // where objects are loaded now
	loading      int               // loads on their way
	objects      []*Object         // by number; nil at 0 and where one was removed
	fresh        []*Object         // those that were loaded since the last finalization
	retired      []*Object         // removed, with memory that is in use
	garbage      []*Object         // removed, with memory that is to be given back; under the turn
	leaving      []*Object         // removed, and to be seen off before their memory is given back; under the turn
	seeing       int               // goroutines that see objects off
	pending      []symID           // names that nothing defined when they were first mentioned
	arch         *arch             // of the objects; nil if there are none
	hasStandIns  bool              // objects have stand-ins, or had: see standbys
	aliasers     []*Object         // those of which some are strong
	standbys     map[symID]symID   // what names are, or were in the last link, that nobody defines
	hostData     bool              // weak data is asked for
	redefinition bool              // strong definitions take names from strong ones
	weakData     []symID           // weak data of fresh
	commons      map[symID]*common // names whose definition is a common
	waiting      []symID           // those of them that may have no storage
	ceded        map[string]ceded  // by name
	lastMark     uint64            // grows with every object that is fixed up; under the turn
	hasRemoved   bool              // objects have been removed
	small        smallBases        // of PowerPC; under the turn
	layouts      layouts           // of fresh
	symbols      []symID           // pieces of which objects' slices are cut: see carve
	numbers      []uint32
	sections     []section
	bases        []base
	threadMu     sync.Mutex              // of hostThreads
	hostThreads  []executor.ThreadModule // modules of the process of which a variable is used
	hasThreads   atomic.Bool             // there are thread-local variables, or were
	threadCode   atomic.Bool             // see HasThreadCode
}

// hostIndex is the number of RuntimeDyld.host.
const hostIndex = 1

// New returns a linker without objects. The resolver may be nil. The memory manager stays the caller's, who closes it after the linker.
func New(mm memmgr.JITMemoryManager, resolver SymbolResolver) *RuntimeDyld {
	d := &RuntimeDyld{
		mm: mm, resolver: resolver, table: newSymtab(), host: &Object{rarities: &noRarities, layout: &noLayout, gotBase: -1, stubBase: -1}, batch: 1, commons: map[symID]*common{},
	}
	d.cond.L = &d.mu
	d.host.setState(Finalized)
	d.host.index = hostIndex
	d.objects = []*Object{nil, d.host}
	return d
}

// Hooks tell a client of what happens to objects, exactly once each (but for Finalizing and Finalized of objects that are reopened: see Object.Reopened) and in this order, but that Leaving may come before Freeing when the linker is closed.
type Hooks struct {
	// Finalizing is called with objects whose relocations are applied, in the order in which they were loaded, and behind them with Retired ones that
	// are linked now because others rely on them. It has to call protect, which gives their memory its final protection, and to return its error;
	// afterwards their code can run, and nobody else knows yet. An error before that leaves the objects Loaded. No lock is held, but no other
	// goroutine links or removes meanwhile: it must do neither, nor wait for one that does.
	Finalizing func(objects []*Object, protect func() error) error

	// Finalized is called with objects that are Finalized from now on, before anybody else can see that they are. It is called with locks of the linker
	// held: it has to return soon, and must not call the linker.
	Finalized func(objects []*Object)

	// Leaving is called for objects that are attended (Hold, Attend) and that nobody uses any more, before their memory, and that of what they refer
	// to, is given back: their code can run a last time. No lock is held, and the linker may be used. Its errors are returned by what gives back the
	// memory, which is given back all the same.
	Leaving func(objects []*Object) error

	// Freeing is called for an object that was Finalized, once its names are gone and before its memory can be given back. No lock is held.
	// Its errors are returned by what frees the object, which goes all the same.
	Freeing func(o *Object) error
}

// SetHooks sets the hooks, before anything is loaded.
func (d *RuntimeDyld) SetHooks(h Hooks) { d.hooks = h }

// takeTurn waits until no other goroutine links or removes, and keeps others from it. Loading and look-ups go on meanwhile. It returns
// with d.mu held.
func (d *RuntimeDyld) takeTurn() error {
	d.mu.Lock()
	for d.busy {
		d.cond.Wait()
	}
	if d.closed {
		d.mu.Unlock()
		return ErrClosed
	}
	d.busy = true
	return nil
}

// awaitThaw waits with d.mu until things may change.
func (d *RuntimeDyld) awaitThaw() error {
	for d.frozen {
		d.cond.Wait()
	}
	if d.closed {
		return ErrClosed
	}
	return nil
}

// endTurn is called with d.mu held, and lets go of it.
func (d *RuntimeDyld) endTurn() {
	d.busy = false
	d.cond.Broadcast()
	d.mu.Unlock()
}

// SymbolLoadAddress returns the address of a symbol in the process that runs the code. The symbol need not be finalized, and is
// not finalized by asking. It takes no lock and does not allocate, but for a name that has no definition or is a common without storage, and
// for what is not finalized while sections or names come and go.
func (d *RuntimeDyld) SymbolLoadAddress(name string) (executor.Addr, bool) {
	tab := d.table.cur.Load()
	s, _ := d.table.lookup(name)
	if s == nil {
		return 0, false
	}
	if a := s.final(); a != 0 {
		return executor.Addr(a), !s.isHandled(a)
	}
	if s.owner.Load() != 0 && !d.moved.Load() && !d.hasThreads.Load() {
		a := executor.Addr(s.addr.Load())
		if d.table.cur.Load() == tab { // else s may be of a table that was compacted, and does not hear of MapSectionAddress
			return a, !s.isHandled(uint64(a))
		}
	}
	return d.lockedAddress(name)
}

// FinalizedAddress returns the address of a symbol whose memory is finalized, so that it may be used at once; false if there is
// no such symbol, finalized or at all. It takes no lock and does not allocate.
func (d *RuntimeDyld) FinalizedAddress(name string) (executor.Addr, bool) {
	s, _ := d.table.lookup(name)
	if s == nil {
		return 0, false
	}
	a := s.final()
	return executor.Addr(a), a != 0 && !s.isHandled(a)
}

// Arch returns the architecture of the linker's objects, by LLVM's name, or "" if there are none.
func (d *RuntimeDyld) Arch() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.arch == nil {
		return ""
	}
	return d.arch.name
}

// DefineAbsolute gives a name a fixed address: a global mapping. It holds for objects that are loaded afterwards and for those that
// are not finalized; see MoveExternal for those that are. A name that an object defines is refused with a DuplicateError; a mapping that is there already is replaced. Address
// 0 takes the mapping away; ClientHandled leaves what refers to the name to the client. Errors are *DuplicateError and ErrClosed.
func (d *RuntimeDyld) DefineAbsolute(name string, addr executor.Addr) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.awaitThaw(); err != nil {
		return err
	}
	return d.defineAbsolute(name, addr)
}

func (d *RuntimeDyld) defineAbsolute(name string, addr executor.Addr) error {
	s, id := d.table.lookup(name)
	if addr == 0 {
		if s != nil && s.bits&bitMapping != 0 {
			d.unmap(id, s)
			d.compact()
		}
		return nil
	}
	if s == nil {
		if s, id = d.addSymbol(name); s == nil {
			return &ObjectError{Object: mappingName, Msg: "the engine has too many names", Err: ErrTooLarge}
		}
	}
	if err := d.mappingError(id, s); err != nil {
		return err
	}
	if s.bits&bitMapping == 0 {
		s.bits |= bitMapping
		s.refs++
	}
	if s.bits&bitCommon != 0 {
		s.bits |= bitShared
	}
	d.dropCommon(id, s)
	d.version++
	s.bits &^= bitsOfDefinition
	if s.owner.Load() == hostIndex { // replaced at once: a look-up finds the one address or the other
		s.index = 0
		s.addr.Store(uint64(addr))
	} else {
		s.define(d.host, 0, uint64(addr))
	}
	s.publish()
	return nil
}

// mappingError returns an error if an object defines a symbol, or says that it is another.
func (d *RuntimeDyld) mappingError(id symID, s *symbol) error {
	if a := aliaser(d.aliases(), id); a != nil {
		return &DuplicateError{Symbol: d.table.name(s), First: a.Name(), Second: mappingName, Detail: detailAlias}
	}
	if owner := s.owner.Load(); owner > hostIndex {
		return &DuplicateError{Symbol: d.table.name(s), First: d.objects[owner].Name(), Second: mappingName}
	}
	return nil
}

// addSymbol adds a name that is not in the table; nil if there is no room for it.
func (d *RuntimeDyld) addSymbol(name string) (*symbol, symID) {
	if !d.table.reserve(1, len(name)) {
		return nil, 0
	}
	hash := d.table.hashString(name)
	id, slot := d.table.insert(hash, []byte(name))
	slot.Store(slotOf(hash, id))
	return d.table.at(id), id
}

// unmap takes a global mapping away. A weak definition or a common that the name has is in force from now on.
func (d *RuntimeDyld) unmap(id symID, s *symbol) {
	s.undefine()
	s.bits &^= bitMapping
	if s.bits&bitShared != 0 {
		s.bits |= bitOrphan
		d.redefine()
		s.bits &^= bitOrphan
	}
	d.expectWanted([]symID{id})
	d.release(id)
	d.version++
}

const mappingName = "global mapping"

func (d *RuntimeDyld) stateError(o *Object, verb string, st State) error {
	if o == nil {
		return &ObjectError{Object: "nil", Msg: "cannot " + verb + " what is no object", Err: ErrState}
	}
	what := " an object that is " + st.String()
	if !d.owns(o) && (st == Loaded || st == Finalized) {
		what = " an object of another linker"
	}
	return &ObjectError{Object: o.Name(), Msg: "cannot " + verb + what, Err: ErrState}
}

// SectionContent returns the working memory of a loaded section of the file, where relocations are written; it is the memory itself, not a copy. The
// object must not be removed while the bytes are in use. Once the object is finalized they may be read-only. It waits for a link that is on its way. Errors are ErrClosed, and an
// *ObjectError of ErrState for an object or a section whose memory is not there.
func (d *RuntimeDyld) SectionContent(o *Object, index int) ([]byte, error) {
	if err := d.takeTurn(); err != nil {
		return nil, err
	}
	defer d.endTurn()
	if st := o.State(); !d.holds(o) || st != Loaded && st != Finalized && st != Retired {
		return nil, d.stateError(o, "read", st)
	}
	i := o.sectionIndex(index)
	if i < 0 || index < 0 {
		return nil, &ObjectError{Object: o.Name(), Msg: "section is not loaded", Err: ErrState}
	}
	o.writeContents()
	return o.mem(i, o.size(i)), nil
}

// FinalizedContent returns a copy of what a loaded section of the file had in it when it was last finalized, with what the program has written since: of an object that is reopened, what its code goes on with. It waits for a link that is on its way.
// Errors are ErrClosed, and an *ObjectError of ErrState for an object that was never finalized or whose memory is not there, and for such a section.
func (d *RuntimeDyld) FinalizedContent(o *Object, index int) ([]byte, error) {
	if err := d.takeTurn(); err != nil {
		return nil, err
	}
	defer d.endTurn()
	if st := o.State(); !d.holds(o) || st != Finalized && st != Retired && !o.again || o.unlinked {
		return nil, d.stateError(o, "read", st)
	}
	i := o.sectionIndex(index)
	if i < 0 || index < 0 {
		return nil, &ObjectError{Object: o.Name(), Msg: "section is not loaded", Err: ErrState}
	}
	return bytes.Clone(o.finalMem(i, o.size(i))), nil
}

// SymbolLocalAddress returns the working memory of a symbol, from its first byte to the end of its section: LLVM's getSymbolLocalAddress. It is
// nil for unknown and for absolute symbols. What SectionContent says of its bytes holds here.
func (d *RuntimeDyld) SymbolLocalAddress(name string) []byte {
	if _, ok := d.SymbolLoadAddress(name); !ok || d.takeTurn() != nil {
		return nil
	}
	defer d.endTurn()
	s, id := d.table.lookup(name)
	if s == nil || s.owner.Load() <= hostIndex {
		return nil
	}
	o := d.objects[s.owner.Load()]
	if o.img == nil {
		return o.mem(int(s.index), d.commonSize(id))
	}
	y := o.global(int(s.index))
	if y.Place != objimage.PlaceSection {
		return nil
	}
	i := o.sectionIndex(int(y.Section))
	size := o.size(i)
	off := o.trims.offset(y.Section, y.Value)
	if off > size {
		return nil
	}
	o.writeContents()
	return o.mem(i, size)[off:]
}

// Objects returns the objects that are loaded or finalized, in no particular order.
func (d *RuntimeDyld) Objects() []*Object {
	d.mu.Lock()
	defer d.mu.Unlock()
	list := make([]*Object, 0, len(d.objects))
	for _, o := range d.objects {
		if o != nil && o.img != nil && o.State() < Retired {
			list = append(list, o)
		}
	}
	return list
}

// NumSymbols returns how many names the linker knows: defined, referred to, and mapped.
func (d *RuntimeDyld) NumSymbols() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.table.live
}
