package runtimedyld

import (
	"slices"
	"strings"

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
	o := &Object{img: img, arch: p.arch, gotBase: p.gotBase, stubBase: p.stubBase, debug: p.debug}
	if err := d.beginLoad(o); err != nil {
		return nil, err
	}
	id, err := d.mm.Allocate(o.batch, memmgr.Module{ID: o.id, Name: img.Name()}, p.requests)
	if err == nil {
		o.alloc = id
		o.place(p)
	}
	if enterErr := d.endLoad(o, p, err); enterErr != nil {
		if err == nil {
			d.mm.Deallocate(id)
		}
		return nil, enterErr
	}
	return o, nil
}

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
	d.defineAll(o, p)
	o.globals = append([]*symbol(nil), p.globals...)
	if n := len(p.slots); n > 0 {
		both := append(append(make([]uint32, 0, n+len(p.stubs)), p.slots...), p.stubs...)
		o.slots, o.stubs = both[:n:n], both[n:]
	}
	o.layout = &layout{extents: append([]extent(nil), p.extents...), tables: append([]objimage.RelocTable(nil), p.tables...)}
	o.setState(Loaded)
	d.add(o)
	d.version++
	return nil
}

// add and drop keep d.objects.
func (d *RuntimeDyld) add(o *Object) {
	o.index = len(d.objects)
	d.objects = append(d.objects, o)
	if len(d.fresh) == cap(d.fresh) {
		d.fresh = compact(d.fresh, func(o *Object) bool { return o.State() >= Retired })
	}
	d.fresh = append(d.fresh, o)
}

func (d *RuntimeDyld) drop(o *Object) {
	last := d.objects[len(d.objects)-1]
	d.objects[o.index], last.index = last, o.index
	d.objects[len(d.objects)-1] = nil
	d.objects = d.objects[:len(d.objects)-1]
}

// place notes where the memory manager put the sections.
func (o *Object) place(p *plan) {
	o.sections = make([]section, len(p.requests))
	for i := range p.requests {
		r, s := &p.requests[i], &o.sections[i]
		if len(r.Mem) > 0 {
			s.mem = &r.Mem[0]
		}
		s.load = uint64(r.Addr) // nobody else knows it yet
		if i < len(p.files) {
			s.file = p.files[i]
		}
	}
}

// enter fills p.globals with the table's symbols, adding those that are new, and finds duplicate definitions. On error the table is as
// before.
func (d *RuntimeDyld) enter(p *plan) error {
	first := p.img.FirstGlobal()
	d.table.findAll(p.hashes, p.names, p.globals)
	fresh, bytes := 0, 0
	for i, s := range p.globals {
		if p.isProvided(i) {
			p.globals[i] = nil
		} else if s == nil {
			fresh++
			bytes += len(p.names[i])
		}
	}
	d.addSymbols(p, fresh, bytes)
	var errs []error
	for i, s := range p.globals {
		if s == nil {
			continue
		}
		s.refs++
		if e := d.duplicate(s, &p.syms[first+i], p); e != nil {
			errs = append(errs, e)
		}
	}
	for i, s := range p.globals {
		if s == nil {
			continue
		}
		s.bits &^= bitClaimed
		if errs != nil {
			d.release(s)
			p.globals[i] = nil
		}
	}
	return joined(errs)
}

// addSymbols makes symbols for the names that the table does not have. They and their names are in one piece each, and go when the last
// of them does.
func (d *RuntimeDyld) addSymbols(p *plan, fresh, bytes int) {
	if fresh == 0 {
		return
	}
	var b strings.Builder
	b.Grow(bytes)
	for i, s := range p.globals {
		if s == nil && !p.isProvided(i) {
			b.Write(p.names[i])
		}
	}
	names, slab := b.String(), make([]symbol, fresh)
	d.table.reserve(fresh)
	for i, s := range p.globals {
		if s != nil || p.isProvided(i) {
			continue
		}
		name := p.names[i]
		if s = d.table.find(p.hashes[i], name); s == nil { // else the object has the name twice
			s, slab = &slab[0], slab[1:]
			s.name, s.hash = names[:len(name)], p.hashes[i]
			d.table.insert(s)
		}
		names = names[len(name):]
		p.globals[i] = s
	}
}

// isProvided says whether the linker defines the i-th global for the object alone, so that it is no name of the table.
func (p *plan) isProvided(i int) bool { return p.traits[p.img.FirstGlobal()+i]&traitProvided != 0 }

// isStrong says whether a symbol of an object is a definition that tolerates no other strong one.
func isStrong(y *objimage.Symbol) bool {
	return (y.Place == objimage.PlaceSection || y.Place == objimage.PlaceAbsolute) && y.Binding == objimage.BindGlobal
}

// duplicate returns the error if the definition y of s by the plan's object cannot be in one engine with those that are there.
func (d *RuntimeDyld) duplicate(s *symbol, y *objimage.Symbol, p *plan) error {
	if s.bits&bitStored == 0 && !isStrong(y) {
		return nil
	}
	e := &DuplicateError{Symbol: s.name, Second: p.img.Name()}
	if s.bits&bitStored != 0 {
		c := d.commons[s]
		if e.Detail = c.conflict(y); e.Detail == "" {
			return nil
		}
		e.First = c.object
		return e
	}
	owner, claimed := s.owner.Load(), s.bits&bitClaimed != 0
	s.bits |= bitClaimed
	switch {
	case claimed:
		e.First = p.img.Name()
	case owner == nil || s.bits&bitWeak != 0:
		return nil
	case s.bits&bitMapping != 0:
		e.First = mappingName
	case owner == d.host:
		return nil
	default:
		e.First = owner.Name()
	}
	return e
}

// defineAll makes the object's definitions the ones in force where they win, and remembers what nobody defines.
func (d *RuntimeDyld) defineAll(o *Object, p *plan) {
	first := p.img.FirstGlobal()
	for i, s := range p.globals {
		if s == nil {
			continue
		}
		y := &p.syms[first+i]
		switch y.Place {
		case objimage.PlaceUndefined:
			if y.Binding != objimage.BindWeak {
				s.bits |= bitNeeded
			}
			d.expect(s)
		case objimage.PlaceCommon:
			d.defineCommon(s, y, o)
		case objimage.PlaceAbsolute:
			d.defineSymbol(s, y, o, placeAbsolute)
		case objimage.PlaceSection:
			if n := p.loaded[y.Section]; n != 0 {
				d.defineSymbol(s, y, o, n-1)
			} else {
				d.expect(s)
			}
		}
	}
}

// expect notes that somebody mentions a name that may have no definition.
func (d *RuntimeDyld) expect(s *symbol) {
	if s.owner.Load() == nil && s.bits&(bitPending|bitCommon) == 0 {
		s.bits |= bitPending
		if len(d.pending) == cap(d.pending) {
			d.pending = compact(d.pending, func(s *symbol) bool { return s.refs == 0 })
		}
		d.pending = append(d.pending, s)
	}
}

// compact takes the dead out of a full list, which grows if that does not halve it. So a list of things that come and go costs a constant for each, and
// holds in proportion to those that are there.
func compact[T any](list []T, dead func(T) bool) []T {
	if list = slices.DeleteFunc(list, dead); len(list) > cap(list)/2 {
		list = slices.Grow(list, len(list)+1)
	}
	return list
}

// defineSymbol makes a definition in a section, or an absolute one, the one in force unless a better one is. Strong ones beat commons, commons
// beat weak ones, the first of two weak ones wins, and anything that is loaded beats what a resolver once answered.
func (d *RuntimeDyld) defineSymbol(s *symbol, y *objimage.Symbol, o *Object, place uint32) {
	weak := y.Binding != objimage.BindGlobal
	if owner := s.owner.Load(); s.bits&(bitCommon|bitStored) != 0 || owner != nil && (owner != d.host || s.bits&bitMapping != 0) {
		s.bits |= bitShared
		if weak {
			return
		}
	}
	d.dropCommon(s)
	s.bits &^= bitWeak
	if weak {
		s.bits |= bitWeak
	}
	s.define(o, place, y.Value)
}

// redefineBy makes the i-th global of an object, which is loaded, the definition in force of a name that has lost its own.
func (d *RuntimeDyld) redefineBy(o *Object, i int, s *symbol) {
	var y [1]objimage.Symbol
	o.img.Symbols(o.img.FirstGlobal()+i, y[:])
	switch y[0].Place {
	case objimage.PlaceCommon:
		d.defineCommon(s, &y[0], o)
		return
	case objimage.PlaceAbsolute:
		d.defineSymbol(s, &y[0], o, placeAbsolute)
	case objimage.PlaceSection:
		if n := o.sectionIndex(int(y[0].Section)); n >= 0 {
			d.defineSymbol(s, &y[0], o, uint32(n))
		}
	}
	if s.owner.Load() == o && o.State() == Finalized {
		s.publish(o)
	}
}

// release drops one mention of a name. A name that nobody mentions is gone.
func (d *RuntimeDyld) release(s *symbol) {
	if s.refs--; s.refs > 0 {
		return
	}
	d.dropCommon(s)
	s.undefine()
	d.table.remove(s)
}
