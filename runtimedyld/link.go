package runtimedyld

import (
	"fmt"

	"github.com/gomcjit/gomcjit/objimage"
)

// ResolveRelocations applies the relocations of every Loaded object for the addresses that hold now, and leaves the objects Loaded: sections can
// still be mapped elsewhere, and resolved again. Names that no object defines are asked of the resolver first.
//
// Errors: *UndefinedError with all names, *RelocationError, a LinkError of several, whatever the resolver or the memory manager says. The objects
// are Loaded then as well.
func (d *RuntimeDyld) ResolveRelocations() error {
	_, err := d.link(false)
	return err
}

// Finalize does what ResolveRelocations does, and has the memory manager give the memory its final protection: LLVM's
// finalizeWithMemoryManagerLocking. All Loaded objects become Finalized together; they are returned, in the order in which they
// were loaded. On error none does.
func (d *RuntimeDyld) Finalize() ([]*Object, error) { return d.link(true) }

// link asks the resolver, without the turn, until there is nothing left to ask, and then links.
func (d *RuntimeDyld) link(finalize bool) ([]*Object, error) {
	var asked map[*symbol]bool
	for {
		if err := d.takeTurn(); err != nil {
			return nil, err
		}
		d.freeze()
		ask, weak := d.unresolved(asked)
		if len(ask) == 0 {
			done, err := d.linkLoaded(finalize)
			d.frozen = false
			garbage := d.takeGarbage()
			d.endTurn()
			d.mm.Deallocate(garbage...)
			return done, err
		}
		d.frozen = false
		d.endTurn()
		if err := d.resolve(ask, weak); err != nil {
			return nil, err
		}
		if asked == nil {
			asked = map[*symbol]bool{}
		}
		for _, s := range ask {
			asked[s] = true
		}
	}
}

// freeze waits for the loads that are on their way and keeps others from beginning, so that what is linked stays as it is.
func (d *RuntimeDyld) freeze() {
	d.frozen = true
	for d.loading > 0 {
		d.cond.Wait()
	}
}

// unresolved returns the names that the resolver has not been asked for in this link, and which of them are only referred to weakly.
func (d *RuntimeDyld) unresolved(asked map[*symbol]bool) (ask []*symbol, weak []bool) {
	kept := d.pending[:0]
	for _, s := range d.pending {
		if s.refs == 0 || s.owner.Load() != nil || s.bits&bitCommon != 0 {
			s.bits &^= bitPending
			continue
		}
		kept = append(kept, s)
		if d.resolver != nil && !asked[s] {
			ask, weak = append(ask, s), append(weak, s.bits&bitNeeded == 0)
		}
	}
	clear(d.pending[len(kept):])
	d.pending = kept
	return ask, weak
}

// resolve asks the resolver for names, and enters what it knows.
func (d *RuntimeDyld) resolve(ask []*symbol, weak []bool) error {
	refs := make([]Reference, len(ask))
	for i, s := range ask {
		refs[i] = Reference{Name: s.name, Weak: weak[i]}
	}
	if err := d.resolver.ResolveSymbols(refs); err != nil {
		return fmt.Errorf("symbol resolver: %w", err)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	for i, s := range ask {
		if a := uint64(refs[i].Addr); a != 0 && s.refs > 0 && s.owner.Load() == nil && s.bits&bitCommon == 0 {
			s.define(d.host, placeAbsolute, a)
			s.final.Store(a)
			d.version++
		}
	}
	return nil
}

// linkLoaded links what is Loaded. It is called frozen, with the turn and d.mu, and lets go of d.mu while it works.
func (d *RuntimeDyld) linkLoaded(finalize bool) ([]*Object, error) {
	if err := d.undefinedError(); err != nil {
		return nil, err
	}
	if err := d.placeCommons(d.waitingCommons()); err != nil {
		return nil, err
	}
	list := d.toLink()
	version, batch := d.version, d.batch
	for _, o := range list {
		o.setState(Linking)
	}
	d.mu.Unlock()
	err := d.fixAll(list, version)
	if err == nil && finalize {
		err = d.mm.Finalize(batch)
	}
	d.mu.Lock()
	if err != nil || !finalize {
		for _, o := range list {
			o.setState(Loaded)
		}
		return nil, err
	}
	if d.hooks.Finalized != nil {
		d.hooks.Finalized(list)
	}
	d.publish(list)
	return list, nil
}

// toLink returns the objects that are Loaded, in the order in which they were loaded, blocks of commons included.
func (d *RuntimeDyld) toLink() []*Object {
	list := make([]*Object, 0, len(d.fresh))
	for _, o := range d.fresh {
		if o.State() == Loaded {
			list = append(list, o)
		}
	}
	clear(d.fresh)
	d.fresh = append(d.fresh[:0], list...)
	return list
}

// fixAll applies the relocations of objects that are Linking.
func (d *RuntimeDyld) fixAll(list []*Object, version uint64) error {
	f := d.takeFixer()
	defer d.putFixer(f)
	var errs []error
	for _, o := range list {
		if o.img == nil || o.fixedAt == version {
			continue
		}
		if err := f.object(o); err != nil {
			errs = append(errs, err)
			continue
		}
		d.setUses(o, f.uses)
		o.fixedAt = version
	}
	return joined(errs)
}

// publish makes objects Finalized, and their symbols ready for FinalizedAddress.
func (d *RuntimeDyld) publish(list []*Object) {
	for _, o := range list {
		o.setState(Finalized)
		o.layout = nil
		for _, s := range o.globals {
			if s != nil && s.owner.Load() == o {
				s.publish(o)
			}
		}
	}
	for _, s := range d.pending { // weak references to nothing: settled, until somebody mentions the name again
		s.bits &^= bitPending
	}
	clear(d.pending)
	clear(d.fresh)
	d.pending, d.fresh = d.pending[:0], d.fresh[:0]
	d.batch++
}

// publish makes the definition by o, which is Finalized, ready for FinalizedAddress.
func (s *symbol) publish(o *Object) {
	s.final.Store(uint64(o.targetOf(s.place.Load(), s.value.Load())))
}

// undefinedError returns an error if a Loaded object refers strongly to a name that has no definition.
func (d *RuntimeDyld) undefinedError() error {
	if len(d.pending) == 0 {
		return nil
	}
	var e UndefinedError
	at := map[*symbol]int{}
	for _, o := range d.fresh {
		if o.State() != Loaded || o.img == nil {
			continue
		}
		for i, s := range o.globals {
			if s == nil || s.owner.Load() != nil || s.bits&bitCommon != 0 || !o.needs(i) {
				continue
			}
			k, ok := at[s]
			if !ok {
				k = len(e.Symbols)
				at[s] = k
				e.Symbols = append(e.Symbols, Undefined{Name: s.name})
			}
			e.Symbols[k].Refs = append(e.Symbols[k].Refs, o.firstReference(o.img.FirstGlobal()+i))
		}
	}
	if len(e.Symbols) == 0 {
		return nil
	}
	return &e
}

// needs reports whether the object cannot do without a definition of its i-th global: a reference to it is not weak.
func (o *Object) needs(i int) bool {
	var y [1]objimage.Symbol
	o.img.Symbols(o.img.FirstGlobal()+i, y[:])
	return y[0].Binding != objimage.BindWeak
}

// firstReference says where a symbol is first referred to.
func (o *Object) firstReference(sym int) string {
	var relocs [64]objimage.Reloc
	for i := 1; i < o.img.NumSections(); i++ {
		target, n, _, ok := o.img.RelocTarget(i)
		if !ok || o.fileSection(target) == nil {
			continue
		}
		for from := 0; from < n; {
			k := o.img.Relocs(i, from, relocs[:min(len(relocs), n-from)])
			for _, r := range relocs[:k] {
				if int(r.Sym) == sym {
					return fmt.Sprintf("%s:(%s+%#x)", o.Name(), o.img.SectionName(target), r.Offset)
				}
			}
			from += k
		}
	}
	return o.Name()
}
