package runtimedyld

import (
	"errors"
	"math"
	"slices"

	"github.com/gomcjit/gomcjit/memmgr"
	"github.com/gomcjit/gomcjit/objimage"
)

// LoadObject allocates memory for an object and enters its symbols into the table. It applies no relocation, runs nothing and asks no
// resolver. The object is Loaded afterwards; on error nothing has changed. The linker reads img until the object is removed; its buffer stays
// the caller's.
//
// The first object decides for which architecture, byte order and ABI all are. Their formats may differ.
//
// Errors: *ObjectError, *RelocationError, *DuplicateError, a LinkError of several, whatever the memory manager says. With a *FreeError alone the object is loaded, and
// returned.
func (d *RuntimeDyld) LoadObject(img *objimage.Object) (*Object, error) {
	var freed []error
	for {
		o, free, err := d.load(img)
		freed = append(freed, free)
		if err != errGroupsGone {
			return o, withFreed(err, freed...)
		}
	}
}

var (
	// errGroupsGone means that what the object's COMDAT groups were dropped for has been removed meanwhile.
	errGroupsGone     = errors.New("groups are gone")
	errAllocatePanics = errors.New("the memory manager panicked")
)

// load tries to load an object. If that fails, free is what goes wrong when what only the load has used is given back.
func (d *RuntimeDyld) load(img *objimage.Object) (loaded *Object, free, err error) {
	p := plans.Get().(*plan)
	defer p.done()
	p.storage, p.all, p.left = d.storage, d.allSections, d.left
	if err := guarded(img, func() error { return p.survey(img, d.table) }); err != nil {
		return nil, nil, err
	}
	if d.unrelaxed {
		p.arch = p.arch.unrelaxed(d.stubless)
	}
	o := &Object{rarities: &noRarities, layout: &noLayout, img: img, arch: p.arch, debug: p.debug, roles: p.roles}
	err = guarded(img, func() error { return d.beginLoad(o, p) })
	if err != nil && o.id == 0 {
		return nil, nil, err
	}
	returned := false
	defer func() {
		if !returned { // the client's memory manager panics; a client that recovers must be able to go on
			garbage, _ := d.endLoad(o, p, errAllocatePanics)
			_ = errors.Join(d.deallocate(garbage), d.tidy()) // the panic is what the client hears of
		}
	}()
	if err == nil {
		err = guarded(img, func() error { return d.allocate(o, p) })
	}
	returned = true
	garbage, enterErr := d.endLoad(o, p, err)
	if err == nil && enterErr != nil {
		garbage.allocs = append(garbage.allocs, o.alloc)
	}
	if enterErr != nil {
		return nil, errors.Join(d.deallocate(garbage), d.tidy()), enterErr
	}
	return o, nil, nil
}

// allocate finds out what the object needs, and gets it memory.
func (d *RuntimeDyld) allocate(o *Object, p *plan) error {
	err := p.complete()
	if len(p.trims) > 0 {
		o.rare().trims = p.trims
	}
	if len(p.aligns) > 0 {
		o.rare().aligns = p.aligns
	}
	if p.landing { // before names get their addresses: those of indirect functions are their stubs'
		o.rare().landing = true
	}
	if err != nil {
		return err
	}
	if o.alloc, err = p.allocate(d.mm, o); err != nil {
		return &ObjectError{Object: o.Name(), Err: err}
	}
	return nil
}

// beginLoad gives the object its number and its batch, and drops COMDAT groups that are there already. The batch is not finalized before endLoad.
func (d *RuntimeDyld) beginLoad(o *Object, p *plan) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.awaitThaw(); err != nil {
		return err
	}
	if err := d.checkArch(o); err != nil {
		return err
	}
	d.nextID++
	o.id, o.batch = d.nextID, d.batch
	d.loading++
	d.dropGroups(p)
	return nil
}

// endLoad enters the object, unless err says that loading it has failed. It returns that error or its own, and what is to be given back then.
func (d *RuntimeDyld) endLoad(o *Object, p *plan, err error) (garbage, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.loading--; d.loading == 0 {
		d.cond.Broadcast()
	}
	if err == nil {
		err = d.checkArch(o)
	}
	if err == nil {
		p.place()
		err = d.enter(o, p)
	}
	if err != nil {
		d.unpin(p)
		return d.takeGarbage(), err
	}
	o.numSlots = uint32(len(p.slots))
	p.slots = append(p.slots, p.stubs...)
	o.entries = carve(&d.numbers, numbersPiece, p.slots)
	o.gotBase, o.stubBase = p.gotBase, p.stubBase
	if p.tocAt >= 0 || p.slotsPlus != nil || len(p.veneers) > 0 || p.pages.count() > 0 || p.islands != nil || p.supplied != nil || p.coff != nil || p.small || p.tocNear {
		r := o.rare()
		r.tocAt, r.slotsPlus, r.veneers, r.pages = p.tocAt, p.slotsPlus, slices.Clone(p.veneers), p.pages.count()
		r.islands, r.supplied, r.coff, r.small, r.tocNear = p.islands, p.supplied, p.coff, p.small, p.tocNear
	}
	if p.extras != nil {
		o.rare().extras = p.extras
	}
	o.keep(d, p)
	if len(p.bounds) > 0 {
		r := o.rare()
		r.bounds, r.followers = slices.Clone(p.bounds), slices.Clone(p.followers)
	}
	d.arch = o.arch
	d.addFresh(o)
	o.layout = d.layouts.copy(p.extents, p.tables)
	o.setState(Loaded)
	d.version++
	return garbage{}, nil
}

// checkArch returns an error if an object is not of the architecture and ABI of those that are loaded.
func (d *RuntimeDyld) checkArch(o *Object) error {
	if d.arch == nil || d.arch == o.arch || d.arch.base() == o.arch.base() {
		return nil
	}
	return &ObjectError{Object: o.Name(), Err: ErrUnsupportedArch, Msg: "its architecture or ABI (" + o.arch.name + ") is not that of the objects that are loaded (" + d.arch.name + ")"}
}

// add and drop keep d.objects. An object has its number from the one to the other.
func (d *RuntimeDyld) add(o *Object) {
	if n := len(d.vacant); n > 0 {
		o.index, d.vacant = d.vacant[n-1], d.vacant[:n-1]
	} else {
		o.index = uint32(len(d.objects))
		d.objects = append(d.objects, nil)
	}
	d.objects[o.index] = o
}

// addFresh makes an object one of those that the next link is about.
func (d *RuntimeDyld) addFresh(o *Object) {
	if len(d.fresh) == cap(d.fresh) {
		d.compactFresh()
	}
	d.fresh = append(d.fresh, o)
	d.entered++
}

func (d *RuntimeDyld) drop(o *Object) {
	d.objects[o.index] = nil
	d.aliasers = slices.DeleteFunc(d.aliasers, func(a *Object) bool { return a == o })
	d.vacant = append(d.vacant, o.index)
	if len(d.vacant) == len(d.objects)-hostIndex-1 {
		d.arch, d.small = nil, smallBases{}
	}
}

// place notes where the memory manager put the sections.
func (p *plan) place() {
	p.placeIslands()
	p.placed, p.bases = sized(p.placed, len(p.requests)), p.bases[:0]
	bases := [memmgr.NumKinds]int{-1, -1, -1}
	empty := false
	for i := range p.requests {
		if len(p.requests[i].Mem) == 0 {
			empty = true
			continue
		}
		p.placeAt(i, &bases)
	}
	for i := range p.requests {
		if empty && len(p.requests[i].Mem) == 0 { // behind the base of others, if there are any
			p.placeAt(i, &bases)
		}
	}
}

// placeAt notes where the i-th section is: behind the base of its kind if it can be said so, or at a new one.
func (p *plan) placeAt(i int, bases *[memmgr.NumKinds]int) {
	r, s, k := &p.requests[i], &p.placed[i], &bases[p.requests[i].Kind]
	*s = section{}
	s.file = int32(r.Index)
	mem := r.Start()
	if *k >= 0 {
		b := &p.bases[*k]
		off := uint64(r.Addr) - b.load
		if off <= math.MaxUint32 && (mem == nil || memmgr.Distance(mem, b.mem) == off) {
			s.base, s.off = uint32(*k), uint32(off)
			return
		}
	}
	*k = len(p.bases)
	s.base = uint32(*k)
	p.bases = append(p.bases, base{mem, uint64(r.Addr)})
}

// enter gives the object its number and enters its names into the table: the definitions among them are in force from then on where they win,
// and what nobody defines is remembered. On error the linker is as before.
func (d *RuntimeDyld) enter(o *Object, p *plan) error {
	if !p.comdat.found || p.comdat.version != d.version {
		d.table.findAll(p.hashes, p.names, p.globals)
	}
	if !d.stillElsewhere(p) {
		return errGroupsGone
	}
	if err := d.checkInsides(p); err != nil {
		return err
	}
	if errs := d.checkDuplicates(p); errs != nil {
		return joined(errs)
	}
	fresh, bytes := 0, 0
	for i, id := range p.globals {
		if id == 0 {
			fresh++
			bytes += len(p.names[i])
		}
	}
	if fresh > 0 && !d.table.reserve(fresh, bytes) {
		return &ObjectError{Object: o.Name(), Msg: "the engine has too many names", Err: ErrTooLarge}
	}
	o.sections, o.bases = carve(&d.sections, sectionsPiece, p.placed), carve(&d.bases, basesPiece, p.bases)
	if len(p.ifuncs.syms) > 0 {
		r := o.rare()
		r.ifuncs = p.ifuncs
		r.ifuncs.syms = slices.Clone(p.ifuncs.syms)
	}
	d.add(o)
	if p.tls != nil {
		d.enterThreads(o, p.tls)
	}
	d.hasStandIns = d.hasStandIns || p.coff != nil && len(p.coff.standIns)+len(p.coff.late) > 0
	errs := d.enterGlobals(o, p)
	if p.tls != nil {
		d.enterThreadNames(o, p)
	}
	o.globals = carve(&d.symbols, numbersPiece, p.globals)
	if p.coff != nil {
		errs = append(errs, d.enterAliases(o, p.coff)...)
	}
	if errs != nil {
		d.removeNames([]*Object{o})
		d.drop(o)
	}
	return joined(errs)
}

// enterGlobals fills p.globals with the table's symbols, adding those that are new, and defines them. Errors are names that the object defines
// twice.
func (d *RuntimeDyld) enterGlobals(o *Object, p *plan) (errs []error) {
	first := p.img.FirstGlobal()
	syms, traits := p.syms[first:], p.traits[first:]
	tab := d.table.cur.Load()
	for i, id := range p.globals {
		y, t := &syms[i], traits[i]
		if t&traitProvided != 0 {
			p.globals[i] = 0
			continue
		}
		if id == 0 {
			var slot *cell64
			if id, slot = d.table.insert(p.hashes[i], p.names[i]); slot != nil {
				s := tab.at(id)
				s.refs = 1
				if y.Place == objimage.PlaceSection && t&(traitUnloaded|traitLate) == 0 {
					s.defineNew(o, uint32(i), o.addrOf(p, i))
					if s.bits = p.kindOf(y) | t.direct(); s.bits&bitWeak != 0 {
						d.noteData(id, y, p.isAlias)
					}
				}
				slot.Store(slotOf(p.hashes[i], id))
				if p.globals[i] = id; s.owner == 0 {
					d.enterGlobal(o, p, i, s)
				}
				continue
			}
			if s := tab.at(id); isStrong(y) && s.owner.Load() == o.index && s.bits&bitWeak == 0 && !p.isDefault(uint32(i), s.index) {
				errs = append(errs, &DuplicateError{Symbol: d.table.name(s), First: o.Name(), Second: o.Name()})
			}
		}
		s := tab.at(id)
		s.refs++
		p.globals[i] = id
		d.enterGlobal(o, p, i, s)
	}
	return errs
}

// enterGlobal enters what the object's i-th global says of a name that is in the table.
func (d *RuntimeDyld) enterGlobal(o *Object, p *plan, i int, s *symbol) {
	g := p.img.FirstGlobal() + i
	y, t, id := &p.syms[g], p.traits[g], p.globals[i]
	s.bits |= t.direct()
	switch {
	case t&traitForeign != 0:
		if t&traitNeeded != 0 {
			s.bits |= bitNeeded
		}
		if t&traitDropped != 0 {
			s.bits |= bitRelied
		}
		d.expect(id, s)
	case y.Place == objimage.PlaceCommon:
		d.defineCommon(id, y, o)
	case y.Place == objimage.PlaceAbsolute:
		d.defineSymbol(id, p.kindOf(y), o, i, y.Value)
	case t&traitLate != 0:
		s.bits |= bitNeeded // libraries are searched for it
		d.expect(id, s)
	case y.Place == objimage.PlaceSection && t&traitUnloaded == 0:
		if kind := p.kindOf(y); d.defineSymbol(id, kind, o, i, o.addrOf(p, i)) && kind&bitWeak != 0 {
			d.noteData(id, y, p.isAlias)
		}
	}
}

// addrOf returns the address of the i-th global of an object that is being loaded, which is in one of its sections.
func (o *Object) addrOf(p *plan, i int) uint64 {
	sym := p.img.FirstGlobal() + i
	y := &p.syms[sym]
	if y.Type == objimage.TypeIFunc {
		return o.ifuncAddr(uint32(sym))
	}
	return o.loadAddr(int(p.loaded[y.Section]-1)) + o.trims.offset(y.Section, y.Value)
}

// kindOf says what kind of definition a symbol is, in a section or absolute.
func (p *plan) kindOf(y *objimage.Symbol) (kind symbolBits) {
	if y.Binding != objimage.BindGlobal {
		kind = bitWeak
	}
	if y.Place == objimage.PlaceSection && p.comdat.has(y.Section) {
		kind |= bitGrouped
		if p.coff != nil {
			if _, preferred := slices.BinarySearch(p.coff.preferred, p.comdat.group[y.Section]); preferred {
				kind &^= bitWeak
			}
		}
	}
	return kind
}

// checkDuplicates looks for definitions of the plan's object that cannot be in one engine with those that are there, or with each other, as far as
// their names are in the table.
func (d *RuntimeDyld) checkDuplicates(p *plan) (errs []error) {
	first := uint32(p.img.FirstGlobal())
	claimed, aliases := false, d.aliases()
	var claims map[symID]uint32
	for _, i := range p.defined {
		if id := p.globals[i]; id != 0 {
			claimed = true
			if d.table.at(id).bits&bitClaimed != 0 && isStrong(&p.syms[first+i]) {
				if claims == nil {
					claims = p.claims()
				}
				if p.isDefault(i, claims[id]) {
					continue
				}
			}
			if err := d.duplicate(id, &p.syms[first+i], p, aliases); err != nil {
				errs = append(errs, err)
			}
		}
	}
	if claimed {
		for _, i := range p.defined {
			if id := p.globals[i]; id != 0 {
				d.table.at(id).bits &^= bitClaimed
			}
		}
	}
	return errs
}

// isStrong says whether a symbol of an object is a definition that tolerates no other strong one.
func isStrong(y *objimage.Symbol) bool {
	return (y.Place == objimage.PlaceSection || y.Place == objimage.PlaceAbsolute) && y.Binding == objimage.BindGlobal
}

// duplicate returns the error if the definition y of a name by the plan's object cannot be in one engine with those that are there.
func (d *RuntimeDyld) duplicate(id symID, y *objimage.Symbol, p *plan, aliases map[symID]*Object) error {
	s := d.table.at(id)
	first, detail := "", ""
	switch owner, claimed := s.owner.Load(), s.bits&bitClaimed != 0; {
	case aliaser(aliases, id) != nil:
		first, detail = aliases[id].Name(), detailAlias
	case s.bits&bitStored != 0:
		c := d.commons[id]
		first, detail = c.object, c.conflict(y)
		if detail == "" {
			return nil
		}
	case !isStrong(y):
		return nil
	case claimed:
		first = p.img.Name()
	case s.bits&bitWeak == 0 && s.bits&bitMapping != 0:
		first = mappingName
	case s.bits&bitWeak == 0 && owner > hostIndex && !d.redefinition:
		first = d.objects[owner].Name()
	default:
		s.bits |= bitClaimed
		return nil
	}
	return &DuplicateError{Symbol: d.table.name(s), First: first, Second: p.img.Name(), Detail: detail}
}

// expect notes that somebody mentions a name that may have no definition.
func (d *RuntimeDyld) expect(id symID, s *symbol) {
	if s.owner.Load() == 0 && s.bits&(bitPending|bitCommon) == 0 {
		s.bits |= bitPending
		d.pending = append(d.pending, id)
	}
}

// compactFresh takes out of d.fresh, which is full, what was removed before it was linked, and its layouts. It makes room if that does not halve the
// list, so that objects which come and go cost a constant each.
func (d *RuntimeDyld) compactFresh() {
	n := len(d.fresh)
	d.fresh = slices.DeleteFunc(d.fresh, func(o *Object) bool { return o.State() >= Retired && !o.isRelied() })
	if len(d.fresh) > n/2 {
		d.fresh = slices.Grow(d.fresh, n+1)
	}
	if len(d.fresh) == n {
		return
	}
	var kept layouts
	for _, o := range d.fresh {
		o.layout = kept.copy(o.layout.extents, o.layout.tables)
	}
	d.layouts.drop()
	d.layouts = kept
}

// defineSymbol makes the i-th global of an object the definition in force unless a better one is. Strong ones beat commons, commons beat weak ones,
// the first of two weak ones wins, and anything that is loaded beats what a resolver once answered, unless that is data and the definition weak. It reports
// whether the definition won.
func (d *RuntimeDyld) defineSymbol(id symID, kind symbolBits, o *Object, i int, addr uint64) bool {
	s := d.table.at(id)
	if owner := s.owner.Load(); s.bits&(bitCommon|bitStored) != 0 || owner != 0 && (owner != hostIndex || s.bits&(bitMapping|bitData) != 0) {
		s.bits |= bitShared
		if kind&bitWeak != 0 {
			return false
		}
		d.cede(s)
	}
	d.dropCommon(id, s)
	s.bits = s.bits&^bitsOfDefinition | kind
	s.define(o, uint32(i), addr)
	return true
}

// redefineBy makes the i-th global of an object, which is loaded, the definition in force of a name that has lost its own. Of two weak ones
// the object that was loaded first has it; objects are tried in no particular order. c has the object's groups.
func (d *RuntimeDyld) redefineBy(o *Object, i int, id symID, c *comdat) {
	y, s := o.global(i), d.table.at(id)
	kind := symbolBits(0)
	addr := y.Value
	switch y.Place {
	case objimage.PlaceUndefined:
		return
	case objimage.PlaceCommon:
		d.defineCommon(id, &y, o)
		return
	case objimage.PlaceSection:
		n := o.sectionIndex(int(y.Section))
		if n < 0 {
			return
		}
		addr = o.globalAddr(i)
		if c.has(y.Section) {
			kind, y.Binding = bitGrouped, inGroup(y.Binding)
		}
	}
	if y.Binding != objimage.BindGlobal {
		kind |= bitWeak
	}
	if owner := s.owner.Load(); owner > hostIndex && s.bits&bitWeak != 0 && (d.objects[owner].id > o.id || d.objects[owner].State() == Retired) {
		s.undefine()
		s.bits = s.bits&^bitsOfDefinition | bitShared
	}
	if d.isRedefined(s, kind, o) {
		return
	}
	if d.defineSymbol(id, kind, o, i, addr) && o.State() == Loaded {
		d.noteData(id, &y, o.isAlias)
	}
	if s.owner.Load() == o.index && o.State() == Finalized && !o.definesThread(i) {
		s.publish()
	}
}

// release drops one mention of a name. A name that nobody mentions is gone.
func (d *RuntimeDyld) release(id symID) {
	s := d.table.at(id)
	if s.refs--; s.refs > 0 {
		return
	}
	d.dropCommon(id, s)
	d.forgetCeded(s)
	s.undefine()
	d.table.remove(id)
	d.version++ // loads that are on their way have looked up the number
}

// compact makes the table smaller if much of it is of names that are gone, and renumbers symbols wherever there are numbers.
func (d *RuntimeDyld) compact() {
	if !d.table.wasteful() {
		return
	}
	ids := d.table.compact()
	d.version++
	for _, o := range d.objects {
		if o != nil {
			for i, id := range o.globals {
				o.globals[i] = ids[id]
			}
		}
	}
	d.pending, d.weakData, d.waiting = renumbered(d.pending, ids), renumbered(d.weakData, ids), renumbered(d.waiting, ids)
	commons := make(map[symID]*common, len(d.commons))
	for id, c := range d.commons {
		commons[ids[id]] = c
	}
	d.commons = commons
	d.standbys = renumberedPairs(d.standbys, ids) // Finalized objects that follow need them beyond the link
}

// renumberedPairs returns pairs of numbers after the table was compacted, without those that are gone: nil if there are none.
func renumberedPairs(pairs map[symID]symID, ids []symID) (kept map[symID]symID) {
	for id, to := range pairs {
		if id, to = ids[id], ids[to]; id != 0 && to != 0 {
			if kept == nil {
				kept = make(map[symID]symID, len(pairs))
			}
			kept[id] = to
		}
	}
	return kept
}

// renumbered returns numbers of symbols after the table was compacted, in the same memory, without those that are gone.
func renumbered(list, ids []symID) []symID {
	kept := list[:0]
	for _, id := range list {
		if id = ids[id]; id != 0 {
			kept = append(kept, id)
		}
	}
	return kept
}
