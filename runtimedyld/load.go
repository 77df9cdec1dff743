package runtimedyld

import (
	"errors"
	"slices"

	"github.com/gomcjit/gomcjit/memmgr"
	"github.com/gomcjit/gomcjit/objimage"
)

// LoadObject allocates memory for an object and enters its symbols into the table. It applies no relocation, runs nothing and asks no
// resolver. The object is Loaded afterwards; on error nothing has changed. The linker reads img until the object is removed; its buffer stays
// the caller's.
//
// Errors: *ObjectError, *RelocationError, *DuplicateError, a LinkError of several, whatever the memory manager says.
func (d *RuntimeDyld) LoadObject(img *objimage.Object) (*Object, error) {
	p := plans.Get().(*plan)
	defer p.done()
	if err := p.make(img, d.table.hashBytes); err != nil {
		return nil, err
	}
	o := &Object{img: img, arch: p.arch, gotBase: p.gotBase, stubBase: p.stubBase, debug: p.debug, roles: p.roles}
	if err := d.beginLoad(o); err != nil {
		return nil, err
	}
	returned := false
	defer func() {
		if !returned { // the client's memory manager panics; a client that recovers must be able to go on
			d.endLoad(o, p, errAllocatePanics)
		}
	}()
	id, err := d.mm.Allocate(o.batch, memmgr.Module{ID: o.id, Name: img.Name()}, p.requests)
	returned = true
	if err == nil {
		o.alloc = id
		p.place()
	}
	if enterErr := d.endLoad(o, p, err); enterErr != nil {
		if err == nil {
			d.mm.Deallocate(id)
		}
		return nil, enterErr
	}
	return o, nil
}

var errAllocatePanics = errors.New("the memory manager panicked")

// beginLoad gives the object its number and its batch. The batch is not finalized before endLoad.
func (d *RuntimeDyld) beginLoad(o *Object) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.awaitThaw(); err != nil {
		return err
	}
	d.nextID++
	o.id, o.batch = d.nextID, d.batch
	d.loading++
	return nil
}

// endLoad enters the object, if its memory could be allocated.
func (d *RuntimeDyld) endLoad(o *Object, p *plan, err error) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.loading--; d.loading == 0 {
		d.cond.Broadcast()
	}
	if err != nil {
		return &ObjectError{Object: o.Name(), Err: err}
	}
	if err := d.enter(p); err != nil {
		return err
	}
	o.sections = carve(&d.sections, sectionsPiece, p.placed)
	d.add(o)
	d.defineAll(o, p)
	o.globals = carve(&d.symbols, numbersPiece, p.globals)
	o.slots, o.stubs = carve(&d.numbers, numbersPiece, p.slots), carve(&d.numbers, numbersPiece, p.stubs)
	o.layout = d.layouts.copy(p.extents, p.tables)
	o.setState(Loaded)
	d.version++
	return nil
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
	if len(d.fresh) == cap(d.fresh) {
		d.compactFresh()
	}
	d.fresh = append(d.fresh, o)
}

func (d *RuntimeDyld) drop(o *Object) {
	d.objects[o.index] = nil
	d.vacant = append(d.vacant, o.index)
}

// place notes where the memory manager put the sections.
func (p *plan) place() {
	p.placed = sized(p.placed, len(p.requests))
	for i := range p.requests {
		r, s := &p.requests[i], &p.placed[i]
		*s = section{load: uint64(r.Addr)}
		if len(r.Mem) > 0 {
			s.mem = &r.Mem[0]
		}
		if i < len(p.files) {
			s.file = p.files[i]
		}
	}
}

// enter fills p.globals with the table's symbols, adding those that are new, and finds duplicate definitions. On error the table is as
// before.
func (d *RuntimeDyld) enter(p *plan) error {
	d.table.findAll(p.hashes, p.names, p.globals)
	fresh, bytes := 0, 0
	for i, id := range p.globals {
		if p.isProvided(i) {
			p.globals[i] = 0
		} else if id == 0 {
			fresh++
			bytes += len(p.names[i])
		}
	}
	if fresh > 0 {
		d.table.reserve(fresh, bytes)
	}
	tab := d.table.cur.Load()
	for i, id := range p.globals {
		if id == 0 {
			if p.isProvided(i) {
				continue
			}
			id = d.table.findOrInsert(p.hashes[i], p.names[i]) // found only if the object has the name twice
			p.globals[i] = id
		}
		tab.at(id).refs++
	}
	errs := d.claim(p)
	if errs != nil {
		for _, id := range p.globals {
			if id != 0 {
				d.release(id)
			}
		}
		d.compact()
	}
	return joined(errs)
}

// claim looks for definitions of the plan's object that cannot be in one engine with those that are there, or with each other.
func (d *RuntimeDyld) claim(p *plan) (errs []error) {
	first := uint32(p.img.FirstGlobal())
	for _, i := range p.defined {
		if err := d.duplicate(p.globals[i], &p.syms[first+i], p); err != nil {
			errs = append(errs, err)
		}
	}
	for _, i := range p.defined {
		d.table.at(p.globals[i]).bits &^= bitClaimed
	}
	return errs
}

// isProvided says whether the linker defines the i-th global for the object alone, so that it is no name of the table.
func (p *plan) isProvided(i int) bool { return p.traits[p.img.FirstGlobal()+i]&traitProvided != 0 }

// isStrong says whether a symbol of an object is a definition that tolerates no other strong one.
func isStrong(y *objimage.Symbol) bool {
	return (y.Place == objimage.PlaceSection || y.Place == objimage.PlaceAbsolute) && y.Binding == objimage.BindGlobal
}

// duplicate returns the error if the definition y of a name by the plan's object cannot be in one engine with those that are there.
func (d *RuntimeDyld) duplicate(id symID, y *objimage.Symbol, p *plan) error {
	s := d.table.at(id)
	first, detail := "", ""
	switch owner, claimed := s.owner.Load(), s.bits&bitClaimed != 0; {
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
	case s.bits&bitWeak == 0 && owner > hostIndex:
		first = d.objects[owner].Name()
	default:
		s.bits |= bitClaimed
		return nil
	}
	return &DuplicateError{Symbol: d.table.name(s), First: first, Second: p.img.Name(), Detail: detail}
}

// defineAll makes the object's definitions the ones in force where they win, and remembers what nobody defines.
func (d *RuntimeDyld) defineAll(o *Object, p *plan) {
	first := uint32(p.img.FirstGlobal())
	for _, i := range p.defined {
		id, y := p.globals[i], &p.syms[first+i]
		switch y.Place {
		case objimage.PlaceCommon:
			d.defineCommon(id, y, o)
		case objimage.PlaceAbsolute:
			d.defineSymbol(id, y, o, placeAbsolute)
		case objimage.PlaceSection:
			d.defineSymbol(id, y, o, p.loaded[y.Section]-1)
		}
	}
	tab := d.table.cur.Load()
	for i, id := range p.globals {
		if t := p.traits[first+uint32(i)]; t&traitForeign != 0 {
			s := tab.at(id)
			if t&traitNeeded != 0 {
				s.bits |= bitNeeded
			}
			d.expect(id, s)
		}
	}
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
	d.fresh = slices.DeleteFunc(d.fresh, func(o *Object) bool { return o.State() >= Retired })
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

// defineSymbol makes a definition in a section, or an absolute one, the one in force unless a better one is. Strong ones beat commons, commons
// beat weak ones, the first of two weak ones wins, and anything that is loaded beats what a resolver once answered.
func (d *RuntimeDyld) defineSymbol(id symID, y *objimage.Symbol, o *Object, place uint32) {
	s := d.table.at(id)
	weak := y.Binding != objimage.BindGlobal
	if owner := s.owner.Load(); s.bits&(bitCommon|bitStored) != 0 || owner != 0 && (owner != hostIndex || s.bits&bitMapping != 0) {
		s.bits |= bitShared
		if weak {
			return
		}
	}
	d.dropCommon(id, s)
	s.bits &^= bitWeak
	if weak {
		s.bits |= bitWeak
	}
	s.define(o, place, y.Value)
}

// redefineBy makes the i-th global of an object, which is loaded, the definition in force of a name that has lost its own. Of two weak ones
// the object that was loaded first has it; objects are tried in no particular order.
func (d *RuntimeDyld) redefineBy(o *Object, i int, id symID) {
	var y [1]objimage.Symbol
	o.img.Symbols(o.img.FirstGlobal()+i, y[:])
	place := placeAbsolute
	switch y[0].Place {
	case objimage.PlaceUndefined:
		return
	case objimage.PlaceCommon:
		d.defineCommon(id, &y[0], o)
		return
	case objimage.PlaceSection:
		n := o.sectionIndex(int(y[0].Section))
		if n < 0 {
			return
		}
		place = uint32(n)
		y[0].Binding = bindingOf(o.img, &y[0])
	}
	s := d.table.at(id)
	if owner := s.owner.Load(); owner > hostIndex && s.bits&bitWeak != 0 && d.objects[owner].id > o.id {
		s.undefine()
		s.bits = s.bits&^bitWeak | bitShared
	}
	d.defineSymbol(id, &y[0], o, place)
	if s.owner.Load() == o.index && o.State() == Finalized {
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
	s.undefine()
	d.table.remove(id)
}

// compact makes the table smaller if much of it is of names that are gone, and renumbers symbols wherever there are numbers.
func (d *RuntimeDyld) compact() {
	if !d.table.wasteful() {
		return
	}
	ids := d.table.compact()
	for _, o := range d.objects {
		if o != nil {
			for i, id := range o.globals {
				o.globals[i] = ids[id]
			}
		}
	}
	kept := d.pending[:0]
	for _, id := range d.pending {
		if id = ids[id]; id != 0 {
			kept = append(kept, id)
		}
	}
	d.pending = kept
	commons := make(map[symID]*common, len(d.commons))
	for id, c := range d.commons {
		commons[ids[id]] = c
	}
	d.commons = commons
}
